//! Noticing that the homeserver was away, as soon as it is.
//!
//! A restart takes a few seconds; between two pings nobody would see it. So one
//! request of a user who is in no room is always under way: a sync that has
//! nothing to tell and breaks off at the moment the homeserver dies. It costs the
//! homeserver nothing when something happens in a room, since that is never news to
//! this user. Any other request that finds the homeserver away counts as well.

use std::time::Duration;

use ruma::api::client::filter::FilterDefinition;
use ruma::api::client::sync::sync_events;
use ruma::presence::PresenceState;

use super::MatrixError;
use super::client::Client;
use super::wire::{Call, Share};
use crate::domain::ids::UserId;

/// How long one request is under way: proxies between us end what takes a minute.
const HOLD: Duration = Duration::from_secs(30);

/// How long we rest when the homeserver does not let us watch.
const REST: Duration = Duration::from_secs(10);

impl Client {
    /// Returns when the homeserver was found to be away, also if that was before.
    pub(super) async fn wait_for_interruption(&self) {
        tokio::select! {
            () = self.wire.interrupted() => {}
            () = self.hold_on() => {}
        }
    }

    /// Keeps a request under way; never returns. That it broke off is noticed where
    /// all requests are sent.
    async fn hold_on(&self) {
        let watch = self.names.watch();
        let mut since = None;
        loop {
            match self.hold_once(&watch, since.take()).await {
                Ok(next) => since = Some(next),
                Err(error) => {
                    tracing::debug!(%error, "the homeserver cannot be watched");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    /// One request: returns at once without `since`, else when its time is over.
    async fn hold_once(
        &self,
        watch: &UserId,
        since: Option<String>,
    ) -> Result<String, MatrixError> {
        self.ensure_user(watch, "Loket").await?;
        let mut request = sync_events::v3::Request::new();
        let nothing = FilterDefinition::ignore_all();
        request.filter = Some(sync_events::v3::Filter::FilterDefinition(nothing));
        request.timeout = since.as_ref().map(|_since| HOLD);
        request.since = since;
        request.set_presence = PresenceState::Offline;
        let call = Call::new("watch", Share::Watch, watch);
        Ok(self.wire.ask(call, request).await?.next_batch)
    }
}

//! [`Client`]: the homeserver over HTTP.
//!
//! Requests are ruma's; `wire` sends them. Everything here can be
//! asked again: what a homeserver answers to the second time ("already in the
//! room") counts as done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use moka::sync::Cache;
use ruma::RoomVersionId;
use ruma::api::client::appservice::request_ping;
use ruma::api::client::discovery::get_capabilities;
use secrecy::SecretString;
use tokio::sync::OnceCell;
use url::Url;

use super::names::Names;
use super::wire::{Call, Share, Wire};
use super::{Homeserver, MatrixError, News, Page};
use crate::clock::SharedClock;
use crate::domain::contact::ChannelKind;
use crate::domain::ids::{EventId, IdentityId, RoomId, UserId};
use crate::domain::room::{Face, Ghost, Outgoing, Recipe};

/// How many users' names are remembered as set.
const KNOWN_USERS: u64 = 10_000;

/// How long they are remembered: somebody else may change the homeserver.
const KNOWN_FOR: Duration = Duration::from_hours(24);

/// What the client needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// The homeserver's address.
    pub address: Url,
    /// Its domain.
    pub domain: String,
    /// The registration's id, for pings.
    pub appservice_id: String,
    /// The registration's `as_token`.
    pub as_token: SecretString,
    /// The desk's localpart.
    pub desk_localpart: String,
    /// The desk's display name.
    pub desk_name: String,
    /// What ghosts' localparts begin with.
    pub ghost_prefix: String,
    /// The version of new rooms; `None` = the homeserver's default.
    pub room_version: Option<String>,
}

/// How many photos of customers whose rooms are being made are remembered.
const NEW_PHOTOS: u64 = 256;

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// The desk's localpart and the domain make no user id.
    #[error("the desk's name and the homeserver's domain make no user id")]
    Desk,
    /// The room version is none.
    #[error("no room version can have this name")]
    RoomVersion,
    /// TLS cannot be set up.
    #[error("cannot set up connections")]
    Connections(#[source] reqwest::Error),
}

/// The homeserver, over HTTP.
#[derive(Debug)]
pub struct Client {
    /// The way there.
    pub(super) wire: Wire,
    /// Our names there.
    pub(super) names: Names,
    /// The desk.
    pub(super) desk: UserId,
    /// The desk's display name.
    desk_name: String,
    /// The registration's id.
    appservice_id: String,
    /// Users that are registered, and the display name they have.
    pub(super) known: Cache<UserId, String>,
    /// Photos that were uploaded, so that a room that is tried again uploads no
    /// second one.
    pub(super) photos: Cache<UserId, String>,
    /// Whether the homeserver lets us make devices; assumed until it refuses.
    pub(super) has_devices: AtomicBool,
    /// The configured version of new rooms.
    room_version: Option<RoomVersionId>,
    /// The version of new rooms where none is configured.
    default_version: OnceCell<RoomVersionId>,
    /// The time.
    pub(super) clock: SharedClock,
}

impl Client {
    /// A client. Nothing is asked yet.
    ///
    /// # Errors
    /// See [`OptionsError`]: the configuration is wrong.
    pub fn new(options: Options, clock: SharedClock) -> Result<Self, OptionsError> {
        let names = Names {
            domain: options.domain,
            desk: options.desk_localpart,
            ghost_prefix: options.ghost_prefix,
        };
        let desk = names.desk();
        ruma::UserId::parse(desk.as_str()).map_err(|_unreadable| OptionsError::Desk)?;
        let version = options.room_version.filter(|version| !version.is_empty());
        let room_version = version
            .map(|version| RoomVersionId::try_from(version.as_str()))
            .transpose()
            .map_err(|_unreadable| OptionsError::RoomVersion)?;
        let wire = Wire::new(options.address, options.as_token, clock.clone())
            .map_err(OptionsError::Connections)?;
        Ok(Self {
            wire,
            names,
            desk,
            desk_name: options.desk_name,
            appservice_id: options.appservice_id,
            photos: Cache::new(NEW_PHOTOS),
            known: Cache::builder()
                .max_capacity(KNOWN_USERS)
                .time_to_live(KNOWN_FOR)
                .build(),
            has_devices: AtomicBool::new(true),
            room_version,
            default_version: OnceCell::new(),
            clock,
        })
    }

    /// A request of the desk.
    pub(super) fn as_desk(&self, name: &'static str, share: Share) -> Call<'_> {
        Call::new(name, share, &self.desk)
    }

    /// A request of `user` from their device, where there are devices.
    pub(super) fn by_device<'a>(&self, name: &'static str, user: &'a UserId) -> Call<'a> {
        Call {
            from_device: self.has_devices.load(Ordering::Relaxed),
            ..Call::new(name, Share::Sends, user)
        }
    }

    /// The configured version of new rooms; `None` = the homeserver's default.
    pub(super) fn wanted_version(&self) -> Option<RoomVersionId> {
        self.room_version.clone()
    }

    /// The version that new rooms will have.
    pub(super) async fn new_rooms_version(&self) -> Result<RoomVersionId, MatrixError> {
        if let Some(version) = &self.room_version {
            return Ok(version.clone());
        }
        let default = self.default_version.get_or_try_init(|| async {
            let call = self.as_desk("capabilities", Share::Others);
            let request = get_capabilities::v3::Request::new();
            let answer = self.wire.ask(call, request).await?;
            Ok(answer.capabilities.room_versions.default)
        });
        default.await.cloned()
    }
}

#[async_trait]
impl Homeserver for Client {
    fn desk(&self) -> UserId {
        self.desk.clone()
    }

    fn ghost(&self, channel: ChannelKind, identity: &IdentityId) -> UserId {
        self.names.ghost(channel, identity)
    }

    fn is_ours(&self, user: &UserId) -> bool {
        self.names.is_ours(user)
    }

    fn reserved(&self, name: &str) -> String {
        self.names.reserved(name)
    }

    fn alias(&self, localpart: &str) -> String {
        self.names.alias(localpart)
    }

    async fn ensure_desk(&self) -> Result<(), MatrixError> {
        self.ensure_user(&self.desk, &self.desk_name).await
    }

    async fn ensure_ghost(&self, ghost: &Ghost) -> Result<(), MatrixError> {
        self.ensure_user(&ghost.user, &ghost.name).await
    }

    async fn ensure_photo(&self, ghost: &UserId) -> Result<String, MatrixError> {
        self.give_photo(ghost).await
    }

    async fn create_room(&self, recipe: &Recipe) -> Result<RoomId, MatrixError> {
        self.create(recipe).await
    }

    async fn find_room(&self, alias: &str, loket_id: &str) -> Result<Option<RoomId>, MatrixError> {
        self.find(alias, loket_id).await
    }

    async fn join(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError> {
        self.join_room(user, room).await
    }

    async fn invite(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError> {
        self.invite_user(user, room).await
    }

    async fn members(&self, room: &RoomId) -> Result<Vec<UserId>, MatrixError> {
        self.members_of(room).await
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<EventId, MatrixError> {
        self.write_event(outgoing).await
    }

    async fn find_event(
        &self,
        room: &RoomId,
        loket_id: &str,
        limit: u32,
    ) -> Result<Option<EventId>, MatrixError> {
        self.look_back(room, loket_id, limit).await
    }

    async fn show_face(
        &self,
        room: &RoomId,
        shown: Option<&Face>,
        wanted: &Face,
    ) -> Result<(), MatrixError> {
        self.bring_face(room, shown, wanted).await
    }

    async fn add_child(&self, space: &RoomId, child: &RoomId) -> Result<(), MatrixError> {
        self.put_child(space, child).await
    }

    async fn set_powers(&self, room: &RoomId, powers: &[(UserId, i64)]) -> Result<(), MatrixError> {
        self.merge_powers(room, powers).await
    }

    async fn read(&self, user: &UserId, room: &RoomId, event: &EventId) -> Result<(), MatrixError> {
        self.mark_read(user, room, event).await
    }

    async fn is_encrypted(&self, room: &RoomId) -> Result<bool, MatrixError> {
        let state = self.state(room, "m.room.encryption", "").await?;
        Ok(state.is_some())
    }

    async fn ping(&self) -> Result<SignedDuration, MatrixError> {
        let call = Call {
            user: None,
            ..self.as_desk("ping", Share::Pings)
        };
        let request = request_ping::v1::Request::new(self.appservice_id.clone());
        let answer = self.wire.ask(call, request).await?;
        Ok(SignedDuration::try_from(answer.duration).unwrap_or(SignedDuration::MAX))
    }

    fn skew(&self) -> Option<SignedDuration> {
        self.wire.skew()
    }

    async fn nudge(&self, room: &RoomId) -> Result<(), MatrixError> {
        let at = self.clock.now().as_millisecond();
        let content = serde_json::json!({ "at": at });
        self.put_state(room, "org.loket.nudge", "", &content).await
    }

    async fn news(&self, since: Option<&str>) -> Result<News, MatrixError> {
        self.read_news(since).await
    }

    async fn history(&self, room: &RoomId, from: &str, to: &str) -> Result<Page, MatrixError> {
        self.read_history(room, from, to).await
    }

    async fn interrupted(&self) {
        self.wait_for_interruption().await;
    }

    async fn doubted(&self) {
        self.wire.doubted().await;
    }
}

#[cfg(test)]
mod tests;

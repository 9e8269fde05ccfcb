//! Reading what the homeserver has and may not have delivered.
//!
//! A homeserver that is restarted forgets what it had queued for us (Synapse:
//! element-hq/synapse#11637). Its stream of events forgets nothing: one sync of the
//! desk since a place in that stream names every room with news
//! ([`Client::read_news`]), and the history of a room between two places of the
//! stream ([`Client::read_history`]) is what happened there, whole and in order.
//! Which of it is missing is decided in `work/reconcile.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use ruma::api::Direction;
use ruma::api::client::filter::{Filter, FilterDefinition, RoomEventFilter, RoomFilter};
use ruma::api::client::message::get_message_events;
use ruma::api::client::sync::sync_events;
use ruma::presence::PresenceState;
use ruma::{OwnedRoomId, OwnedUserId, UInt};
use serde::Deserialize;

use super::client::Client;
use super::inbound::room_event;
use super::names::id;
use super::wire::Share;
use super::{Heard, MatrixError, News, Page, RoomNews};
use crate::domain::ids::RoomId;

/// The most events of a room that a sync names; a room with more is read whole.
const NAMED: u32 = 50;

/// The most events of a room that are read at a time.
const READ: u32 = 100;

/// The types of events that may matter to us.
const TYPES: [&str; 6] = [
    "m.room.message",
    "m.reaction",
    "m.room.redaction",
    "m.room.encrypted",
    "m.room.member",
    "m.room.encryption",
];

/// Of an event in a sync, enough to know whether we have it.
const FIELDS: [&str; 4] = ["event_id", "sender", "type", "origin_server_ts"];

/// An event as far as a sync tells it.
#[derive(Deserialize)]
struct Named {
    /// Its id.
    event_id: String,
    /// Who sent it.
    sender: String,
    /// When.
    #[serde(default)]
    origin_server_ts: i64,
}

impl Client {
    /// What is new in the desk's rooms since `since`; without, only the place where
    /// the stream is now.
    pub(super) async fn read_news(&self, since: Option<&str>) -> Result<News, MatrixError> {
        let mut filter = match since {
            Some(_) => self.naming()?,
            None => FilterDefinition::ignore_all(),
        };
        // Homeservers keep answers for a while and give them again to the same
        // question: this word makes every question another one.
        filter.presence.not_types = vec![format!("org.loket.{}", self.clock.uuid())];
        let mut request = sync_events::v3::Request::new();
        request.filter = Some(sync_events::v3::Filter::FilterDefinition(filter));
        request.since = since.map(str::to_owned);
        request.set_presence = PresenceState::Offline;
        request.timeout = Some(Duration::ZERO);
        let call = self.as_desk("news", Share::Recovery);
        let answer = self.wire.ask(call, request).await?;
        let left = answer.rooms.leave.into_iter();
        let left = left.map(|(room, news)| (room, news.timeline));
        let rooms: BTreeMap<OwnedRoomId, _> = answer
            .rooms
            .join
            .into_iter()
            .map(|(room, news)| (room, news.timeline))
            .chain(left)
            .collect();
        let mut rooms: Vec<RoomNews> = rooms
            .into_iter()
            .map(|(room, timeline)| named(&room, timeline))
            .collect();
        rooms.sort_by_key(|room| std::cmp::Reverse(room.last));
        Ok(News {
            next: answer.next_batch,
            rooms,
        })
    }

    /// The filter of a sync that names events.
    fn naming(&self) -> Result<FilterDefinition, MatrixError> {
        let desk: OwnedUserId = id(self.desk.as_str())?;
        let mut timeline = matters();
        // Ghosts are too many to be named.
        timeline.not_senders = vec![desk];
        timeline.limit = Some(UInt::from(NAMED));
        let mut rooms = RoomFilter::default();
        rooms.account_data = RoomEventFilter::ignore_all();
        rooms.ephemeral = RoomEventFilter::ignore_all();
        rooms.state = RoomEventFilter::ignore_all();
        rooms.timeline = timeline;
        let mut filter = FilterDefinition::default();
        filter.event_fields = Some(FIELDS.map(str::to_owned).to_vec());
        filter.presence = Filter::ignore_all();
        filter.account_data = Filter::ignore_all();
        filter.room = rooms;
        Ok(filter)
    }

    /// What happened in a room between two places of the stream, oldest first: the
    /// first page of it.
    pub(super) async fn read_history(
        &self,
        room: &RoomId,
        from: &str,
        to: &str,
    ) -> Result<Page, MatrixError> {
        let mut request =
            get_message_events::v3::Request::new(id(room.as_str())?, Direction::Forward);
        request.from = Some(from.to_owned());
        request.to = Some(to.to_owned());
        request.limit = UInt::from(READ);
        request.filter = matters();
        let call = self.as_desk("read_history", Share::Recovery);
        let answer = self.wire.ask(call, request).await?;
        let now = self.clock.now();
        let events = answer
            .chunk
            .iter()
            .filter_map(|event| room_event(event.json().get(), now))
            .collect();
        // An answer that leads nowhere else is the last one.
        let next = answer.end.filter(|next| next != from);
        Ok(Page { events, next })
    }
}

/// A filter for the events that may matter.
fn matters() -> RoomEventFilter {
    let mut filter = RoomEventFilter::default();
    filter.types = Some(TYPES.map(str::to_owned).to_vec());
    filter
}

/// A room's part of a sync.
fn named(room: &OwnedRoomId, timeline: sync_events::v3::Timeline) -> RoomNews {
    let mut last = Timestamp::UNIX_EPOCH;
    let mut events = Vec::with_capacity(timeline.events.len());
    let mut is_complete = !timeline.limited;
    for event in timeline.events {
        let Ok(event) = event.deserialize_as_unchecked::<Named>() else {
            is_complete = false;
            continue;
        };
        let at = Timestamp::from_millisecond(event.origin_server_ts).unwrap_or_default();
        last = last.max(at);
        events.push(Heard {
            id: event.event_id.into(),
            sender: event.sender.into(),
        });
    }
    RoomNews {
        room: room.as_str().into(),
        is_complete,
        events,
        last,
    }
}

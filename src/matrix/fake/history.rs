//! The stream of all events, as a homeserver tells it to who asks.
//!
//! A place in the stream is the number of events up to it; events are numbered.

use jiff::Timestamp;

use super::{FakeContent, FakeEvent, FakeRoom, State, refused};
use crate::domain::ids::{RoomId, UserId};
use crate::domain::room_event::{RoomContent, RoomEvent};
use crate::matrix::{Heard, MatrixError, News, Page, RoomNews};

/// The most events of a room that are named; small, so that tests come to more.
const NAMED: usize = 5;

/// The most events of a page.
const READ: usize = 4;

impl State {
    /// What is new since a place in the stream.
    pub(super) fn news(&self, since: Option<&str>, desk: &UserId) -> Result<News, MatrixError> {
        let next = self.events.to_string();
        let Some(since) = since else {
            let rooms = Vec::new();
            return Ok(News { next, rooms });
        };
        let since = place(since)?;
        let mut rooms: Vec<RoomNews> = self
            .rooms
            .iter()
            .filter_map(|room| room_news(room, since, desk))
            .collect();
        rooms.sort_by_key(|room| std::cmp::Reverse(room.last));
        Ok(News { next, rooms })
    }

    /// What happened in a room between two places.
    pub(super) fn history(
        &mut self,
        room: &RoomId,
        from: &str,
        to: &str,
    ) -> Result<Page, MatrixError> {
        let (from, to) = (place(from)?, place(to)?);
        let room = self.room(room)?;
        let found: Vec<&FakeEvent> = since(room, from)
            .filter(|event| number(event) <= to)
            .collect();
        let next = found.get(READ - 1).map(|event| number(event).to_string());
        let events = found.into_iter().take(READ);
        Ok(Page {
            events: events.map(|event| told(room, event)).collect(),
            next,
        })
    }
}

/// A place in the stream.
fn place(token: &str) -> Result<usize, MatrixError> {
    token.parse().map_err(|_error| refused("M_UNKNOWN", 400))
}

/// An event's number.
fn number(event: &FakeEvent) -> usize {
    let number = event.id.as_str().trim_start_matches('$');
    number.parse().unwrap_or_default()
}

/// A room's events since a place.
fn since(room: &FakeRoom, place: usize) -> impl Iterator<Item = &FakeEvent> {
    let events = room.events.iter();
    events.filter(move |event| number(event) > place)
}

/// A room's part of the news; `None` without news.
fn room_news(room: &FakeRoom, place: usize, desk: &UserId) -> Option<RoomNews> {
    let events: Vec<&FakeEvent> = since(room, place)
        .filter(|event| event.author != *desk)
        .collect();
    let last = events.last()?;
    let is_complete = events.len() <= NAMED;
    Some(RoomNews {
        room: room.id.clone(),
        is_complete,
        last: last.at.unwrap_or_default(),
        events: events
            .iter()
            .rev()
            .take(NAMED)
            .rev()
            .map(|event| Heard {
                id: event.id.clone(),
                sender: event.author.clone(),
            })
            .collect(),
    })
}

/// An event as it is told now: nothing is left of what was taken back.
fn told(room: &FakeRoom, event: &FakeEvent) -> RoomEvent {
    let taken_back = room.events.iter().any(|other| {
        matches!(&other.content, FakeContent::Theirs(RoomContent::Redaction { target }) if *target == event.id)
    });
    let content = match &event.content {
        FakeContent::Theirs(content) if !taken_back && !event.redacted => content.clone(),
        FakeContent::Theirs(_) | FakeContent::Ours(_) => RoomContent::Other {
            kind: "m.room.message".into(),
        },
    };
    RoomEvent {
        id: event.id.clone(),
        room: room.id.clone(),
        sender: event.author.clone(),
        at: event.at.unwrap_or(Timestamp::UNIX_EPOCH),
        loket_id: event.loket_id.clone(),
        content,
    }
}

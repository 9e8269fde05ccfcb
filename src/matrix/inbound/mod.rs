//! A homeserver's JSON → what happened in a room.
//!
//! Clients write events in many ways, and a hostile one writes anything: every
//! field is looked for, none is taken for granted. What has no id, room, sender
//! or type cannot be read ([`room_event`] says `None`) and is kept as JSON.
//! Everything else is an event, at worst [`RoomContent::Other`].

mod line;
mod signal;

use jiff::Timestamp;
use serde_json::Value;

pub use signal::signals;

use super::content::LOKET_ID;
use crate::domain::room_event::{RoomContent, RoomEvent};

/// The longest id of an event, room or user in bytes, by Matrix's own rule; also the
/// longest type.
const LONGEST_ID: usize = 255;

/// Reads a room's event. `received_at` stands in for a time that is missing or
/// beyond all calendars. `None`: not an event.
pub fn room_event(json: &str, received_at: Timestamp) -> Option<RoomEvent> {
    let event: Value = serde_json::from_str(json).ok()?;
    let filled =
        |name: &str| text(&event, name).filter(|value| (1..=LONGEST_ID).contains(&value.len()));
    let at = event
        .get("origin_server_ts")
        .and_then(Value::as_i64)
        .filter(|at| *at > 0)
        .and_then(|at| Timestamp::from_millisecond(at).ok());
    Some(RoomEvent {
        id: filled("event_id")?.into(),
        room: filled("room_id")?.into(),
        sender: filled("sender")?.into(),
        at: at.unwrap_or(received_at),
        loket_id: text(event.get("content")?, LOKET_ID).map(str::to_owned),
        content: content(&event, filled("type")?),
    })
}

/// What an event of type `kind` says.
fn content(event: &Value, kind: &str) -> RoomContent {
    let other = || RoomContent::Other {
        kind: kind.to_owned(),
    };
    let content = &event["content"];
    if let Some(key) = text(event, "state_key") {
        return state(content, kind, key).unwrap_or_else(other);
    }
    match kind {
        "m.room.message" => line::line(content).map(RoomContent::Line),
        "m.reaction" => reaction(content),
        "m.room.redaction" => redaction(event),
        "m.room.encrypted" => Some(RoomContent::Encrypted),
        _ => None,
    }
    .unwrap_or_else(other)
}

/// What a state event says, if it matters to us.
fn state(content: &Value, kind: &str, key: &str) -> Option<RoomContent> {
    match kind {
        "m.room.member" => Some(RoomContent::Member {
            user: key.into(),
            membership: text(content, "membership")?.to_owned(),
            name: text(content, "displayname").map(str::to_owned),
        }),
        "m.room.encryption" => Some(RoomContent::EncryptionOn),
        _ => None,
    }
}

/// A reaction; `None` if it names no event or key (as after its redaction).
fn reaction(content: &Value) -> Option<RoomContent> {
    let relation = content.get("m.relates_to")?;
    (text(relation, "rel_type")? == "m.annotation").then_some(())?;
    Some(RoomContent::Reaction {
        target: text(relation, "event_id")?.into(),
        key: text(relation, "key")?.to_owned(),
    })
}

/// A redaction. The event taken back stands in the content since room version 11
/// and beside it before; homeservers fill in the outer place for both.
fn redaction(event: &Value) -> Option<RoomContent> {
    let target = text(event, "redacts").or_else(|| text(&event["content"], "redacts"))?;
    Some(RoomContent::Redaction {
        target: target.into(),
    })
}

/// A text field.
fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;

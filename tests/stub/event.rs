//! Events, and how they are shown.

use serde_json::{Value, json};

/// An event of a room.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// Its id.
    pub(super) id: String,
    /// Its room.
    pub(super) room: String,
    /// Who wrote it.
    pub(super) sender: String,
    /// Its type.
    pub(super) kind: String,
    /// Its state key; `None` = it is no state.
    pub(super) state_key: Option<String>,
    /// Its content.
    pub(super) content: Value,
    /// `origin_server_ts`.
    pub(super) at: i64,
    /// The event it takes back.
    pub(super) redacts: Option<String>,
    /// The transaction id its sender gave it.
    pub(super) txn: Option<String>,
    /// The event that took it back.
    pub(super) redacted_by: Option<String>,
}

impl Event {
    /// As clients and application services see it.
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({
            "event_id": self.id,
            "room_id": self.room,
            "sender": self.sender,
            "type": self.kind,
            "content": self.content,
            "origin_server_ts": self.at,
            "unsigned": { "age": 1 },
        });
        if let Some(key) = &self.state_key {
            shown["state_key"] = key.as_str().into();
        }
        if let Some(target) = &self.redacts {
            shown["redacts"] = target.as_str().into();
        }
        if let Some(by) = &self.redacted_by {
            shown["unsigned"]["redacted_by"] = by.as_str().into();
        }
        if let Some(txn) = &self.txn {
            shown["unsigned"]["transaction_id"] = txn.as_str().into();
        }
        shown
    }

    /// Takes back what it says; what holds a room together stays.
    pub(super) fn redact(&mut self, by: &str) {
        const KEPT: [&str; 5] = [
            "m.room.member",
            "m.room.create",
            "m.room.join_rules",
            "m.room.power_levels",
            "m.room.history_visibility",
        ];
        if !KEPT.contains(&self.kind.as_str()) {
            self.content = json!({});
        }
        self.redacted_by = Some(by.to_owned());
    }
}

/// Which events a reader wants (`RoomEventFilter`).
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Only these types; `*` stands for anything.
    types: Option<Vec<String>>,
    /// None of these types.
    not_types: Vec<String>,
    /// Only of these senders.
    senders: Option<Vec<String>>,
    /// Of none of these senders.
    not_senders: Vec<String>,
    /// Only of these rooms.
    rooms: Option<Vec<String>>,
    /// Of none of these rooms.
    not_rooms: Vec<String>,
    /// The most events.
    pub(super) limit: Option<usize>,
}

impl Filter {
    /// Reads a filter; absent is everything.
    pub(super) fn read(filter: &Value) -> Self {
        let list = |key: &str| -> Option<Vec<String>> {
            let texts = filter.get(key)?.as_array()?.iter();
            Some(
                texts
                    .filter_map(|text| Some(text.as_str()?.to_owned()))
                    .collect(),
            )
        };
        let limit = filter.get("limit").and_then(Value::as_u64);
        Self {
            types: list("types"),
            not_types: list("not_types").unwrap_or_default(),
            senders: list("senders"),
            not_senders: list("not_senders").unwrap_or_default(),
            rooms: list("rooms"),
            not_rooms: list("not_rooms").unwrap_or_default(),
            limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        }
    }

    /// Whether it lets an event through.
    pub(super) fn takes(&self, event: &Event) -> bool {
        let is = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, &event.kind));
        let sent = |senders: &[String]| senders.contains(&event.sender);
        self.takes_room(&event.room)
            && self.types.as_deref().is_none_or(is)
            && !is(&self.not_types)
            && self.senders.as_deref().is_none_or(sent)
            && !sent(&self.not_senders)
    }

    /// Whether it lets a room through.
    pub(super) fn takes_room(&self, room: &str) -> bool {
        let named = |rooms: &[String]| rooms.iter().any(|named| named == room);
        self.rooms.as_deref().is_none_or(named) && !named(&self.not_rooms)
    }
}

/// Whether a type fits a pattern with `*`.
fn fits(pattern: &str, kind: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == kind;
    };
    let Some(left) = kind.strip_prefix(start) else {
        return false;
    };
    rest.is_empty()
        || (0..=left.len()).any(|at| left.get(at..).is_some_and(|tail| fits(rest, tail)))
}

//! Writing into rooms: events, state, redactions, receipts, typing.

use serde_json::{Map, Value, json};

use super::answer::{Asked, Refusal};
use super::ask::Ask;
use super::event::Event;
use super::rules::check_content;
use super::world::World;

/// An event that is allowed and not written yet.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Its room.
    room: String,
    /// Who writes it.
    sender: String,
    /// Its type.
    kind: String,
    /// Its state key.
    state_key: Option<String>,
    /// Its content.
    content: Value,
    /// `ts`: the time it claims.
    at: Option<i64>,
    /// What it takes back.
    redacts: Option<String>,
    /// Its transaction id.
    txn: Option<String>,
}

impl Draft {
    /// A state event.
    pub(super) fn state(room: &str, by: &str, kind: &str, key: &str, content: Value) -> Self {
        Self {
            state_key: Some(key.to_owned()),
            ..Self::message(room, by, kind, content)
        }
    }

    /// An event that is no state.
    pub(super) fn message(room: &str, by: &str, kind: &str, content: Value) -> Self {
        Self {
            room: room.to_owned(),
            sender: by.to_owned(),
            kind: kind.to_owned(),
            content,
            ..Self::default()
        }
    }
}

/// Who writes, from where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer<'a> {
    /// The user.
    pub(super) user: &'a str,
    /// The user's device.
    pub(super) device: Option<&'a str>,
}

impl World {
    /// Writes an event; its id.
    pub(super) fn write(&mut self, draft: Draft) -> String {
        let id = format!("${}", self.fresh());
        self.append(Event {
            id,
            room: draft.room,
            sender: draft.sender,
            kind: draft.kind,
            state_key: draft.state_key,
            content: draft.content,
            at: draft.at.unwrap_or_else(now),
            redacts: draft.redacts,
            txn: draft.txn,
            redacted_by: None,
        })
    }

    /// `PUT /rooms/{room}/send/{type}/{txn}`.
    pub(super) fn send(
        &mut self,
        by: Writer<'_>,
        ask: &Ask,
        room: &str,
        kind: &str,
        txn: &str,
    ) -> Asked {
        self.once(by, ask, room, txn, |world, at| {
            let content = Value::Object(ask.object()?);
            world.say(by.user, room, kind, content, at, Some(txn))
        })
    }

    /// `PUT /rooms/{room}/redact/{event}/{txn}`.
    pub(super) fn redact(
        &mut self,
        by: Writer<'_>,
        ask: &Ask,
        room: &str,
        target: &str,
        txn: &str,
    ) -> Asked {
        self.once(by, ask, room, txn, |world, at| {
            let content = ask.object_or_none()?;
            world.take_back(by.user, room, target, content, at, Some(txn))
        })
    }

    /// Answers a repeated request as the first time: by its path (the user does not
    /// matter, and a crash forgets it), else by the device.
    fn once(
        &mut self,
        by: Writer<'_>,
        ask: &Ask,
        room: &str,
        txn: &str,
        act: impl FnOnce(&mut Self, Option<i64>) -> Result<String, Refusal>,
    ) -> Asked {
        if let Some(answer) = self.answered.get(&ask.path) {
            self.counts.repeats += 1;
            return Ok(answer.clone());
        }
        let device = by.device.map(|device| {
            let (user, device) = (by.user.to_owned(), device.to_owned());
            (room.to_owned(), user, device, txn.to_owned())
        });
        let known = device.as_ref().and_then(|key| self.by_device.get(key));
        let id = if let Some(id) = known {
            self.counts.repeats += 1;
            id.clone()
        } else {
            let at = ask.param("ts").map(str::parse).transpose();
            let at =
                at.map_err(|_unreadable| Refusal::bad("M_INVALID_PARAM", "ts must be an integer"))?;
            act(self, at)?
        };
        if let Some(key) = device {
            self.by_device.insert(key, id.clone());
        }
        let answer = json!({ "event_id": id });
        self.answered.insert(ask.path.clone(), answer.clone());
        Ok(answer)
    }

    /// Writes an event that is no state, if it is allowed; its id.
    pub(super) fn say(
        &mut self,
        user: &str,
        room: &str,
        kind: &str,
        content: Value,
        at: Option<i64>,
        txn: Option<&str>,
    ) -> Result<String, Refusal> {
        self.check_event(room, user, kind, None)?;
        check_content(&content, 512)?;
        if kind == "m.room.redaction" {
            return Err(Refusal::bad(
                "M_BAD_JSON",
                "Redactions have a path of their own",
            ));
        }
        if let Some(reaction) = reaction(user, kind, &content) {
            let found = self.rooms.get_mut(room);
            if found.is_some_and(|room| !room.reactions.insert(reaction)) {
                let text = "Can't send same reaction twice";
                return Err(Refusal::bad("M_DUPLICATE_ANNOTATION", text));
            }
        }
        Ok(self.write(Draft {
            at,
            txn: txn.map(str::to_owned),
            ..Draft::message(room, user, kind, content)
        }))
    }

    /// Takes an event back, if it is allowed; the redaction's id.
    pub(super) fn take_back(
        &mut self,
        user: &str,
        room: &str,
        target: &str,
        mut content: Map<String, Value>,
        at: Option<i64>,
        txn: Option<&str>,
    ) -> Result<String, Refusal> {
        self.check_event(room, user, "m.room.redaction", None)?;
        let own = self.find_event(room, target);
        if own.is_some_and(|event| event.sender != user) {
            self.check_power(room, user, "redact", 50)?;
        }
        let modern = ["11", "12"].contains(&self.room(room)?.version.as_str());
        if modern {
            content.insert("redacts".to_owned(), target.into());
        }
        let id = self.write(Draft {
            at,
            txn: txn.map(str::to_owned),
            redacts: Some(target.to_owned()),
            ..Draft::message(room, user, "m.room.redaction", Value::Object(content))
        });
        let place = self.places.get(target).copied();
        let event = place.and_then(|place| self.log.get_mut(place));
        if let Some(event) = event.filter(|event| event.room == room) {
            let reaction = reaction(&event.sender, &event.kind, &event.content);
            event.redact(&id);
            if let (Some(reaction), Some(room)) = (reaction, self.rooms.get_mut(room)) {
                room.reactions.remove(&reaction);
            }
        }
        Ok(id)
    }

    /// `PUT /rooms/{room}/state/{type}/{key}`.
    pub(super) fn put_state(
        &mut self,
        user: &str,
        room: &str,
        kind: &str,
        key: &str,
        ask: &Ask,
    ) -> Asked {
        let content = Value::Object(ask.object()?);
        if kind == "m.room.member" || kind == "m.room.create" {
            return Err(Refusal::forbidden("This state has ways of its own"));
        }
        self.check_event(room, user, kind, Some(key))?;
        check_content(&content, 512)?;
        if kind == "m.room.power_levels" {
            self.check_levels(room, &content)?;
        }
        let before = self.state(room, kind, key);
        if let Some(same) = before.filter(|event| event.content == content && event.sender == user)
        {
            return Ok(json!({ "event_id": same.id }));
        }
        let id = self.write(Draft::state(room, user, kind, key, content));
        Ok(json!({ "event_id": id }))
    }

    /// Refuses power levels that the room's version forbids.
    fn check_levels(&self, room: &str, content: &Value) -> Result<(), Refusal> {
        let found = self.room(room)?;
        let users = content.get("users");
        let lists = users.is_some_and(|users| users.get(&found.creator).is_some());
        if found.version == "12" && lists {
            let text = "Creator user must not appear in content.users";
            return Err(Refusal::forbidden(text));
        }
        Ok(())
    }

    /// `POST /rooms/{room}/receipt/{type}/{event}`.
    pub(super) fn receipt(&mut self, user: &str, room: &str, kind: &str, event: &str) -> Asked {
        if !["m.read", "m.read.private", "m.fully_read"].contains(&kind) {
            return Err(Refusal::bad("M_INVALID_PARAM", "Unknown receipt type"));
        }
        self.check_joined(room, user)?;
        if !event.starts_with('$') {
            return Err(Refusal::bad("M_INVALID_PARAM", "Not an event id"));
        }
        self.counts.receipts += 1;
        if kind == "m.read" {
            let content = json!({ event: { kind: { user: { "ts": now() } } } });
            self.whisper(room, "m.receipt", &content);
        }
        Ok(json!({}))
    }

    /// `PUT /rooms/{room}/typing/{user}`.
    pub(super) fn typing(&mut self, asker: &str, room: &str, user: &str, ask: &Ask) -> Asked {
        let typing = ask.object()?.get("typing").and_then(Value::as_bool);
        let typing = typing.ok_or_else(|| Refusal::bad("M_BAD_JSON", "Missing typing"))?;
        if asker != user {
            return Err(Refusal::forbidden("Cannot set another user's typing state"));
        }
        self.set_typing(room, user, typing)?;
        Ok(json!({}))
    }

    /// Lets a user begin or stop to type.
    pub(super) fn set_typing(
        &mut self,
        room: &str,
        user: &str,
        typing: bool,
    ) -> Result<(), Refusal> {
        self.check_joined(room, user)?;
        let Some(found) = self.rooms.get_mut(room) else {
            return Ok(());
        };
        found.typing.retain(|other| other != user);
        if typing {
            found.typing.push(user.to_owned());
        }
        let content = json!({ "user_ids": found.typing });
        self.whisper(room, "m.typing", &content);
        Ok(())
    }

    /// Tells the application service something that no room remembers.
    fn whisper(&mut self, room: &str, kind: &str, content: &Value) {
        let interests = self.rooms.get(room).is_some_and(|room| room.ours > 0);
        if interests && self.setting.ephemeral {
            let event = json!({ "type": kind, "room_id": room, "content": content });
            self.queue.push_whisper(event);
        }
    }
}

/// A reaction's key among those that stand.
fn reaction(user: &str, kind: &str, content: &Value) -> Option<(String, String, String)> {
    if kind != "m.reaction" {
        return None;
    }
    let relation = content.get("m.relates_to")?;
    let text = |key: &str| Some(relation.get(key)?.as_str()?.to_owned());
    Some((user.to_owned(), text("event_id")?, text("key")?))
}

/// The time in milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

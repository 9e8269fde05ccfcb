//! createRoom, which is not idempotent: what it made before it failed stays.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::answer::{Asked, Refusal};
use super::rules::check_content;
use super::world::{Room, World};
use super::write::Draft;

/// Room versions that can be asked for.
pub(super) const VERSIONS: [&str; 5] = ["8", "9", "10", "11", "12"];

impl World {
    /// `POST /createRoom`. With `half` it fails once the room and its alias are
    /// there.
    pub(super) fn create_room(&mut self, by: &str, body: &Map<String, Value>, half: bool) -> Asked {
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let version =
            text("room_version").map_or_else(|| self.setting.room_version.clone(), str::to_owned);
        if !VERSIONS.contains(&version.as_str()) {
            let text = "Your homeserver does not support this room version";
            return Err(Refusal::bad("M_UNSUPPORTED_ROOM_VERSION", text));
        }
        let alias = self.new_alias(body)?;
        let levels = levels(by, &version, body)?;
        let room = self.room_id(&version);
        self.open(&room, by, &version);
        if let Some(alias) = &alias {
            // Before anything that may still fail: a failed createRoom leaves it.
            self.aliases.insert(alias.clone(), room.clone());
        }
        let create = creation_content(by, &version, body);
        self.write(Draft::state(&room, by, "m.room.create", "", create));
        self.set_membership(&room, by, by, "join");
        if half {
            return Err(Refusal::new(500, "M_UNKNOWN", "Internal server error"));
        }
        self.set_checked(&room, by, "m.room.power_levels", "", levels)?;
        for (kind, key, content) in initial_state(alias.as_deref(), body)? {
            self.set_checked(&room, by, &kind, &key, content)?;
        }
        let invited = body.get("invite").and_then(Value::as_array);
        let invited: Vec<String> = invited
            .into_iter()
            .flatten()
            .filter_map(|user| Some(user.as_str()?.to_owned()))
            .collect();
        for user in invited.iter().filter(|user| *user != by) {
            self.set_invited(&room, by, user);
        }
        Ok(json!({ "room_id": room }))
    }

    /// The full alias that is wished for.
    fn new_alias(&self, body: &Map<String, Value>) -> Result<Option<String>, Refusal> {
        let Some(local) = body.get("room_alias_name").and_then(Value::as_str) else {
            return Ok(None);
        };
        if local.is_empty() || local.contains([':', ' ', '#']) {
            return Err(Refusal::bad(
                "M_INVALID_PARAM",
                "Invalid characters in room alias",
            ));
        }
        let alias = format!("#{local}:{}", self.setting.domain);
        if self.aliases.contains_key(&alias) {
            return Err(Refusal::bad("M_ROOM_IN_USE", "Room alias already taken"));
        }
        Ok(Some(alias))
    }

    /// Makes room for a room.
    pub(super) fn open(&mut self, id: &str, creator: &str, version: &str) {
        let room = Room {
            version: version.to_owned(),
            creator: creator.to_owned(),
            state: BTreeMap::new(),
            timeline: Vec::new(),
            members: BTreeMap::new(),
            ours: 0,
            reactions: HashSet::new(),
            typing: Vec::new(),
        };
        self.rooms.insert(id.to_owned(), room);
    }

    /// Writes a state event if it is allowed.
    fn set_checked(
        &mut self,
        room: &str,
        by: &str,
        kind: &str,
        key: &str,
        content: Value,
    ) -> Result<(), Refusal> {
        self.check_event(room, by, kind, Some(key))?;
        check_content(&content, 512)?;
        self.write(Draft::state(room, by, kind, key, content));
        Ok(())
    }
}

/// The content of `m.room.create`.
fn creation_content(by: &str, version: &str, body: &Map<String, Value>) -> Value {
    let wished = body.get("creation_content").and_then(Value::as_object);
    let mut content = wished.cloned().unwrap_or_default();
    content.insert("room_version".to_owned(), version.into());
    if !["11", "12"].contains(&version) {
        content.insert("creator".to_owned(), by.into());
    }
    Value::Object(content)
}

/// The power levels: the server's own, and what is wished for in place of them.
fn levels(by: &str, version: &str, body: &Map<String, Value>) -> Result<Value, Refusal> {
    let mut levels = json!({
        "users": { by: 100 },
        "users_default": 0,
        "events": {
            "m.room.name": 50,
            "m.room.power_levels": 100,
            "m.room.history_visibility": 100,
            "m.room.canonical_alias": 50,
            "m.room.avatar": 50,
            "m.room.tombstone": if version == "12" { 150 } else { 100 },
            "m.room.server_acl": 100,
            "m.room.encryption": 100,
        },
        "events_default": 0,
        "state_default": 50,
        "ban": 50, "kick": 50, "redact": 50, "invite": 50, "historical": 100,
    });
    if version == "12" {
        levels["users"] = json!({});
    }
    if let Some(wished) = body.get("power_level_content_override") {
        let wished = wished
            .as_object()
            .ok_or_else(|| Refusal::bad("M_BAD_JSON", "power levels must be an object"))?;
        for (key, value) in wished {
            levels[key] = value.clone();
        }
    }
    let lists_creator = levels
        .get("users")
        .is_some_and(|users| users.get(by).is_some());
    if version == "12" && lists_creator {
        let text = "Creator user must not appear in content.users";
        return Err(Refusal::bad("M_BAD_JSON", text));
    }
    Ok(levels)
}

/// A state event to be: type, key, content.
type Wish = (String, String, Value);

/// The state that comes after the power levels, in order.
fn initial_state(alias: Option<&str>, body: &Map<String, Value>) -> Result<Vec<Wish>, Refusal> {
    let mut wishes: Vec<Wish> = Vec::new();
    let mut wish = |kind: &str, key: &str, content: Value| {
        wishes.push((kind.to_owned(), key.to_owned(), content));
    };
    if let Some(alias) = alias {
        wish("m.room.canonical_alias", "", json!({ "alias": alias }));
    }
    let given = body.get("initial_state").and_then(Value::as_array);
    let given: Vec<&Value> = given.into_iter().flatten().collect();
    let is_given = |kind: &str| {
        given
            .iter()
            .any(|event| event.get("type").is_some_and(|given| given == kind))
    };
    let rule = match body.get("preset").and_then(Value::as_str) {
        Some("public_chat") => "public",
        None | Some("private_chat" | "trusted_private_chat") => "invite",
        Some(_) => return Err(Refusal::bad("M_BAD_JSON", "Unknown preset")),
    };
    for (kind, content) in [
        ("m.room.join_rules", json!({ "join_rule": rule })),
        (
            "m.room.history_visibility",
            json!({ "history_visibility": "shared" }),
        ),
        (
            "m.room.guest_access",
            json!({ "guest_access": "forbidden" }),
        ),
    ] {
        if !is_given(kind) {
            wish(kind, "", content);
        }
    }
    for event in given {
        let kind = event.get("type").and_then(Value::as_str);
        let kind = kind.ok_or_else(|| Refusal::bad("M_BAD_JSON", "initial state without type"))?;
        let content = event.get("content").filter(|content| content.is_object());
        let content =
            content.ok_or_else(|| Refusal::bad("M_BAD_JSON", "initial state without content"))?;
        let key = event.get("state_key").and_then(Value::as_str);
        wish(kind, key.unwrap_or_default(), content.clone());
    }
    for (key, kind) in [("name", "m.room.name"), ("topic", "m.room.topic")] {
        if let Some(text) = body.get(key).and_then(Value::as_str) {
            wish(kind, "", json!({ key: text }));
        }
    }
    Ok(wishes)
}

//! Who is in a room: inviting, joining, leaving, members.

use serde_json::{Value, json};

use super::answer::{Asked, Refusal};
use super::ask::Ask;
use super::world::World;
use super::write::Draft;

impl World {
    /// Writes a membership without asking whether it is allowed.
    pub(super) fn set_membership(&mut self, room: &str, by: &str, user: &str, membership: &str) {
        let mut content = json!({ "membership": membership });
        if let Some(profile) = self.users.get(user).map(|user| &user.profile)
            && membership == "join"
        {
            for key in ["displayname", "avatar_url"] {
                if let Some(value) = profile.get(key) {
                    content[key] = value.clone();
                }
            }
        }
        self.write(Draft::state(room, by, "m.room.member", user, content));
    }

    /// `POST /rooms/{room}/invite`.
    pub(super) fn invite(&mut self, by: &str, room: &str, body: &Ask) -> Asked {
        let body = body.object()?;
        let user = body.get("user_id").and_then(Value::as_str);
        let user = user.ok_or_else(|| Refusal::bad("M_MISSING_PARAM", "Missing user_id"))?;
        if !user.starts_with('@') || !user.contains(':') {
            return Err(Refusal::bad("M_INVALID_PARAM", "Not a user id"));
        }
        self.check_joined(room, by)?;
        self.check_power(room, by, "invite", 0)?;
        match self.membership(room, user) {
            Some("join") => {
                let text = format!("{user} is already in the room.");
                return Err(Refusal::forbidden(&text));
            }
            Some("ban") => return Err(Refusal::forbidden("User is banned from this room")),
            Some("invite") => return Ok(json!({})),
            _ => {}
        }
        self.set_invited(room, by, user);
        Ok(json!({}))
    }

    /// Invites a user; agents of this server may come at once.
    pub(super) fn set_invited(&mut self, room: &str, by: &str, user: &str) {
        self.set_membership(room, by, user, "invite");
        if self.setting.auto_accept && !self.setting.is_ours(user) {
            self.set_membership(room, user, user, "join");
        }
    }

    /// `POST /rooms/{room}/join`.
    pub(super) fn join(&mut self, user: &str, room: &str) -> Asked {
        let room = match self.aliases.get(room) {
            Some(room) => room.clone(),
            None => room.to_owned(),
        };
        if !self.rooms.contains_key(&room) {
            let text = "Can't join remote room because no servers that are in the room have been provided.";
            return Err(Refusal::new(404, "M_UNKNOWN", text));
        }
        match self.membership(&room, user) {
            Some("join") => return Ok(json!({ "room_id": room })),
            Some("ban") => return Err(Refusal::forbidden("You are banned from this room")),
            Some("invite") => {}
            _ if self.may_walk_in(&room, user) => {}
            _ => return Err(Refusal::forbidden("You are not invited to this room.")),
        }
        self.set_membership(&room, user, user, "join");
        Ok(json!({ "room_id": room }))
    }

    /// Whether the join rules let a user in who was not invited.
    fn may_walk_in(&self, room: &str, user: &str) -> bool {
        let Some(rules) = self.state(room, "m.room.join_rules", "") else {
            return false;
        };
        let rule = rules.content.get("join_rule").and_then(Value::as_str);
        if rule == Some("public") {
            return true;
        }
        let allowed = rules.content.get("allow").and_then(Value::as_array);
        let member_of_allowed = || {
            let rooms = allowed.into_iter().flatten();
            rooms
                .filter_map(|allow| allow.get("room_id")?.as_str())
                .any(|space| self.membership(space, user) == Some("join"))
        };
        rule == Some("restricted") && member_of_allowed()
    }

    /// `POST /rooms/{room}/leave`.
    pub(super) fn leave(&mut self, user: &str, room: &str) -> Asked {
        match self.membership(room, user) {
            Some("join" | "invite") => {
                self.set_membership(room, user, user, "leave");
                Ok(json!({}))
            }
            _ => Err(Refusal::forbidden("User is not in the room")),
        }
    }

    /// `POST /rooms/{room}/kick`.
    pub(super) fn kick(&mut self, by: &str, room: &str, body: &Ask) -> Asked {
        let body = body.object()?;
        let user = body.get("user_id").and_then(Value::as_str);
        let user = user.ok_or_else(|| Refusal::bad("M_MISSING_PARAM", "Missing user_id"))?;
        self.check_joined(room, by)?;
        self.check_power(room, by, "kick", 50)?;
        if self.power(room, by) <= self.power(room, user) {
            return Err(Refusal::forbidden("You cannot kick this user"));
        }
        self.set_membership(room, by, user, "leave");
        Ok(json!({}))
    }

    /// `GET /rooms/{room}/members`.
    pub(super) fn members(&self, asker: &str, room: &str, ask: &Ask) -> Asked {
        self.check_joined(room, asker)?;
        let only = ask.param("membership");
        let without = ask.param("not_membership");
        let found = self.room(room)?;
        let wanted = |membership: &str| {
            only.is_none_or(|only| only == membership) && without != Some(membership)
        };
        let members = found.members.iter();
        let chunk: Vec<Value> = members
            .filter(|(_, membership)| wanted(membership))
            .filter_map(|(user, _)| Some(self.state(room, "m.room.member", user)?.shown()))
            .collect();
        Ok(json!({ "chunk": chunk }))
    }

    /// `GET /rooms/{room}/joined_members`.
    pub(super) fn joined_members(&self, asker: &str, room: &str) -> Asked {
        self.check_joined(room, asker)?;
        let mut joined = serde_json::Map::new();
        for (user, membership) in &self.room(room)?.members {
            if membership == "join" {
                let profile = self.users.get(user).map(|user| &user.profile);
                let name = profile.and_then(|profile| profile.get("displayname"));
                joined.insert(user.clone(), json!({ "display_name": name }));
            }
        }
        Ok(json!({ "joined": joined }))
    }
}

//! Who may do what in a room.

use serde_json::Value;

use super::answer::Refusal;
use super::world::World;

/// The most bytes of an event.
const LARGEST: usize = 65_536;

impl World {
    /// A user's membership in a room.
    pub(super) fn membership(&self, room: &str, user: &str) -> Option<&str> {
        let room = self.rooms.get(room)?;
        room.members.get(user).map(String::as_str)
    }

    /// Refuses who is not in the room.
    ///
    /// # Errors
    /// 403.
    pub(super) fn check_joined(&self, room: &str, user: &str) -> Result<(), Refusal> {
        self.room(room)?;
        if self.membership(room, user) == Some("join") {
            return Ok(());
        }
        Err(Refusal::forbidden(&format!(
            "User {user} not in room {room}"
        )))
    }

    /// A user's power in a room.
    pub(super) fn power(&self, room: &str, user: &str) -> i64 {
        let Some(found) = self.rooms.get(room) else {
            return 0;
        };
        let creates = found.creator == user;
        if creates && found.version == "12" {
            return i64::MAX;
        }
        let Some(levels) = self.state(room, "m.room.power_levels", "") else {
            return if creates { 100 } else { 0 };
        };
        let levels = &levels.content;
        let own = levels.get("users").and_then(|users| users.get(user));
        let level = own.or_else(|| levels.get("users_default"));
        level.and_then(Value::as_i64).unwrap_or(0)
    }

    /// The power that something needs: a key of the power levels.
    fn needed(&self, room: &str, key: &str, default: i64) -> i64 {
        self.state(room, "m.room.power_levels", "")
            .and_then(|levels| levels.content.get(key))
            .and_then(Value::as_i64)
            .unwrap_or(default)
    }

    /// Refuses who has too little power for what `key` names.
    ///
    /// # Errors
    /// 403.
    pub(super) fn check_power(
        &self,
        room: &str,
        user: &str,
        key: &str,
        default: i64,
    ) -> Result<(), Refusal> {
        let (has, needs) = (self.power(room, user), self.needed(room, key, default));
        if has < needs {
            return Err(Refusal::forbidden(&format!(
                "You don't have permission to {key}. {has} < {needs}"
            )));
        }
        Ok(())
    }

    /// Refuses an event that its sender may not write.
    ///
    /// # Errors
    /// 403 for no member or too little power.
    pub(super) fn check_event(
        &self,
        room: &str,
        user: &str,
        kind: &str,
        state_key: Option<&str>,
    ) -> Result<(), Refusal> {
        self.check_joined(room, user)?;
        if state_key.is_some_and(|key| key.starts_with('@') && key != user) {
            return Err(Refusal::forbidden(
                "You are not allowed to set others state",
            ));
        }
        let levels = self.state(room, "m.room.power_levels", "");
        let of_kind = levels
            .and_then(|levels| levels.content.get("events")?.get(kind))
            .and_then(Value::as_i64);
        let needs = of_kind.unwrap_or_else(|| match state_key {
            Some(_) if levels.is_none() => 0,
            Some(_) => self.needed(room, "state_default", 50),
            None => self.needed(room, "events_default", 0),
        });
        let has = self.power(room, user);
        if has < needs {
            return Err(Refusal::forbidden(&format!(
                "You don't have permission to post that to the room. user_level ({has}) < send_level ({needs})"
            )));
        }
        Ok(())
    }
}

/// Refuses a content that cannot stand in an event: fractions, numbers out of
/// range, more than 64 KiB.
///
/// # Errors
/// 400 or 413.
pub(super) fn check_content(content: &Value, overhead: usize) -> Result<(), Refusal> {
    check_numbers(content)?;
    if content.to_string().len() + overhead > LARGEST {
        return Err(Refusal::new(413, "M_TOO_LARGE", "event too large"));
    }
    Ok(())
}

/// Refuses numbers that canonical JSON has not.
fn check_numbers(value: &Value) -> Result<(), Refusal> {
    /// The largest whole number that JavaScript has.
    const MOST: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) if whole.unsigned_abs() <= MOST => Ok(()),
            Some(_) => Err(Refusal::bad("M_BAD_JSON", "JSON integer out of range")),
            None => Err(Refusal::bad("M_BAD_JSON", "Bad JSON value: float")),
        },
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(fields) => fields.values().try_for_each(check_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

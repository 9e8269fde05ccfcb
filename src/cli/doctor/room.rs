//! One private room, to see what new rooms are like here; and the rooms that there
//! are, to see what the desk may do in them.

use reqwest::Method;
use serde_json::{Value, json};

use super::ask::Asker;
use super::database;
use super::finding::Tell;
use super::homeserver::Users;
use super::joins;
use crate::config::Config;

/// What the desk must be able to set in rooms of its own.
const NEEDED: i64 = 50;

/// A path of a room.
pub(super) fn path(room: &str, rest: &str) -> String {
    // A room's id has `!` and `:`, which a path may hold as they are.
    format!("/_matrix/client/v3/rooms/{room}/{rest}")
}

/// Examines rooms.
pub(super) async fn examine(config: &Config, asker: &Asker, tell: &Tell) {
    let users = Users::of(config);
    own_rooms(config, asker, &users, tell).await;
    let room = match create(config, asker, &users).await {
        Ok(room) => room,
        Err(reason) => {
            return tell.fail("new rooms", format!("the desk cannot make rooms: {reason}"));
        }
    };
    encryption(asker, &users, &room, tell).await;
    version(config, asker, &users, &room, tell).await;
    joins::examine(asker, &users, &room, tell).await;
    for user in [&users.ghost.1, &users.desk.1] {
        for rest in ["leave", "forget"] {
            // A ghost that never joined leaves an invitation, or nothing.
            let left = asker.post(&path(&room, rest), user, &json!({})).await;
            if let (Err(reason), true) = (left, *user == users.desk.1) {
                tell.warn("new rooms", format!("{room} could not be left: {reason}"));
            }
        }
    }
}

/// Makes the room.
async fn create(config: &Config, asker: &Asker, users: &Users) -> Result<String, String> {
    let mut body = json!({
        "preset": "private_chat",
        "visibility": "private",
        "name": "Loket doctor: a trial, may be removed",
        "creation_content": { "m.federate": false },
    });
    let wanted = config.matrix.room_version.as_deref().unwrap_or_default();
    if let (false, Some(map)) = (wanted.is_empty(), body.as_object_mut()) {
        map.insert("room_version".to_owned(), json!(wanted));
    }
    let answer = asker
        .post("/_matrix/client/v3/createRoom", &users.desk.1, &body)
        .await?;
    let room = answer.text_at("/room_id").map(ToOwned::to_owned);
    room.ok_or_else(|| match answer.code().as_str() {
        "M_UNSUPPORTED_ROOM_VERSION" => {
            format!("the homeserver has no room version {wanted}: change matrix.room_version")
        }
        code => code.to_owned(),
    })
}

/// Whether new rooms are encrypted without having been asked.
async fn encryption(asker: &Asker, users: &Users, room: &str, tell: &Tell) {
    let path = path(room, "state/m.room.encryption/");
    match asker.get(&path, &users.desk.1).await {
        Ok(answer) if answer.status == 404 => {
            tell.ok("encryption", "new rooms come up unencrypted");
        }
        Ok(answer) if answer.is_ok() => tell.fail(
            "encryption",
            "new rooms come up encrypted, and Loket cannot read what agents write there: set \
             encryption_enabled_by_default_for_room_type to off in the homeserver's \
             configuration and restart it",
        ),
        Ok(answer) => tell.fail("encryption", format!("not known: {}", answer.code())),
        Err(reason) => tell.fail("encryption", format!("not known: {reason}")),
    }
}

/// The version of new rooms.
async fn version(config: &Config, asker: &Asker, users: &Users, room: &str, tell: &Tell) {
    let answer = asker
        .get(&path(room, "state/m.room.create/"), &users.desk.1)
        .await;
    let found = answer.ok().and_then(|answer| {
        let version = answer.text_at("/room_version");
        version.map(ToOwned::to_owned)
    });
    let found = found.unwrap_or_else(|| "?".to_owned());
    let wanted = config.matrix.room_version.as_deref().unwrap_or_default();
    if wanted.is_empty() {
        tell.ok(
            "new rooms",
            format!("version {found}, the homeserver's default"),
        );
    } else {
        tell.ok("new rooms", format!("version {found}, as configured"));
    }
}

/// What the desk may do in the lobbies and the alerts room.
async fn own_rooms(config: &Config, asker: &Asker, users: &Users, tell: &Tell) {
    let rooms = match database::own_rooms(config).await {
        Ok(rooms) if rooms.is_empty() => {
            return tell.ok(
                "own rooms",
                "none yet: the daemon makes them when it starts",
            );
        }
        Ok(rooms) => rooms,
        Err(reason) => return tell.warn("own rooms", format!("not known: {reason}")),
    };
    let mut poor = Vec::new();
    for (key, room) in &rooms {
        let levels = asker
            .ask(
                Method::GET,
                &path(room, "state/m.room.power_levels/"),
                Some(&users.desk.1),
                None,
            )
            .await;
        match levels {
            Ok(answer) if answer.is_ok() => {
                let made_it = made_it(asker, users, room).await;
                if !made_it && power(&answer.body, &users.desk.1) < NEEDED {
                    poor.push(format!("{key} ({room}: may change nothing)"));
                }
            }
            Ok(answer) => poor.push(format!("{key} ({room}: {})", answer.code())),
            Err(reason) => poor.push(format!("{key} ({room}: {reason})")),
        }
    }
    if poor.is_empty() {
        let count = rooms.len();
        tell.ok(
            "own rooms",
            format!("the desk has its rights in {count} rooms"),
        );
    } else {
        let poor = poor.join(", ");
        tell.fail(
            "own rooms",
            format!("the desk lacks rights in: {poor}. Invite it again and make it an admin there"),
        );
    }
}

/// A user's power.
fn power(levels: &Value, user: &str) -> i64 {
    let own = levels.get("users").and_then(|users| users.get(user));
    let own = own.or_else(|| levels.get("users_default"));
    own.and_then(Value::as_i64).unwrap_or_default()
}

/// Whether the desk made a room of a version in which that is the highest power.
async fn made_it(asker: &Asker, users: &Users, room: &str) -> bool {
    let path = path(room, "state/m.room.create/");
    let Ok(answer) = asker.get(&path, &users.desk.1).await else {
        return false;
    };
    // Only rooms of these versions have ids without a server's name.
    answer.is_ok() && !room.contains(':')
}

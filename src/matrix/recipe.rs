//! [`Recipe`] → the request that creates the room.
//!
//! Everything goes into the initial state: what is written afterwards is a line in
//! every member's timeline. The last event carries our id of the room. A homeserver
//! that stopped half-way leaves an alias and a room without it, and the room is
//! given up.

use ruma::api::client::room::Visibility;
use ruma::api::client::room::create_room::v3::{CreationContent, Request, RoomPreset};
use ruma::events::AnyInitialStateEvent;
use ruma::room::RoomType;
use ruma::serde::Raw;
use ruma::{OwnedUserId, RoomVersionId};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::MatrixError;
use super::names::id;
use super::power::{creator_is_listed, knows_restricted, levels};
use crate::domain::ids::{RoomId, UserId};
use crate::domain::room::{Portal, Recipe, RoomKind};

/// The state event by which we know a room of ours: the last of its recipe.
pub(super) const ROOM: &str = "org.loket.room";

/// The state event that tells dashboards and bots of a conversation.
pub(super) const CONVERSATION: &str = "org.loket.conversation";

/// Writes the request. The room version is only looked at, not set.
pub(super) fn request(
    recipe: &Recipe,
    desk: &UserId,
    version: &RoomVersionId,
) -> Result<Request, MatrixError> {
    let listed = creator_is_listed(version);
    let allow = recipe.allow.as_ref().filter(|_| knows_restricted(version));
    let powers = levels(&recipe.kind, desk, &recipe.powers, listed);
    let invite: Result<Vec<OwnedUserId>, MatrixError> = recipe
        .invite
        .iter()
        .filter(|user| *user != desk)
        .map(|user| id(user.as_str()))
        .collect();
    let mut request = Request::new();
    request.preset = Some(RoomPreset::PrivateChat);
    request.visibility = Visibility::Private;
    request.room_alias_name = Some(recipe.alias.clone());
    request.invite = invite?;
    request.power_level_content_override = Some(Raw::from_json(raw(&powers)?));
    if recipe.kind == RoomKind::Space {
        let mut content = CreationContent::new();
        content.room_type = Some(RoomType::Space);
        let content = to_raw_value(&content).map_err(|_unwritable| unwritable())?;
        request.creation_content = Some(Raw::from_json(content));
    }
    request.initial_state = initial_state(recipe, desk, allow)
        .iter()
        .map(|event| Ok(Raw::<AnyInitialStateEvent>::from_json(raw(event)?)))
        .collect::<Result<_, MatrixError>>()?;
    Ok(request)
}

/// The initial state, [`ROOM`] last.
fn initial_state(recipe: &Recipe, desk: &UserId, allow: Option<&RoomId>) -> Vec<Value> {
    let mut state = vec![
        event("m.room.join_rules", "", join_rules(allow)),
        event(
            "m.room.history_visibility",
            "",
            json!({ "history_visibility": "shared" }),
        ),
        event(
            "m.room.guest_access",
            "",
            json!({ "guest_access": "forbidden" }),
        ),
        event("m.room.name", "", json!({ "name": recipe.name })),
    ];
    if !recipe.topic.is_empty() {
        state.push(event("m.room.topic", "", json!({ "topic": recipe.topic })));
    }
    let kind = match &recipe.kind {
        RoomKind::Portal(portal) => {
            state.extend(portal_state(portal, desk));
            "portal"
        }
        RoomKind::Space => "space",
        RoomKind::Lobby => "lobby",
        RoomKind::Alerts => "alerts",
    };
    state.push(event(
        ROOM,
        "",
        json!({ "loket_id": recipe.loket_id, "kind": kind }),
    ));
    state
}

/// Who may come in.
fn join_rules(allow: Option<&RoomId>) -> Value {
    match allow {
        Some(space) => json!({
            "join_rule": "restricted",
            "allow": [{ "type": "m.room_membership", "room_id": space.as_str() }],
        }),
        None => json!({ "join_rule": "invite" }),
    }
}

/// What tells clients and bots that a room is bridged, and to whom.
fn portal_state(portal: &Portal, desk: &UserId) -> Vec<Value> {
    let key = format!(
        "org.loket/{}/{}/{}",
        portal.channel.name(),
        portal.account,
        portal.conversation
    );
    let bridge = json!({
        "bridgebot": desk.as_str(),
        "creator": desk.as_str(),
        "protocol": { "id": portal.channel.name(), "displayname": portal.channel.title() },
        "network": { "id": portal.account, "displayname": portal.account },
        "channel": { "id": portal.conversation, "displayname": portal.contact },
        "org.loket.ghost": portal.ghost.as_str(),
    });
    let photo = portal.photo.iter();
    let photo = photo.map(|photo| event("m.room.avatar", "", json!({ "url": photo })));
    let mut state = vec![
        event("m.bridge", &key, bridge.clone()),
        event("uk.half-shot.bridge", &key, bridge),
        event(
            "io.element.functional_members",
            "",
            json!({ "service_members": [desk.as_str()] }),
        ),
        event(CONVERSATION, "", json!(portal.state)),
    ];
    state.extend(photo);
    state
}

/// A state event.
#[expect(
    clippy::needless_pass_by_value,
    reason = "every content is made for its event"
)]
fn event(kind: &str, key: &str, content: Value) -> Value {
    json!({ "type": kind, "state_key": key, "content": content })
}

/// A value in JSON, of the type that the request wants.
fn raw(value: &Value) -> Result<Box<serde_json::value::RawValue>, MatrixError> {
    to_raw_value(value).map_err(|_unwritable| unwritable())
}

/// What cannot be written as JSON.
fn unwritable() -> MatrixError {
    MatrixError::Refused {
        code: "M_BAD_JSON".into(),
        status: 400,
    }
}

#[cfg(test)]
mod tests;

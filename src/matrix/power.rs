//! Power levels of new rooms.
//!
//! The desk 100, supervisors 50, agents 25, ghosts 0. What would ring the team and
//! never the customer (calls), would make lines unreadable (encryption) or move the
//! room (tombstone, join rule) is the desk's alone, and so is our own state and
//! every state that is not named here.

use std::collections::BTreeMap;

use ruma::RoomVersionId;
use serde_json::{Map, Value, json};

use crate::domain::ids::UserId;
use crate::domain::room::RoomKind;

/// The desk's level.
const DESK: i64 = 100;

/// Supervisors' level.
const SUPERVISOR: i64 = 50;

/// Agents' level.
const AGENT: i64 = 25;

/// What the desk alone may send. Calls are messages at first sight: they need
/// their own lines, state would be the desk's anyway.
const DESK_ONLY: [&str; 33] = [
    "m.room.encryption",
    "m.room.tombstone",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
    "m.room.server_acl",
    "m.room.power_levels",
    "m.room.canonical_alias",
    "m.call",
    "m.call.invite",
    "m.call.candidates",
    "m.call.answer",
    "m.call.select_answer",
    "m.call.negotiate",
    "m.call.reject",
    "m.call.hangup",
    "m.call.replaces",
    "m.call.asserted_identity",
    "m.call.sdp_stream_metadata_changed",
    "m.call.notify",
    "m.call.member",
    "m.rtc.member",
    "m.rtc.notification",
    "m.rtc.slot",
    "org.matrix.call.asserted_identity",
    "org.matrix.call.sdp_stream_metadata_changed",
    "org.matrix.msc3401.call",
    "org.matrix.msc3401.call.member",
    "org.matrix.msc4075.call.notify",
    "org.matrix.msc4075.rtc.notification",
    "org.matrix.msc4143.rtc.member",
    "org.loket.conversation",
    "org.loket.room",
];

/// The power levels of a new room. `listed`: whether its creator stands among the
/// users (see [`creator_is_listed`]).
pub(super) fn levels(
    kind: &RoomKind,
    desk: &UserId,
    powers: &BTreeMap<UserId, i64>,
    listed: bool,
) -> Value {
    // A conversation is its agents' to name and to share; other rooms are not.
    let shared = match kind {
        RoomKind::Portal(_) => AGENT,
        RoomKind::Space | RoomKind::Lobby | RoomKind::Alerts => SUPERVISOR,
    };
    let mut events: Map<String, Value> = DESK_ONLY
        .iter()
        .map(|kind| ((*kind).to_owned(), DESK.into()))
        .collect();
    for kind in ["m.room.name", "m.room.topic", "m.room.pinned_events"] {
        events.insert(kind.to_owned(), shared.into());
    }
    let mut users: Map<String, Value> = powers
        .iter()
        .filter(|(user, _)| *user != desk)
        .map(|(user, level)| (user.as_str().to_owned(), (*level).into()))
        .collect();
    if listed {
        users.insert(desk.as_str().to_owned(), DESK.into());
    }
    json!({
        "users": users,
        "users_default": 0,
        "events": events,
        "events_default": 0,
        "state_default": DESK,
        "invite": shared,
        "kick": SUPERVISOR,
        "ban": SUPERVISOR,
        "redact": SUPERVISOR,
        "notifications": { "room": SUPERVISOR },
    })
}

/// Whether a room's creator must stand in its power levels. Since version 12 a
/// creator has all power and must not.
pub(super) fn creator_is_listed(version: &RoomVersionId) -> bool {
    match version.rules() {
        Some(rules) => !rules.authorization.explicitly_privilege_room_creators,
        // A version newer than this program, or an experiment.
        None => number(version).is_none_or(|version| version < 12),
    }
}

/// Whether a space's members may come into a room without invitation (`restricted`,
/// since version 8).
pub(super) fn knows_restricted(version: &RoomVersionId) -> bool {
    match version.rules() {
        Some(rules) => rules.authorization.restricted_join_rule,
        None => number(version).is_none_or(|version| version >= 8),
    }
}

/// A version's number, if it is one.
fn number(version: &RoomVersionId) -> Option<u32> {
    version.as_str().parse().ok()
}

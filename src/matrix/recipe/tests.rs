//! What new rooms are made of.

use serde_json::Map;

use super::*;
use crate::domain::contact::ChannelKind;
use crate::domain::room::ConversationState;

const DESK: &str = "@loket:example.org";

fn portal() -> Recipe {
    Recipe {
        loket_id: "cnv_1".into(),
        alias: "loket_cnv_1_1".into(),
        kind: RoomKind::Portal(Box::new(Portal {
            ghost: "@loket_wa_1:example.org".into(),
            channel: ChannelKind::Whatsapp,
            account: "wa".into(),
            conversation: "cnv_1".into(),
            contact: "Budi".into(),
            photo: Some("mxc://example.org/1".into()),
            state: ConversationState {
                status: "open".into(),
                owner: "queue".into(),
                case: None,
                labels: Vec::new(),
                priority: "none".into(),
                account: "wa".into(),
            },
        })),
        name: "🙋 Budi · WhatsApp".into(),
        topic: "WhatsApp".into(),
        invite: vec!["@loket_wa_1:example.org".into(), DESK.into()],
        powers: [("@ayu:example.org".into(), 25), (DESK.into(), 1)].into(),
        allow: Some("!space".into()),
    }
}

/// The request as JSON.
fn written(recipe: &Recipe, version: &str) -> Value {
    let request = request(recipe, &DESK.into(), &version.try_into().unwrap()).unwrap();
    let state: Vec<Value> = request
        .initial_state
        .iter()
        .map(|event| event.deserialize_as_unchecked().unwrap())
        .collect();
    let levels: Value = request
        .power_level_content_override
        .unwrap()
        .deserialize_as_unchecked()
        .unwrap();
    let creation: Option<Value> = request
        .creation_content
        .map(|content| content.deserialize_as_unchecked().unwrap());
    json!({
        "state": state,
        "levels": levels,
        "creation": creation,
        "preset": request.preset.map(|preset| preset.to_string()),
        "visibility": request.visibility.to_string(),
        "alias": request.room_alias_name,
        "invite": request.invite,
        "version": request.room_version,
    })
}

/// A state event of the request.
fn state_of<'a>(written: &'a Value, kind: &str) -> &'a Value {
    let state = written["state"].as_array().unwrap();
    let event = state.iter().find(|event| event["type"] == kind);
    &event.expect("is there")["content"]
}

#[test]
fn a_portal_begins_with_everything_it_needs() {
    let written = written(&portal(), "12");
    let bridge = json!({
        "bridgebot": DESK,
        "creator": DESK,
        "protocol": {"id": "whatsapp", "displayname": "WhatsApp"},
        "network": {"id": "wa", "displayname": "wa"},
        "channel": {"id": "cnv_1", "displayname": "Budi"},
        "org.loket.ghost": "@loket_wa_1:example.org",
    });
    let event = |kind: &str, key: &str, content: Value| json!({"type": kind, "state_key": key, "content": content});
    let key = "org.loket/whatsapp/wa/cnv_1";
    assert_eq!(
        written["state"],
        json!([
            event(
                "m.room.join_rules",
                "",
                json!({
                    "join_rule": "restricted",
                    "allow": [{"type": "m.room_membership", "room_id": "!space"}],
                })
            ),
            event(
                "m.room.history_visibility",
                "",
                json!({"history_visibility": "shared"})
            ),
            event(
                "m.room.guest_access",
                "",
                json!({"guest_access": "forbidden"})
            ),
            event("m.room.name", "", json!({"name": "🙋 Budi · WhatsApp"})),
            event("m.room.topic", "", json!({"topic": "WhatsApp"})),
            event("m.bridge", key, bridge.clone()),
            event("uk.half-shot.bridge", key, bridge),
            event(
                "io.element.functional_members",
                "",
                json!({"service_members": [DESK]})
            ),
            event(
                "org.loket.conversation",
                "",
                json!({
                    "status": "open", "owner": "queue", "case": null, "labels": [],
                    "priority": "none", "account": "wa",
                })
            ),
            event("m.room.avatar", "", json!({"url": "mxc://example.org/1"})),
            event(
                "org.loket.room",
                "",
                json!({"loket_id": "cnv_1", "kind": "portal"})
            ),
        ])
    );
    assert_eq!(
        (
            &written["preset"],
            &written["visibility"],
            &written["alias"]
        ),
        (
            &json!("private_chat"),
            &json!("private"),
            &json!("loket_cnv_1_1")
        )
    );
    assert_eq!(written["invite"], json!(["@loket_wa_1:example.org"]));
    assert_eq!(
        (&written["creation"], &written["version"]),
        (&Value::Null, &Value::Null)
    );
}

#[rstest::rstest]
#[case("12", json!({"@ayu:example.org": 25}))]
#[case("13", json!({"@ayu:example.org": 25}))]
#[case("11", json!({"@ayu:example.org": 25, "@loket:example.org": 100}))]
#[case("org.example.1", json!({"@ayu:example.org": 25, "@loket:example.org": 100}))]
fn the_desk_is_listed_where_creators_are(#[case] version: &str, #[case] users: Value) {
    assert_eq!(written(&portal(), version)["levels"]["users"], users);
}

#[test]
fn agents_speak_name_and_invite_and_the_desk_alone_decides_the_rest() {
    let written = written(&portal(), "12");
    let mut levels = written["levels"].clone();
    let events: Map<String, Value> = levels["events"]
        .as_object_mut()
        .map(std::mem::take)
        .unwrap();
    levels["users"].take();
    assert_eq!(
        levels,
        json!({
            "users": null,
            "users_default": 0,
            "events": {},
            "events_default": 0,
            "state_default": 100,
            "invite": 25,
            "kick": 50,
            "ban": 50,
            "redact": 50,
            "notifications": {"room": 50},
        })
    );
    for kind in ["m.room.name", "m.room.topic", "m.room.pinned_events"] {
        assert_eq!(events[kind], 25, "{kind}");
    }
    for kind in [
        "m.room.encryption",
        "m.room.tombstone",
        "m.room.join_rules",
        "m.room.history_visibility",
        "m.room.server_acl",
        "m.room.power_levels",
        "m.call.invite",
        "m.call.answer",
        "m.call.hangup",
        "m.call.candidates",
        "org.matrix.msc3401.call.member",
        "org.loket.conversation",
    ] {
        assert_eq!(events[kind], 100, "{kind}");
    }
    let lower = events.iter().filter(|(_, level)| **level != 100).count();
    assert_eq!(lower, 3);
}

#[test]
fn a_space_is_a_space_by_invitation() {
    let space = Recipe {
        kind: RoomKind::Space,
        topic: String::new(),
        allow: None,
        ..portal()
    };
    let written = written(&space, "12");
    assert_eq!(written["creation"], json!({"type": "m.space"}));
    assert_eq!(
        state_of(&written, "m.room.join_rules"),
        &json!({"join_rule": "invite"})
    );
    assert_eq!(
        state_of(&written, "org.loket.room"),
        &json!({"loket_id": "cnv_1", "kind": "space"})
    );
    assert_eq!(written["levels"]["events"]["m.room.name"], 50);
    let kinds = written["state"].as_array().unwrap().len();
    assert_eq!(kinds, 5, "no topic, no bridge");
}

#[test]
fn a_room_version_without_restricted_rooms_is_by_invitation() {
    for (version, rule) in [("7", "invite"), ("8", "restricted"), ("14", "restricted")] {
        let written = written(&portal(), version);
        assert_eq!(state_of(&written, "m.room.join_rules")["join_rule"], rule);
    }
}

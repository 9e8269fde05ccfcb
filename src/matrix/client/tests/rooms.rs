//! Rooms and their state.

use std::collections::BTreeMap;

use super::*;
use crate::domain::room::{ConversationState, RoomKind};

/// Where a room's state event stands.
fn state(kind: &str, key: &str) -> String {
    format!("{BASE}/rooms/!r/state/{kind}/{key}")
}

/// A lobby.
fn lobby() -> Recipe {
    Recipe {
        loket_id: "lobby:main".into(),
        alias: "loket_lobby_1".into(),
        kind: RoomKind::Lobby,
        name: "Lobby".into(),
        topic: String::new(),
        invite: Vec::new(),
        powers: BTreeMap::new(),
        allow: None,
    }
}

fn face(name: &str, topic: &str, owner: &str) -> Face {
    Face {
        name: name.into(),
        topic: topic.into(),
        state: ConversationState {
            status: "open".into(),
            owner: owner.into(),
            case: Some(7),
            labels: Vec::new(),
            priority: "none".into(),
            account: "wa".into(),
        },
    }
}

#[rstest::rstest]
#[case::creator_not_listed("12", json!({}))]
#[case::creator_listed("11", json!({"@loket:example.org": 100}))]
#[tokio::test]
async fn the_default_room_version_decides_whether_the_desk_is_listed(
    #[case] version: &str,
    #[case] users: Value,
) {
    let (server, client) = homeserver().await;
    let capabilities =
        json!({"capabilities": {"m.room_versions": {"default": version, "available": {}}}});
    answers(
        &server,
        "GET",
        &format!("{BASE}/capabilities"),
        200,
        capabilities,
    )
    .await;
    answers(
        &server,
        "POST",
        &format!("{BASE}/createRoom"),
        200,
        json!({"room_id": "!r"}),
    )
    .await;
    for _ in 0..2 {
        assert_eq!(client.create_room(&lobby()).await, Ok("!r".into()));
    }
    let body = last_body(&server).await;
    assert_eq!(body["power_level_content_override"]["users"], users);
    assert_eq!(body.get("room_version"), None);
    let asked = asked(&server).await;
    let desk = "user_id=%40loket%3Aexample.org";
    assert_eq!(
        asked,
        [
            format!("GET /capabilities?{desk}"),
            format!("POST /createRoom?{desk}"),
            format!("POST /createRoom?{desk}"),
        ]
    );
}

#[tokio::test]
async fn a_configured_room_version_is_asked_for() {
    let (server, _) = homeserver().await;
    let client = client_at(&server.uri(), Some("11"));
    answers(
        &server,
        "POST",
        &format!("{BASE}/createRoom"),
        200,
        json!({"room_id": "!r"}),
    )
    .await;
    client.create_room(&lobby()).await.unwrap();
    let body = last_body(&server).await;
    assert_eq!(body["room_version"], "11");
    let users = json!({"@loket:example.org": 100});
    assert_eq!(body["power_level_content_override"]["users"], users);
}

#[tokio::test]
async fn a_taken_alias_is_told() {
    let (server, _) = homeserver().await;
    let client = client_at(&server.uri(), Some("12"));
    answers(
        &server,
        "POST",
        &format!("{BASE}/createRoom"),
        400,
        error("M_ROOM_IN_USE"),
    )
    .await;
    let refused = refused("M_ROOM_IN_USE", 400);
    assert_eq!(client.create_room(&lobby()).await, Err(refused));
}

#[rstest::rstest]
#[case::ours("@loket:example.org", (200, json!({"loket_id": "lobby:main"})), Some("!r"))]
#[case::a_strangers("@eve:example.org", (200, json!({"loket_id": "lobby:main"})), None)]
#[case::another_of_ours("@loket:example.org", (200, json!({"loket_id": "alerts"})), None)]
#[case::half_made("@loket:example.org", (404, error("M_NOT_FOUND")), None)]
#[case::nonsense("@loket:example.org", (200, json!({"loket_id": 5})), None)]
#[tokio::test]
async fn only_a_complete_room_of_ours_is_found(
    #[case] creator: &str,
    #[case] ours: (u16, Value),
    #[case] expected: Option<&str>,
) {
    let (server, client) = homeserver().await;
    let alias = json!({"room_id": "!r", "servers": []});
    answers(
        &server,
        "GET",
        &format!("{BASE}/directory/room/%23loket_lobby_1:example.org"),
        200,
        alias,
    )
    .await;
    let create = json!({"type": "m.room.create", "sender": creator, "content": {"creator": "@loket:example.org"}});
    answers(&server, "GET", &state("m.room.create", ""), 200, create).await;
    answers(&server, "GET", &state("org.loket.room", ""), ours.0, ours.1).await;
    let found = client
        .find_room("#loket_lobby_1:example.org", "lobby:main")
        .await;
    assert_eq!(found, Ok(expected.map(RoomId::from)));
    let asked = asked(&server).await;
    assert!(asked[1].contains("format=event"), "{asked:?}");
}

#[tokio::test]
async fn an_unknown_alias_leads_nowhere() {
    let (server, client) = homeserver().await;
    let at = format!("{BASE}/directory/room/%23loket_x:example.org");
    answers(&server, "GET", &at, 404, error("M_NOT_FOUND")).await;
    let found = client.find_room("#loket_x:example.org", "x").await;
    assert_eq!(found, Ok(None));
}

#[tokio::test]
async fn only_what_differs_is_shown_anew() {
    let (server, client) = homeserver().await;
    for kind in ["m.room.name", "m.room.topic", "org.loket.conversation"] {
        answers(
            &server,
            "PUT",
            &state(kind, ""),
            200,
            json!({"event_id": "$1"}),
        )
        .await;
    }
    let room = RoomId::from("!r");
    let (old, new) = (face("a", "t", "queue"), face("b", "t", "queue"));
    client.show_face(&room, Some(&old), &old).await.unwrap();
    client.show_face(&room, Some(&old), &new).await.unwrap();
    client.show_face(&room, None, &old).await.unwrap();
    let kinds: Vec<String> = requests(&server)
        .await
        .iter()
        .map(|request| {
            request
                .url
                .path()
                .replace(&state("", "").replace("//", "/"), "")
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "m.room.name/",
            "m.room.name/",
            "m.room.topic/",
            "org.loket.conversation/"
        ]
    );
    assert_eq!(
        last_body(&server).await,
        json!({"status": "open", "owner": "queue", "case": 7, "labels": [], "priority": "none", "account": "wa"})
    );
}

#[tokio::test]
async fn power_levels_of_others_stay() {
    let (server, client) = homeserver().await;
    let levels =
        json!({"users": {"@a:example.org": 50}, "users_default": 0, "events": {"m.room.name": 25}});
    answers(
        &server,
        "GET",
        &state("m.room.power_levels", ""),
        200,
        levels,
    )
    .await;
    answers(
        &server,
        "PUT",
        &state("m.room.power_levels", ""),
        200,
        json!({"event_id": "$1"}),
    )
    .await;
    let room = RoomId::from("!r");
    let same = [("@a:example.org".into(), 50), (client.desk(), 1)];
    client.set_powers(&room, &same).await.unwrap();
    assert_eq!(asked(&server).await.len(), 1);
    client
        .set_powers(&room, &[("@b:example.org".into(), 25)])
        .await
        .unwrap();
    assert_eq!(
        last_body(&server).await,
        json!({"users": {"@a:example.org": 50, "@b:example.org": 25}, "users_default": 0, "events": {"m.room.name": 25}})
    );
}

#[rstest::rstest]
#[case::there((200, json!({"membership": "join"})), Ok(()))]
#[case::invited((200, json!({"membership": "invite"})), Ok(()))]
#[case::banned((200, json!({"membership": "ban"})), Err(refused("M_FORBIDDEN", 403)))]
#[case::never_there((404, error("M_NOT_FOUND")), Err(refused("M_FORBIDDEN", 403)))]
#[tokio::test]
async fn inviting_who_is_there_is_fine(
    #[case] member: (u16, Value),
    #[case] expected: Result<(), MatrixError>,
) {
    let (server, client) = homeserver().await;
    answers(
        &server,
        "POST",
        &format!("{BASE}/rooms/!r/invite"),
        403,
        error("M_FORBIDDEN"),
    )
    .await;
    let at = state("m.room.member", "@ayu:example.org");
    answers(&server, "GET", &at, member.0, member.1).await;
    let invited = client
        .invite(&"@ayu:example.org".into(), &"!r".into())
        .await;
    assert_eq!(invited, expected);
}

#[tokio::test]
async fn members_are_those_who_are_there_or_invited() {
    let (server, client) = homeserver().await;
    let member = |user: &str, membership: &str| json!({"state_key": user, "content": {"membership": membership}});
    let chunk = json!({"chunk": [member("@a:b", "join"), member("@b:b", "invite"), member("@c:b", "ban"), {"x": 1}]});
    answers(
        &server,
        "GET",
        &format!("{BASE}/rooms/!r/members"),
        200,
        chunk,
    )
    .await;
    let members = client.members(&"!r".into()).await.unwrap();
    assert_eq!(members, [UserId::from("@a:b"), UserId::from("@b:b")]);
}

#[tokio::test]
async fn a_room_is_put_into_a_space() {
    let (server, client) = homeserver().await;
    answers(
        &server,
        "PUT",
        &state("m.space.child", "!c"),
        200,
        json!({"event_id": "$1"}),
    )
    .await;
    client.add_child(&"!r".into(), &"!c".into()).await.unwrap();
    assert_eq!(last_body(&server).await, json!({"via": ["example.org"]}));
}

#[tokio::test]
async fn a_room_is_encrypted_once_its_state_says_so() {
    let (server, client) = homeserver().await;
    let at = state("m.room.encryption", "");
    Mock::given(path(&at))
        .respond_with(ResponseTemplate::new(404).set_body_json(error("M_NOT_FOUND")))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    answers(
        &server,
        "GET",
        &at,
        200,
        json!({"algorithm": "m.megolm.v1.aes-sha2"}),
    )
    .await;
    assert_eq!(client.is_encrypted(&"!r".into()).await, Ok(false));
    assert_eq!(client.is_encrypted(&"!r".into()).await, Ok(true));
}

#[tokio::test]
async fn a_nudge_differs_from_the_last() {
    let (server, client) = homeserver().await;
    answers(
        &server,
        "PUT",
        &state("org.loket.nudge", ""),
        200,
        json!({"event_id": "$1"}),
    )
    .await;
    client.nudge(&"!r".into()).await.unwrap();
    assert_eq!(
        last_body(&server).await,
        json!({"at": 1_700_000_000_000_i64})
    );
}

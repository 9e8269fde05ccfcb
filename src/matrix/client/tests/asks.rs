//! Users, events, receipts, pings.

use super::*;

const USER_QUERY: &str = "user_id=%40loket_wa_1%3Aexample.org";

/// A homeserver on which users can be made.
async fn with_users(server: &MockServer, registered: (u16, Value), device: (u16, Value)) {
    answers(
        server,
        "POST",
        &format!("{BASE}/register"),
        registered.0,
        registered.1,
    )
    .await;
    answers(
        server,
        "PUT",
        &format!("{BASE}/devices/LOKET"),
        device.0,
        device.1,
    )
    .await;
    let name = format!("{BASE}/profile/{GHOST}/displayname");
    answers(
        server,
        "PUT",
        &name.replace('@', "%40").replace(":e", "%3Ae"),
        200,
        json!({}),
    )
    .await;
    answers(server, "PUT", &name, 200, json!({})).await;
}

#[tokio::test]
async fn a_send_names_its_user_device_time_and_id() {
    let (server, client) = homeserver().await;
    answers(
        &server,
        "PUT",
        &send_path("row_1.2"),
        200,
        json!({"event_id": "$1"}),
    )
    .await;
    assert_eq!(client.send(&line("row_1.2")).await, Ok("$1".into()));
    assert_eq!(
        asked(&server).await,
        [format!(
            "PUT /rooms/!r/send/m.room.message/row_1.2?ts=1600000000000&{USER_QUERY}&device_id=LOKET"
        )]
    );
    let request = &requests(&server).await[0];
    assert_eq!(request.headers["authorization"], "Bearer secret");
    assert_eq!(
        last_body(&server).await,
        json!({"msgtype": "m.text", "body": "halo", "m.mentions": {}, "org.loket.id": "row_1.2"})
    );
}

#[tokio::test]
async fn a_redaction_carries_our_id() {
    let (server, client) = homeserver().await;
    let at = format!("{BASE}/rooms/!r/redact/$9/row_2");
    answers(&server, "PUT", &at, 200, json!({"event_id": "$2"})).await;
    let mut outgoing = line("row_2");
    outgoing.content = OutgoingContent::Redaction {
        target: "$9".into(),
    };
    assert_eq!(client.send(&outgoing).await, Ok("$2".into()));
    assert_eq!(
        asked(&server).await,
        [format!(
            "PUT /rooms/!r/redact/$9/row_2?{USER_QUERY}&device_id=LOKET"
        )]
    );
    assert_eq!(last_body(&server).await, json!({"org.loket.id": "row_2"}));
}

#[rstest::rstest]
#[case::fresh((200, json!({"user_id": GHOST})))]
#[case::known((400, error("M_USER_IN_USE")))]
#[tokio::test]
async fn a_ghost_is_made_once_and_renamed_later(#[case] registered: (u16, Value)) {
    let (server, client) = homeserver().await;
    with_users(&server, registered, (201, json!({}))).await;
    for name in ["Budi", "Budi", "Budi S"] {
        client.ensure_ghost(&ghost(name)).await.unwrap();
    }
    let asked: Vec<String> = asked(&server)
        .await
        .iter()
        .map(|request| request.replace("%40", "@").replace("%3A", ":"))
        .collect();
    let query = "user_id=@loket_wa_1:example.org";
    let rename = format!("PUT /profile/{GHOST}/displayname?{query}");
    assert_eq!(
        asked,
        [
            "POST /register".to_owned(),
            format!("PUT /devices/LOKET?{query}"),
            rename.clone(),
            rename,
        ]
    );
    let bodies: Vec<Value> = requests(&server)
        .await
        .iter()
        .map(|request| request.body_json().unwrap())
        .collect();
    assert_eq!(
        bodies,
        [
            json!({"username": "loket_wa_1", "type": "m.login.application_service", "inhibit_login": true}),
            json!({"display_name": "Loket"}),
            json!({"displayname": "Budi"}),
            json!({"displayname": "Budi S"}),
        ]
    );
}

#[tokio::test]
async fn another_refusal_to_register_is_told() {
    let (server, client) = homeserver().await;
    with_users(&server, (400, error("M_EXCLUSIVE")), (201, json!({}))).await;
    let refused = refused("M_EXCLUSIVE", 400);
    assert_eq!(client.ensure_ghost(&ghost("Budi")).await, Err(refused));
}

#[tokio::test]
async fn where_no_devices_are_made_sends_go_without() {
    let (server, client) = homeserver().await;
    with_users(
        &server,
        (200, json!({"user_id": GHOST})),
        (404, error("M_NOT_FOUND")),
    )
    .await;
    answers(
        &server,
        "PUT",
        &send_path("1"),
        200,
        json!({"event_id": "$1"}),
    )
    .await;
    client.ensure_ghost(&ghost("Budi")).await.unwrap();
    client.send(&line("1")).await.unwrap();
    let last = asked(&server).await.pop().unwrap();
    assert!(last.ends_with(USER_QUERY), "{last}");
}

#[tokio::test]
async fn a_user_whose_send_was_refused_is_made_anew() {
    let (server, client) = homeserver().await;
    with_users(&server, (200, json!({"user_id": GHOST})), (201, json!({}))).await;
    answers(&server, "PUT", &send_path("1"), 403, error("M_FORBIDDEN")).await;
    client.ensure_ghost(&ghost("Budi")).await.unwrap();
    assert_eq!(
        client.send(&line("1")).await,
        Err(refused("M_FORBIDDEN", 403))
    );
    client.ensure_ghost(&ghost("Budi")).await.unwrap();
    let registered = asked(&server).await;
    let registered = registered.iter().filter(|asked| *asked == "POST /register");
    assert_eq!(registered.count(), 2);
}

#[tokio::test]
async fn a_very_long_name_is_shortened() {
    let (server, client) = homeserver().await;
    with_users(&server, (200, json!({"user_id": GHOST})), (201, json!({}))).await;
    client.ensure_ghost(&ghost(&"é".repeat(300))).await.unwrap();
    assert_eq!(
        last_body(&server).await,
        json!({"displayname": "é".repeat(250)})
    );
}

#[tokio::test]
async fn an_event_is_read_as_its_reader() {
    let (server, client) = homeserver().await;
    let at = format!("{BASE}/rooms/!r/receipt/m.read/$1");
    answers(&server, "POST", &at, 200, json!({})).await;
    let read = client.read(&GHOST.into(), &"!r".into(), &"$1".into()).await;
    assert_eq!(read, Ok(()));
    assert_eq!(
        asked(&server).await,
        [format!("POST /rooms/!r/receipt/m.read/$1?{USER_QUERY}")]
    );
}

#[tokio::test]
async fn a_ping_tells_its_time() {
    let (server, client) = homeserver().await;
    let at = "/_matrix/client/v1/appservice/loket/ping";
    answers(&server, "POST", at, 200, json!({"duration_ms": 7})).await;
    assert_eq!(client.ping().await, Ok(SignedDuration::from_millis(7)));
}

#[tokio::test]
async fn an_event_of_ours_is_found_pages_back() {
    let (server, client) = homeserver().await;
    let at = format!("{BASE}/rooms/!r/messages");
    let event = |id: &str, ours: &str| json!({"event_id": id, "type": "m.room.message", "content": {"org.loket.id": ours}});
    Mock::given(method("GET"))
        .and(path(&at))
        .and(wiremock::matchers::query_param("from", "p2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            json!({"start": "p2", "end": "p3", "chunk": [event("$2", "row_2"), event("$1", "row_1")]}),
        ))
        .mount(&server)
        .await;
    let first = json!({"start": "p1", "end": "p2", "chunk": [event("$3", "row_3"), {"broken": 1}]});
    answers(&server, "GET", &at, 200, first).await;
    let room = RoomId::from("!r");
    assert_eq!(
        client.find_event(&room, "row_1", 150).await,
        Ok(Some("$1".into()))
    );
    let asked = asked(&server).await;
    assert!(
        asked[0].contains("limit=100") && asked[1].contains("limit=50"),
        "{asked:?}"
    );
    assert_eq!(client.find_event(&room, "row_0", 150).await, Ok(None));
}

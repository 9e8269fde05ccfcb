//! Asking for what was not delivered.

use std::time::Duration;

use super::*;
use crate::domain::room_event::RoomContent;
use crate::matrix::{Heard, Page, RoomNews};

/// The value of a parameter of a request.
fn parameter(request: &Request, name: &str) -> Option<String> {
    let mut pairs = request.url.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// The filter of a request.
fn filter(request: &Request) -> Value {
    serde_json::from_str(&parameter(request, "filter").unwrap()).unwrap()
}

#[tokio::test]
async fn news_name_rooms_and_events_the_newest_room_first() {
    let (server, client) = homeserver().await;
    let event = |id: &str, sender: &str, at: i64| json!({"event_id": id, "sender": sender, "type": "m.room.message", "origin_server_ts": at});
    let answer = json!({
        "next_batch": "s2",
        "rooms": {
            "join": {
                "!old:example.org": {"timeline": {"limited": true, "prev_batch": "p", "events": [
                    event("$1", "@ayu:example.org", 1_000)]}},
                "!new:example.org": {"timeline": {"limited": false, "prev_batch": "p", "events": [
                    event("$2", "@ayu:example.org", 2_000), event("$3", GHOST, 9_000)]}},
            },
            "leave": {
                "!left:example.org": {"timeline": {"limited": false, "prev_batch": "p", "events": [
                    event("$4", "@ayu:example.org", 500)]}},
            },
        },
    });
    answers(&server, "GET", &format!("{BASE}/sync"), 200, answer).await;
    let news = client.news(Some("s1")).await.unwrap();
    let heard = |id: &str, sender: &str| Heard {
        id: id.into(),
        sender: sender.into(),
    };
    let room = |room: &str, is_complete, events, at| RoomNews {
        room: room.into(),
        is_complete,
        events,
        last: Timestamp::from_millisecond(at).unwrap(),
    };
    let ayu = "@ayu:example.org";
    assert_eq!(news.next, "s2");
    assert_eq!(
        news.rooms,
        [
            room(
                "!new:example.org",
                true,
                vec![heard("$2", ayu), heard("$3", GHOST)],
                9_000
            ),
            room("!old:example.org", false, vec![heard("$1", ayu)], 1_000),
            room("!left:example.org", true, vec![heard("$4", ayu)], 500),
        ]
    );
    let request = &requests(&server).await[0];
    assert_eq!(parameter(request, "since").as_deref(), Some("s1"));
    assert_eq!(parameter(request, "timeout").as_deref(), Some("0"));
    assert_eq!(
        parameter(request, "set_presence").as_deref(),
        Some("offline")
    );
    assert_eq!(
        parameter(request, "user_id").as_deref(),
        Some("@loket:example.org")
    );
    let filter = filter(request);
    assert_eq!(
        filter["event_fields"],
        json!(["event_id", "sender", "type", "origin_server_ts"])
    );
    assert_eq!(filter["room"]["state"]["types"], json!([]));
    assert_eq!(filter["room"]["ephemeral"]["types"], json!([]));
    assert_eq!(
        filter["room"]["timeline"]["not_senders"],
        json!(["@loket:example.org"])
    );
}

#[tokio::test]
async fn the_first_question_asks_only_for_the_place() {
    let (server, client) = homeserver().await;
    let answer = json!({"next_batch": "s1"});
    answers(&server, "GET", &format!("{BASE}/sync"), 200, answer).await;
    let news = client.news(None).await.unwrap();
    assert_eq!((news.next.as_str(), news.rooms), ("s1", Vec::new()));
    let request = &requests(&server).await[0];
    assert_eq!(parameter(request, "since"), None);
    assert_eq!(filter(request)["room"]["rooms"], json!([]));
}

#[tokio::test]
async fn no_question_is_the_same_as_another_so_that_none_is_answered_from_memory() {
    let (server, client) = homeserver().await;
    let answer = json!({"next_batch": "s1"});
    answers(&server, "GET", &format!("{BASE}/sync"), 200, answer).await;
    for _ in 0..2 {
        client.news(Some("s1")).await.unwrap();
    }
    let asked = requests(&server).await;
    assert_ne!(asked[0].url, asked[1].url);
}

#[tokio::test]
async fn history_is_read_forward_between_two_places() {
    let (server, client) = homeserver().await;
    let line = json!({
        "event_id": "$1", "room_id": "!r", "sender": "@ayu:example.org", "type": "m.room.message",
        "origin_server_ts": 1_000, "content": {"msgtype": "m.text", "body": "halo"},
    });
    let chunk = json!([line, {"type": "m.room.message"}]);
    let answer = json!({"start": "s1", "end": "t7", "chunk": chunk});
    let at = format!("{BASE}/rooms/!r/messages");
    answers(&server, "GET", &at, 200, answer).await;
    let Page { events, next } = client.history(&"!r".into(), "s1", "s2").await.unwrap();
    assert_eq!(next.as_deref(), Some("t7"));
    let [event] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(event.id, "$1".into());
    assert_eq!(event.at, Timestamp::from_second(1).unwrap());
    assert!(matches!(&event.content, RoomContent::Line(line) if line.body == "halo"));
    let request = &requests(&server).await[0];
    let asked = |name| parameter(request, name).unwrap();
    assert_eq!(
        [asked("from"), asked("to"), asked("dir")],
        ["s1", "s2", "f"]
    );
    let read = client.history(&"!r".into(), "t7", "s2").await.unwrap();
    assert_eq!(read.next, None, "an answer that leads nowhere is the last");
}

/// Waits until the homeserver is found away, at most so long as no test takes.
async fn is_interrupted(client: &Client) -> bool {
    let wait = tokio::time::timeout(Duration::from_secs(20), client.interrupted());
    wait.await.is_ok()
}

#[tokio::test]
async fn a_request_that_finds_nobody_is_a_sign() {
    let client = client_at("http://127.0.0.1:1", None);
    assert!(client.ping().await.is_err());
    assert!(is_interrupted(&client).await);
}

#[tokio::test]
async fn a_proxy_that_finds_nobody_behind_it_is_a_sign() {
    let (server, client) = homeserver().await;
    let at = format!("{BASE}/sync");
    answers(&server, "GET", &at, 502, json!("bad gateway")).await;
    assert!(client.news(None).await.is_err());
    assert!(is_interrupted(&client).await);
}

#[tokio::test]
async fn a_refusal_or_a_limit_is_no_sign() {
    let (server, client) = homeserver().await;
    let at = format!("{BASE}/sync");
    answers(&server, "GET", &at, 429, error("M_LIMIT_EXCEEDED")).await;
    assert!(client.news(None).await.is_err());
    let at = format!("{BASE}/register");
    answers(&server, "POST", &at, 403, error("M_FORBIDDEN")).await;
    let wait = tokio::time::timeout(Duration::from_millis(50), client.interrupted());
    assert!(wait.await.is_err());
}

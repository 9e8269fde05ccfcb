//! The endpoint, called as a homeserver calls it.

use std::sync::Mutex;

use axum::body::{Body, to_bytes};
use axum::http::Method;
use jiff::Timestamp;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::clock::ManualClock;
use crate::domain::room_event::Signal;
use crate::intake::{Transaction, Webhook};

/// Keeps what it is given, unless its database is away.
#[derive(Debug, Default)]
struct Kept {
    /// Whether the database is away.
    away: bool,
    /// What came.
    transactions: Mutex<Vec<Transaction>>,
    /// By what signs it was said that the homeserver was away.
    signs: Mutex<Vec<&'static str>>,
}

#[async_trait::async_trait]
impl Intake for Kept {
    async fn accept_webhook(&self, _: Webhook) -> Result<(), Unavailable> {
        Err(Unavailable)
    }

    async fn accept_transaction(&self, transaction: Transaction) -> Result<(), Unavailable> {
        if self.away {
            return Err(Unavailable);
        }
        self.transactions.lock().unwrap().push(transaction);
        Ok(())
    }

    async fn homeserver_interrupted(&self, sign: &'static str) {
        self.signs.lock().unwrap().push(sign);
    }
}

/// An endpoint in front of an intake.
struct Desk {
    intake: Arc<Kept>,
    router: Router,
}

impl Desk {
    fn new(away: bool) -> Self {
        let intake = Arc::new(Kept {
            away,
            ..Kept::default()
        });
        let router = router(Endpoint {
            intake: intake.clone(),
            hs_token: "right".to_owned().into(),
            clock: ManualClock::new(Timestamp::UNIX_EPOCH),
        });
        Self { intake, router }
    }

    async fn call(&self, method: Method, path: &str, token: &str, body: Vec<u8>) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", token)
            .body(Body::from(body))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    async fn put(&self, body: impl Into<Vec<u8>>) -> (u16, Value) {
        let path = "/_matrix/app/v1/transactions/7";
        self.call(Method::PUT, path, "Bearer right", body.into())
            .await
    }

    fn only(&self) -> Transaction {
        let kept = self.intake.transactions.lock().unwrap();
        assert_eq!(kept.len(), 1);
        kept[0].clone()
    }
}

fn message(id: &str) -> Value {
    json!({"type": "m.room.message", "event_id": id, "room_id": "!r", "sender": "@a:b",
           "origin_server_ts": 1, "content": {"msgtype": "m.text", "body": "a"}})
}

#[tokio::test]
async fn a_transaction_is_stored_in_its_order_before_it_is_acknowledged() {
    let desk = Desk::new(false);
    let body = json!({
        "events": [message("$1"), {"no": "event"}, message("$2")],
        "ephemeral": [{"type": "m.typing", "room_id": "!r", "content": {"user_ids": []}}],
        "de.sorunome.msc2409.ephemeral": [{"type": "m.typing", "room_id": "!r", "content": {"user_ids": []}}],
        "org.example.unknown": {},
    });
    assert_eq!(desk.put(body.to_string()).await, (200, json!({})));
    let kept = desk.only();
    let ids: Vec<&str> = kept.events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!((kept.id.as_str(), ids), ("7", vec!["$1", "$2"]));
    assert_eq!(kept.parked, [r#"{"no":"event"}"#]);
    assert_eq!(
        kept.signals,
        [Signal::Typing {
            room: "!r".into(),
            users: Vec::new()
        }]
    );
}

#[tokio::test]
async fn the_draft_name_of_ephemeral_events_counts_where_it_stands_alone() {
    let desk = Desk::new(false);
    let body = r#"{"events":[],"de.sorunome.msc2409.ephemeral":[{"type":"m.typing","room_id":"!r","content":{"user_ids":[]}}]}"#;
    assert_eq!(desk.put(body).await.0, 200);
    assert_eq!(desk.only().signals.len(), 1);
}

#[rstest::rstest]
#[case::not_json("{\"events\": [".into())]
#[case::not_an_object("[1]".into())]
#[case::events_of_wrong_type(r#"{"events":"x"}"#.into())]
#[case::empty(String::new())]
#[case::bottomless("[".repeat(1_000_000))]
#[tokio::test]
async fn a_body_that_cannot_be_understood_is_kept_and_acknowledged(#[case] body: String) {
    let desk = Desk::new(false);
    assert_eq!(desk.put(body.clone()).await, (200, json!({})));
    assert_eq!(desk.only().parked, [body]);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_kept_as_far_as_they_are() {
    let desk = Desk::new(false);
    assert_eq!(desk.put(vec![b'{', 0xff, b'}']).await.0, 200);
    assert_eq!(desk.only().parked, ["{\u{fffd}}"]);
}

#[tokio::test]
async fn a_bottomless_event_does_not_take_the_others_along() {
    let desk = Desk::new(false);
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let body = format!(r#"{{"events":[{{"content":{deep}}},{}]}}"#, message("$1"));
    assert_eq!(desk.put(body).await.0, 200);
    let kept = desk.only();
    assert_eq!((kept.events.len(), kept.parked.len()), (1, 1));
}

#[rstest::rstest]
#[case::ephemeral_null(r#"{"events":[EVENT],"ephemeral":null}"#, false)]
#[case::ephemeral_text(r#"{"ephemeral":"x","events":[EVENT]}"#, false)]
#[case::draft_of_wrong_type(r#"{"events":[EVENT],"de.sorunome.msc2409.ephemeral":{}}"#, false)]
#[case::bottomless_neighbor(r#"{"x":DEEP,"events":[EVENT]}"#, false)]
#[case::number_beyond_all_ranges(r#"{"x":1e999,"events":[EVENT]}"#, false)]
#[case::written_twice_in_vain(r#"{"events":[EVENT],"events":[]}"#, false)]
#[case::null_first(r#"{"events":null,"events":[EVENT]}"#, false)]
#[case::wrong_type_first(r#"{"events":"x","events":[EVENT]}"#, true)]
#[case::half_a_surrogate_in_a_key(r#"{"\ud800":1,"events":[EVENT]}"#, false)]
#[case::byte_order_mark("\u{feff}{\"events\":[EVENT]}", false)]
#[tokio::test]
async fn what_is_odd_beside_events_takes_none_along(#[case] body: &str, #[case] is_parked: bool) {
    let desk = Desk::new(false);
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let body = body
        .replace("EVENT", &message("$1").to_string())
        .replace("DEEP", &deep);
    assert_eq!(desk.put(body.clone()).await.0, 200);
    let kept = desk.only();
    let ids: Vec<&str> = kept.events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["$1"]);
    assert_eq!(kept.parked, Vec::from_iter(is_parked.then_some(body)));
}

#[tokio::test]
async fn more_than_can_be_parked_one_by_one_is_kept_as_one() {
    let desk = Desk::new(false);
    let body = format!(
        "{{\"events\":[{},{}]}}",
        vec!["7"; 100].join(","),
        message("$1")
    );
    assert_eq!(desk.put(body).await.0, 200);
    let kept = desk.only();
    assert_eq!((kept.events.len(), kept.parked.len()), (1, 100));
    let desk = Desk::new(false);
    let body = format!(
        "{{\"events\":[{},{}]}}",
        vec!["7"; 2_000_000].join(","),
        message("$1")
    );
    assert_eq!(desk.put(body.clone()).await.0, 200);
    let kept = desk.only();
    assert_eq!(kept.events.len(), 1);
    assert!(kept.parked == [body]);
}

#[rstest::rstest]
#[case::no_text("%ff%00")]
#[case::traversal("..%2f..%2fusers")]
#[case::line_feeds("a%0ab%1b[31m")]
#[case::endless(&"x".repeat(5_000))]
#[tokio::test]
async fn a_transaction_with_any_id_is_taken(#[case] id: &str) {
    let desk = Desk::new(false);
    let body = json!({"events": [message("$1")]}).to_string();
    let path = format!("/_matrix/app/v1/transactions/{id}");
    let answer = desk
        .call(Method::PUT, &path, "Bearer right", body.into())
        .await;
    assert_eq!(answer, (200, json!({})));
    let kept = desk.only().id;
    assert!(kept.len() <= 64 && kept.chars().all(|c| c.is_ascii_graphic()));
}

#[tokio::test]
async fn a_transaction_of_a_hundred_full_events_is_taken() {
    let desk = Desk::new(false);
    let mut event = message("$1");
    event["content"]["body"] = "a".repeat(64 * 1024).into();
    let body = json!({"events": vec![event; 100], "ephemeral": []});
    assert_eq!(desk.put(body.to_string()).await.0, 200);
    assert_eq!(desk.only().events.len(), 100);
}

#[tokio::test]
async fn a_body_without_end_is_refused() {
    let desk = Desk::new(false);
    let (status, body) = desk.put(vec![b' '; LIMIT + 1]).await;
    assert_eq!((status, &body["errcode"]), (413, &json!("M_TOO_LARGE")));
}

#[tokio::test]
async fn an_unavailable_database_is_told_to_the_homeserver() {
    let desk = Desk::new(true);
    let (status, body) = desk.put("{}").await;
    assert_eq!((status, &body["errcode"]), (503, &json!("M_UNKNOWN")));
}

#[rstest::rstest]
#[case::none("", 401)]
#[case::other_scheme("Basic right", 401)]
#[case::wrong("Bearer wrong", 403)]
#[case::longer("Bearer right1", 403)]
#[case::empty("Bearer ", 403)]
#[tokio::test]
async fn only_the_homeserver_gets_in(#[case] token: &str, #[case] expected: u16) {
    let desk = Desk::new(false);
    for (method, path) in [
        (Method::PUT, "/_matrix/app/v1/transactions/7"),
        (
            Method::PUT,
            "/_matrix/app/v1/transactions/7?access_token=right",
        ),
        (Method::GET, "/_matrix/app/v1/users/@a:b"),
        (Method::POST, "/_matrix/app/v1/ping"),
        (Method::GET, "/_matrix/app/v1/thirdparty/protocol/x"),
    ] {
        let (status, body) = desk.call(method, path, token, b"{}".to_vec()).await;
        assert_eq!(status, expected, "{path}");
        assert!(body["errcode"].is_string());
    }
    assert!(desk.intake.transactions.lock().unwrap().is_empty());
}

#[test]
fn an_empty_token_lets_nobody_in() {
    assert!(!is_same(b"", ""));
}

#[rstest::rstest]
#[case(Method::GET, "/_matrix/app/v1/users/@loket_wa_1:b", 404, "M_NOT_FOUND")]
#[case(Method::GET, "/_matrix/app/v1/rooms/%23loket_1:b", 404, "M_NOT_FOUND")]
#[case(
    Method::GET,
    "/_matrix/app/v1/thirdparty/protocol/x",
    404,
    "M_UNRECOGNIZED"
)]
#[case(Method::GET, "/_matrix/app/v1/transactions/1", 405, "M_UNRECOGNIZED")]
#[tokio::test]
async fn other_calls_get_matrix_errors(
    #[case] method: Method,
    #[case] path: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let answer = Desk::new(false)
        .call(method, path, "Bearer right", Vec::new())
        .await;
    assert_eq!(
        (answer.0, answer.1["errcode"].as_str()),
        (status, Some(code))
    );
}

#[tokio::test]
async fn a_ping_is_answered() {
    let body = br#"{"transaction_id":"x"}"#.to_vec();
    let answer = Desk::new(false)
        .call(Method::POST, "/_matrix/app/v1/ping", "Bearer right", body)
        .await;
    assert_eq!(answer, (200, json!({})));
}

/// Delivers an empty transaction under an id.
async fn deliver(desk: &Desk, id: &str) {
    let path = format!("/_matrix/app/v1/transactions/{id}");
    let answer = desk.call(Method::PUT, &path, "Bearer right", b"{}".to_vec());
    assert_eq!(answer.await, (200, json!({})));
}

#[tokio::test]
async fn a_homeserver_that_counts_anew_was_restarted() {
    let desk = Desk::new(false);
    for id in ["6", "7", "7", "word", "8"] {
        deliver(&desk, id).await;
    }
    assert!(desk.intake.signs.lock().unwrap().is_empty());
    deliver(&desk, "1").await;
    deliver(&desk, "2").await;
    assert_eq!(
        *desk.intake.signs.lock().unwrap(),
        ["transactions are counted anew"]
    );
}

#[tokio::test]
async fn a_transaction_that_breaks_off_is_a_sign_and_one_that_is_too_large_is_none() {
    let desk = Desk::new(false);
    let broken = || -> Body {
        let pieces = [
            Ok(Bytes::from_static(b"{\"events\": [")),
            Err(std::io::Error::other("gone")),
        ];
        Body::from_stream(futures_util::stream::iter(pieces))
    };
    let put = |body: Body| {
        let request = Request::builder()
            .method(Method::PUT)
            .uri("/_matrix/app/v1/transactions/7")
            .header("authorization", "Bearer right")
            .body(body)
            .unwrap();
        desk.router.clone().oneshot(request)
    };
    let too_large = put(Body::from(vec![b' '; LIMIT + 1])).await.unwrap();
    assert_eq!(too_large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(desk.intake.signs.lock().unwrap().is_empty());
    let answer = put(broken()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        *desk.intake.signs.lock().unwrap(),
        ["a transaction broke off"]
    );
    assert!(desk.intake.transactions.lock().unwrap().is_empty());
}

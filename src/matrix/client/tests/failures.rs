//! What comes of answers that are none.

use super::*;

/// What a send comes to when the homeserver answers so.
async fn answered(template: ResponseTemplate) -> MatrixError {
    let (server, client) = homeserver().await;
    Mock::given(method("PUT"))
        .and(path(send_path("1")))
        .respond_with(template)
        .mount(&server)
        .await;
    client.send(&line("1")).await.expect_err("no success")
}

fn retry(after: Option<SignedDuration>, detail: &str) -> MatrixError {
    MatrixError::Retry {
        after,
        detail: detail.into(),
    }
}

#[tokio::test]
async fn a_limit_says_how_long_to_wait() {
    let mut body = error("M_LIMIT_EXCEEDED");
    body["retry_after_ms"] = 1500.into();
    let template = ResponseTemplate::new(429).insert_header("Retry-After", "9");
    assert_eq!(
        answered(template.set_body_json(body)).await,
        retry(
            Some(SignedDuration::from_millis(1500)),
            "send: 429 Too Many Requests"
        )
    );
}

#[rstest::rstest]
#[case::whole(json!(1_500), 1_500)]
#[case::fraction(json!(1_500.7), 1_500)]
#[case::none(json!(0), 0)]
#[case::past(json!(-20), 0)]
#[case::a_day(json!(86_400_000), 300_000)]
#[case::for_ever(json!(i64::MAX), 300_000)]
#[case::beyond_any_number(json!(1e300), 300_000)]
#[tokio::test]
async fn a_limit_of_the_body_is_believed_up_to_five_minutes(
    #[case] asked: Value,
    #[case] millis: i64,
) {
    let mut body = error("M_LIMIT_EXCEEDED");
    body["retry_after_ms"] = asked;
    let got = answered(ResponseTemplate::new(429).set_body_json(body)).await;
    let MatrixError::Retry { after, .. } = got else {
        panic!("{got:?}");
    };
    assert_eq!(after.map(|after| after.as_millis()), Some(millis.into()));
}

#[rstest::rstest]
#[case::seconds("7", Some(7))]
#[case::date("Tue, 14 Nov 2023 22:13:30 GMT", Some(10))]
#[case::past("Tue, 14 Nov 2023 22:13:10 GMT", Some(0))]
#[case::next_year("Thu, 14 Nov 2024 22:13:20 GMT", Some(300))]
#[case::a_day("86400", Some(300))]
#[case::beyond_any_number("99999999999999999999999", Some(300))]
#[case::negative("-7", None)]
#[case::empty("", None)]
#[case::nonsense("soon", None)]
#[tokio::test]
async fn a_limit_in_the_header_counts_too(#[case] header: &str, #[case] seconds: Option<i64>) {
    let template = ResponseTemplate::new(429).insert_header("Retry-After", header);
    assert_eq!(
        answered(template).await,
        retry(
            seconds.map(SignedDuration::from_secs),
            "send: 429 Too Many Requests"
        )
    );
}

#[rstest::rstest]
#[case::error_of_the_homeserver(500, error("M_UNKNOWN").to_string())]
#[case::bad_gateway(502, "<html>".into())]
#[case::unavailable(503, String::new())]
#[case::not_found_by_a_proxy(404, "<html>".into())]
#[case::redirect(302, String::new())]
#[tokio::test]
async fn what_passes_is_tried_again(#[case] status: u16, #[case] body: String) {
    let got = answered(ResponseTemplate::new(status).set_body_string(body)).await;
    assert!(
        matches!(got, MatrixError::Retry { after: None, .. }),
        "{got:?}"
    );
}

#[rstest::rstest]
#[case(400, "M_BAD_JSON")]
#[case(401, "M_UNKNOWN_TOKEN")]
#[case(403, "M_FORBIDDEN")]
#[case(413, "M_TOO_LARGE")]
#[tokio::test]
async fn a_refusal_is_final(#[case] status: u16, #[case] code: &str) {
    let template = ResponseTemplate::new(status).set_body_json(error(code));
    assert_eq!(answered(template).await, refused(code, status));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_asked_for_again() {
    let template = ResponseTemplate::new(200).set_body_string("<html>");
    assert_eq!(
        answered(template).await,
        retry(None, "send: an answer that cannot be read")
    );
}

#[tokio::test]
async fn without_a_homeserver_it_is_tried_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client_at(&address, None);
    assert_eq!(
        client.send(&line("1")).await,
        Err(retry(None, "versions: no connection"))
    );
}

#[tokio::test]
async fn versions_are_asked_for_again_after_a_failure_and_then_kept() {
    let server = MockServer::start().await;
    Mock::given(path("/_matrix/client/versions"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let client = client_at(&server.uri(), None);
    assert!(client.send(&line("1")).await.is_err());
    let versions = json!({"versions": ["v1.11"]});
    answers(&server, "GET", "/_matrix/client/versions", 200, versions).await;
    answers(
        &server,
        "PUT",
        &send_path("1"),
        200,
        json!({"event_id": "$1"}),
    )
    .await;
    for _ in 0..2 {
        assert_eq!(client.send(&line("1")).await, Ok("$1".into()));
    }
    let all = server.received_requests().await.unwrap();
    let versions = all
        .iter()
        .filter(|request| request.url.path().ends_with("/versions"));
    assert_eq!(versions.count(), 2);
}

#[tokio::test]
async fn what_is_no_id_is_refused_without_asking() {
    let (server, client) = homeserver().await;
    let mut outgoing = line("1");
    outgoing.room = "no room".into();
    assert_eq!(
        client.send(&outgoing).await,
        Err(refused("M_INVALID_PARAM", 400))
    );
    assert!(asked(&server).await.is_empty());
}

#[test]
fn nothing_secret_prints() {
    let client = client_at("http://127.0.0.1:1", None);
    assert!(!format!("{client:?}").contains("secret"));
}

#[test]
fn options_that_make_no_sense_are_told() {
    let options = |desk: &str, version: &str| Options {
        address: "http://127.0.0.1:1".parse().unwrap(),
        domain: "example.org".into(),
        appservice_id: "loket".into(),
        as_token: String::new().into(),
        desk_localpart: desk.into(),
        desk_name: "Loket".into(),
        ghost_prefix: "loket_".into(),
        room_version: Some(version.into()),
    };
    let new = |desk: &str, version: &str| {
        Client::new(
            options(desk, version),
            ManualClock::new(Timestamp::UNIX_EPOCH),
        )
    };
    assert!(matches!(new("a:b:c d", ""), Err(OptionsError::Desk)));
    let version = "x".repeat(33);
    assert!(matches!(
        new("loket", &version),
        Err(OptionsError::RoomVersion)
    ));
    assert!(new("loket", "").is_ok_and(|client| client.wanted_version().is_none()));
}

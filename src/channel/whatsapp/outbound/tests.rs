//! Sends against a server on loopback; bodies are compared with what Meta's
//! documentation asks for.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use rstest::rstest;
use secrecy::SecretString;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::clock::ManualClock;
use crate::domain::delivery::RetryCause;
use crate::domain::ids::AttemptId;

/// A number whose Graph API is at `url`.
fn number_at(url: &str, total: Duration) -> Number {
    let secret = || SecretString::from("EAAG-token");
    let config = Config {
        account: AccountId::from("wa"),
        phone_number_id: "106540352242922".into(),
        business_account_id: "102290129340398".into(),
        access_token: secret(),
        app_secret: secret(),
        verify_token: secret(),
        graph_url: url.parse().unwrap(),
        graph_version: "v26.0".into(),
    };
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        total,
    };
    let clock = ManualClock::new(Timestamp::from_second(1_795_000_000).unwrap());
    Number::new(&config, clock, timeouts).unwrap()
}

/// A number that talks to `server`.
fn number(server: &MockServer) -> Number {
    number_at(&server.uri(), Duration::from_secs(10))
}

/// An address.
fn address(kind: AddressKind, value: &str) -> Address {
    Address {
        kind,
        value: value.into(),
    }
}

/// "Halo" to a customer whose phone number is known.
fn halo() -> Outbound {
    Outbound {
        attempt: AttemptId::from("att_1"),
        to: vec![
            address(AddressKind::Bsuid, "ID.13491208655302741918"),
            address(AddressKind::Phone, "6281234567890"),
        ],
        text: "Halo".into(),
        reply_to: None,
    }
}

/// The answer of a success.
fn accepted() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+6281234567890", "wa_id": "6281234567890"}],
        "messages": [{"id": "wamid.HBgL", "message_status": "accepted"}],
    }))
}

/// A server that answers everything with `answer`.
async fn server(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

/// Sends `outbound` to a server that takes only `body`.
async fn sends(outbound: &Outbound, body: Value) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v26.0/106540352242922/messages"))
        .and(header("authorization", "Bearer EAAG-token"))
        .and(header("content-type", "application/json"))
        .and(header(
            "user-agent",
            concat!("loket/", env!("CARGO_PKG_VERSION")),
        ))
        .and(body_json(body))
        .respond_with(accepted())
        .expect(1)
        .mount(&server)
        .await;
    let sent = number(&server).send(outbound).await;
    assert_eq!(sent, Ok(ProviderId::from("wamid.HBgL")));
}

#[tokio::test]
async fn a_text_goes_to_the_phone_number_where_it_is_known() {
    let body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+6281234567890",
        "type": "text",
        "text": {"body": "Halo", "preview_url": false},
        "biz_opaque_callback_data": "att_1",
    });
    sends(&halo(), body).await;
}

#[tokio::test]
async fn a_customer_without_a_number_gets_it_by_user_id() {
    let mut outbound = halo();
    outbound.to.truncate(1);
    let body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": "ID.13491208655302741918",
        "type": "text",
        "text": {"body": "Halo", "preview_url": false},
        "biz_opaque_callback_data": "att_1",
    });
    sends(&outbound, body).await;
}

#[tokio::test]
async fn a_reply_names_its_message_and_an_address_gets_a_preview() {
    let mut outbound = halo();
    outbound.text = "Lihat https://shop.example/1".into();
    outbound.reply_to = Some(ProviderId::from("wamid.FROM"));
    let body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+6281234567890",
        "context": {"message_id": "wamid.FROM"},
        "type": "text",
        "text": {"body": "Lihat https://shop.example/1", "preview_url": true},
        "biz_opaque_callback_data": "att_1",
    });
    sends(&outbound, body).await;
}

#[tokio::test]
async fn a_customer_without_an_address_is_refused_before_any_request() {
    let mut outbound = halo();
    outbound.to.clear();
    let refused = number_at("http://127.0.0.1:9", Duration::from_secs(1))
        .send(&outbound)
        .await;
    let reason = saying!("refused-address");
    assert_eq!(refused, Err(SendError::Refused { reason, code: None }));
}

#[tokio::test]
async fn gestures_mark_as_read_and_show_typing() {
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A"});
    let mut typing = read.clone();
    typing["typing_indicator"] = json!({"type": "text"});
    let message = || ProviderId::from("wamid.A");
    for (gesture, body) in [
        (Gesture::Read(message()), read),
        (Gesture::Typing(message()), typing),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/v26.0/106540352242922/messages"))
            .and(body_json(body))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"success": true})))
            .expect(1)
            .mount(&server)
            .await;
        assert_eq!(number(&server).gesture(&gesture).await, Ok(()));
    }
}

/// What becomes of a text that is answered with an error.
async fn refused(status: u16, error: Value) -> SendError {
    let answer = ResponseTemplate::new(status).set_body_json(json!({"error": error}));
    number(&server(answer).await)
        .send(&halo())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_closed_window_is_refused_in_words() {
    let error = json!({
        "message": "(#131047) Re-engagement message",
        "type": "OAuthException",
        "code": 131_047,
        "error_data": {"messaging_product": "whatsapp", "details": "More than 24 hours"},
        "fbtrace_id": "A1",
    });
    assert_eq!(
        refused(400, error).await,
        SendError::Refused {
            reason: saying!("refused-window", code = 131_047),
            code: Some(131_047),
        }
    );
}

#[tokio::test]
async fn a_stated_server_fault_is_tried_again() {
    let error =
        json!({"message": "An unknown error occurred", "code": 1, "type": "OAuthException"});
    let detail = "error 1 of the Graph API".to_owned();
    assert_eq!(
        refused(500, error).await,
        SendError::Retry {
            after: None,
            cause: RetryCause::Fault { detail },
        }
    );
}

#[tokio::test]
async fn an_expired_token_closes_the_channel() {
    let alarm = saying!("down-token", account = "wa", code = 190);
    assert_eq!(
        refused(401, json!({"message": "Session has expired", "code": 190})).await,
        SendError::Retry {
            after: None,
            cause: RetryCause::Down { alarm },
        }
    );
}

#[tokio::test]
async fn too_fast_for_one_customer_holds_that_customer_only() {
    let answer = ResponseTemplate::new(400)
        .set_body_json(json!({"error": {"message": "pair rate limit hit", "code": 131_056}}));
    let number = number(&server(answer).await);
    assert_eq!(
        number.send(&halo()).await,
        Err(SendError::Retry {
            after: Some(SignedDuration::from_secs(4)),
            cause: RetryCause::Paced,
        })
    );
    let now = Timestamp::from_second(1_795_000_000).unwrap();
    assert_eq!(
        number.pace(&halo().to, now),
        Some(SignedDuration::from_secs(4))
    );
    let other = [address(AddressKind::Phone, "6281111111111")];
    assert_eq!(number.pace(&other, now), None);
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let answer = ResponseTemplate::new(429)
        .insert_header("retry-after", "120")
        .set_body_json(json!({"error": {"message": "Rate limit hit", "code": 130_429}}));
    assert_eq!(
        number(&server(answer).await).send(&halo()).await,
        Err(SendError::Retry {
            after: Some(SignedDuration::from_secs(120)),
            cause: RetryCause::AccountPaced,
        })
    );
}

/// Asserts that `sent` is of unknown outcome for `detail`.
#[track_caller]
fn unknown(sent: &Result<ProviderId, SendError>, detail: &str) {
    let detail = detail.to_owned();
    assert_eq!(*sent, Err(SendError::Unknown { detail }));
}

#[rstest]
#[case(502, "<html>Bad gateway</html>")]
#[case(503, "")]
#[case(500, r#"{"error": "no code"}"#)]
#[case(404, "<html>Not found</html>")]
#[case(200, "<html>Welcome to the hotel</html>")]
#[tokio::test]
async fn an_answer_that_is_not_the_apis_is_unknown(#[case] status: u16, #[case] body: &str) {
    let answer = ResponseTemplate::new(status).set_body_string(body);
    unknown(
        &number(&server(answer).await).send(&halo()).await,
        &format!("HTTP {status} without an answer of the Graph API"),
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let answer = ResponseTemplate::new(307).insert_header("location", "/elsewhere");
    let server = server(answer).await;
    unknown(
        &number(&server).send(&halo()).await,
        "HTTP 307 without an answer of the Graph API",
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_acceptance_without_an_id_is_unknown() {
    let answer = ResponseTemplate::new(200).set_body_json(json!({"messages": []}));
    unknown(
        &number(&server(answer).await).send(&halo()).await,
        "accepted without a message id",
    );
}

#[tokio::test]
async fn an_answer_without_end_is_unknown() {
    let answer = ResponseTemplate::new(200).set_body_string("x".repeat(300_000));
    unknown(
        &number(&server(answer).await).send(&halo()).await,
        "the answer is too long",
    );
}

#[tokio::test]
async fn no_answer_in_time_is_unknown() {
    let server = server(accepted().set_delay(Duration::from_secs(30))).await;
    let number = number_at(&server.uri(), Duration::from_millis(200));
    unknown(&number.send(&halo()).await, "no answer in time");
}

/// A server that reads one request, answers `bytes` and hangs up; its address.
fn hangs_up_after(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut chunk = [0; 4096];
        // The request's body ends with a brace.
        while !request.ends_with(b"}") {
            let read = stream.read(&mut chunk).unwrap();
            request.extend_from_slice(&chunk[..read]);
        }
        stream.write_all(bytes).unwrap();
    });
    url
}

#[rstest]
#[case(b"")]
#[case(b"HTTP/1.1 200 OK\r\ncontent-le")]
#[case(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"messages\":")]
#[case(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 500\r\n\r\n{\"error\":")]
#[tokio::test]
async fn a_cut_answer_is_unknown(#[case] bytes: &'static [u8]) {
    let number = number_at(&hangs_up_after(bytes), Duration::from_secs(10));
    let sent = number.send(&halo()).await;
    assert!(matches!(sent, Err(SendError::Unknown { .. })), "{sent:?}");
}

#[tokio::test]
async fn a_refused_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let sent = number_at(&url, Duration::from_secs(10)).send(&halo()).await;
    let Err(SendError::Retry {
        after: None,
        cause: RetryCause::Fault { detail },
    }) = sent
    else {
        panic!("{sent:?}");
    };
    assert!(detail.contains("Connection refused"), "{detail}");
    assert!(!detail.contains("127.0.0.1"), "{detail}");
}

#[tokio::test]
async fn a_failed_tls_handshake_is_tried_again() {
    let plain = MockServer::start().await;
    let url = plain.uri().replace("http://", "https://");
    let sent = number_at(&url, Duration::from_secs(10)).send(&halo()).await;
    assert!(matches!(sent, Err(SendError::Retry { .. })), "{sent:?}");
    assert_eq!(plain.received_requests().await.unwrap().len(), 0);
}

#[test]
fn nothing_secret_is_printed() {
    let number = number_at("http://127.0.0.1:9", Duration::from_secs(1));
    assert!(!format!("{number:?}").contains("EAAG"));
}

//! The whole way in over HTTP: signed bodies as Meta sends them.

use axum::body::Body;
use http::{Request, StatusCode};
use loket::channel::registry::{self, AccountConfig};
use loket::channel::webhook::BODY_LIMIT;
use loket::channel::whatsapp;
use loket::domain::message::LineState;
use loket::meta::signature;
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;

use std::sync::Arc;

use super::support::{NUMBER, TestApp};

/// Signs the webhooks.
const APP_SECRET: &str = "app-secret";

/// Posts a body with a signature made with `secret`; the answer's status.
async fn post(app: &TestApp, body: &str, secret: &str) -> StatusCode {
    let account = AccountConfig::Whatsapp(whatsapp::Config {
        account: "wa".into(),
        phone_number_id: NUMBER.into(),
        business_account_id: "200000000000002".into(),
        access_token: "token".into(),
        app_secret: APP_SECRET.into(),
        verify_token: "verify-me".into(),
        graph_url: "http://127.0.0.1:9".parse().unwrap(),
        graph_version: "v26.0".into(),
    });
    let works = app.works();
    let intake = Arc::new(works.clone());
    let routes = registry::webhooks(&[account], intake, works.clock.clone(), BODY_LIMIT);
    let secret = SecretString::from(secret);
    let request = Request::post("/webhooks/wa")
        .header(
            signature::HEADER,
            signature::sign(body.as_bytes(), &secret).unwrap(),
        )
        .body(Body::from(body.to_owned()))
        .unwrap();
    let status = routes.oneshot(request).await.unwrap().status();
    app.settle().await;
    status
}

/// A body with one change about our number.
fn change(value: Value) -> Value {
    let metadata = json!({"display_phone_number": "62800999999", "phone_number_id": NUMBER});
    let mut value = value;
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = metadata;
    json!({"field": "messages", "value": value})
}

/// A body with these changes.
fn envelope(changes: &[Value]) -> String {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "200000000000002", "changes": changes}],
    })
    .to_string()
}

/// A text message of Budi's.
fn text(id: &str, at: i64, body: &str) -> Value {
    change(json!({
        "contacts": [{"profile": {"name": "Budi"}, "wa_id": "62800000451"}],
        "messages": [{
            "from": "62800000451",
            "id": id,
            "timestamp": at.to_string(),
            "type": "text",
            "text": {"body": body},
        }],
    }))
}

/// A status of one of ours.
fn status(target: &str, status: &str, at: i64) -> Value {
    change(json!({
        "statuses": [{
            "id": target,
            "status": status,
            "timestamp": at.to_string(),
            "recipient_id": "62800000451",
        }],
    }))
}

/// The time at which the application starts, in seconds.
const START: i64 = 1_795_244_400;

#[tokio::test]
async fn a_batch_becomes_lines_in_the_order_of_their_time() {
    let app = TestApp::start().await;
    assert_eq!(app.works().clock.now().as_second(), START);
    let body = envelope(&[
        text("wamid.B", START - 1, "*dua*"),
        text("wamid.A", START - 2, "satu"),
    ]);
    assert_eq!(post(&app, &body, APP_SECRET).await, StatusCode::OK);
    assert_eq!(post(&app, &body, APP_SECRET).await, StatusCode::OK);
    assert_eq!(app.room().lines(), ["Budi: satu", "Budi: dua"]);
}

#[tokio::test]
async fn the_same_message_in_another_batch_is_shown_once() {
    let app = TestApp::start().await;
    let first = envelope(&[text("wamid.A", START, "satu")]);
    let second = envelope(&[
        text("wamid.A", START, "satu"),
        text("wamid.B", START, "dua"),
    ]);
    for body in [&first, &second, &second] {
        assert_eq!(post(&app, body, APP_SECRET).await, StatusCode::OK);
    }
    assert_eq!(app.room().lines(), ["Budi: satu", "Budi: dua"]);
}

#[tokio::test]
async fn a_wrong_signature_stores_nothing() {
    let app = TestApp::start().await;
    let body = envelope(&[text("wamid.A", START, "satu")]);
    assert_eq!(post(&app, &body, "guessed").await, StatusCode::UNAUTHORIZED);
    assert!(app.homeserver.portals().is_empty());
}

#[tokio::test]
async fn a_signed_body_that_is_not_json_is_kept() {
    let app = TestApp::start().await;
    assert_eq!(post(&app, "not json", APP_SECRET).await, StatusCode::OK);
    assert!(app.kept_body(b"not json").await);
}

#[tokio::test]
async fn statuses_move_a_line_up() {
    let app = TestApp::start().await;
    post(
        &app,
        &envelope(&[text("wamid.A", START, "halo")]),
        APP_SECRET,
    )
    .await;
    app.agent("ayu").types("satu").await;
    app.advance(5).await;
    let body = envelope(&[
        status("wamid.fake.1", "read", START + 8),
        status("wamid.fake.1", "delivered", START + 7),
    ]);
    assert_eq!(post(&app, &body, APP_SECRET).await, StatusCode::OK);
    assert_eq!(app.state_of(0).await, LineState::Read);
    let line = app.room().event("satu");
    assert_eq!(app.room().read_by("Budi"), Some(line));
}

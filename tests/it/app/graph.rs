//! The real client of the Graph API in the place of the fake channel: a number that
//! takes nothing is left in peace, and nobody's line is lost by it.

use std::sync::Arc;
use std::time::Duration;

use loket::channel::SharedChannel;
use loket::channel::whatsapp::{self, outbound::Number};
use loket::meta::client::Timeouts;
use serde_json::json;
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::TestApp;

/// How many customers wait for an answer.
const CUSTOMERS: usize = 30;

/// Our number at `server`, with an access token.
fn number(app: &TestApp, server: &MockServer, token: &str) -> SharedChannel {
    let config = whatsapp::Config {
        account: "wa".into(),
        phone_number_id: "100000000000001".into(),
        business_account_id: "200000000000002".into(),
        access_token: token.into(),
        app_secret: "app-secret".into(),
        verify_token: "verify-me".into(),
        graph_url: server.uri().parse().unwrap(),
        graph_version: "v26.0".into(),
    };
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(5),
    };
    Arc::new(Number::new(&config, app.clock.clone(), timeouts).unwrap())
}

/// What Meta answers to a token that has run out.
fn expired() -> ResponseTemplate {
    let error = json!({"error": {
        "message": "Error validating access token: Session has expired",
        "type": "OAuthException", "code": 190, "error_subcode": 463,
    }});
    ResponseTemplate::new(401).set_body_json(error)
}

/// What Meta answers when it takes a message.
fn taken() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"messages": [{"id": "wamid.1"}]}))
}

/// Answers whoever shows this token.
async fn answer(server: &MockServer, token: &str, answer: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(header("authorization", format!("Bearer {token}").as_str()))
        .respond_with(answer)
        .mount(server)
        .await;
}

/// How often the API was asked.
async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// Many customers have written, and Ayu has answered each of them.
async fn answered(server: &MockServer, token: &str) -> TestApp {
    let mut app = TestApp::start().await;
    app.plug_in(number(&app, server, token)).await;
    for n in 0..CUSTOMERS {
        let name = "a".repeat(n + 1);
        app.contact(&name)
            .known_as(&format!("Nomor{n:02}"))
            .says("halo")
            .await;
        let room = app.room_of(&format!("Nomor{n:02}")).id.clone();
        app.agent("ayu").within(&room).types("halo juga").await;
    }
    app.advance(10).await;
    app
}

/// The texts that the API was shown, by the request's token.
async fn texts(server: &MockServer, token: &str) -> usize {
    let bearer = format!("Bearer {token}");
    let all = server.received_requests().await.unwrap();
    let theirs = all.iter().filter(|request| {
        request
            .headers
            .get("authorization")
            .is_some_and(|shown| shown == bearer.as_str())
    });
    theirs.count()
}

/// What is said when the token has run out, and when it is well.
const ALARM: [&str; 2] = [
    "Loket: wa: WhatsApp rejects the access token (error 190). \
     Put a new one into access_token. Messages wait.",
    "Loket: ✓ wa takes messages again; those that waited are on their way.",
];

#[tokio::test]
async fn a_token_that_has_run_out_is_tried_once_a_minute_however_many_lines_wait() {
    let server = MockServer::start().await;
    answer(&server, "old", expired()).await;
    let app = answered(&server, "old").await;
    assert_eq!(asked(&server).await, 1, "the first answer stops all");
    for _ in 0..10 {
        app.advance(60).await;
    }
    let tries = asked(&server).await;
    assert!((10..=11).contains(&tries), "{tries}");
    assert_eq!(app.alerts(), ALARM[..1]);
    // The token works again.
    server.reset().await;
    answer(&server, "old", taken()).await;
    app.advance(60).await;
    app.advance(5).await;
    assert_eq!(asked(&server).await, CUSTOMERS, "each line once");
    assert_eq!(app.alerts(), ALARM);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn a_new_token_and_a_restart_send_what_waited() {
    let server = MockServer::start().await;
    answer(&server, "old", expired()).await;
    answer(&server, "new", taken()).await;
    let mut app = answered(&server, "old").await;
    app.advance(60).await;
    app.plug_in(number(&app, &server, "new")).await;
    app.advance(60).await;
    // Twenty at once, then eighty a second.
    app.advance(1).await;
    assert_eq!(texts(&server, "new").await, CUSTOMERS, "each line once");
    assert_eq!(app.alerts(), ALARM);
}

#[tokio::test]
async fn while_nobody_answers_few_lines_become_uncertain() {
    let server = MockServer::start().await;
    let down = ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>");
    answer(&server, "old", down).await;
    let app = answered(&server, "old").await;
    for _ in 0..30 {
        app.advance(10).await;
    }
    // After 2, 4, 8, … 60 seconds, and each minute from then on.
    let tried = asked(&server).await;
    assert!((5..=12).contains(&tried), "{tried}");
    server.reset().await;
    answer(&server, "old", taken()).await;
    for _ in 0..7 {
        app.advance(10).await;
    }
    assert_eq!(
        asked(&server).await,
        CUSTOMERS - tried,
        "the others go, each once"
    );
    assert_eq!(app.alerts(), Vec::<String>::new());
}

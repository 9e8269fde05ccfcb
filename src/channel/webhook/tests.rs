//! Every answer of the webhook, through the registry's routes.

use std::sync::Mutex;

use async_trait::async_trait;
use axum::body::to_bytes;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::channel::registry::{AccountConfig, webhooks};
use crate::channel::whatsapp;
use crate::clock::ManualClock;
use crate::intake::{Transaction, Unavailable};
use crate::meta::signature;

/// An intake that keeps what it gets.
#[derive(Debug, Default)]
struct Kept {
    /// What it got.
    webhooks: Mutex<Vec<Webhook>>,
    /// Whether the database is away.
    away: bool,
}

#[async_trait]
impl Intake for Kept {
    async fn accept_webhook(&self, webhook: Webhook) -> Result<(), Unavailable> {
        if self.away {
            return Err(Unavailable);
        }
        self.webhooks.lock().unwrap().push(webhook);
        Ok(())
    }

    async fn accept_transaction(&self, _: Transaction) -> Result<(), Unavailable> {
        Err(Unavailable)
    }

    async fn homeserver_interrupted(&self, _: &'static str) {}
}

/// An account; its secrets are made of its name.
fn account(name: &str, number: &str, business: &str) -> AccountConfig {
    let secret = |what: &str| SecretString::from(format!("{name}-{what}"));
    AccountConfig::Whatsapp(whatsapp::Config {
        account: AccountId::from(name),
        phone_number_id: number.into(),
        business_account_id: business.into(),
        access_token: secret("access"),
        app_secret: secret("app"),
        verify_token: secret("verify"),
        graph_url: "http://127.0.0.1:9".parse().unwrap(),
        graph_version: "v26.0".into(),
    })
}

/// Two numbers of one business, `wa` and `toko`, storing into `intake`.
fn routes(intake: &Arc<Kept>) -> Routes {
    let clock: SharedClock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let accounts = vec![account("wa", "111", "999"), account("toko", "222", "999")];
    webhooks(&accounts, intake.clone(), clock, BODY_LIMIT)
}

/// Sends a request; answers the status and the body.
async fn ask(intake: &Arc<Kept>, request: Request) -> (u16, String) {
    let response = routes(intake).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1024).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// A request.
fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path)
}

/// A `POST` to `account` with `body`, signed with `secret`.
fn signed(account: &str, body: Vec<u8>, secret: &str) -> Request {
    let signature = signature::sign(&body, &SecretString::from(secret)).unwrap();
    request("POST", &format!("/webhooks/{account}"))
        .header(signature::HEADER, signature)
        .body(Body::from(body))
        .unwrap()
}

/// A body with a text for each of these numbers.
fn texts(numbers: &[&str]) -> Vec<u8> {
    let change = |(n, number): (usize, &&str)| {
        json!({"field": "messages", "value": {
            "metadata": {"phone_number_id": number},
            "messages": [{"from": "62812", "id": format!("wamid.{n}"), "timestamp": "1795000000",
                "type": "text", "text": {"body": "halo"}}],
        }})
    };
    let changes: Vec<Value> = numbers.iter().enumerate().map(change).collect();
    json!({"object": "whatsapp_business_account", "entry": [{"id": "999", "changes": changes}]})
        .to_string()
        .into_bytes()
}

/// The accounts that the only webhook's updates were routed to.
fn routed(intake: &Kept) -> Vec<Option<String>> {
    let webhooks = intake.webhooks.lock().unwrap();
    assert_eq!(webhooks.len(), 1);
    let updates = webhooks.iter().flat_map(|webhook| &webhook.updates);
    updates
        .map(|update| update.account.clone().map(String::from))
        .collect()
}

/// A `GET` of `query` for `wa`.
async fn verification(query: &str) -> (u16, String) {
    let path = format!("/webhooks/wa?{query}");
    let request = request("GET", &path).body(Body::empty());
    ask(&Arc::default(), request.unwrap()).await
}

#[tokio::test]
async fn the_challenge_is_answered_to_who_knows_the_token() {
    let right = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=wa-verify";
    assert_eq!(verification(right).await, (200, "1158201444".into()));
    for wrong in [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=toko-verify",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=wa-verify",
        "hub.mode=subscribe&hub.verify_token=wa-verify",
        "",
    ] {
        assert_eq!(verification(wrong).await, (403, String::new()), "{wrong}");
    }
}

#[tokio::test]
async fn a_signed_body_is_stored_whole_and_answered_with_nothing() {
    let intake = Arc::default();
    let body = texts(&["111"]);
    let answer = ask(&intake, signed("wa", body.clone(), "wa-app")).await;
    assert_eq!(answer, (200, String::new()));
    assert_eq!(routed(&intake), [Some("wa".to_owned())]);
    let webhooks = intake.webhooks.lock().unwrap();
    let webhook = webhooks.first().unwrap();
    assert_eq!(webhook.body, body);
    assert_eq!(webhook.account, AccountId::from("wa"));
    assert_eq!(webhook.unparsed, None);
}

#[tokio::test]
async fn each_piece_goes_to_the_account_it_names_and_not_to_the_paths() {
    let intake = Arc::default();
    let body = texts(&["222", "111", "333"]);
    assert_eq!(ask(&intake, signed("wa", body, "wa-app")).await.0, 200);
    let expected = [Some("toko"), Some("wa"), None];
    assert_eq!(routed(&intake), expected.map(|one| one.map(str::to_owned)));
}

#[tokio::test]
async fn what_is_about_the_business_goes_to_its_first_account() {
    for path in ["wa", "toko"] {
        let intake = Arc::default();
        let body = json!({"object": "whatsapp_business_account", "entry": [
            {"id": "999", "changes": [{"field": "account_update", "value": {"event": "X"}}]},
            {"id": "998", "changes": [{"field": "account_update", "value": {"event": "X"}}]},
        ]});
        let body = body.to_string().into_bytes();
        let request = signed(path, body, &format!("{path}-app"));
        assert_eq!(ask(&intake, request).await.0, 200);
        assert_eq!(routed(&intake), [Some("wa".to_owned()), None]);
    }
}

#[tokio::test]
async fn a_wrong_or_missing_signature_is_401_and_stores_nothing() {
    let intake = Arc::default();
    let wrong = signed("wa", texts(&["111"]), "toko-app");
    assert_eq!(ask(&intake, wrong).await.0, 401);
    let missing = request("POST", "/webhooks/wa").body(Body::from("{}"));
    assert_eq!(ask(&intake, missing.unwrap()).await.0, 401);
    assert_eq!(intake.webhooks.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn signed_but_not_json_is_stored() {
    let intake = Arc::default();
    let request = signed("wa", b"<xml/>".to_vec(), "wa-app");
    assert_eq!(ask(&intake, request).await, (200, String::new()));
    let webhooks = intake.webhooks.lock().unwrap();
    let webhook = webhooks.first().unwrap();
    assert_eq!(webhook.unparsed.as_deref(), Some("not JSON"));
    assert_eq!(webhook.updates.len(), 0);
    assert_eq!(webhook.body, "<xml/>");
}

#[tokio::test]
async fn a_body_of_more_pieces_than_are_read_at_once_is_kept_for_the_rest() {
    let intake = Arc::default();
    let body = texts(&vec!["111"; 10_001]);
    assert_eq!(ask(&intake, signed("wa", body, "wa-app")).await.0, 200);
    let webhooks = intake.webhooks.lock().unwrap();
    assert_eq!(webhooks[0].updates.len(), 10_000);
    assert_eq!(webhooks[0].unparsed.as_deref(), Some("too many"));
}

#[tokio::test]
async fn a_body_over_4_mib_is_413_and_one_of_4_mib_is_taken() {
    let intake = Arc::default();
    let largest = vec![b' '; 4 * 1024 * 1024];
    assert_eq!(
        ask(&intake, signed("wa", largest.clone(), "wa-app"))
            .await
            .0,
        200
    );
    let larger = [largest, vec![b' ']].concat();
    assert_eq!(ask(&intake, signed("wa", larger, "wa-app")).await.0, 413);
    assert_eq!(intake.webhooks.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unknown_account_is_404_and_a_wrong_method_405() {
    let intake = Arc::default();
    let unknown = signed("nobody", texts(&["111"]), "wa-app");
    assert_eq!(ask(&intake, unknown).await.0, 404);
    let asked = request("GET", "/webhooks/nobody").body(Body::empty());
    assert_eq!(ask(&intake, asked.unwrap()).await.0, 404);
    let put = request("PUT", "/webhooks/wa").body(Body::empty());
    assert_eq!(ask(&intake, put.unwrap()).await.0, 405);
    let head = request("HEAD", "/webhooks/wa").body(Body::empty());
    assert_eq!(ask(&intake, head.unwrap()).await.0, 405);
}

#[tokio::test]
async fn without_a_database_meta_is_asked_to_try_again() {
    let intake = Arc::new(Kept {
        away: true,
        ..Kept::default()
    });
    let request = signed("wa", texts(&["111"]), "wa-app");
    assert_eq!(ask(&intake, request).await, (503, String::new()));
}

#[tokio::test]
async fn an_account_without_secrets_lets_nobody_in() {
    let AccountConfig::Whatsapp(mut config) = account("wa", "111", "999");
    config.app_secret = SecretString::from("");
    config.verify_token = SecretString::from("");
    let hook = whatsapp::webhook::Webhook::new(config, Arc::default());
    let parameters = [
        ("hub.mode", "subscribe"),
        ("hub.verify_token", ""),
        ("hub.challenge", "1"),
    ];
    let parameters = parameters.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(hook.verification(&Parameters::from(parameters)), None);
    let empty = "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    assert!(!hook.is_signed(empty, b""));
}

#[tokio::test]
async fn an_account_that_cannot_be_a_name_is_404() {
    for account in [
        "%ff",
        "%00",
        "..%2fwa",
        "wa%2f",
        "WA",
        "wa%20",
        "%77a%0a",
        &"w".repeat(9_999),
    ] {
        let intake = Arc::default();
        let post = signed(account, texts(&["111"]), "wa-app");
        assert_eq!(ask(&intake, post).await.0, 404, "{account}");
        let get = request("GET", &format!("/webhooks/{account}?hub.mode=subscribe"));
        let get = get.body(Body::empty()).unwrap();
        assert_eq!(ask(&intake, get).await.0, 404, "{account}");
        assert_eq!(intake.webhooks.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn odd_parameters_show_nothing() {
    for query in [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%ff%00",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wa-verify&hub.verify_token=x",
        "hub.mode[]=subscribe&hub.challenge=1&hub.verify_token=wa-verify",
        "%",
        "&&&==&=",
    ] {
        assert_eq!(verification(query).await, (403, String::new()), "{query}");
    }
    let script = "hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=wa-verify";
    let path = format!("/webhooks/wa?{script}");
    let asked = request("GET", &path).body(Body::empty()).unwrap();
    let response = routes(&Arc::default()).oneshot(asked).await.unwrap();
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}

/// A body that is told to be at its end only when the test says so, of this size.
fn held_back(size: usize) -> (Body, tokio::sync::oneshot::Sender<()>) {
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let chunk = futures_util::stream::once(async move { Ok(Bytes::from(vec![b' '; size])) });
    let rest = futures_util::stream::once(async move {
        ended.await.unwrap();
        Ok::<_, std::io::Error>(Bytes::new())
    });
    (Body::from_stream(chunk.chain(rest)), end)
}

#[tokio::test]
async fn strangers_can_make_us_keep_only_so_many_large_bodies() {
    let intake = Arc::default();
    let routes = routes(&intake);
    let post = |body: Body, signature: Option<&str>| {
        let mut builder = request("POST", "/webhooks/wa");
        if let Some(signature) = signature {
            builder = builder.header(signature::HEADER, signature);
        }
        Box::pin(routes.clone().oneshot(builder.body(body).unwrap()))
    };
    let mut ends = Vec::new();
    let mut waiting = Vec::new();
    for _ in 0..MOST_LARGE {
        let (body, end) = held_back(SMALL_BODY + 1);
        ends.push(end);
        let mut answer = post(body, Some("sha256=00"));
        assert!(futures_util::poll!(&mut answer).is_pending());
        waiting.push(answer);
    }
    // A small one does not care, nor does one without a signature.
    let small = post(Body::from(vec![b' '; SMALL_BODY]), Some("sha256=00")).await;
    assert_eq!(small.unwrap().status(), 401);
    let unsigned = post(Body::from(vec![b' '; LARGEST_BODY]), None).await;
    assert_eq!(unsigned.unwrap().status(), 401);
    let unsigned = post(Body::from(vec![b' '; LARGEST_BODY + 1]), None).await;
    assert_eq!(unsigned.unwrap().status(), 413);
    // A large one waits until one of them has ended.
    let mut large = post(Body::from(texts(&vec!["111"; 1_000])), Some("sha256=00"));
    assert!(futures_util::poll!(&mut large).is_pending());
    ends.pop().unwrap().send(()).unwrap();
    assert_eq!(waiting.pop().unwrap().await.unwrap().status(), 401);
    assert_eq!(large.await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let (body, _end) = held_back(10);
    let answer = whole(body, Keep::Nothing, Duration::from_millis(10)).await;
    assert_eq!(answer, Err(StatusCode::REQUEST_TIMEOUT));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400_and_stores_nothing() {
    let intake = Arc::default();
    let broken = futures_util::stream::iter([
        Ok(Bytes::from_static(b"{")),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]);
    let request = request("POST", "/webhooks/wa").header(signature::HEADER, "sha256=00");
    let request = request.body(Body::from_stream(broken)).unwrap();
    assert_eq!(ask(&intake, request).await.0, 400);
    assert_eq!(intake.webhooks.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    // Whatever it says of itself: it is signed as it is, and kept as it is.
    let intake = Arc::default();
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".to_vec();
    let mut post = signed("wa", packed.clone(), "wa-app");
    post.headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(ask(&intake, post).await, (200, String::new()));
    let webhooks = intake.webhooks.lock().unwrap();
    assert_eq!(webhooks[0].body, packed);
    assert_eq!(webhooks[0].unparsed.as_deref(), Some("not JSON"));
}

//! Meta: the simulator is the Graph server and the customers' phones; customers'
//! webhooks are signed and delivered here, doubled, batched and reordered at will,
//! until they are acknowledged.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, Mac};
use loket::clock::{Clock as _, SystemClock};
use loket::shutdown::Shutdown;
use loket::simulator::{Options, Simulator, Timing};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::daemon::{NUMBER, SECRET};
use super::judge::Received;
use super::pause;

/// How long between two tries to deliver a webhook.
const AGAIN: Duration = Duration::from_millis(150);

/// Meta.
#[derive(Debug)]
pub(crate) struct Meta {
    /// The simulator's address.
    pub(crate) url: String,
    /// For the control API.
    http: reqwest::Client,
    /// Ends it.
    _tasks: JoinSet<()>,
}

impl Meta {
    /// Starts a simulator with quick deliveries.
    pub(crate) async fn start(folder: &Path) -> Self {
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            state: folder.to_owned(),
        };
        let timing = Timing {
            retries: vec![Duration::from_millis(300); 4_000],
            flush_after: Duration::from_millis(100),
            webhook_timeout: Duration::from_secs(5),
            ..Timing::default()
        };
        let simulator = Simulator::bind_with(options, Arc::new(SystemClock), timing);
        let simulator = simulator.await.unwrap();
        let url = format!("http://{}", simulator.address());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { simulator.run(Shutdown::new()).await.unwrap() });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            url,
            http,
            _tasks: tasks,
        }
    }

    /// Asks the control API.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut asked = self
            .http
            .request(method, format!("{}/control/{path}", self.url));
        if let Some(body) = body {
            asked = asked.json(&body);
        }
        let answer = asked.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Makes our number known.
    pub(crate) async fn account(&self, public: &str) {
        let account = json!({
            "waba_id": "200000000000002", "display_phone_number": "62215550100",
            "access_token": "token-0123456789", "app_secret": SECRET,
            "verify_token": "verify-me", "webhook_url": format!("{public}/webhooks/wa"),
            "messages_per_second": 1_000,
        });
        self.control("PUT", &format!("accounts/{NUMBER}"), Some(account))
            .await;
    }

    /// What a customer has received, in the order in which it was taken.
    pub(crate) async fn received(&self, customer: &str) -> Vec<Received> {
        let path = format!("customers/{customer}/received?all=true");
        let all = self.control("GET", &path, None).await;
        let of = |message: &Value| Received {
            text: message["text"].as_str().unwrap_or_default().to_owned(),
            attempt: message["biz_opaque_callback_data"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        };
        all["messages"].as_array().unwrap().iter().map(of).collect()
    }
}

/// Webhooks of one customer that may overtake each other; the next ones wait until all
/// of them are acknowledged.
pub(crate) type Turn = Vec<Vec<u8>>;

/// A customer's way to the daemon: turns go in, and are delivered until they are
/// acknowledged. Ends when nobody puts in any more.
pub(crate) async fn deliver(url: String, mut turns: mpsc::UnboundedReceiver<Turn>) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    while let Some(turn) = turns.recv().await {
        let all = turn
            .iter()
            .map(|body| until_acknowledged(&http, &url, body));
        futures_util::future::join_all(all).await;
    }
}

/// Delivers one webhook until it is acknowledged.
async fn until_acknowledged(http: &reqwest::Client, url: &str, body: &[u8]) {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    loop {
        let post = http
            .post(url)
            .header("content-type", "application/json")
            .header("x-hub-signature-256", &signature)
            .timeout(Duration::from_secs(5))
            .body(body.to_vec());
        if post.send().await.is_ok_and(|answer| answer.status() == 200) {
            return;
        }
        pause(AGAIN).await;
    }
}

/// A webhook with lines of one customer: id and text.
pub(crate) fn webhook(name: &str, phone: &str, lines: &[(String, String)]) -> Vec<u8> {
    let now = SystemClock.now().as_second().to_string();
    let messages: Vec<Value> = lines
        .iter()
        .map(|(id, text)| {
            json!({ "from": phone, "id": id, "timestamp": now, "type": "text",
                    "text": { "body": text } })
        })
        .collect();
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "62215550100", "phone_number_id": NUMBER },
        "contacts": [{ "profile": { "name": name }, "wa_id": phone }],
        "messages": messages,
    });
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "200000000000002", "changes": [{ "field": "messages", "value": value }] }],
    });
    body.to_string().into_bytes()
}

//! The stage: a simulator, a daemon, and calls between them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::get;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::clock::{ManualClock, SharedClock};
use crate::shutdown::Shutdown;
use crate::simulator::{Options, Simulator, Timing};

/// The business number of most tests.
pub(super) const NUMBER: &str = "106540352242922";

/// The app's secret of most tests.
pub(super) const SECRET: &str = "s3cr3t";

/// The longest wait for anything.
const LIMIT: Duration = Duration::from_secs(10);

/// When the tests take place.
pub(super) fn noon() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A webhook as the daemon got it.
#[derive(Debug, Clone)]
pub(super) struct Got {
    /// The signature's header.
    pub(super) signature: String,
    /// The raw bytes.
    pub(super) bytes: Vec<u8>,
}

impl Got {
    /// The body.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The value of the only change.
    pub(super) fn value(&self) -> Value {
        self.json()["entry"][0]["changes"][0]["value"].clone()
    }

    /// The only status, or null.
    pub(super) fn status(&self) -> Value {
        self.value()["statuses"][0].clone()
    }

    /// The text of the only message, or null.
    pub(super) fn text(&self) -> Value {
        self.value()["messages"][0]["text"]["body"].clone()
    }
}

/// What the daemon does.
#[derive(Debug)]
struct Desk {
    /// Where webhooks are passed on.
    got: mpsc::UnboundedSender<Got>,
    /// The answers to the next webhooks; then 200.
    answers: Mutex<VecDeque<u16>>,
}

/// `GET` on the webhook: the handshake, right for the token `verify-me`.
async fn handshake(uri: Uri) -> (StatusCode, String) {
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let find = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, v)| v.clone())
    };
    let right = find("hub.mode").as_deref() == Some("subscribe")
        && find("hub.verify_token").as_deref() == Some("verify-me");
    if right {
        (StatusCode::OK, find("hub.challenge").unwrap())
    } else {
        (StatusCode::FORBIDDEN, String::new())
    }
}

/// `POST` on the webhook.
async fn webhook(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
    let bytes = body.to_vec();
    desk.got.send(Got { signature, bytes }).unwrap();
    let answer = desk.answers.lock().unwrap().pop_front().unwrap_or(200);
    StatusCode::from_u16(answer).unwrap()
}

/// A simulator and a daemon.
pub(super) struct Play {
    /// Where the simulator is.
    pub(super) base: String,
    /// Where the daemon takes webhooks.
    pub(super) hook: String,
    /// The simulator's clock.
    pub(super) clock: Arc<ManualClock>,
    /// Calls the simulator.
    pub(super) http: reqwest::Client,
    /// The simulator's state.
    folder: TempDir,
    /// Stops the simulator.
    shutdown: Shutdown,
    /// The simulator.
    simulator: JoinSet<()>,
    /// The daemon, ended with the test.
    _daemon: JoinSet<()>,
    /// What the daemon does.
    desk: Arc<Desk>,
    /// What the daemon got.
    got: mpsc::UnboundedReceiver<Got>,
    /// What was passed over by [`Play::until`].
    passed: Vec<Got>,
}

/// A Meta that hurries.
fn hurried() -> Timing {
    Timing {
        sent_after: Duration::from_millis(1),
        delivered_after: Duration::from_millis(10),
        retries: vec![Duration::from_millis(1); 5],
        webhook_timeout: Duration::from_secs(5),
        flush_after: Duration::from_millis(20),
    }
}

impl Play {
    /// One account, one customer (`budi`), who has not written yet.
    pub(super) async fn start() -> Self {
        Self::start_with(hurried()).await
    }

    /// As [`Play::start`], with another Meta.
    pub(super) async fn start_with(timing: Timing) -> Self {
        let (sender, got) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk {
            got: sender,
            answers: Mutex::new(VecDeque::new()),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = format!("http://{}/webhooks/wa", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/webhooks/wa", get(handshake).post(webhook))
            .with_state(Arc::clone(&desk));
        let mut daemon = JoinSet::new();
        daemon.spawn(async move { axum::serve(listener, router).await.unwrap() });

        let mut play = Self {
            base: String::new(),
            hook,
            clock: ManualClock::new(noon()),
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(LIMIT)
                .build()
                .unwrap(),
            folder: tempfile::tempdir().unwrap(),
            shutdown: Shutdown::new(),
            simulator: JoinSet::new(),
            _daemon: daemon,
            desk,
            got,
            passed: Vec::new(),
        };
        play.open(timing).await;
        play.account(NUMBER, "token", json!({})).await;
        let budi = json!({"phone": "+62 812-3456-7890", "user_id": "ID.1349", "name": "Budi"});
        play.put("/control/customers/budi", budi).await;
        play
    }

    /// Starts a simulator on the folder.
    async fn open(&mut self, timing: Timing) {
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            state: self.folder.path().to_owned(),
        };
        let clock: SharedClock = self.clock.clone();
        let simulator = Simulator::bind_with(options, clock, timing).await.unwrap();
        self.base = format!("http://{}", simulator.address());
        self.shutdown = Shutdown::new();
        let shutdown = self.shutdown.clone();
        self.simulator
            .spawn(async move { simulator.run(shutdown).await.unwrap() });
    }

    /// Stops the simulator and starts another on what it left.
    pub(super) async fn restart(&mut self) {
        self.shutdown.begin();
        let ended = tokio::time::timeout(LIMIT, self.simulator.join_next()).await;
        ended.unwrap().unwrap().unwrap();
        self.open(hurried()).await;
    }

    /// Adds an account whose webhooks go to the daemon.
    pub(super) async fn account(&self, number: &str, token: &str, more: Value) -> Value {
        let mut form = json!({
            "waba_id": "102290129340398",
            "display_phone_number": "62215550100",
            "access_token": token,
            "app_secret": SECRET,
            "verify_token": "verify-me",
            "webhook_url": self.hook,
        });
        for (key, value) in more.as_object().unwrap() {
            form[key] = value.clone();
        }
        self.put(&format!("/control/accounts/{number}"), form).await
    }

    /// Calls the control API and expects 200.
    async fn call(&self, request: reqwest::RequestBuilder) -> Value {
        let response = request.send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// `PUT` on the control API.
    pub(super) async fn put(&self, path: &str, body: Value) -> Value {
        self.call(self.http.put(format!("{}{path}", self.base)).json(&body))
            .await
    }

    /// `POST` on the control API.
    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        self.call(self.http.post(format!("{}{path}", self.base)).json(&body))
            .await
    }

    /// `GET` on the control API.
    pub(super) async fn get(&self, path: &str) -> Value {
        self.call(self.http.get(format!("{}{path}", self.base)))
            .await
    }

    /// `budi` writes, and the daemon gets it; returns the message's id.
    pub(super) async fn budi_writes(&mut self, text: &str) -> String {
        let body = json!({"to": NUMBER, "text": text});
        let answer = self.post("/control/customers/budi/messages", body).await;
        let text = json!(text);
        self.until(|got| got.text() == text).await;
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Adds a fault.
    pub(super) async fn fault(&self, fault: Value) {
        self.post("/control/faults", fault).await;
    }

    /// A Graph request with the right token.
    pub(super) fn graph(&self, body: &Value) -> reqwest::RequestBuilder {
        self.http
            .post(format!("{}/v26.0/{NUMBER}/messages", self.base))
            .bearer_auth("token")
            .json(body)
    }

    /// Calls the messages endpoint: status and body.
    pub(super) async fn send(&self, body: Value) -> (u16, Value) {
        let response = self.graph(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Sends a text to `budi` and returns its id.
    pub(super) async fn send_text(&self, text: &str) -> String {
        let (status, answer) = self.send(to_budi(text)).await;
        assert_eq!(status, 200, "{answer}");
        answer["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// How the daemon answers the next webhooks, before it says 200 again.
    pub(super) fn answers(&self, answers: impl IntoIterator<Item = u16>) {
        self.desk.answers.lock().unwrap().extend(answers);
    }

    /// The next webhook.
    pub(super) async fn next(&mut self) -> Got {
        let got = tokio::time::timeout(LIMIT, self.got.recv()).await;
        got.expect("no webhook came").unwrap()
    }

    /// The first webhook, passed over or to come, that `wanted` takes.
    pub(super) async fn until(&mut self, wanted: impl Fn(&Got) -> bool) -> Got {
        if let Some(index) = self.passed.iter().position(&wanted) {
            return self.passed.remove(index);
        }
        loop {
            let got = self.next().await;
            if wanted(&got) {
                return got;
            }
            self.passed.push(got);
        }
    }

    /// The webhook that tells this status of this message.
    pub(super) async fn told(&mut self, id: &str, status: &str) -> Got {
        let (id, status) = (json!(id), json!(status));
        self.until(|got| got.status()["id"] == id && got.status()["status"] == status)
            .await
    }

    /// All webhooks up to this moment, and none that came before.
    ///
    /// A customer's line is the mark: what happened before it is here before
    /// it, or after it if Meta is slower than the test.
    pub(super) fn drain(&mut self) -> Vec<Got> {
        let mut all = std::mem::take(&mut self.passed);
        while let Ok(got) = self.got.try_recv() {
            all.push(got);
        }
        all
    }
}

/// A text to `budi`, by number.
pub(super) fn to_budi(text: &str) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+6281234567890",
        "type": "text",
        "text": {"body": text},
    })
}

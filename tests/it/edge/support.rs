//! Both listeners on loopback, and bare sockets to them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use loket::app::doors::{self, Private};
use loket::channel::registry::AccountConfig;
use loket::channel::whatsapp;
use loket::clock::{ManualClock, SharedClock};
use loket::http::{self, Limits};
use loket::intake::{Intake, Transaction, Unavailable, Webhook};
use loket::matrix::transaction::Endpoint;
use loket::meta::signature;
use loket::shutdown::{Shutdown, Tasks};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a test waits for what must come.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A limit that a test runs into.
pub(super) const SOON: Duration = Duration::from_millis(100);

/// A limit that no test runs into.
pub(super) const NEVER: Duration = Duration::from_mins(10);

/// What signs webhooks.
pub(super) const APP_SECRET: &str = "app-secret-0123456789";

/// What Meta shows when it asks whether the address is ours.
pub(super) const VERIFY_TOKEN: &str = "verify-token-0123456789";

/// What the homeserver shows.
pub(super) const HS_TOKEN: &str = "hs-token-0123456789";

/// A body that is JSON.
pub(super) const BODY: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;

/// An intake that keeps what it gets.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The bodies of webhooks.
    pub(super) webhooks: Mutex<Vec<Vec<u8>>>,
    /// The ids of transactions.
    pub(super) transactions: Mutex<Vec<String>>,
}

#[async_trait]
impl Intake for Kept {
    async fn accept_webhook(&self, webhook: Webhook) -> Result<(), Unavailable> {
        self.webhooks.lock().unwrap().push(webhook.body.to_vec());
        Ok(())
    }

    async fn accept_transaction(&self, transaction: Transaction) -> Result<(), Unavailable> {
        self.transactions.lock().unwrap().push(transaction.id);
        Ok(())
    }

    async fn homeserver_interrupted(&self, _: &'static str) {}
}

/// Limits that no test runs into, but for the sizes.
pub(super) fn patient() -> Limits {
    Limits {
        head: NEVER,
        request: NEVER,
        unread: NEVER,
        ..http::LIMITS
    }
}

/// Both listeners.
#[derive(Debug)]
pub(super) struct Edge {
    /// Where webhooks are taken.
    pub(super) public: SocketAddr,
    /// Where the homeserver's calls are.
    pub(super) private: SocketAddr,
    /// What came in.
    pub(super) kept: Arc<Kept>,
    /// The listeners.
    _tasks: Tasks,
}

impl Edge {
    /// Serves both within `limits`; a webhook's body must come within `body`.
    pub(super) async fn start(limits: Limits, body: Duration) -> Self {
        let kept = Arc::new(Kept::default());
        let clock: SharedClock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let behind = Private {
            endpoint: Endpoint {
                intake: kept.clone(),
                hs_token: SecretString::from(HS_TOKEN),
                clock: clock.clone(),
            },
            readiness: http::health::Readiness::default(),
            recorder: http::metrics::idle(),
            gauges: Arc::new(|| Box::pin(async { &[][..] })),
            replay: Arc::new(|which| {
                Box::pin(async move { (which == "dead").then(|| Ok("none".to_owned())) })
            }),
        };
        let outer = doors::public(&[account()], kept.clone(), clock, body);
        let shutdown = Shutdown::new();
        let mut tasks = Tasks::new(shutdown.clone());
        let mut listen = async |name, router| {
            let listener = http::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
            let address = listener.local_addr().unwrap();
            tasks.spawn(
                name,
                http::serve(limits, listener, router, shutdown.clone()),
            );
            address
        };
        Self {
            private: listen("private", doors::private(behind)).await,
            public: listen("public", outer).await,
            kept,
            _tasks: tasks,
        }
    }

    /// Both are still there for those who behave, and what a stranger did has left
    /// nothing behind.
    pub(super) async fn serves_others(&self) {
        assert_eq!(self.kept.webhooks.lock().unwrap().len(), 0);
        assert_eq!(self.kept.transactions.lock().unwrap().len(), 0);
        let webhook = post(BODY.as_bytes(), &[]);
        assert_eq!(status(&exchange(self.public, &webhook).await), 200);
        let live = get("/health/live");
        assert!(exchange(self.private, &live).await.ends_with("\r\n\r\nok"));
    }
}

/// The account `wa`.
fn account() -> AccountConfig {
    AccountConfig::Whatsapp(whatsapp::Config {
        account: "wa".into(),
        phone_number_id: "111".into(),
        business_account_id: "999".into(),
        access_token: "access-token-0123456789".into(),
        app_secret: APP_SECRET.into(),
        verify_token: VERIFY_TOKEN.into(),
        graph_url: "http://127.0.0.1:9".parse().unwrap(),
        graph_version: "v26.0".into(),
    })
}

/// The signature of a body.
pub(super) fn sign(body: &[u8]) -> String {
    signature::sign(body, &SecretString::from(APP_SECRET)).unwrap()
}

/// A request's head, up to and with the empty line.
pub(super) fn head(start: &str, headers: &[String]) -> Vec<u8> {
    let start = format!("{start} HTTP/1.1");
    let mut lines = vec![start.as_str(), "host: localhost"];
    lines.extend(headers.iter().map(String::as_str));
    [lines.join("\r\n"), "\r\n\r\n".to_owned()]
        .concat()
        .into_bytes()
}

/// A `GET` after which the connection ends.
pub(super) fn get(path: &str) -> Vec<u8> {
    head(&format!("GET {path}"), &["connection: close".to_owned()])
}

/// A signed webhook with more headers, after which the connection ends.
pub(super) fn post(body: &[u8], more: &[String]) -> Vec<u8> {
    let mut headers = vec![
        format!("{}: {}", signature::HEADER, sign(body)),
        format!("content-length: {}", body.len()),
        "connection: close".to_owned(),
    ];
    headers.extend_from_slice(more);
    [head("POST /webhooks/wa", &headers), body.to_vec()].concat()
}

/// Connects.
pub(super) async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// Everything that comes until the other side ends the connection, in whatever way.
pub(super) async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let end = async {
        // A reset is an end too.
        stream.read_to_end(&mut answer).await.unwrap_or_default()
    };
    let ended = tokio::time::timeout(PATIENCE, end).await;
    ended.expect("the connection ends in time");
    String::from_utf8(answer).unwrap()
}

/// Sends something on a connection of its own; everything that comes back until the
/// other side ends it, which may be before it has read all.
pub(super) async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address).await;
    let sent = tokio::time::timeout(PATIENCE, stream.write_all(bytes)).await;
    // Whoever is refused early may not get rid of the rest.
    drop(sent.expect("is read or refused in time"));
    rest(&mut stream).await
}

/// Sends `bytes`, then `drop` again and again, until the other side ends the connection;
/// what it said.
pub(super) async fn dribble(address: SocketAddr, bytes: &[u8], drop: &[u8]) -> String {
    let mut stream = connect(address).await;
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let dribbling = async {
        loop {
            let heard = stream.read_buf(&mut answer);
            match tokio::time::timeout(SOON / 10, heard).await {
                Ok(Ok(0) | Err(_)) => break,
                Ok(Ok(_)) => {}
                // Nothing yet: another drop. If it is not taken, the end is near.
                Err(_elapsed) => stream.write_all(drop).await.unwrap_or_default(),
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, dribbling).await;
    ended.expect("the connection ends in time");
    String::from_utf8(answer).unwrap()
}

/// The status of an answer; 0 if there is none.
pub(super) fn status(answer: &str) -> u16 {
    let code = answer
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    code.map_or(0, |code| code.parse().unwrap())
}

/// The statuses of all answers of a connection.
pub(super) fn statuses(answers: &str) -> Vec<u16> {
    let answers = answers.split("HTTP/1.1 ").skip(1);
    answers
        .map(|answer| answer.get(..3).unwrap().parse().unwrap())
        .collect()
}

/// What stands below an answer's head.
pub(super) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

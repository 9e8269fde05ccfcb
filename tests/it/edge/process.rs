//! The real daemon: what a process is bounded by, and what it writes into its log.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use loket::meta::signature;
use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{PATIENCE, connect, exchange, get, head, rest, status};

/// What signs webhooks.
const APP_SECRET: &str = "app-secret-0123456789";

/// What the homeserver shows.
const HS_TOKEN: &str = "hs_0123456789abcdef";

/// A daemon without a homeserver; it is killed when it is dropped.
#[derive(Debug)]
struct Daemon {
    /// Configuration, database, log.
    folder: TempDir,
    /// Where webhooks reach it.
    public: SocketAddr,
    /// Where the homeserver would reach it.
    private: SocketAddr,
    /// The process.
    child: Child,
}

impl Daemon {
    /// Starts one that may have so many open files, and waits until it serves.
    async fn start(files: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (public, private) = (free(), free());
        let file = folder.path().join("loket.db");
        let text = format!(
            r#"
homeserver: {{address: "http://127.0.0.1:9", domain: localhost}}
appservice: {{listen: "{private}", as_token: as_0123456789abcdef, hs_token: {HS_TOKEN}}}
database: {{url: "sqlite:{}"}}
public: {{listen: "{public}", base_url: "https://desk.example.org"}}
teams: {{main: {{language: en, agents: {{"@ayu:localhost": agent}}, accounts: [wa]}}}}
accounts:
  - id: wa
    kind: whatsapp
    phone_number_id: "111"
    business_account_id: "999"
    access_token: access-0123456789
    app_secret: {APP_SECRET}
    verify_token: verify-0123456789
    graph_url: "http://127.0.0.1:9"
logging: {{level: "debug,loket=trace"}}
"#,
            file.display()
        );
        fs::write(folder.path().join("config.yaml"), text).unwrap();
        let log = fs::File::create(folder.path().join("loket.log")).unwrap();
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {files} && exec \"$0\" run");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_loket")]);
        command.current_dir(folder.path()).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut daemon = Self {
            child: command.spawn().unwrap(),
            folder,
            public,
            private,
        };
        daemon.is_up().await;
        daemon
    }

    /// Waits until both listeners are there.
    async fn is_up(&mut self) {
        let begun = Instant::now();
        for address in [self.private, self.public] {
            while TcpStream::connect(address).await.is_err() {
                let ended = self.child.try_wait().unwrap();
                assert!(
                    ended.is_none() && begun.elapsed() < PATIENCE,
                    "{}",
                    self.log()
                );
                tokio::task::yield_now().await;
            }
        }
    }

    /// Its log so far.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("loket.log")).unwrap()
    }

    /// The memory that it uses, in bytes.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.unwrap().split_whitespace().nth(1).unwrap();
        kib.parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An address nobody listens at.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// A webhook whose signature is made with `secret`, after which the connection ends.
fn webhook(body: &str, secret: &str) -> Vec<u8> {
    let signature = signature::sign(body.as_bytes(), &SecretString::from(secret)).unwrap();
    let headers = [
        format!("{}: {signature}", signature::HEADER),
        format!("content-length: {}", body.len()),
        "connection: close".to_owned(),
    ];
    [head("POST /webhooks/wa", &headers), body.into()].concat()
}

/// A transaction with a token, after which the connection ends.
fn transaction(id: &str, token: &str, body: &str) -> Vec<u8> {
    let headers = [
        format!("authorization: Bearer {token}"),
        format!("content-length: {}", body.len()),
        "connection: close".to_owned(),
    ];
    let start = format!("PUT /_matrix/app/v1/transactions/{id}");
    [head(&start, &headers), body.into()].concat()
}

/// Asks something on a connection that stays open.
async fn is_alive(stream: &mut TcpStream) {
    stream.write_all(&head("GET /x", &[])).await.unwrap();
    let mut answer = [0; 12];
    let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut answer)).await;
    read.expect("answered in time").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 404");
    // The rest of the answer stays in the socket: nothing more is asked than twice.
}

#[tokio::test]
async fn a_crowd_leaves_the_daemon_the_files_it_needs() {
    let daemon = Daemon::start(200).await;
    let mut first = connect(daemon.public).await;
    is_alive(&mut first).await;
    let mut crowd = Vec::new();
    for address in [daemon.public, daemon.private] {
        // No more than wait for being accepted: others would have to try again.
        for _ in 0..100 {
            let mut stream = connect(address).await;
            stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
            crowd.push(stream);
        }
    }
    let files = fs::read_dir(format!("/proc/{}/fd", daemon.child.id())).unwrap();
    assert!(files.count() < 100);
    first.write_all(&webhook("{}", APP_SECRET)).await.unwrap();
    assert!(rest(&mut first).await.contains("HTTP/1.1 200 OK"));
    assert!(
        !daemon.log().contains("could not be accepted"),
        "{}",
        daemon.log()
    );
    drop(crowd);
    let answer = exchange(daemon.private, &get("/health/live")).await;
    assert_eq!(status(&answer), 200);
}

#[tokio::test]
async fn strangers_make_it_keep_little() {
    let daemon = Daemon::start(1_024).await;
    assert_eq!(status(&exchange(daemon.public, &get("/")).await), 404);
    let before = daemon.memory();
    let unsigned = head("POST /webhooks/wa", &["content-length: 4000000".to_owned()]);
    let mut crowd = Vec::new();
    for n in 0..300 {
        let mut stream = connect(daemon.public).await;
        let beginning = match n % 3 {
            0 => unsigned.clone(),
            1 => b"GET / HTTP/1.1\r\nx: ".to_vec(),
            _ => b"GET /".to_vec(),
        };
        let bytes = [beginning, vec![b'a'; 380_000]].concat();
        // Written until it is refused: what is not taken is not kept.
        drop(stream.write_all(&bytes).await);
        crowd.push(stream);
    }
    assert_eq!(status(&exchange(daemon.public, &get("/")).await), 404);
    let more = daemon.memory().saturating_sub(before);
    assert!(more < 32 * 1024 * 1024, "{more} bytes more");
}

/// A webhook that can be read in parts only, with somebody's words everywhere.
fn unreadable_in_parts() -> String {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "999", "changes": [
        {"field": "messages", "value": {
            "metadata": {"phone_number_id": "111"},
            "contacts": [{"wa_id": "62800000451", "profile": {"name": "Wulandari"}}],
            "messages": [
                {"from": "62800000451", "id": "wamid.1", "timestamp": "1795000000",
                 "type": "text", "text": {"body": "kata-rahasia"}},
                {"from": "62800000451", "id": "wamid.2", "type": "kata-rahasia", "kata-rahasia": 7},
            ]}},
        {"field": "kata-rahasia", "value": {"kata-rahasia": "62800000451"}},
    ]}]})
    .to_string()
}

#[tokio::test]
async fn the_log_holds_no_secret_and_nobodys_words() {
    let daemon = Daemon::start(1_024).await;
    let event = json!({"type": "m.room.message", "event_id": "$1", "room_id": "!r:localhost",
        "sender": "@ayu:localhost", "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": "kata-rahasia"}});
    let events = json!({"events": [event, {"content": {"body": "kata-rahasia"}}]}).to_string();
    let query = "hub.mode=subscribe&hub.challenge=kata-rahasia&hub.verify_token";
    for (address, request, expected) in [
        (
            daemon.public,
            webhook(&unreadable_in_parts(), APP_SECRET),
            200,
        ),
        (
            daemon.public,
            webhook("kata-rahasia, not JSON", APP_SECRET),
            200,
        ),
        (
            daemon.public,
            webhook("{\"object\": \"kata-rahasia\"}", APP_SECRET),
            200,
        ),
        (
            daemon.public,
            webhook("kata-rahasia", "stranger-9876543210"),
            401,
        ),
        (daemon.public, get("/webhooks/kata-rahasia"), 404),
        (
            daemon.public,
            get(&format!("/webhooks/wa?{query}=verify-0123456789")),
            200,
        ),
        (
            daemon.public,
            get(&format!("/webhooks/wa?{query}=stranger-9876543210")),
            403,
        ),
        (
            daemon.private,
            transaction("1%0aFORGED%1b[31m", HS_TOKEN, &events),
            200,
        ),
        (
            daemon.private,
            transaction("2", HS_TOKEN, "kata-rahasia"),
            200,
        ),
        (
            daemon.private,
            transaction("3", "stranger-9876543210", &events),
            403,
        ),
    ] {
        let answer = exchange(address, &request).await;
        assert_eq!(status(&answer), expected, "{}", request.escape_ascii());
    }
    let log = daemon.log();
    for told in ["webhook received", "webhook refused", "kept as it is"] {
        assert!(log.contains(told), "{told}: {log}");
    }
    for silent in [
        "rahasia",
        "6280000",
        "Wulandari",
        APP_SECRET,
        HS_TOKEN,
        "as_0123",
        "access-0123",
        "verify-0123",
        "stranger",
    ] {
        let line = log.lines().find(|line| line.contains(silent));
        assert_eq!(line, None, "{silent} is in the log");
    }
    assert!(!log.lines().any(|line| line.starts_with("FORGED")), "{log}");
    assert!(!log.contains('\u{1b}'), "{log}");
}

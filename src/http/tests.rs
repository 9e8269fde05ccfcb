//! Clients that dawdle, crowd in or are there at the stop.

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::shutdown::Tasks;

/// A request that can be answered.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves `ok` within `limits`; the address and what stops it.
async fn served(limits: Limits) -> (SocketAddr, Shutdown, Tasks) {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/", get(|| async { "ok" }))
        .route("/body", post(|body: axum::body::Bytes| async move { body }));
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    tasks.spawn(
        "listener",
        serve(limits, listener, router, shutdown.clone()),
    );
    (address, shutdown, tasks)
}

/// Everything that comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    read.expect("closed in time").unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let limits = Limits {
        head: Duration::from_millis(50),
        ..LIMITS
    };
    let (address, _shutdown, _tasks) = served(limits).await;
    for beginning in [&b""[..], b"GET / HTTP/1.1\r\nhost: loc"] {
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(beginning).await.unwrap();
        assert_eq!(rest(&mut slow).await, "");
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_until_one_ends() {
    let limits = Limits {
        connections: 1,
        ..LIMITS
    };
    let (address, _shutdown, _tasks) = served(limits).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    second.write_all(REQUEST).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), second.readable()).await;
    assert!(early.is_err(), "answered beyond the limit");
    drop(first);
    let answer = rest(&mut second).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
}

#[tokio::test]
async fn a_stop_finishes_the_request_under_way_and_closes_what_is_unused() {
    let (address, shutdown, tasks) = served(LIMITS).await;
    let mut unused = TcpStream::connect(address).await.unwrap();
    let mut used = TcpStream::connect(address).await.unwrap();
    used.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    // Its own answer shows that both connections before it were accepted.
    let mut last = TcpStream::connect(address).await.unwrap();
    last.write_all(REQUEST).await.unwrap();
    assert!(rest(&mut last).await.ends_with("ok"));
    shutdown.begin();
    assert_eq!(rest(&mut unused).await, "");
    used.write_all(b"host: localhost\r\n\r\n").await.unwrap();
    assert!(rest(&mut used).await.ends_with("ok"));
    assert!(tasks.finish(PATIENCE).await);
}

#[tokio::test]
async fn a_stop_waits_for_neither_half_a_head_nor_half_a_body() {
    let limits = Limits {
        unused: Duration::from_millis(20),
        used: Duration::from_millis(200),
        ..LIMITS
    };
    let (address, shutdown, tasks) = served(limits).await;
    let mut halves = Vec::new();
    for half in [
        &b"GET / HTTP/1.1\r\nhost: loc"[..],
        b"POST /body HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nhalf",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(half).await.unwrap();
        halves.push(stream);
    }
    let mut last = TcpStream::connect(address).await.unwrap();
    last.write_all(REQUEST).await.unwrap();
    assert!(rest(&mut last).await.ends_with("ok"));
    shutdown.begin();
    // Well below what a head may take before the stop, and a body at any time.
    let limit = Duration::from_secs(5);
    assert!(limit < LIMITS.head && limit < LIMITS.request);
    assert!(tasks.finish(limit).await, "the stop waited");
}

/// A handler with a fault in it.
async fn panics() -> &'static str {
    panic!("+62 800 000 451")
}

#[tokio::test]
async fn a_handler_that_panics_answers_without_a_word_of_it() {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/", get(|| async { "ok" }))
        .route("/bad", get(panics));
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    let served = serve(LIMITS, listener, router, shutdown.clone());
    tasks.spawn("listener", served);
    let mut bad = TcpStream::connect(address).await.unwrap();
    let request = b"GET /bad HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    bad.write_all(request).await.unwrap();
    let answer = rest(&mut bad).await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(!answer.contains("800"), "{answer}");
    let mut good = TcpStream::connect(address).await.unwrap();
    good.write_all(REQUEST).await.unwrap();
    assert!(rest(&mut good).await.ends_with("ok"));
}

#[test]
fn connections_leave_the_daemon_files_of_its_own() {
    let connections = |files| Limits::within(files).connections;
    assert_eq!(connections(1_024), 384);
    assert_eq!(connections(100_000), 4_096);
    assert_eq!(connections(u64::MAX), 4_096);
    // Less than it needs: it serves somebody all the same.
    assert_eq!(connections(200), 16);
}

#[test]
fn a_request_under_way_has_less_time_at_the_stop_than_the_whole_daemon() {
    assert!(LIMITS.unused < LIMITS.used);
    assert!(LIMITS.used < crate::app::STOP_LIMIT);
}

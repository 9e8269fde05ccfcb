//! Heads that are too large, never end or are not HTTP/1.

use loket::http::{LIMITS, Limits};
use tokio::io::AsyncWriteExt;

use super::support::{
    BODY, Edge, NEVER, PATIENCE, SOON, connect, dribble, exchange, get, head, patient, post, rest,
    status,
};

#[tokio::test]
async fn a_head_of_any_use_is_taken_and_a_larger_one_is_not() {
    let edge = Edge::start(patient(), NEVER).await;
    let with = |size: usize| post(BODY.as_bytes(), &[format!("x-long: {}", "a".repeat(size))]);
    let refused = exchange(edge.public, &with(LIMITS.head_bytes)).await;
    // The answer may be lost if not all was read before it.
    assert!([0, 431].contains(&status(&refused)), "{refused}");
    edge.serves_others().await;
    let taken = exchange(edge.public, &with(LIMITS.head_bytes / 2)).await;
    assert_eq!(status(&taken), 200);
}

#[tokio::test]
async fn more_headers_than_anybody_needs_are_refused() {
    let edge = Edge::start(patient(), NEVER).await;
    for address in [edge.public, edge.private] {
        let many: Vec<String> = (0..500).map(|n| format!("x-{n}: 1")).collect();
        let answer = exchange(address, &head("GET /health/live", &many)).await;
        assert_eq!(status(&answer), 431);
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn a_header_without_end_is_cut_off() {
    let edge = Edge::start(patient(), NEVER).await;
    for beginning in ["GET /health/live HTTP/1.1\r\nx-endless: ", "GET /", ""] {
        let mut stream = connect(edge.public).await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let flood = async { while stream.write_all(&[b'a'; 8 * 1024]).await.is_ok() {} };
        let cut = tokio::time::timeout(PATIENCE, flood).await;
        assert!(cut.is_ok(), "{beginning} is still read");
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn a_dribbled_head_is_cut_off() {
    let limits = Limits {
        head: SOON,
        ..patient()
    };
    let edge = Edge::start(limits, NEVER).await;
    for address in [edge.public, edge.private] {
        for (beginning, drop) in [
            ("", "\r\n"),
            ("", "G"),
            ("POST /webhooks/wa HTTP/1.1\r\nhost: localhost\r\n", "a"),
            (
                "POST /webhooks/wa HTTP/1.1\r\nhost: localhost\r\n",
                "a: b\r\n",
            ),
        ] {
            let answer = dribble(address, beginning.as_bytes(), drop.as_bytes()).await;
            assert_ne!(status(&answer), 200, "{beginning}");
        }
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn a_connection_that_was_used_is_ended_when_it_is_not_used_again() {
    let limits = Limits {
        head: SOON,
        ..patient()
    };
    let edge = Edge::start(limits, NEVER).await;
    let mut stream = connect(edge.private).await;
    let request = head("GET /health/live", &[]);
    stream.write_all(&request).await.unwrap();
    assert_eq!(status(&rest(&mut stream).await), 200);
}

#[tokio::test]
async fn what_is_not_http_1_is_not_served() {
    let edge = Edge::start(patient(), NEVER).await;
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(40);
    let no_requests: [&[u8]; 8] = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        b"GET /health/live HTTP/2.0\r\nhost: a\r\n\r\n",
        b"GET /health/live HTTP/9.9\r\nhost: a\r\n\r\n",
        b"GET /health/live\r\n\r\n",
        &hello,
        b"\x00\x00\x00\x00\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nx-nul: a\x00b\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nx fold: 1\r\n more\r\n\r\n",
    ];
    for bytes in no_requests {
        for address in [edge.public, edge.private] {
            let answer = exchange(address, bytes).await;
            // HTTP/2 has no answer that its client could read.
            assert!(
                [0, 400].contains(&status(&answer)),
                "{}",
                bytes.escape_ascii()
            );
        }
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn an_upgrade_to_http_2_is_not_made() {
    let edge = Edge::start(patient(), NEVER).await;
    let headers = [
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
        "Connection: Upgrade, HTTP2-Settings, close",
    ];
    let request = head("GET /health/live", &headers.map(str::to_owned));
    assert_eq!(status(&exchange(edge.private, &request).await), 200);
    assert_eq!(status(&exchange(edge.public, &get("/")).await), 404);
}

//! Many at once, and those who only send.

use loket::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use super::support::{
    BODY, Edge, NEVER, PATIENCE, SOON, connect, exchange, get, head, patient, post, status,
    statuses,
};

#[tokio::test]
async fn requests_sent_at_once_are_answered_in_their_order() {
    let edge = Edge::start(patient(), NEVER).await;
    let requests = [
        head("GET /webhooks/nobody", &[]),
        head("PUT /webhooks/wa", &[]),
        head("POST /webhooks/wa", &["content-length: 3".to_owned()]),
        b"abc".to_vec(),
        post(BODY.as_bytes(), &[]),
        head("GET /webhooks/nobody", &[]),
    ]
    .concat();
    // What follows a request that ends the connection is not looked at.
    let answers = exchange(edge.public, &requests).await;
    assert_eq!(statuses(&answers), [404, 405, 401, 200]);
}

#[tokio::test]
async fn who_reads_no_answer_is_cut_off() {
    let limits = Limits {
        unread: SOON,
        ..patient()
    };
    let edge = Edge::start(limits, NEVER).await;
    for (address, path) in [
        (edge.public, "/webhooks/nobody"),
        (edge.private, "/metrics"),
    ] {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let many = head(&format!("GET {path}"), &[]).repeat(1_000);
        let flood = async { while stream.write_all(&many).await.is_ok() {} };
        let cut = tokio::time::timeout(PATIENCE, flood).await;
        assert!(cut.is_ok(), "{path} is still served");
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn who_reads_a_little_at_a_time_is_served_to_the_end() {
    let limits = Limits {
        unread: PATIENCE,
        ..patient()
    };
    let edge = Edge::start(limits, NEVER).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(edge.public).await.unwrap();
    let count = 2_000;
    let requests = head("GET /webhooks/nobody", &[]).repeat(count - 1);
    let last = get("/webhooks/nobody");
    let (mut reading, mut writing) = stream.split();
    let mut answers = String::new();
    let sent = async {
        writing.write_all(&requests).await.unwrap();
        writing.write_all(&last).await.unwrap();
    };
    let both = futures_util::future::join(sent, reading.read_to_string(&mut answers));
    let (_sent, read) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    read.unwrap();
    assert_eq!(statuses(&answers), vec![404; count]);
}

#[tokio::test]
async fn a_crowd_of_idle_connections_makes_room_in_time() {
    let limits = Limits {
        head: SOON,
        connections: 50,
        ..patient()
    };
    let edge = Edge::start(limits, NEVER).await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(connect(edge.public).await);
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn a_crowd_at_the_public_listener_keeps_nobody_from_the_private_one() {
    let limits = Limits {
        connections: 20,
        ..patient()
    };
    let edge = Edge::start(limits, NEVER).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let mut stream = connect(edge.public).await;
        stream
            .write_all(b"POST /webhooks/wa HTTP/1.1\r\n")
            .await
            .unwrap();
        idle.push(stream);
    }
    let answer = exchange(edge.private, &get("/health/live")).await;
    assert_eq!(status(&answer), 200);
}

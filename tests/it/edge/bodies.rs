//! Bodies that are not as long as they say, never end, or are cut into odd pieces.

use loket::http::Limits;
use loket::meta::signature;
use tokio::io::AsyncWriteExt;

use super::support::{
    BODY, Edge, HS_TOKEN, NEVER, SOON, connect, dribble, exchange, head, patient, post, rest, sign,
    status, statuses,
};

/// The head of a signed webhook with these headers; what follows is its body.
fn signed(body: &[u8], more: &[&str]) -> Vec<u8> {
    let mut headers = vec![format!("{}: {}", signature::HEADER, sign(body))];
    headers.extend(more.iter().map(|&header| header.to_owned()));
    head("POST /webhooks/wa", &headers)
}

/// A signed webhook in chunks as they are given, after which the connection ends.
fn chunked(body: &[u8], chunks: &[u8]) -> Vec<u8> {
    let head = signed(body, &["transfer-encoding: chunked", "connection: close"]);
    [&head, chunks].concat()
}

#[tokio::test]
async fn a_length_that_is_none_is_refused() {
    let edge = Edge::start(patient(), NEVER).await;
    for length in [
        "-1",
        "+5",
        "0x10",
        "5 5",
        "",
        "five",
        "18446744073709551616",
        "5,6",
    ] {
        let header = format!("content-length: {length}");
        let request = signed(b"", &[&header]);
        assert_eq!(
            status(&exchange(edge.public, &request).await),
            400,
            "{length}"
        );
    }
    let twice = signed(b"", &["content-length: 5", "content-length: 6"]);
    assert_eq!(status(&exchange(edge.public, &twice).await), 400);
    edge.serves_others().await;
}

#[tokio::test]
async fn a_body_shorter_than_it_says_is_waited_for_only_so_long() {
    let edge = Edge::start(patient(), SOON).await;
    for length in ["50", "4194304", "4194305", "9223372036854775807"] {
        let header = format!("content-length: {length}");
        for said in ["", BODY] {
            let request = [signed(BODY.as_bytes(), &[&header]), said.into()].concat();
            let answer = exchange(edge.public, &request).await;
            assert_eq!(status(&answer), 408, "{length}");
        }
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn a_body_whose_sender_is_gone_is_not_stored() {
    let edge = Edge::start(patient(), NEVER).await;
    let header = format!("content-length: {}", BODY.len() + 1);
    let mut stream = connect(edge.public).await;
    let request = [signed(BODY.as_bytes(), &[&header]), BODY.into()].concat();
    stream.write_all(&request).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_ne!(status(&rest(&mut stream).await), 200);
    edge.serves_others().await;
}

#[tokio::test]
async fn what_follows_a_body_is_not_part_of_it() {
    let edge = Edge::start(patient(), NEVER).await;
    let header = format!("content-length: {}", BODY.len() - 1);
    let request = [
        signed(BODY.as_bytes(), &[&header]),
        BODY.into(),
        b"\r\n\r\n".to_vec(),
    ]
    .concat();
    // The rest is no request.
    assert_eq!(statuses(&exchange(edge.public, &request).await), [401, 400]);
    edge.serves_others().await;
}

#[tokio::test]
async fn a_dribbled_body_is_cut_off() {
    let edge = Edge::start(patient(), SOON).await;
    let signed = signed(BODY.as_bytes(), &["content-length: 4000000"]);
    let unsigned = head("POST /webhooks/wa", &["content-length: 4000000".to_owned()]);
    let nobody = head(
        "POST /webhooks/nobody",
        &["content-length: 4000000".to_owned()],
    );
    let chunks = head(
        "POST /webhooks/wa",
        &["transfer-encoding: chunked".to_owned()],
    );
    for (request, drop) in [
        (signed, " "),
        (unsigned, " "),
        (nobody, " "),
        (chunks, "1\r\n \r\n"),
    ] {
        let answer = dribble(edge.public, &request, drop.as_bytes()).await;
        assert_eq!(status(&answer), 408, "{}", request.escape_ascii());
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn a_dribbled_transaction_is_cut_off() {
    let limits = Limits {
        request: SOON,
        ..patient()
    };
    let edge = Edge::start(limits, NEVER).await;
    let headers = [
        format!("authorization: Bearer {HS_TOKEN}"),
        "content-length: 4000000".to_owned(),
    ];
    let request = head("PUT /_matrix/app/v1/transactions/1", &headers);
    assert_eq!(status(&dribble(edge.private, &request, b" ").await), 503);
    edge.serves_others().await;
}

#[tokio::test]
async fn a_stranger_on_the_private_listener_is_refused_before_the_body() {
    let edge = Edge::start(patient(), NEVER).await;
    for start in [
        "PUT /_matrix/app/v1/transactions/1",
        "POST /operate/replay/dead",
    ] {
        let request = head(start, &["content-length: 4000000".to_owned()]);
        assert_eq!(
            status(&exchange(edge.private, &request).await),
            401,
            "{start}"
        );
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn chunks_are_put_together_before_the_signature_is_checked() {
    let edge = Edge::start(patient(), NEVER).await;
    let (one, two) = BODY.split_at(7);
    let chunks = format!(
        "{:x};x=\"y\"\r\n{one}\r\n{:X}\r\n{two}\r\n0\r\nx-trailer: 1\r\n\r\n",
        one.len(),
        two.len()
    );
    let answer = exchange(edge.public, &chunked(BODY.as_bytes(), chunks.as_bytes())).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(*edge.kept.webhooks.lock().unwrap(), [BODY.as_bytes()]);
}

#[tokio::test]
async fn odd_chunks_are_refused() {
    let edge = Edge::start(patient(), NEVER).await;
    let extension = format!("1;{}", "x".repeat(100_000));
    let trailers = format!("0\r\n{}", "a: b\r\n".repeat(20_000));
    for chunks in [
        "xyz\r\n",
        "-1\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "2\r\nabc\r\n0\r\n\r\n",
        "2\nab\n0\n\n",
        "\r\n",
        &extension,
        &trailers,
    ] {
        let answer = exchange(edge.public, &chunked(b"", chunks.as_bytes())).await;
        // The answer may be lost if not all was read before it.
        assert!(
            [0, 400].contains(&status(&answer)),
            "{chunks:.20}: {answer}"
        );
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn chunks_without_end_are_too_much_in_the_end() {
    let edge = Edge::start(patient(), NEVER).await;
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    // 4 MiB and a bit: read to its end, so that the answer is read too.
    let chunks = [chunk.repeat(65).as_str(), "0\r\n\r\n"].concat();
    let answer = exchange(edge.public, &chunked(b"", chunks.as_bytes())).await;
    assert_eq!(status(&answer), 413);
    let mut stream = connect(edge.public).await;
    stream.write_all(&chunked(b"", b"")).await.unwrap();
    while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    edge.serves_others().await;
}

#[tokio::test]
async fn an_expectation_is_met_only_where_a_body_is_read() {
    let edge = Edge::start(patient(), NEVER).await;
    let expect = [
        "expect: 100-continue".to_owned(),
        "content-length: 5".to_owned(),
    ];
    let request = head("PUT /_matrix/app/v1/transactions/1", &expect);
    assert_eq!(statuses(&exchange(edge.private, &request).await), [401]);
    let webhook = post(BODY.as_bytes(), &["expect: 100-continue".to_owned()]);
    let answers = exchange(edge.public, &webhook).await;
    assert_eq!(statuses(&answers).last(), Some(&200));
}

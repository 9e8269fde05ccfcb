//! Requests that a proxy before us may read otherwise than we do, and addresses that
//! are not what they look like.

use super::support::{BODY, Edge, NEVER, body, exchange, head, patient, post, status, statuses};

#[tokio::test]
async fn after_two_lengths_in_one_request_nothing_more_is_read() {
    let edge = Edge::start(patient(), NEVER).await;
    let (length, chunked) = (
        "content-length: 4".to_owned(),
        "transfer-encoding: chunked".to_owned(),
    );
    for headers in [[length.clone(), chunked.clone()], [chunked, length]] {
        let hidden = post(BODY.as_bytes(), &[]);
        let request = [
            head("POST /webhooks/nobody", &headers),
            b"0\r\n\r\n".to_vec(),
            hidden,
        ]
        .concat();
        assert_eq!(statuses(&exchange(edge.public, &request).await), [404]);
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn odd_encodings_of_a_body_are_refused() {
    let edge = Edge::start(patient(), NEVER).await;
    for header in [
        "transfer-encoding: identity",
        "transfer-encoding: xchunked",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: \"chunked\"",
        "transfer-encoding:",
        "transfer-encoding : chunked",
        "transfer\tencoding: chunked",
        "x: 1\n transfer-encoding: chunked",
        "content-length : 5",
        "x: 1\r\n content-length: 5",
    ] {
        let headers = [header.to_owned(), "connection: close".to_owned()];
        let request = [head("POST /webhooks/wa", &headers), b"0\r\n\r\n".to_vec()].concat();
        let answer = exchange(edge.public, &request).await;
        assert_eq!(statuses(&answer), [400], "{header:?}: {answer}");
    }
    let old = b"POST /webhooks/wa HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(statuses(&exchange(edge.public, old).await), [400]);
    edge.serves_others().await;
}

#[tokio::test]
async fn no_address_leads_from_the_public_listener_to_the_private_one() {
    let edge = Edge::start(patient(), NEVER).await;
    for address in [
        "/metrics",
        "//metrics",
        "/./metrics",
        "/webhooks/../metrics",
        "/webhooks/%2e%2e/metrics",
        "/webhooks/..%2fmetrics",
        "/webhooks/wa/../../metrics",
        "/webhooks/wa%00/../metrics",
        "/webhooks\\..\\metrics",
        "/%6detrics",
        "/metrics;/webhooks/wa",
        "/webhooks/wa?/../../metrics",
        "/webhooks/wa#/../../metrics",
        "http://127.0.0.1/metrics",
        "http://127.0.0.1:29330/metrics",
        "/_matrix/app/v1/ping",
        "/operate/replay/dead",
        "*",
    ] {
        for method in [
            "GET", "POST", "PUT", "OPTIONS", "TRACE", "HEAD", "CONNECT", "PURGE",
        ] {
            let headers = ["content-length: 0", "connection: close"].map(str::to_owned);
            let request = head(&format!("{method} {address}"), &headers);
            let answer = exchange(edge.public, &request).await;
            let expected = [400, 401, 403, 404, 405];
            assert!(
                expected.contains(&status(&answer)),
                "{method} {address}: {answer}"
            );
            assert_eq!(body(&answer), "", "{method} {address}");
        }
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn an_account_is_what_the_path_says_and_nothing_else() {
    let edge = Edge::start(patient(), NEVER).await;
    let webhook = post(BODY.as_bytes(), &[]);
    let webhook = String::from_utf8(webhook).unwrap();
    for path in [
        "/webhooks/wa/",
        "/webhooks//wa",
        "/webhooks/WA",
        "/Webhooks/wa",
        "/webhooks/wa%20",
        "/webhooks/wa%00",
        "/webhooks/%ff",
        "/webhooks/..%2fwa",
        "/webhooks/wa%2f",
        "/webhooks/wa;wa",
        "/webhooks/wa/wa",
        "/webhooks/",
        "/webhooks",
        "/webhooks/%",
        "/webhooks/%zz",
        "/webhooks/\u{ff57}a",
    ] {
        let answer = exchange(
            edge.public,
            webhook.replace("/webhooks/wa", path).as_bytes(),
        )
        .await;
        assert!([400, 404].contains(&status(&answer)), "{path}: {answer}");
    }
    let stored = edge.kept.webhooks.lock().unwrap().len();
    assert_eq!(stored, 0);
    // Written otherwise, but the same to everybody: whoever comes is asked to sign.
    for path in [
        "/webhooks/%77a",
        "/webhooks/wa?x=../y",
        "http://example.com/webhooks/wa",
    ] {
        let unsigned = webhook
            .replace("sha256=", "sha256=00")
            .replace("/webhooks/wa", path);
        assert_eq!(
            status(&exchange(edge.public, unsigned.as_bytes()).await),
            401,
            "{path}"
        );
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn an_address_without_end_is_refused() {
    let edge = Edge::start(patient(), NEVER).await;
    for size in [20_000, 70_000] {
        let request = head(&format!("GET /webhooks/{}", "a".repeat(size)), &[]);
        let answer = exchange(edge.public, &request).await;
        // The answer may be lost if not all was read before it.
        assert!([0, 414, 431].contains(&status(&answer)), "{answer}");
    }
    edge.serves_others().await;
}

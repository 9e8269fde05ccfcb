//! Which listener serves what, to whom, and what it says to all others.

use std::fs;
use std::path::Path;

use super::support::{
    BODY, Edge, HS_TOKEN, NEVER, VERIFY_TOKEN, body, exchange, get, head, patient, post, status,
};

/// A request without a body, with a token if there is one.
fn ask(method: &str, path: &str, token: Option<&str>) -> Vec<u8> {
    let mut headers = vec![
        "connection: close".to_owned(),
        "content-length: 0".to_owned(),
    ];
    headers.extend(token.map(|token| format!("authorization: Bearer {token}")));
    head(&format!("{method} {path}"), &headers)
}

/// Everything behind the private door, who it is for (`None`: everybody who reaches
/// it), and the answer.
const PRIVATE: [(&str, &str, Option<&str>, u16); 11] = [
    ("GET", "/health/live", None, 200),
    ("GET", "/health/ready", None, 200),
    ("GET", "/metrics", None, 200),
    ("PUT", "/_matrix/app/v1/transactions/1", Some(HS_TOKEN), 200),
    ("POST", "/_matrix/app/v1/ping", Some(HS_TOKEN), 200),
    ("GET", "/_matrix/app/v1/users/@a:b", Some(HS_TOKEN), 404),
    ("GET", "/_matrix/app/v1/rooms/%23a:b", Some(HS_TOKEN), 404),
    (
        "GET",
        "/_matrix/app/v1/thirdparty/user/x",
        Some(HS_TOKEN),
        404,
    ),
    ("POST", "/operate/replay/dead", Some(HS_TOKEN), 200),
    ("POST", "/operate/replay/all", Some(HS_TOKEN), 404),
    ("POST", "/operate/replay/%ff", Some(HS_TOKEN), 404),
];

#[tokio::test]
async fn each_door_serves_its_own_and_nothing_else() {
    let edge = Edge::start(patient(), NEVER).await;
    for (method, path, token, expected) in PRIVATE {
        let inside = exchange(edge.private, &ask(method, path, token)).await;
        assert_eq!(status(&inside), expected, "{method} {path}");
        let outside = exchange(edge.public, &ask(method, path, token)).await;
        assert_eq!(
            (status(&outside), body(&outside)),
            (404, ""),
            "{method} {path}"
        );
    }
    let query = format!("hub.mode=subscribe&hub.challenge=7&hub.verify_token={VERIFY_TOKEN}");
    let verify = get(&format!("/webhooks/wa?{query}"));
    assert!(exchange(edge.public, &verify).await.ends_with("\r\n\r\n7"));
    for webhook in [verify, post(BODY.as_bytes(), &[])] {
        assert_eq!(status(&exchange(edge.private, &webhook).await), 404);
    }
    for path in [
        "/",
        "/favicon.ico",
        "/robots.txt",
        "/.env",
        "/webhooks",
        "/widget/v1/x",
    ] {
        for address in [edge.public, edge.private] {
            let answer = exchange(address, &get(path)).await;
            assert_eq!((status(&answer), body(&answer)), (404, ""), "{path}");
        }
    }
}

#[tokio::test]
async fn without_the_right_token_nobody_learns_more_than_that() {
    let edge = Edge::start(patient(), NEVER).await;
    let nearly = HS_TOKEN.replace('9', "x");
    let longer = [HS_TOKEN, "x"].concat();
    let tokens = [
        None,
        Some(""),
        Some("x"),
        Some(nearly.as_str()),
        Some(longer.as_str()),
    ];
    for (method, path, _, _) in PRIVATE.iter().filter(|(_, _, token, _)| token.is_some()) {
        for token in tokens {
            let answer = exchange(edge.private, &ask(method, path, token)).await;
            assert!([401, 403].contains(&status(&answer)), "{path}: {answer}");
            assert!(!answer.contains("x\""), "{path}: {answer}");
            assert!(!answer.contains(HS_TOKEN), "{path}: {answer}");
        }
    }
    edge.serves_others().await;
}

#[tokio::test]
async fn an_answer_says_nothing_about_what_answers() {
    let edge = Edge::start(patient(), NEVER).await;
    let requests = [
        post(BODY.as_bytes(), &[]),
        get("/webhooks/wa"),
        get("/webhooks/nobody"),
        ask("PUT", "/webhooks/wa", None),
        ask("POST", "/webhooks/wa", None),
        b"no request\r\n\r\n".to_vec(),
    ];
    for request in requests {
        let answer = exchange(edge.public, &request).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "", "{answer}");
        for header in head.lines().skip(1) {
            let name = header.split_once(':').unwrap().0;
            let known = ["allow", "connection", "content-length", "date"];
            assert!(known.contains(&name), "{header}");
        }
    }
}

/// The sources below a folder.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn secrets_are_compared_in_constant_time_only() {
    let mut found = Vec::new();
    for room in ["channel", "http", "matrix", "meta"] {
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room),
            &mut found,
        );
    }
    assert!(found.len() > 30, "{}", found.len());
    for (path, text) in found {
        for line in text.lines().filter(|line| line.contains("expose_secret()")) {
            assert!(
                !line.contains("==") && !line.contains("!="),
                "{path}: {line}"
            );
        }
    }
}

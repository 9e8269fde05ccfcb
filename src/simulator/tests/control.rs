//! The control API and the page.

use rstest::rstest;
use serde_json::{Value, json};

use super::play::{NUMBER, Play, to_budi};

#[tokio::test]
async fn accounts_are_listed_without_their_secrets() {
    let play = Play::start().await;
    assert_eq!(
        play.get("/control/accounts").await,
        json!({"accounts": [{
            "phone_number_id": NUMBER,
            "waba_id": "102290129340398",
            "display_phone_number": "62215550100",
            "verified_name": "Test Business",
            "webhook_url": play.hook,
            "messages_per_second": 80,
            "verified": true,
        }]})
    );
}

#[tokio::test]
async fn a_customer_keeps_what_a_change_leaves_out() {
    let play = Play::start().await;
    let changed = json!({"username": "budi.s", "phone": null});
    play.put("/control/customers/budi", changed).await;
    assert_eq!(
        play.get("/control/customers").await,
        json!({"customers": [{
            "customer": "budi",
            "phone": null,
            "user_id": "ID.1349",
            "name": "Budi",
            "username": "budi.s",
            "hide_phone": false,
        }]})
    );
}

#[tokio::test]
async fn a_customer_without_user_id_gets_one_of_their_country() {
    let play = Play::start().await;
    let sari = play
        .put("/control/customers/sari", json!({"phone": "6281234567891"}))
        .await;
    assert!(
        sari["user_id"].as_str().unwrap().starts_with("ID."),
        "{sari}"
    );
}

#[tokio::test]
async fn the_conversation_has_both_directions_in_order() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.send_text("halo juga").await;
    let conversation = play.get("/control/customers/budi/conversation").await;
    let lines: Vec<(&Value, &Value)> = conversation["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| (&message["from"], &message["text"]))
        .collect();
    assert_eq!(
        lines,
        [
            (&json!("customer"), &json!("halo")),
            (&json!("business"), &json!("halo juga")),
        ]
    );
    assert_eq!(conversation["window_open"], json!([NUMBER]));
}

#[tokio::test]
async fn graph_requests_are_logged_with_body_and_answer() {
    let play = Play::start().await;
    play.send(to_budi("halo")).await;
    let mut wrong = to_budi("halo");
    wrong["type"] = json!("poem");
    play.send(wrong.clone()).await;
    let log = play.get("/control/requests?after=1").await;
    let entries = log["requests"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(entry["n"], 2);
    assert_eq!(entry["method"], "POST");
    assert_eq!(entry["path"], format!("/v26.0/{NUMBER}/messages"));
    assert_eq!(entry["body"], wrong);
    assert_eq!(entry["status"], 400);
    assert_eq!(entry["answer"]["error"]["code"], 100);
}

#[rstest]
#[case("PUT", "/control/accounts/wa", json!({}), 422)]
#[case("PUT", "/control/customers/sari", json!({"phone": "abc"}), 422)]
#[case("PUT", "/control/customers/sari", json!({"phone": "6281234567890"}), 409)]
#[case("PUT", "/control/customers/sari", json!({"user_id": "1349"}), 422)]
#[case("PUT", "/control/customers/sari", json!({"nick": "x"}), 422)]
#[case("POST", "/control/customers/sari/messages", json!({"to": NUMBER, "text": "x"}), 404)]
#[case("POST", "/control/customers/budi/messages", json!({"to": "1", "text": "x"}), 404)]
#[case("POST", "/control/customers/budi/messages", json!({"to": NUMBER, "text": ""}), 422)]
#[case("POST", "/control/customers/budi/messages", json!({"to": NUMBER, "text": "x", "reply_to": "wamid.x"}), 404)]
#[case("POST", "/control/customers/budi/read", json!({"to": NUMBER, "message_id": "wamid.x"}), 404)]
#[case("POST", "/control/webhooks", json!({"phone_number_id": "1", "body": {}}), 404)]
#[case("POST", "/control/faults", json!({"kind": "explode"}), 422)]
#[case("DELETE", "/control/faults/9", json!({}), 404)]
#[case("GET", "/control/customers/sari/received", json!({}), 404)]
#[tokio::test]
async fn a_wrong_call_is_refused_with_a_sentence(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: Value,
    #[case] status: u16,
) {
    let play = Play::start().await;
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let request = play
        .http
        .request(method, format!("{}{path}", play.base))
        .json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), status);
    let answer: Value = response.json().await.unwrap();
    assert!(!answer["error"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn health_is_ok() {
    let play = Play::start().await;
    assert_eq!(play.get("/control/health").await, json!({"status": "ok"}));
}

#[tokio::test]
async fn the_page_needs_nothing_else_and_never_parses_data_as_html() {
    let play = Play::start().await;
    let response = play.http.get(&play.base).send().await.unwrap();
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = response.text().await.unwrap();
    for forbidden in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "//",
        "@import",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

//! Webhooks: content, bytes, signature, retries, restarts.

use serde_json::{Value, json};

use super::play::{NUMBER, Play, SECRET, noon, to_budi};
use crate::simulator::webhook::sign::signature;

#[tokio::test]
async fn a_customers_message_arrives_in_metas_envelope() {
    let mut play = Play::start().await;
    let line = json!({"to": NUMBER, "text": "halo"});
    let answer = play.post("/control/customers/budi/messages", line).await;
    assert_eq!(
        play.next().await.json(),
        json!({
            "object": "whatsapp_business_account",
            "entry": [{
                "id": "102290129340398",
                "changes": [{
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {
                            "display_phone_number": "62215550100",
                            "phone_number_id": NUMBER,
                        },
                        "contacts": [{
                            "profile": {"name": "Budi"},
                            "wa_id": "6281234567890",
                            "user_id": "ID.1349",
                        }],
                        "messages": [{
                            "from": "6281234567890",
                            "from_user_id": "ID.1349",
                            "id": answer["id"],
                            "timestamp": noon().as_second().to_string(),
                            "type": "text",
                            "text": {"body": "halo"},
                        }],
                    },
                }],
            }],
        })
    );
}

#[tokio::test]
async fn a_user_name_adopter_has_neither_wa_id_nor_from() {
    let mut play = Play::start().await;
    let siti = json!({"user_id": "ID.55", "name": "Siti", "username": "siti"});
    play.put("/control/customers/siti", siti).await;
    let line = json!({"to": NUMBER, "text": "halo"});
    play.post("/control/customers/siti/messages", line).await;
    let value = play.next().await.value();
    let contacts = json!([{"profile": {"name": "Siti", "username": "siti"}, "user_id": "ID.55"}]);
    assert_eq!(value["contacts"], contacts);
    assert_eq!(value["messages"][0]["from_user_id"], "ID.55");
    assert_eq!(value["messages"][0].get("from"), None);
}

#[tokio::test]
async fn the_body_is_ascii_and_the_signature_is_over_its_bytes() {
    let mut play = Play::start().await;
    let line = json!({"to": NUMBER, "text": "makasih 🙏"});
    play.post("/control/customers/budi/messages", line).await;
    let got = play.next().await;
    assert!(got.bytes.is_ascii());
    let text = String::from_utf8(got.bytes.clone()).unwrap();
    assert!(text.contains(r"makasih \ud83d\ude4f"), "{text}");
    assert_eq!(got.signature, signature(SECRET, &got.bytes));
}

#[tokio::test]
async fn a_reply_names_the_quoted_message_and_its_writer() {
    let mut play = Play::start().await;
    let own = play.budi_writes("halo").await;
    let theirs = play.send_text("halo juga").await;
    let expected = [
        (
            &own,
            json!({"from": "6281234567890", "from_user_id": "ID.1349", "id": own}),
        ),
        (&theirs, json!({"from": "62215550100", "id": theirs})),
    ];
    for (number, (quoted, context)) in expected.into_iter().enumerate() {
        let text = format!("reply {number}");
        let line = json!({"to": NUMBER, "text": text, "reply_to": quoted});
        play.post("/control/customers/budi/messages", line).await;
        let got = play.until(|got| got.text() == json!(text)).await;
        assert_eq!(got.value()["messages"][0]["context"], context);
    }
}

#[tokio::test]
async fn everything_but_200_is_tried_again() {
    let mut play = Play::start().await;
    play.answers([500, 204, 302, 401]);
    let line = json!({"to": NUMBER, "text": "halo"});
    play.post("/control/customers/budi/messages", line).await;
    let first = play.next().await;
    for _ in 0..4 {
        assert_eq!(play.next().await.bytes, first.bytes);
    }
    play.budi_writes("next").await;
    assert!(play.drain().is_empty(), "delivered again after the 200");
    let log = play.get("/control/deliveries").await;
    let log: Vec<(&Value, &Value)> = log["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .take(5)
        .map(|entry| (&entry["attempt"], &entry["status"]))
        .collect();
    let expected =
        [(1, 500), (2, 204), (3, 302), (4, 401), (5, 200)].map(|(a, s)| (json!(a), json!(s)));
    assert_eq!(log, expected.each_ref().map(|(a, s)| (a, s)));
}

#[tokio::test]
async fn after_the_last_attempt_a_webhook_is_given_up() {
    let mut play = Play::start().await;
    play.answers([503; 6]);
    let line = json!({"to": NUMBER, "text": "halo"});
    play.post("/control/customers/budi/messages", line).await;
    for _ in 0..6 {
        play.next().await;
    }
    play.budi_writes("next").await;
    assert!(play.drain().is_empty());
}

#[tokio::test]
async fn a_webhook_finds_the_daemon_at_its_new_address() {
    let mut play = Play::start_with(crate::simulator::Timing {
        retries: vec![std::time::Duration::from_millis(5); 2_000],
        ..crate::simulator::Timing::default()
    })
    .await;
    // Nobody listens on port 1.
    let gone = json!({"webhook_url": "http://127.0.0.1:1/"});
    let account = play.account(NUMBER, "token", gone).await;
    assert_eq!(account["verified"], false);
    let line = json!({"to": NUMBER, "text": "halo"});
    play.post("/control/customers/budi/messages", line).await;
    let account = play.account(NUMBER, "token", json!({})).await;
    assert_eq!(account["verified"], true);
    assert_eq!(play.next().await.text(), "halo");
}

#[tokio::test]
async fn the_handshake_needs_the_verify_token() {
    let play = Play::start().await;
    let account = play
        .account("222", "token", json!({"verify_token": "other"}))
        .await;
    assert_eq!(account["verified"], false);
    let account = play.account("222", "token", json!({})).await;
    assert_eq!(account["verified"], true);
}

#[tokio::test]
async fn a_restart_goes_on_where_it_stopped() {
    let mut play = Play::start_with(crate::simulator::Timing {
        sent_after: std::time::Duration::from_mins(10),
        delivered_after: std::time::Duration::from_mins(10),
        retries: vec![std::time::Duration::from_mins(10)],
        ..crate::simulator::Timing::default()
    })
    .await;
    play.budi_writes("one").await;
    let id = play.send_text("halo").await;
    play.answers([500]);
    let line = json!({"to": NUMBER, "text": "two"});
    play.post("/control/customers/budi/messages", line).await;
    assert_eq!(play.next().await.text(), "two");

    play.restart().await;
    play.until(|got| got.text() == "two").await;
    play.told(&id, "sent").await;
    play.told(&id, "delivered").await;
    // Account, customer and window are still there.
    let next = play.send_text("again").await;
    play.told(&next, "delivered").await;
    let conversation = play.get("/control/customers/budi/conversation").await;
    assert_eq!(conversation["messages"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn any_body_can_be_signed_and_delivered_once() {
    let mut play = Play::start().await;
    play.answers([401]);
    // Key order and white space are kept, non-ASCII characters escaped.
    let form = r#"{"phone_number_id":"106540352242922","body":{"object":"whatsapp_business_account", "entry":[{"id":"102290129340398","changes":[]}],"note":"né 🙏"}}"#;
    let request = play.http.post(format!("{}/control/webhooks", play.base));
    let request = request
        .header("Content-Type", "application/json")
        .body(form);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({"status": 401, "body": ""}));
    let got = play.next().await;
    let sent = r#"{"object":"whatsapp_business_account", "entry":[{"id":"102290129340398","changes":[]}],"note":"n\u00e9 \ud83d\ude4f"}"#;
    assert_eq!(String::from_utf8(got.bytes).unwrap(), sent);
    // printf '%s' "$sent" | openssl dgst -sha256 -hmac s3cr3t
    assert_eq!(
        got.signature,
        "sha256=c875bc9a884e48c19c3895c9189ba32461b644523f750d3d49a3f357e378b217"
    );

    let raw = json!({"phone_number_id": NUMBER, "body": "not json"});
    assert_eq!(play.post("/control/webhooks", raw).await["status"], 200);
    let got = play.next().await;
    assert_eq!(got.bytes, b"not json");
    assert_eq!(
        got.signature,
        "sha256=2719da08dcae9f99608d08f7cabf203623a6b53b5ff57387f38b7aea5e2f79c8"
    );

    let forged = json!({"phone_number_id": NUMBER, "body": {}, "signature": "sha256=00"});
    play.post("/control/webhooks", forged).await;
    assert_eq!(play.next().await.signature, "sha256=00");
}

#[tokio::test]
async fn a_message_sent_by_the_business_is_no_webhook_message() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    let (_, answer) = play.send(to_budi("halo")).await;
    let id = answer["messages"][0]["id"].as_str().unwrap().to_owned();
    play.told(&id, "delivered").await;
    assert!(play.drain().iter().all(|got| got.text().is_null()));
}

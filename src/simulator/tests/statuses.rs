//! What is told of a message after it was taken.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::play::{NUMBER, Play, noon, to_budi};

#[tokio::test]
async fn a_message_is_told_as_sent_and_delivered_and_read() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    let mut body = to_budi("halo");
    body["biz_opaque_callback_data"] = json!("att_1");
    let (_, answer) = play.send(body).await;
    let id = answer["messages"][0]["id"].as_str().unwrap().to_owned();

    let pricing = json!({
        "billable": false,
        "pricing_model": "PMP",
        "category": "service",
        "type": "free_customer_service",
    });
    let mut expected = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62215550100", "phone_number_id": NUMBER},
        "contacts": [
            {"profile": {"name": "Budi"}, "wa_id": "6281234567890", "user_id": "ID.1349"},
        ],
        "statuses": [{
            "id": id,
            "status": "sent",
            "timestamp": noon().as_second().to_string(),
            "recipient_id": "6281234567890",
            "recipient_user_id": "ID.1349",
            "biz_opaque_callback_data": "att_1",
            "pricing": pricing,
        }],
    });
    assert_eq!(play.told(&id, "sent").await.value(), expected);
    expected["statuses"][0]["status"] = json!("delivered");
    assert_eq!(play.told(&id, "delivered").await.value(), expected);

    let read = play
        .post("/control/customers/budi/read", json!({"to": NUMBER}))
        .await;
    assert_eq!(read, json!({"read": [id]}));
    let status = &mut expected["statuses"][0];
    status["status"] = json!("read");
    status.as_object_mut().unwrap().remove("pricing");
    assert_eq!(play.told(&id, "read").await.value(), expected);
    let again = play
        .post("/control/customers/budi/read", json!({"to": NUMBER}))
        .await;
    assert_eq!(again, json!({"read": []}));
}

#[tokio::test]
async fn delivered_is_skipped_when_the_customer_reads_first_and_read_has_the_price() {
    let slow = crate::simulator::Timing {
        sent_after: std::time::Duration::from_millis(1),
        delivered_after: std::time::Duration::from_millis(300),
        ..crate::simulator::Timing::default()
    };
    let mut play = Play::start_with(slow).await;
    play.budi_writes("halo").await;
    let id = play.send_text("one").await;
    play.told(&id, "sent").await;
    play.post(
        "/control/customers/budi/read",
        json!({"to": NUMBER, "message_id": id}),
    )
    .await;
    let read = play.told(&id, "read").await;
    assert_eq!(read.status()["pricing"]["pricing_model"], "PMP");
    // The next message's `delivered` comes after the time of the first one's.
    let next = play.send_text("two").await;
    play.told(&next, "delivered").await;
    let skipped = play
        .drain()
        .iter()
        .all(|got| got.status()["status"] != "delivered");
    assert!(skipped);
}

#[tokio::test]
async fn a_hidden_number_is_in_no_status_of_a_message_by_user_id() {
    let mut play = Play::start().await;
    let hidden = json!({"hide_phone": true, "username": "budi.s", "name": null});
    play.put("/control/customers/budi", hidden).await;
    play.budi_writes("halo").await;
    let mut body = to_budi("halo");
    body.as_object_mut().unwrap().remove("to");
    body["recipient"] = json!("ID.1349");
    let (_, answer) = play.send(body).await;
    let id = answer["messages"][0]["id"].as_str().unwrap().to_owned();
    let value = play.told(&id, "sent").await.value();
    let contacts = json!([{"profile": {"username": "budi.s"}, "user_id": "ID.1349"}]);
    assert_eq!(value["contacts"], contacts);
    assert_eq!(value["statuses"][0]["recipient_user_id"], "ID.1349");
    assert_eq!(value["statuses"][0].get("recipient_id"), None);
}

/// The `failed` value of a message of a code.
fn failed(id: &str, code: u32, title: &str, details: &str) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62215550100", "phone_number_id": NUMBER},
        "statuses": [{
            "id": id,
            "status": "failed",
            "timestamp": "1795262400",
            "recipient_id": "6281234567890",
            "recipient_user_id": "ID.1349",
            "errors": [{
                "code": code,
                "title": title,
                "message": title,
                "error_data": {"details": details},
                "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
            }],
        }],
    })
}

#[tokio::test]
async fn outside_the_window_a_message_is_taken_and_fails_afterwards() {
    let mut play = Play::start().await;
    let at = noon().as_second() - 24 * 3_600;
    let line = json!({"to": NUMBER, "text": "halo", "timestamp": at});
    play.post("/control/customers/budi/messages", line).await;
    let id = play.send_text("halo").await;
    let told = play.told(&id, "failed").await;
    assert_eq!(
        told.value(),
        failed(
            &id,
            131_047,
            "Re-engagement message",
            "Message failed to send because more than 24 hours have passed since the customer \
             last replied to this number."
        )
    );
    let received = play.get("/control/customers/budi/received").await;
    assert_eq!(received, json!({"messages": []}));
    let all = play.get("/control/customers/budi/received?all=true").await;
    assert_eq!(all["messages"][0]["status"], "failed");
    assert_eq!(all["messages"][0]["error"], 131_047);
}

#[tokio::test]
async fn the_window_is_open_for_24_hours_after_the_customers_message() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.clock
        .advance(SignedDuration::from_secs(24 * 3_600 - 1));
    let id = play.send_text("halo").await;
    play.told(&id, "delivered").await;
    play.clock.advance(SignedDuration::from_secs(1));
    let id = play.send_text("halo").await;
    play.told(&id, "failed").await;
}

#[tokio::test]
async fn a_message_to_a_number_nobody_has_fails_as_undeliverable() {
    let mut play = Play::start().await;
    let mut body = to_budi("halo");
    body["to"] = json!("+6289999999999");
    let (status, answer) = play.send(body).await;
    assert_eq!(status, 200);
    let id = answer["messages"][0]["id"].as_str().unwrap();
    let told = play.told(id, "failed").await.status();
    assert_eq!(told["errors"][0]["code"], 131_026);
    assert_eq!(told["recipient_id"], "6289999999999");
}

#[tokio::test]
async fn the_thousand_and_first_message_of_a_month_is_charged() {
    let mut play = Play::start().await;
    play.account(NUMBER, "token", json!({"messages_per_second": 10_000}))
        .await;
    play.budi_writes("halo").await;
    // Enough pairs that none is too fast.
    for number in 0..25 {
        let customer = format!("c{number}");
        let phone = format!("62811000{number:04}");
        play.put(
            &format!("/control/customers/{customer}"),
            json!({"phone": phone}),
        )
        .await;
        let line = json!({"to": NUMBER, "text": "halo"});
        play.post(&format!("/control/customers/{customer}/messages"), line)
            .await;
        let mut body = to_budi("halo");
        body["to"] = json!(format!("+{phone}"));
        for _ in 0..40 {
            assert_eq!(play.send(body.clone()).await.0, 200);
        }
    }
    let id = play.send_text("halo").await;
    let charged = json!({
        "billable": true,
        "pricing_model": "PMP",
        "category": "service",
        "type": "regular",
    });
    assert_eq!(play.told(&id, "sent").await.status()["pricing"], charged);
    play.clock.advance(SignedDuration::from_hours(24 * 10));
    play.budi_writes("selamat desember").await;
    let id = play.send_text("halo").await;
    let free = &play.told(&id, "sent").await.status()["pricing"]["type"];
    assert_eq!(free, "free_customer_service");
}

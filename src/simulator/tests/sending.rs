//! Messages that are taken, rates, the window, read marks, the number.

use jiff::SignedDuration;
use rstest::rstest;
use serde_json::{Value, json};

use super::play::{NUMBER, Play, to_budi};

/// Takes the message id out of a success.
fn without_id(mut answer: Value) -> Value {
    let id = answer["messages"][0]["id"].take();
    assert!(id.as_str().unwrap().starts_with("wamid.HBg"), "{id}");
    answer
}

#[tokio::test]
async fn a_message_by_number_is_taken_and_received() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    let mut body = to_budi("halo juga 🙏");
    body["biz_opaque_callback_data"] = json!("att_1");
    body["text"]["preview_url"] = json!(true);
    let (status, answer) = play.send(body).await;
    assert_eq!(status, 200);
    assert_eq!(
        without_id(answer),
        json!({
            "messaging_product": "whatsapp",
            "contacts": [
                {"input": "+6281234567890", "wa_id": "6281234567890", "user_id": "ID.1349"},
            ],
            "messages": [{"id": null}],
        })
    );
    let received = play.get("/control/customers/budi/received").await;
    let message = &received["messages"][0];
    assert_eq!(message["text"], "halo juga 🙏");
    assert_eq!(message["biz_opaque_callback_data"], "att_1");
    assert_eq!(message["phone_number_id"], NUMBER);
    assert_eq!(message["type"], "text");
}

#[rstest]
#[case("x".repeat(4_096))]
#[case("🙏".repeat(4_096))]
#[tokio::test]
async fn a_text_of_4096_characters_is_taken(#[case] text: String) {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.send_text(&text).await;
}

#[tokio::test]
async fn a_message_by_user_id_is_taken_without_naming_a_hidden_number() {
    let mut play = Play::start().await;
    let hidden = json!({"hide_phone": true, "username": "budi.s"});
    play.put("/control/customers/budi", hidden).await;
    play.budi_writes("halo").await;
    let mut body = to_budi("halo");
    body.as_object_mut().unwrap().remove("to");
    body["recipient"] = json!("ID.1349");
    let (status, answer) = play.send(body).await;
    assert_eq!(status, 200);
    let contacts = json!([{"input": "ID.1349", "user_id": "ID.1349"}]);
    assert_eq!(without_id(answer)["contacts"], contacts);
}

#[tokio::test]
async fn to_wins_over_recipient() {
    let mut play = Play::start().await;
    play.put("/control/customers/sari", json!({"user_id": "ID.777"}))
        .await;
    play.budi_writes("halo").await;
    let mut body = to_budi("halo");
    body["recipient"] = json!("ID.777");
    play.send(body).await;
    let budi = play.get("/control/customers/budi/received").await;
    assert_eq!(budi["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_number_without_plus_gets_the_business_calling_code() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    let mut body = to_budi("halo");
    body["to"] = json!("81234567890");
    let (_, answer) = play.send(body.clone()).await;
    let contact = &answer["contacts"][0];
    assert_eq!(contact["wa_id"], "6281234567890");
    assert_eq!(contact["input"], "81234567890");
    body["to"] = json!("6281234567890");
    let (_, answer) = play.send(body).await;
    assert_eq!(answer["contacts"][0]["wa_id"], "626281234567890");
}

#[tokio::test]
async fn the_46th_message_in_a_row_to_one_customer_is_refused() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    for _ in 0..45 {
        play.send_text("halo").await;
    }
    let (status, answer) = play.send(to_budi("halo")).await;
    assert_eq!(status, 429);
    assert_eq!(answer["error"]["code"], 131_056);
    play.clock.advance(SignedDuration::from_secs(6));
    play.send_text("halo").await;
}

#[tokio::test]
async fn a_number_carries_so_many_messages_a_second_both_ways_together() {
    let mut play = Play::start().await;
    play.account(NUMBER, "token", json!({"messages_per_second": 3}))
        .await;
    play.budi_writes("halo").await;
    play.send_text("one").await;
    play.send_text("two").await;
    let (status, answer) = play.send(to_budi("three")).await;
    assert_eq!(status, 429);
    assert_eq!(answer["error"]["code"], 130_429);
    assert_eq!(answer["error"]["message"], "(#130429) Rate limit hit");
    play.clock.advance(SignedDuration::from_secs(1));
    play.send_text("three").await;
}

#[tokio::test]
async fn a_read_mark_reaches_back_and_shows_typing_for_25_seconds() {
    let mut play = Play::start().await;
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(play.budi_writes(text).await);
    }
    let mark = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": ids[1],
        "typing_indicator": {"type": "text"},
    });
    assert_eq!(play.send(mark).await, (200, json!({"success": true})));
    let conversation = play.get("/control/customers/budi/conversation").await;
    let seen: Vec<&Value> = (0..3)
        .map(|i| &conversation["messages"][i]["seen"])
        .collect();
    assert_eq!(seen, [true, true, false]);
    assert_eq!(conversation["typing"], json!([NUMBER]));
    play.clock.advance(SignedDuration::from_secs(25));
    let conversation = play.get("/control/customers/budi/conversation").await;
    assert_eq!(conversation["typing"], json!([]));
}

#[tokio::test]
async fn typing_ends_at_the_reply() {
    let mut play = Play::start().await;
    let id = play.budi_writes("halo").await;
    play.send(json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": id,
        "typing_indicator": {"type": "text"},
    }))
    .await;
    play.send_text("halo").await;
    let conversation = play.get("/control/customers/budi/conversation").await;
    assert_eq!(conversation["typing"], json!([]));
}

/// Asks for the number's fields.
async fn describe(play: &Play, query: &str) -> (u16, Value) {
    let response = play
        .http
        .get(format!("{}/v26.0/{NUMBER}{query}", play.base))
        .bearer_auth("token")
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn the_number_describes_itself() {
    let play = Play::start().await;
    let all = "?fields=status,display_phone_number,verified_name,quality_rating,throughput,\
               whatsapp_business_manager_messaging_limit";
    assert_eq!(
        describe(&play, all).await,
        (
            200,
            json!({
                "id": NUMBER,
                "status": "CONNECTED",
                "display_phone_number": "62215550100",
                "verified_name": "Test Business",
                "quality_rating": "GREEN",
                "throughput": {"level": "STANDARD"},
                "whatsapp_business_manager_messaging_limit": "TIER_250",
            })
        )
    );
    let (status, answer) = describe(&play, "?fields=id,color").await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)));
}

#[tokio::test]
async fn the_business_account_says_who_gets_its_webhooks() {
    let play = Play::start().await;
    let apps = async |waba: &str| {
        let url = format!("{}/v26.0/{waba}/subscribed_apps", play.base);
        let asked = play.http.get(url).bearer_auth("token").send().await;
        let answer = asked.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let (status, answer) = apps("102290129340398").await;
    let count = answer["data"].as_array().map(Vec::len);
    assert_eq!((status, count), (200, Some(1)), "{answer}");
    assert_eq!(apps("1").await.0, 400);
}

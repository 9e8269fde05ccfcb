//! Everything the messages endpoint refuses.

use rstest::rstest;
use serde_json::{Value, json};

use super::play::{NUMBER, Play, to_budi};

/// A text to `budi` with some keys changed; null takes a key away.
fn changed(change: Value) -> Value {
    let mut body = to_budi("halo");
    let map = body.as_object_mut().unwrap();
    let Value::Object(change) = change else {
        panic!("not an object");
    };
    for (key, value) in change {
        if value.is_null() {
            map.remove(&key);
        } else {
            map.insert(key, value);
        }
    }
    body
}

#[rstest]
#[case(json!({"messaging_product": null}), 100, "The parameter messaging_product is required.")]
#[case(json!({"messaging_product": "sms"}), 100, "Param messaging_product must be one of {whatsapp} - got \"sms\".")]
#[case(json!({"messaging_product": 1}), 100, "Param messaging_product must be a string.")]
#[case(json!({"recipient_type": "group"}), 100, "Param recipient_type must be one of {individual} - got \"group\".")]
#[case(json!({"recipient_type": false}), 100, "Param recipient_type must be a string.")]
#[case(json!({"to": null}), 100, "The parameter to is required.")]
#[case(json!({"to": ""}), 100, "Param to must be a phone number.")]
#[case(json!({"to": "budi"}), 100, "Param to must be a phone number.")]
#[case(json!({"to": 6_281_234_567_890_i64}), 100, "Param to must be a string.")]
#[case(json!({"to": "ID.1349"}), 100, "Param to must be a phone number.")]
#[case(json!({"to": null, "recipient": "6281234567890"}), 100, "Param recipient must be a business-scoped user id.")]
#[case(json!({"to": "+62215550100"}), 131_021, "Sender and recipient are the same.")]
#[case(json!({"type": null}), 100, "The parameter type is required.")]
#[case(json!({"type": ["text"]}), 100, "Param type must be a string.")]
#[case(json!({"type": "image", "text": null}), 131_051, "The simulator does not play messages of type image yet.")]
#[case(json!({"type": "template", "text": null}), 131_051, "The simulator does not play messages of type template yet.")]
#[case(json!({"text": null}), 100, "The parameter text is required.")]
#[case(json!({"text": "halo"}), 100, "Param text must be an object.")]
#[case(json!({"text": {}}), 100, "The parameter text.body is required.")]
#[case(json!({"text": {"body": null}}), 100, "Param text.body must be a string.")]
#[case(json!({"text": {"body": ""}}), 100, "Param text.body must be at least 1 characters long.")]
#[case(json!({"text": {"body": "x".repeat(4_097)}}), 100, "Param text.body must be at most 4096 characters long.")]
#[case(json!({"text": {"body": "halo", "preview_url": "yes"}}), 100, "Param text.preview_url must be a boolean.")]
#[case(json!({"text": {"body": "halo", "caption": "x"}}), 100, "Unexpected key \"caption\" on param \"text\".")]
#[case(json!({"image": {"link": "https://example.com"}}), 100, "Unexpected key \"image\".")]
#[case(json!({"context": {}}), 100, "The parameter context.message_id is required.")]
#[case(json!({"context": {"message_id": "wamid.x", "from": "1"}}), 100, "Unexpected key \"from\" on param \"context\".")]
#[case(json!({"context": {"message_id": "wamid.x"}}), 131_009, "context.message_id: no such message in this conversation")]
#[case(json!({"biz_opaque_callback_data": "x".repeat(513)}), 100, "Param biz_opaque_callback_data must be at most 512 characters long.")]
#[case(json!({"biz_opaque_callback_data": {"id": 1}}), 100, "Param biz_opaque_callback_data must be a string.")]
#[tokio::test]
async fn a_wrong_message_is_refused(#[case] change: Value, #[case] code: u32, #[case] why: &str) {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    let (status, answer) = play.send(changed(change)).await;
    let error = &answer["error"];
    assert_eq!(status, 400, "{answer}");
    assert_eq!(error["code"], code, "{answer}");
    assert_eq!(error["type"], "OAuthException");
    assert_eq!(
        error["error_data"],
        json!({"messaging_product": "whatsapp", "details": why})
    );
    assert_eq!(error["fbtrace_id"].as_str().unwrap().len(), 23);
    let received = play.get("/control/customers/budi/received?all=true").await;
    assert_eq!(received, json!({"messages": []}));
}

#[rstest]
#[case(json!({"status": "delivered"}), 100, "Param status must be one of {read} - got \"delivered\".")]
#[case(json!({"message_id": 7}), 100, "Param message_id must be a string.")]
#[case(json!({"message_id": "wamid.x"}), 131_009, "message_id: no such message from a customer")]
#[case(json!({"typing_indicator": true}), 100, "Param typing_indicator must be an object.")]
#[case(json!({"typing_indicator": {}}), 100, "The parameter typing_indicator.type is required.")]
#[case(json!({"typing_indicator": {"type": "audio"}}), 100, "Param typing_indicator.type must be one of {text} - got \"audio\".")]
#[case(json!({"to": "+6281234567890"}), 100, "Unexpected key \"to\".")]
#[tokio::test]
async fn a_wrong_read_mark_is_refused(#[case] change: Value, #[case] code: u32, #[case] why: &str) {
    let mut play = Play::start().await;
    let id = play.budi_writes("halo").await;
    let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": id});
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    let (status, answer) = play.send(body).await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(answer["error"]["code"], code, "{answer}");
    assert_eq!(answer["error"]["error_data"]["details"], why);
}

#[tokio::test]
async fn a_message_of_the_business_cannot_be_marked_as_read_by_it() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    let id = play.send_text("halo juga").await;
    let body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": id});
    let (_, answer) = play.send(body).await;
    assert_eq!(answer["error"]["code"], 131_009);
}

#[tokio::test]
async fn a_message_older_than_30_days_cannot_be_marked_as_read() {
    let mut play = Play::start().await;
    let id = play.budi_writes("halo").await;
    play.clock
        .advance(jiff::SignedDuration::from_hours(24 * 30));
    let body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": id});
    let (_, answer) = play.send(body).await;
    assert_eq!(answer["error"]["code"], 131_009);
}

#[rstest]
#[case("not json")]
#[case("[]")]
#[case("")]
#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused(#[case] text: &'static str) {
    let play = Play::start().await;
    let request = play.graph(&json!({})).body(text);
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 400);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"]["code"], 100);
}

#[rstest]
#[case(None)]
#[case(Some("Bearer wrong"))]
#[case(Some("Bearer "))]
#[case(Some("Basic token"))]
#[case(Some("token"))]
#[tokio::test]
async fn a_missing_or_wrong_token_is_refused_with_401(#[case] header: Option<&'static str>) {
    let play = Play::start().await;
    let mut request = play
        .http
        .post(format!("{}/v26.0/{NUMBER}/messages", play.base))
        .json(&to_budi("halo"));
    if let Some(header) = header {
        request = request.header("Authorization", header);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 401);
    let mut answer: Value = response.json().await.unwrap();
    let trace = answer["error"]
        .as_object_mut()
        .unwrap()
        .remove("fbtrace_id");
    assert!(trace.is_some_and(|trace| trace.is_string()));
    assert_eq!(
        answer,
        json!({"error": {
            "message": "Invalid OAuth access token - Cannot parse access token",
            "type": "OAuthException",
            "code": 190,
        }})
    );
}

#[rstest]
#[case("106540352242999")]
#[case("222")]
#[tokio::test]
async fn a_number_that_is_unknown_or_somebody_elses_does_not_exist(#[case] number: &str) {
    let play = Play::start().await;
    play.account(
        "222",
        "another token",
        json!({"display_phone_number": "62215550200"}),
    )
    .await;
    let response = play
        .http
        .post(format!("{}/v26.0/{number}/messages", play.base))
        .bearer_auth("token")
        .json(&to_budi("halo"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 400);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"]["code"], 100);
    assert_eq!(answer["error"]["error_subcode"], 33);
    assert_eq!(answer["error"]["type"], "GraphMethodException");
}

#[rstest]
#[case("/26.0/106540352242922/messages", 2_500)]
#[case("/v26/106540352242922/messages", 2_500)]
#[case("/v26.0/106540352242922/media", 100)]
#[case("/v26.0/102290129340398/message_templates", 100)]
#[tokio::test]
async fn other_paths_are_refused_as_graph_errors(#[case] path: &str, #[case] code: u32) {
    let play = Play::start().await;
    let request = play
        .http
        .post(format!("{}{path}", play.base))
        .bearer_auth("token");
    let response = request.json(&json!({})).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 400);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"]["code"], code, "{answer}");
}

#[tokio::test]
async fn a_quoted_message_must_be_of_the_same_conversation() {
    let mut play = Play::start().await;
    let id = play.budi_writes("halo").await;
    play.put("/control/customers/sari", json!({"phone": "6281234567891"}))
        .await;
    let mut body = changed(json!({"context": {"message_id": id}}));
    assert_eq!(play.send(body.clone()).await.0, 200);
    body["to"] = json!("+6281234567891");
    assert_eq!(play.send(body).await.1["error"]["code"], 131_009);
}

//! Each fault.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use super::play::{NUMBER, Play, to_budi};

/// How many messages `budi` received.
async fn received(play: &Play) -> usize {
    let received = play.get("/control/customers/budi/received").await;
    received["messages"].as_array().unwrap().len()
}

#[rstest]
#[case(json!({"code": 131_026}), 400, json!({"code": 131_026}))]
#[case(json!({"code": 131_000}), 500, json!({"code": 131_000}))]
#[case(json!({"code": 2}), 503, json!({"code": 2, "is_transient": true}))]
#[case(json!({"code": 190, "subcode": 463}), 401, json!({"code": 190, "error_subcode": 463}))]
#[case(json!({"code": 131_016, "http": 503, "transient": true, "details": "later"}), 503,
       json!({"code": 131_016, "is_transient": true}))]
#[case(json!({"code": 138_000}), 400, json!({"code": 138_000}))]
#[tokio::test]
async fn error_refuses_the_next_send(
    #[case] mut fault: Value,
    #[case] http: u16,
    #[case] expected: Value,
) {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    fault["kind"] = json!("error");
    play.fault(fault.clone()).await;
    let (status, answer) = play.send(to_budi("halo")).await;
    assert_eq!(status, http, "{answer}");
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&answer["error"][key], value, "{answer}");
    }
    if let Some(details) = fault.get("details") {
        assert_eq!(&answer["error"]["error_data"]["details"], details);
    }
    assert_eq!(received(&play).await, 0);
    play.send_text("halo").await;
    assert_eq!(play.get("/control/faults").await, json!({"faults": []}));
}

#[rstest]
#[case("budi", true)]
#[case("+6281234567890", true)]
#[case("6281234567890", true)]
#[case("ID.1349", true)]
#[case("sari", false)]
#[tokio::test]
async fn a_fault_can_be_for_one_customer(#[case] to: &str, #[case] acts: bool) {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.fault(json!({"kind": "error", "code": 131_000, "to": to}))
        .await;
    assert_eq!(play.send(to_budi("halo")).await.0 == 500, acts);
}

#[tokio::test]
async fn rate_limit_says_when_to_come_back() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.fault(json!({"kind": "rate_limit", "retry_after": 7}))
        .await;
    let response = play.graph(&to_budi("halo")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 429);
    assert_eq!(response.headers()["retry-after"], "7");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"]["code"], 130_429);
}

#[rstest]
#[case("timeout_after_accept", 1)]
#[case("timeout_before_accept", 0)]
#[tokio::test]
async fn a_timeout_withholds_the_answer(#[case] kind: &str, #[case] arrived: usize) {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.fault(json!({"kind": kind, "millis": 60_000})).await;
    let request = play
        .graph(&to_budi("halo"))
        .timeout(Duration::from_millis(150));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(received(&play).await, arrived);
    // Only the one send was meant.
    play.send_text("halo").await;
    assert_eq!(received(&play).await, arrived + 1);
}

#[tokio::test]
async fn a_withheld_answer_ends_as_a_gateways_timeout() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.fault(json!({"kind": "timeout_after_accept", "millis": 1}))
        .await;
    let response = play.graph(&to_budi("halo")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 504);
    assert!(response.text().await.unwrap().starts_with("<html>"));
}

#[rstest]
#[case(true, 1)]
#[case(false, 0)]
#[tokio::test]
async fn a_gateway_error_is_no_graph_error(#[case] accepted: bool, #[case] arrived: usize) {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.fault(json!({"kind": "gateway_error", "http": 503, "accepted": accepted}))
        .await;
    let response = play.graph(&to_budi("halo")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 503);
    assert!(response.text().await.unwrap().starts_with("<html>"));
    assert_eq!(received(&play).await, arrived);
}

#[tokio::test]
async fn fail_after_accept_tells_the_error_afterwards() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.fault(json!({"kind": "fail_after_accept", "code": 131_049}))
        .await;
    let id = play.send_text("halo").await;
    let told = play.told(&id, "failed").await;
    assert_eq!(told.status()["errors"][0]["code"], 131_049);
    assert_eq!(told.value().get("contacts"), None);
    assert_eq!(received(&play).await, 0);
}

#[tokio::test]
async fn window_at_once_refuses_instead_of_failing_afterwards() {
    let play = Play::start().await;
    play.fault(json!({"kind": "window_at_once"})).await;
    for _ in 0..2 {
        let (status, answer) = play.send(to_budi("halo")).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(131_047)));
        assert_eq!(
            answer["error"]["message"],
            "(#131047) Re-engagement message"
        );
    }
}

#[tokio::test]
async fn drop_statuses_keeps_back_what_it_names() {
    let mut play = Play::start().await;
    play.budi_writes("halo").await;
    play.fault(json!({"kind": "drop_statuses", "status": "sent"}))
        .await;
    let id = play.send_text("halo").await;
    play.told(&id, "delivered").await;
    play.fault(json!({"kind": "drop_statuses"})).await;
    play.post("/control/customers/budi/read", json!({"to": NUMBER}))
        .await;
    play.budi_writes("next").await;
    assert!(play.drain().is_empty());
    let log = play.get("/control/customers/budi/received").await;
    assert_eq!(log["messages"][0]["status"], "read");
}

#[tokio::test]
async fn duplicate_webhooks_delivers_twice() {
    let mut play = Play::start().await;
    play.fault(json!({"kind": "duplicate_webhooks", "times": 1}))
        .await;
    let line = json!({"to": NUMBER, "text": "halo"});
    play.post("/control/customers/budi/messages", line).await;
    let (one, two) = (play.next().await, play.next().await);
    assert_eq!((one.bytes, one.signature), (two.bytes, two.signature));
    play.budi_writes("next").await;
    assert!(play.drain().is_empty());
}

/// Lets `budi` write some lines at once.
async fn write(play: &Play, texts: &[&str]) {
    for text in texts {
        let line = json!({"to": NUMBER, "text": text});
        play.post("/control/customers/budi/messages", line).await;
    }
}

#[tokio::test]
async fn reorder_webhooks_delivers_the_last_first() {
    let mut play = Play::start().await;
    play.fault(json!({"kind": "reorder_webhooks", "size": 3, "times": 3}))
        .await;
    write(&play, &["one", "two", "three"]).await;
    let mut texts = Vec::new();
    for _ in 0..3 {
        texts.push(play.next().await.text());
    }
    texts.reverse();
    assert_eq!(texts.len(), 3);
    assert_eq!(texts, ["one", "two", "three"]);
}

#[tokio::test]
async fn batch_webhooks_puts_several_changes_into_one_body() {
    let mut play = Play::start().await;
    play.fault(json!({"kind": "batch_webhooks", "size": 3}))
        .await;
    write(&play, &["one", "two", "three"]).await;
    let body = play.next().await.json();
    assert_eq!(body["entry"].as_array().unwrap().len(), 1);
    let texts: Vec<&Value> = body["entry"][0]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["value"]["messages"][0]["text"]["body"])
        .collect();
    assert_eq!(texts, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_batch_that_does_not_fill_is_delivered_all_the_same() {
    let mut play = Play::start().await;
    play.fault(json!({"kind": "batch_webhooks", "size": 100}))
        .await;
    write(&play, &["one"]).await;
    assert_eq!(play.next().await.text(), "one");
}

#[tokio::test]
async fn delay_webhooks_lets_later_ones_overtake() {
    let mut play = Play::start().await;
    play.fault(json!({"kind": "delay_webhooks", "millis": 200, "times": 1}))
        .await;
    write(&play, &["one"]).await;
    // The fault is spent once the first line is on its way.
    while play.get("/control/faults").await != json!({"faults": []}) {
        tokio::task::yield_now().await;
    }
    write(&play, &["two"]).await;
    assert_eq!(play.next().await.text(), "two");
    assert_eq!(play.next().await.text(), "one");
}

#[tokio::test]
async fn faults_are_listed_and_removed() {
    let play = Play::start().await;
    let fault = play
        .post(
            "/control/faults",
            json!({"kind": "error", "code": 2, "times": 2}),
        )
        .await;
    assert_eq!(fault["id"], 1);
    assert_eq!((&fault["times"], &fault["acted"]), (&json!(2), &json!(0)));
    play.fault(json!({"kind": "duplicate_webhooks"})).await;
    let one = play.http.delete(format!("{}/control/faults/1", play.base));
    assert_eq!(one.send().await.unwrap().status().as_u16(), 200);
    let left = play.get("/control/faults").await;
    assert_eq!(left["faults"][0]["kind"], "duplicate_webhooks");
    let all = play.http.delete(format!("{}/control/faults", play.base));
    let removed: Value = all.send().await.unwrap().json().await.unwrap();
    assert_eq!(removed, json!({"removed": 1}));
}

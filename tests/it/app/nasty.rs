//! The nastiest things that customers, agents and providers send, followed into the
//! room: shown faithfully and harmlessly, and nothing beside them suffers.

use jiff::Timestamp;
use loket::channel::whatsapp::inbound::{in_order, parse};
use loket::domain::room::{Outgoing, OutgoingContent};
use loket::domain::room_event::RoomEvent;
use loket::matrix::content::{Content, content};
use loket::matrix::fake::{FakeContent, FakeEvent};
use loket::matrix::inbound::room_event;
use loket::store::InboxState;
use rstest::rstest;
use serde_json::{Value, json};

use super::support::{NUMBER, TestApp};

/// The time at which the application starts, in seconds.
const START: i64 = 1_795_244_400;

/// A message of a customer called `name`.
fn body(name: &str, elements: &[Value]) -> Vec<u8> {
    json!({"entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "metadata": {"phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": name, "username": name}, "wa_id": "62800000451"}],
        "messages": elements,
    }}]}]})
    .to_string()
    .into_bytes()
}

/// A text.
fn text(id: &str, text: &str) -> Value {
    json!({"from": "62800000451", "id": id, "timestamp": START.to_string(), "type": "text",
           "text": {"body": text}})
}

/// Takes a body in as the webhook does; settled.
async fn comes(app: &TestApp, body: &[u8]) {
    let parsed = parse(body).unwrap();
    app.webhook(in_order(parsed.updates)).await;
    app.settle().await;
}

/// The content that a homeserver gets for an event of ours.
fn written(event: &FakeEvent) -> Value {
    let FakeContent::Ours(said) = &event.content else {
        unreachable!("written by somebody else");
    };
    let outgoing = Outgoing {
        author: event.author.clone(),
        room: "!r:localhost".into(),
        loket_id: "row_1".into(),
        at: None,
        content: said.clone(),
    };
    match content(&outgoing) {
        Content::Send { content, .. } | Content::Redact { content, .. } => content,
    }
}

/// What the room's homeserver gets for the customer's only line.
fn only_line(app: &TestApp) -> Value {
    let room = app.room();
    let texts = room.events.iter().filter(|event| {
        let is_text = matches!(
            &event.content,
            FakeContent::Ours(OutgoingContent::Text { .. })
        );
        is_text && event.author.as_str().starts_with("@loket_wa_")
    });
    let texts: Vec<&FakeEvent> = texts.collect();
    assert_eq!(texts.len(), 1);
    written(texts[0])
}

#[rstest]
#[case::everybody("@room halo")]
#[case::agent("@ayu:localhost halo ayu")]
#[case::script("<script>alert(1)</script>")]
#[case::image("<img src=x onerror=alert(1)>")]
#[case::link(r#"<a href="javascript:alert(1)">klik</a>"#)]
#[case::data("data:text/html,<b>x</b>")]
#[case::pill(r#"<a href="https://matrix.to/#/@ayu:localhost">Ayu</a>"#)]
#[case::markdown("[klik](javascript:alert(1)) ![x](mxc://a/b)")]
#[case::entity("&lt;b&gt; &amp;amp; &#60;")]
#[case::reply_fallback("> <@ayu:localhost> rahasia\n\nbaik")]
#[case::mx_reply("<mx-reply><blockquote>rahasia</blockquote></mx-reply>")]
#[case::spoiler("||rahasia|| <span data-mx-spoiler>x</span>")]
#[case::reversed("\u{202e}txt.exe\u{202c} \u{2066}x")]
#[case::flood(&format!("e{}", "\u{301}".repeat(2_000)))]
#[case::joined("👩\u{200d}👩\u{200d}👧 مرحبا שלום")]
#[case::spaces("  a \t b\u{3000}")]
#[tokio::test]
async fn what_a_customer_writes_is_shown_as_text(#[case] said: &str) {
    let app = TestApp::start().await;
    comes(&app, &body("Budi", &[text("wamid.A", said)])).await;
    let line = only_line(&app);
    assert_eq!(line["body"], said);
    assert_eq!(line["msgtype"], "m.text");
    assert_eq!(line["m.mentions"], json!({}));
    assert_eq!(line.get("m.relates_to"), None);
    // Only what was formatted by WhatsApp's own marks has HTML.
    let is_quote = said.starts_with("> ");
    assert_eq!(line.get("formatted_body").is_some(), is_quote);
}

#[rstest]
#[case::bold("*<img src=x>* @room", "<strong>&lt;img src=x&gt;</strong> @room")]
#[case::code("`</code><script>`", "<code>&lt;/code&gt;&lt;script&gt;</code>")]
#[case::fence(
    "```\n</pre>\"&'\n```",
    "<pre><code>&lt;/pre&gt;&quot;&amp;&#39;</code></pre>"
)]
#[case::quote("> <b>a\n> b", "<blockquote>&lt;b&gt;a<br>b</blockquote>")]
#[case::list("- <i>\n- _x_", "<ul><li>&lt;i&gt;</li><li><em>x</em></li></ul>")]
#[case::control("*a\u{0}b\u{1}c*", "<strong>ab\u{1}c</strong>")]
#[tokio::test]
async fn formatting_of_the_customers_own_is_kept_and_the_rest_is_text(
    #[case] said: &str,
    #[case] html: &str,
) {
    let app = TestApp::start().await;
    comes(&app, &body("Budi", &[text("wamid.A", said)])).await;
    let line = only_line(&app);
    assert_eq!(line["formatted_body"], html);
    assert_eq!(line["m.mentions"], json!({}));
}

#[tokio::test]
async fn what_a_customer_writes_is_no_command_no_note_and_no_notice() {
    let app = TestApp::start().await;
    let texts = [
        "!takeover force",
        "!solve",
        "/help",
        ";; catatan",
        "note: x",
        "⚠ Not sent: x",
        "✅",
        "!send !takeover",
    ];
    let elements: Vec<Value> = (0..)
        .zip(texts)
        .map(|(n, said)| text(&format!("wamid.{n}"), said))
        .collect();
    comes(&app, &body("Budi", &elements)).await;
    let shown: Vec<String> = texts.iter().map(|said| format!("Budi: {said}")).collect();
    assert_eq!(app.room().lines(), shown);
    assert_eq!(app.room().owner(), "queue");
    assert!(app.channel.sent().is_empty());
    assert_eq!((app.alerts(), app.dead().await), (Vec::<String>::new(), 0));
}

#[rstest]
#[case::reversed("\u{202e}idub\u{2066}\n@room <b>", "idub @room <b>")]
#[case::nothing("\u{200b}\u{0}\n", "+62800000451")]
#[case::endless(&"ن".repeat(100_000), &"ن".repeat(80))]
#[case::desk("Loket", "Loket")]
#[tokio::test]
async fn a_name_stays_on_its_line(#[case] name: &str, #[case] shown: &str) {
    let app = TestApp::start().await;
    comes(&app, &body(name, &[text("wamid.A", "halo")])).await;
    let room = app.room();
    assert_eq!(room.name(), format!("🙋 {shown} · WhatsApp"));
    assert_eq!(room.topic(), "WhatsApp +62800000451 · #1");
    let lobby = app.lobby().last();
    assert!(
        lobby.contains(&format!("🙋 {shown} · WhatsApp · #1 ")),
        "{lobby}"
    );
    assert_eq!(lobby.lines().count(), 1);
}

#[tokio::test]
async fn a_user_name_stays_on_the_topics_line() {
    let app = TestApp::start().await;
    let mut message = text("wamid.A", "halo");
    message["from"] = json!(null);
    message["from_user_id"] = json!("ID.1");
    let body = json!({"entry": [{"id": NUMBER, "changes": [{"field": "messages", "value": {
        "contacts": [{"user_id": "ID.1", "profile": {"username": "budi\n\u{202e}x"}}],
        "messages": [message],
    }}]}]});
    comes(&app, body.to_string().as_bytes()).await;
    assert_eq!(app.room().topic(), "WhatsApp @budi x · #1");
}

#[tokio::test]
async fn odd_neighbors_are_kept_and_a_replay_changes_nothing() {
    let app = TestApp::start().await;
    let odd = [
        json!(7),
        json!([]),
        json!({"type": "text", "id": "wamid.B"}),
        json!({"type": "hologram", "id": "wamid.C", "from": [], "timestamp": {}}),
    ];
    let mut elements = vec![text("wamid.A", "satu")];
    elements.extend(odd);
    elements.push(text("wamid.D", "dua"));
    let body = body("Budi", &elements);
    for _ in 0..3 {
        comes(&app, &body).await;
        assert_eq!(app.room().lines(), ["Budi: satu", "Budi: dua"]);
        assert_eq!(app.kept(InboxState::Unparsed).await, 4);
        assert_eq!(app.dead().await, 0);
    }
    assert_eq!(app.alerts().len(), 1);
}

#[tokio::test]
async fn a_text_that_nobody_can_see_is_told_in_words() {
    let app = TestApp::start().await;
    comes(
        &app,
        &body("Budi", &[text("wamid.A", "\u{200b}\u{202e}\u{3164}")]),
    )
    .await;
    let words = "📎 The customer sent a text with nothing in it that can be seen. It is kept.";
    assert_eq!(app.room().lines(), [format!("Budi: {words}")]);
}

#[tokio::test]
async fn a_line_from_the_future_opens_the_window_no_longer_than_any_other() {
    let app = TestApp::start().await;
    let mut message = text("wamid.A", "halo");
    message["timestamp"] = json!("253402207199");
    comes(&app, &body("Budi", &[message])).await;
    app.advance(24 * 3_600 + 1).await;
    app.agent("ayu").types("baik").await;
    app.advance(6).await;
    assert!(app.channel.sent().is_empty());
    assert!(
        app.room().last().starts_with("Loket: ⏸ Kept, not sent"),
        "{}",
        app.room().last()
    );
}

#[tokio::test]
async fn one_id_with_two_faces_is_two_lines() {
    let app = TestApp::start().await;
    let mut image = text("wamid.A", "halo");
    image["type"] = json!("image");
    image["image"] = json!({"id": "1", "caption": "lihat"});
    comes(&app, &body("Budi", &[text("wamid.A", "halo"), image])).await;
    assert_eq!(app.room().lines().len(), 2);
    assert_eq!(app.dead().await, 0);
}

/// An agent's event as a homeserver tells it.
fn agents(app: &TestApp, content: &Value) -> RoomEvent {
    let event = json!({
        "type": "m.room.message", "event_id": "$deep", "sender": "@ayu:localhost",
        "room_id": app.room().id.as_str(), "origin_server_ts": START * 1_000, "content": content,
    });
    room_event(&event.to_string(), Timestamp::UNIX_EPOCH).unwrap()
}

#[tokio::test]
async fn an_agents_deepest_lists_reach_the_customer() {
    for levels in [5, 30, 31, 40, 1_000] {
        let app = TestApp::start().await;
        app.contact("budi").says("halo").await;
        let html = format!(
            "{}baik{}",
            "<ul><li>".repeat(levels),
            "</li></ul>".repeat(levels)
        );
        let event = agents(
            &app,
            &json!({
                "msgtype": "m.text", "body": "baik",
                "format": "org.matrix.custom.html", "formatted_body": html,
            }),
        );
        app.transaction(vec![event], Vec::new()).await;
        app.settle().await;
        app.advance(6).await;
        assert_eq!(app.dead().await, 0, "{levels}");
        let sent = app.channel.sent();
        assert!(sent[0].text.reveal().ends_with("baik"), "{levels}");
    }
}

#[tokio::test]
async fn what_the_homeserver_sent_unreadably_is_told_once_a_day() {
    let app = TestApp::start().await;
    app.transaction_with_parked("{\"no\":1}").await;
    app.transaction_with_parked("{\"no\":2}").await;
    app.settle().await;
    assert_eq!(app.kept(InboxState::Unparsed).await, 2);
    assert_eq!(
        app.alerts(),
        [
            "Loket: ⚠ The homeserver sent something that Loket cannot read: perhaps an agent's line that the customer did not get. It is kept for 30 days."
        ]
    );
}

//! What is written on the business's phone app.

use loket::domain::content::Content;
use loket::domain::ids::ProviderId;
use loket::domain::inbound::{Along, Event, Said, Update};
use loket::domain::rich::Rich;

use super::support::TestApp;

/// A line to Budi from the phone, told to nobody yet.
fn echo(app: &TestApp, text: &str) -> Update {
    app.contact("budi").act(Event::Echoed(Said {
        content: Content::Text(Rich::from_plain(text)),
        reply_to: None,
        along: Along::default(),
    }))
}

#[tokio::test]
async fn a_line_of_the_phone_is_shown_and_has_the_case_until_it_is_quiet() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.advance(60).await;
    app.webhook(vec![echo(&app, "saya balas dari ponsel")])
        .await;
    app.settle().await;
    assert_eq!(
        app.room().lines(),
        [
            "Budi: halo",
            "Loket: 📱 From the phone:\n\nsaya balas dari ponsel",
        ]
    );
    assert_eq!(app.room().owner(), "phone");
    app.advance(1_799).await;
    assert_eq!(app.room().owner(), "phone");
    app.advance(1).await;
    assert_eq!(app.room().owner(), "queue");
    assert_eq!(app.channel.sent().len(), 0);
}

#[tokio::test]
async fn a_line_of_the_phone_can_be_answered_as_any_other() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.advance(60).await;
    let line = echo(&app, "dari ponsel");
    let provider: ProviderId = line.id.clone().unwrap();
    app.webhook(vec![line]).await;
    app.settle().await;
    let event = app.room().event("📱 From the phone:\n\ndari ponsel");
    app.agent("ayu").answers(&event, "lanjut di sini").await;
    app.advance(10).await;
    let sent = app.channel.sent();
    assert_eq!(app.channel.texts(), ["lanjut di sini"]);
    assert_eq!(sent[0].reply_to, Some(provider));
    assert_eq!(app.room().owner(), "ayu");
}

#[tokio::test]
async fn an_echo_of_our_own_line_is_no_second_one() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("ya").await;
    app.advance(5).await;
    let mut line = echo(&app, "ya");
    line.id = Some("wamid.fake.1".into());
    app.webhook(vec![line]).await;
    app.settle().await;
    assert_eq!(app.room().lines(), ["Budi: halo", "ayu: ya"]);
    assert_eq!(app.room().owner(), "ayu");
}

#[tokio::test]
async fn what_the_phone_writes_to_a_stranger_makes_no_room() {
    let app = TestApp::start().await;
    app.webhook(vec![echo(&app, "pesanan untuk gudang")]).await;
    app.settle().await;
    assert_eq!(app.homeserver.portals().len(), 0);
}

#[tokio::test]
async fn a_line_of_the_phone_is_not_sent_again_from_here() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.advance(60).await;
    app.webhook(vec![echo(&app, "dari ponsel")]).await;
    app.settle().await;
    let event = app.room().event("📱 From the phone:\n\ndari ponsel");
    app.agent("ayu").answers(&event, "!resend").await;
    app.advance(10).await;
    assert_eq!(app.channel.sent().len(), 0);
    assert!(app.room().last().contains("written on the phone"));
}

//! What comes in: once, in order, and kept when it cannot be understood.

use bytes::Bytes;
use jiff::SignedDuration;
use loket::domain::ids::AccountId;
use loket::domain::room_event::{RoomContent, RoomEvent};
use loket::intake::{Intake, Webhook};
use loket::store::InboxState;

use super::support::TestApp;

#[tokio::test]
async fn the_same_line_is_shown_once_however_often_it_comes() {
    let app = TestApp::start().await;
    let line = app.contact("budi").line("halo");
    app.webhook(vec![line.clone(), line.clone()]).await;
    app.webhook(vec![line.clone()]).await;
    app.settle().await;
    app.webhook(vec![line.clone()]).await;
    let other = app.contact("budi").line("apa kabar");
    app.webhook(vec![other, line]).await;
    app.settle().await;
    assert_eq!(app.room().lines(), ["Budi: halo", "Budi: apa kabar"]);
    assert_eq!(app.lobby().lines().len(), 1);
}

#[tokio::test]
async fn lines_of_one_webhook_are_shown_as_the_channel_ordered_them() {
    let app = TestApp::start().await;
    let mut lines: Vec<_> = ["satu", "dua", "dua lagi", "tiga"]
        .map(|text| app.contact("budi").line(text))
        .into();
    // A line without a time stands where the channel put it, and so do the others.
    let seconds = [Some(10), None, Some(20), Some(15)];
    for (line, seconds) in lines.iter_mut().zip(seconds) {
        let later = |at| Some(at + SignedDuration::from_secs(seconds?));
        line.timestamp = line.timestamp.and_then(later);
    }
    app.webhook(lines).await;
    app.settle().await;
    assert_eq!(
        app.room().lines(),
        ["Budi: satu", "Budi: dua", "Budi: dua lagi", "Budi: tiga"]
    );
}

#[tokio::test]
async fn every_customer_has_a_room_of_their_own() {
    let app = TestApp::start().await;
    let (budi, cici) = (app.contact("budi"), app.contact("cici"));
    app.webhook(vec![budi.line("satu"), cici.line("satu"), budi.line("dua")])
        .await;
    app.settle().await;
    assert_eq!(app.room_of("Budi").lines(), ["Budi: satu", "Budi: dua"]);
    assert_eq!(app.room_of("Cici").lines(), ["Cici: satu"]);
    assert_eq!(app.lobby().lines().len(), 2);
}

#[tokio::test]
async fn lines_ring_the_owner_and_nobody_else() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.agent("ayu").types("!takeover").await;
    app.contact("budi").says("dua").await;
    assert_eq!(app.room().rings("satu"), Vec::<String>::new());
    assert_eq!(app.room().rings("dua"), ["ayu"]);
}

#[tokio::test]
async fn a_transaction_that_comes_again_changes_nothing() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let ayu = app.agent("ayu");
    let events = vec![ayu.line("satu"), ayu.line("!note penting")];
    app.transaction(events.clone(), Vec::new()).await;
    app.transaction(events.clone(), Vec::new()).await;
    app.advance(5).await;
    app.transaction(events, Vec::new()).await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    assert_eq!(
        app.room().lines(),
        ["Budi: halo", "ayu: satu", "ayu: !note penting"]
    );
}

#[tokio::test]
async fn our_own_echoes_make_no_work() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let room = app.room();
    let ghost = room.find("halo").unwrap();
    let loket_id = ghost.loket_id.clone();
    let mut echo: RoomEvent = app.agent("ayu").line("halo");
    echo.id = ghost.id.clone();
    echo.sender = ghost.author.clone();
    echo.loket_id = loket_id;
    app.transaction(vec![echo], Vec::new()).await;
    assert_eq!(app.settle().await, 0);
}

#[tokio::test]
async fn a_strangers_line_does_nothing() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let before = app.room().events.len();
    for text in ["halo Budi", "!takeover", ";; catatan"] {
        app.agent("mallory").types(text).await;
    }
    let line = app.room().event("halo");
    app.agent("mallory").reacts(&line, "✋").await;
    app.advance(60).await;
    assert!(app.channel.sent().is_empty());
    assert_eq!(app.room().owner(), "queue");
    assert_eq!(app.room().events.len(), before + 4, "only their own");
}

#[tokio::test]
async fn what_is_not_text_is_named_and_kept() {
    let app = TestApp::start().await;
    let budi = app.contact("budi");
    app.webhook(vec![
        budi.thing("image", None),
        budi.thing("image", Some("struk")),
    ])
    .await;
    app.settle().await;
    let named = "📎 The customer sent something of the kind «image», which is not shown here \
        yet. It is kept.";
    let with_text = "struk\n\n📎 sent with something of the kind «image», which is not shown \
        here yet. It is kept.";
    assert_eq!(
        app.room().lines(),
        [format!("Budi: {named}"), format!("Budi: {with_text}")]
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_kept() {
    let app = TestApp::start().await;
    let webhook = Webhook {
        account: AccountId::from("wa"),
        received_at: app.works().clock.now(),
        body: Bytes::from_static(b"not json"),
        updates: Vec::new(),
        unparsed: Some("not JSON".into()),
    };
    app.works().accept_webhook(webhook.clone()).await.unwrap();
    app.works().accept_webhook(webhook).await.unwrap();
    app.settle().await;
    let alarm = "Loket: ⚠ A webhook of wa was not understood (not JSON). It is kept for 30 \
        days, its whole body for 7.";
    assert_eq!(app.alerts(), [alarm]);
    assert!(app.kept_body(b"not json").await);
}

#[tokio::test]
async fn what_is_for_no_account_of_ours_is_kept_with_one_alarm() {
    let app = TestApp::start().await;
    for text in ["satu", "dua"] {
        let mut line = app.contact("budi").line(text);
        line.account = "999".into();
        app.webhook(vec![line]).await;
        app.settle().await;
    }
    assert!(app.homeserver.portals().is_empty());
    let alarm = "Loket: ⚠ Webhooks come for the account 999, which is not in the \
        configuration. They are kept for 30 days.";
    assert_eq!(app.alerts(), [alarm]);
    assert_eq!(app.kept(InboxState::Unrouted).await, 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_kept() {
    let app = TestApp::start().await;
    app.transaction_with_parked(r#"{"type":7}"#).await;
    app.settle().await;
    assert_eq!(app.kept(InboxState::Unparsed).await, 1);
}

#[tokio::test]
async fn a_membership_of_somebody_changes_nothing() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let joined = RoomContent::Member {
        user: "@ayu:localhost".into(),
        membership: "join".into(),
        name: Some("Ayu".into()),
    };
    app.agent("ayu").does(joined).await;
    assert_eq!(app.room().lines(), ["Budi: halo"]);
    assert_eq!(app.room().owner(), "queue");
}

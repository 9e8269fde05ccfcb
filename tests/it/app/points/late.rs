//! Requests that have left when the process dies, and arrive in its next life.

use loket::domain::message::LineState;
use loket::matrix::fake::Ask;

use super::super::support::TestApp;
use super::super::support::outcome::delivered;

/// An application in which Budi has written and Ayu's line is on its way when the
/// process dies.
async fn on_its_way() -> TestApp {
    let mut app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    app.clock.advance(jiff::SignedDuration::from_secs(5));
    app.channel.delay_next();
    let channel = app.channel.clone();
    app.dies_when(move || channel.is_late()).await;
    app
}

#[tokio::test]
async fn a_send_that_arrives_in_the_next_life_is_not_repeated() {
    let app = on_its_way().await;
    app.channel.land();
    app.advance(20).await;
    app.advance(600).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    let maybe = "Loket: ⚠ May not have been sent: WhatsApp did not answer. 🔁 sends it again.";
    assert_eq!(app.room().lines(), ["Budi: halo", "ayu: satu", maybe]);
}

#[tokio::test]
async fn a_send_that_arrives_after_it_was_announced_is_cleared_by_its_status() {
    let app = on_its_way().await;
    app.advance(20).await;
    app.advance(600).await;
    let line = app.room().event("satu");
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
    app.channel.land();
    app.reports_of(0, "wamid.fake.1", delivered()).await;
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
    assert_eq!(app.state_of(0).await, LineState::Delivered);
    assert_eq!(app.channel.texts(), ["satu"]);
}

#[tokio::test]
async fn a_line_that_arrives_in_the_next_life_stands_in_the_room_once() {
    for first in [true, false] {
        let mut app = TestApp::start().await;
        app.contact("budi").says("halo").await;
        app.homeserver.delay_next(Ask::Send);
        app.webhook(vec![app.contact("budi").line("dua")]).await;
        let homeserver = app.homeserver.clone();
        let is_late = move || homeserver.is_late();
        app.dies_late(is_late, first).await;
        app.advance(60).await;
        assert_eq!(app.room().lines(), ["Budi: halo", "Budi: dua"]);
        assert_eq!(app.dead().await, 0);
    }
}

#[tokio::test]
async fn a_room_whose_making_arrives_in_the_next_life_is_the_only_one() {
    for first in [true, false] {
        let mut app = TestApp::start().await;
        app.homeserver.delay_next(Ask::CreateRoom);
        app.webhook(vec![app.contact("budi").line("halo")]).await;
        let homeserver = app.homeserver.clone();
        let is_late = move || homeserver.is_late();
        app.dies_late(is_late, first).await;
        app.advance(60).await;
        assert_eq!(app.room().lines(), ["Budi: halo"]);
        assert_eq!(app.dead().await, 0);
    }
}

//! What the provider reports, in whatever order it comes.

use loket::domain::ids::EventId;
use loket::domain::message::LineState;

use super::support::TestApp;
use super::support::outcome::{delivered, failed, read, sent};

/// An application in which Ayu's line has been accepted as `wamid.fake.1`.
async fn accepted() -> (TestApp, EventId) {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("satu").await;
    app.advance(5).await;
    assert_eq!(app.state_of(0).await, LineState::Accepted);
    (app, line)
}

#[tokio::test]
async fn the_ladder_is_climbed_and_ends_with_the_ghosts_receipt() {
    let (app, line) = accepted().await;
    app.reports("wamid.fake.1", sent()).await;
    assert_eq!(app.state_of(0).await, LineState::Accepted);
    app.reports("wamid.fake.1", delivered()).await;
    assert_eq!(app.state_of(0).await, LineState::Delivered);
    assert_eq!(app.room().read_by("Budi"), None);
    app.reports("wamid.fake.1", read()).await;
    assert_eq!(app.state_of(0).await, LineState::Read);
    assert_eq!(app.room().read_by("Budi"), Some(line));
}

#[tokio::test]
async fn the_ladder_never_goes_back() {
    let (app, line) = accepted().await;
    app.reports("wamid.fake.1", read()).await;
    app.reports("wamid.fake.1", delivered()).await;
    app.reports("wamid.fake.1", sent()).await;
    assert_eq!(app.state_of(0).await, LineState::Read);
    assert_eq!(app.room().read_by("Budi"), Some(line));
}

#[tokio::test]
async fn a_line_that_was_delivered_does_not_fail_any_more() {
    let (app, line) = accepted().await;
    app.reports("wamid.fake.1", delivered()).await;
    app.reports("wamid.fake.1", failed()).await;
    assert_eq!(app.state_of(0).await, LineState::Delivered);
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
}

#[tokio::test]
async fn a_failure_after_acceptance_is_said_once() {
    let (app, line) = accepted().await;
    app.reports("wamid.fake.1", failed()).await;
    app.reports("wamid.fake.1", failed()).await;
    let told = "⚠ Not sent: WhatsApp cannot deliver to this number \
        (not on WhatsApp, an old app, or terms not accepted).";
    let room = app.room();
    assert_eq!(room.reactions(&line), ["⚠️", "🔁"]);
    assert_eq!(
        room.lines(),
        ["Budi: halo", "ayu: satu", &format!("Loket: {told}")]
    );
    assert_eq!(room.rings(told), ["ayu"]);
}

#[tokio::test]
async fn a_late_delivery_clears_a_failure() {
    let (app, line) = accepted().await;
    app.reports("wamid.fake.1", failed()).await;
    app.reports("wamid.fake.1", delivered()).await;
    assert_eq!(app.state_of(0).await, LineState::Delivered);
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
}

#[tokio::test]
async fn a_failed_line_is_sent_again_as_another_attempt() {
    let (app, line) = accepted().await;
    app.reports("wamid.fake.1", failed()).await;
    app.agent("ayu").answers(&line, "!resend").await;
    assert_eq!(app.channel.texts(), ["satu", "satu"]);
    assert_eq!(app.state_of(1).await, LineState::Accepted);
    let sent = app.channel.sent();
    assert_ne!(sent.first().unwrap().attempt, sent.last().unwrap().attempt);
    // What is said of the attempt before is of no interest any more.
    app.reports_of(0, "wamid.fake.1", read()).await;
    assert_eq!(app.state_of(1).await, LineState::Accepted);
    app.reports("wamid.fake.2", delivered()).await;
    assert_eq!(app.state_of(1).await, LineState::Delivered);
}

#[tokio::test]
async fn a_status_before_its_message_waits_for_it() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.reports("wamid.fake.1", delivered()).await;
    app.agent("ayu").types("satu").await;
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    assert_eq!(app.state_of(0).await, LineState::Delivered);
}

#[tokio::test]
async fn a_status_whose_message_never_comes_is_dropped_after_ten_minutes() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.reports("wamid.fake.1", delivered()).await;
    app.advance(600).await;
    app.agent("ayu").types("satu").await;
    app.advance(5).await;
    assert_eq!(app.state_of(0).await, LineState::Accepted);
    assert_eq!(app.alerts(), Vec::<String>::new());
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn the_same_status_twice_is_one() {
    let (app, line) = accepted().await;
    let update = app.status("wamid.fake.1", None, failed());
    app.webhook(vec![update.clone(), update.clone()]).await;
    app.settle().await;
    app.webhook(vec![update]).await;
    app.settle().await;
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
    assert_eq!(app.room().lines().len(), 3);
}

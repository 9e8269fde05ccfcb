//! Lines of several parts of which something went wrong, and what becomes of the
//! rest.

use jiff::SignedDuration;
use loket::domain::ids::EventId;
use loket::domain::message::LineState;
use loket::store::LaneKind;

use super::support::TestApp;
use super::support::outcome::{
    Outcome, delivered, down, failed, fault, fault_for, refused, unknown,
};

/// An application in which Budi has written and the channel will answer so; and
/// Ayu's line of two parts, its undo window over.
async fn two_parts(outcomes: Vec<Outcome>) -> (TestApp, EventId) {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    for outcome in outcomes {
        app.channel.will(outcome);
    }
    let text = format!("{} {}", "a".repeat(4_000), "b".repeat(4_000));
    let line = app.agent("ayu").types(&text).await;
    app.advance(5).await;
    (app, line)
}

/// The first letters of what was sent.
fn sent(app: &TestApp) -> String {
    let first = |text: &String| text.chars().next();
    app.channel.texts().iter().filter_map(first).collect()
}

#[tokio::test]
async fn the_rest_goes_when_a_late_status_clears_an_announced_unknown() {
    let (app, line) = two_parts(vec![unknown()]).await;
    app.advance(20).await;
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
    assert_eq!(sent(&app), "a");
    app.advance(60).await;
    app.reports_of(0, "wamid.late", delivered()).await;
    assert_eq!(sent(&app), "ab");
    assert_eq!(app.state_of(0).await, LineState::Accepted);
    let room = app.room();
    assert_eq!(room.reactions(&line), Vec::<String>::new());
    assert_eq!(room.read_by("Loket"), Some(line));
}

#[tokio::test]
async fn the_rest_goes_when_a_failed_part_was_delivered_after_all() {
    let (app, line) = two_parts(vec![Ok("wamid.a".into()), fault_for(60)]).await;
    app.reports("wamid.a", failed()).await;
    app.advance(60).await;
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
    assert_eq!(sent(&app), "ab");
    app.reports("wamid.a", delivered()).await;
    assert_eq!(sent(&app), "abb");
    assert_eq!(app.state_of(0).await, LineState::Accepted);
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
}

#[tokio::test]
async fn a_late_status_within_the_wait_sends_the_rest_once() {
    let (app, line) = two_parts(vec![unknown()]).await;
    app.advance(6).await;
    app.reports_of(0, "wamid.late", delivered()).await;
    app.advance(600).await;
    assert_eq!(sent(&app), "ab");
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
}

#[tokio::test]
async fn the_rest_of_a_line_that_waits_too_long_has_failed() {
    let (app, line) = two_parts(vec![Ok("wamid.a".into()), down()]).await;
    for _ in 0..30 {
        app.channel.will(down());
        app.advance(60).await;
    }
    assert_eq!(app.state_of(0).await, LineState::Started);
    app.advance(60).await;
    let tried = sent(&app).len();
    assert_eq!(app.state_of(0).await, LineState::Failed);
    assert_eq!(
        app.room().last(),
        "Loket: ⚠ Only part of it was sent: the rest has waited for more than 30 minutes. \
         🔁 sends the rest."
    );
    // One more answer is scripted than was asked for: the button meets it first.
    app.agent("ayu").reacts(&line, "🔁").await;
    app.advance(120).await;
    assert!(sent(&app).len() > tried);
    assert_eq!(sent(&app).matches('a').count(), 1);
    assert_eq!(app.state_of(0).await, LineState::Accepted);
}

#[tokio::test]
async fn the_rest_of_an_old_line_goes_when_its_first_part_just_went() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let text = format!("{} {}", "a".repeat(4_000), "b".repeat(4_000));
    for _ in 0..30 {
        app.channel.will(down());
    }
    app.channel.will(Ok("wamid.a".into()));
    app.channel.will(fault_for(120));
    app.agent("ayu").types(&text).await;
    app.advance(5).await;
    for _ in 0..32 {
        app.advance(60).await;
    }
    assert_eq!(sent(&app).matches('b').count(), 2);
    assert_eq!(app.state_of(0).await, LineState::Accepted);
}

#[tokio::test]
async fn faults_without_an_end_hold_the_line_for_its_age() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    for _ in 0..40 {
        app.channel.will(fault());
    }
    let line = app.agent("ayu").types("satu").await;
    app.advance(5).await;
    for _ in 0..40 {
        app.advance(60).await;
    }
    assert_eq!(app.state_of(0).await, LineState::Held);
    assert_eq!(app.room().reactions(&line), ["⏸", "✅", "❌"]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn a_line_of_which_something_went_is_neither_changed_nor_taken_back() {
    let (app, line) = two_parts(vec![Ok("wamid.a".into()), refused(), fault_for(30)]).await;
    app.agent("ayu").reacts(&line, "🔁").await;
    assert_eq!(sent(&app), "abb");
    app.agent("ayu").edits(&line, "cukup").await;
    assert_eq!(
        app.room().last(),
        "Loket: ⚠ The line had gone already, and this channel cannot change what was sent: \
         the customer gets the first version. Send a new line to correct it."
    );
    app.agent("ayu").redacts(&line).await;
    assert_eq!(
        app.room().last(),
        "Loket: ⚠ The line had gone already, and this channel cannot take back what was sent: \
         the customer has it."
    );
    app.advance(30).await;
    assert_eq!(sent(&app), "abbb");
    assert_eq!(app.state_of(0).await, LineState::Accepted);
}

#[tokio::test]
async fn a_resent_first_part_does_not_open_the_line_again() {
    let (app, line) = two_parts(vec![Ok("wamid.a".into()), Ok("wamid.b".into())]).await;
    app.reports("wamid.a", failed()).await;
    app.channel.will(fault_for(30));
    app.agent("ayu").reacts(&line, "🔁").await;
    app.agent("ayu").edits(&line, "cukup").await;
    app.advance(60).await;
    assert_eq!(sent(&app), "abaa");
    assert_eq!(app.state_of(0).await, LineState::Accepted);
}

#[tokio::test]
async fn a_line_of_which_nothing_went_can_be_changed_between_tries() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel.will(fault_for(12));
    let line = app.agent("ayu").types("satu").await;
    app.advance(5).await;
    app.advance(10).await;
    assert_eq!(app.room().reactions(&line), ["⏳"]);
    app.agent("ayu").edits(&line, "dua").await;
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
    app.channel.will(fault_for(12));
    app.advance(5).await;
    app.advance(10).await;
    assert_eq!(app.room().reactions(&line), ["⏳"]);
    app.advance(2).await;
    assert_eq!(app.channel.texts(), ["satu", "dua", "dua"]);
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
}

#[tokio::test]
async fn lines_that_wait_for_a_channel_that_is_down_show_it() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel.will(down());
    let first = app.agent("ayu").types("satu").await;
    let second = app.agent("ayu").types("dua").await;
    app.advance(5).await;
    app.advance(10).await;
    let room = app.room();
    assert_eq!(room.reactions(&first), ["⏳"]);
    assert_eq!(room.reactions(&second), ["⏳"]);
    app.advance(50).await;
    let room = app.room();
    assert_eq!(app.channel.texts(), ["satu", "satu", "dua"]);
    assert_eq!(room.reactions(&first), Vec::<String>::new());
    assert_eq!(room.reactions(&second), Vec::<String>::new());
}

#[tokio::test]
async fn a_line_behind_one_that_was_edited_still_shows_that_it_waits() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let first = app.agent("ayu").types("satu").await;
    let second = app.agent("ayu").types("dua").await;
    app.advance(3).await;
    app.agent("ayu").edits(&first, "satu lagi").await;
    app.channel.will(down());
    app.advance(5).await;
    app.advance(10).await;
    let room = app.room();
    assert_eq!(room.reactions(&first), ["⏳"]);
    assert_eq!(room.reactions(&second), ["⏳"]);
}

#[tokio::test]
async fn a_line_whose_outcome_is_not_known_yet_shows_that_it_waits() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel.will(unknown());
    let line = app.agent("ayu").types("satu").await;
    app.advance(5).await;
    app.advance(10).await;
    assert_eq!(app.room().reactions(&line), ["⏳"]);
    app.advance(10).await;
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
}

#[tokio::test]
async fn the_lane_is_woken_when_pacing_lets_it_go_on() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    let pause = SignedDuration::from_millis(300);
    app.channel.will_wait(Some(pause));
    app.advance(5).await;
    let now = app.works().clock.now();
    let next = app
        .works()
        .store
        .read(move |tx| Box::pin(async move { tx.next_due(LaneKind::Channel, now).await }));
    assert_eq!(next.await.unwrap(), Some(now + pause));
}

//! The way out: from an agent's line to the channel, and what comes back.

use jiff::SignedDuration;
use loket::domain::ids::EventId;
use loket::domain::message::LineState;

use super::support::TestApp;
use super::support::outcome::{
    Outcome, delivered, down, fault, fault_for, paced, refused, unknown,
};

/// What the agent reads when a line was refused.
const NOT_SENT: &str = "Loket: ⚠ Not sent: WhatsApp cannot deliver to this number \
    (not on WhatsApp, an old app, or terms not accepted).";

/// What the agent reads when it is not certain.
const MAYBE_SENT: &str =
    "Loket: ⚠ May not have been sent: WhatsApp did not answer. 🔁 sends it again.";

/// An application in which Budi has written and the channel will answer so; and
/// Ayu's line, its undo window over.
async fn answered(outcomes: Vec<Outcome>) -> (TestApp, EventId) {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    for outcome in outcomes {
        app.channel.will(outcome);
    }
    let line = app.agent("ayu").types("satu").await;
    app.advance(5).await;
    (app, line)
}

#[tokio::test]
async fn a_line_is_sent_once_after_its_undo_window() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("Selamat siang").await;
    app.advance(4).await;
    assert!(app.channel.texts().is_empty());
    app.advance(1).await;
    assert_eq!(app.channel.texts(), ["Selamat siang"]);
    assert_eq!(app.state_of(0).await, LineState::Accepted);
    let room = app.room();
    assert_eq!(room.read_by("Loket"), Some(line.clone()));
    assert_eq!(room.reactions(&line), Vec::<String>::new());
    assert_eq!(room.owner(), "ayu");
    app.advance(3_600).await;
    assert_eq!(app.channel.texts(), ["Selamat siang"]);
}

#[tokio::test]
async fn lines_go_in_order_and_none_overtakes() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    app.advance(3).await;
    app.agent("ayu").types("dua").await;
    app.agent("ayu").types("tiga").await;
    app.advance(2).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    app.advance(3).await;
    assert_eq!(app.channel.texts(), ["satu", "dua", "tiga"]);
}

#[tokio::test]
async fn passing_faults_are_tried_again_with_growing_waits() {
    let (app, line) = answered(vec![fault(), fault()]).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    app.advance(1).await;
    assert_eq!(app.channel.texts().len(), 2);
    app.advance(1).await;
    assert_eq!(app.channel.texts().len(), 2);
    app.advance(1).await;
    assert_eq!(app.channel.texts(), ["satu", "satu", "satu"]);
    assert_eq!(app.state_of(2).await, LineState::Accepted);
    assert_eq!(app.room().read_by("Loket"), Some(line));
    let mut attempts: Vec<_> = app
        .channel
        .sent()
        .into_iter()
        .map(|one| one.attempt)
        .collect();
    attempts.dedup();
    assert_eq!(attempts.len(), 3);
}

#[tokio::test]
async fn a_line_that_is_not_accepted_within_ten_seconds_shows_it() {
    let (app, line) = answered(vec![fault_for(12)]).await;
    app.advance(9).await;
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
    app.advance(1).await;
    assert_eq!(app.room().reactions(&line), ["⏳"]);
    app.advance(2).await;
    assert_eq!(app.channel.texts(), ["satu", "satu"]);
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
}

#[tokio::test]
async fn too_fast_is_waited_for_and_nobody_is_told() {
    let (app, line) = answered(vec![paced()]).await;
    app.advance(1).await;
    assert_eq!(app.channel.texts(), ["satu", "satu"]);
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
    assert_eq!(app.alerts(), Vec::<String>::new());
}

#[tokio::test]
async fn pacing_of_our_own_makes_no_attempt() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel.will_wait(Some(SignedDuration::from_secs(6)));
    app.agent("ayu").types("satu").await;
    app.advance(5).await;
    app.advance(5).await;
    assert!(app.channel.texts().is_empty());
    app.advance(1).await;
    assert_eq!(app.channel.texts(), ["satu"]);
}

#[tokio::test]
async fn a_channel_that_is_down_is_one_alarm_and_keeps_its_queue() {
    let (app, _line) = answered(vec![down(), down(), down()]).await;
    app.agent("ayu").types("dua").await;
    app.advance(60).await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["satu", "satu", "satu"]);
    let raised = "Loket: wa: WhatsApp rejects the access token (error 190). \
        Put a new one into access_token. Messages wait.";
    assert_eq!(app.alerts(), [raised]);
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["satu", "satu", "satu", "satu", "dua"]);
    let cleared = "Loket: ✓ wa takes messages again; those that waited are on their way.";
    assert_eq!(app.alerts(), [raised, cleared]);
}

#[tokio::test]
async fn a_refused_line_is_said_and_the_next_one_goes() {
    let (app, line) = answered(vec![refused()]).await;
    let room = app.room();
    assert_eq!(room.reactions(&line), ["⚠️", "🔁"]);
    assert_eq!(room.lines(), ["Budi: halo", "ayu: satu", NOT_SENT]);
    assert_eq!(room.rings(NOT_SENT.trim_start_matches("Loket: ")), ["ayu"]);
    assert_eq!(room.read_by("Loket"), None);
    app.agent("ayu").types("dua").await;
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["satu", "dua"]);
}

#[tokio::test]
async fn the_button_sends_a_refused_line_again() {
    let (app, line) = answered(vec![refused()]).await;
    app.agent("ayu").reacts(&line, "🔁").await;
    assert_eq!(app.channel.texts(), ["satu", "satu"]);
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
    assert_eq!(app.room().read_by("Loket"), Some(line));
}

#[tokio::test]
async fn an_unknown_outcome_is_announced_after_twenty_seconds_and_never_repeated() {
    let (app, line) = answered(vec![unknown()]).await;
    app.agent("ayu").types("dua").await;
    app.advance(19).await;
    assert_eq!(app.channel.texts(), ["satu"], "the lane waits for a status");
    assert_eq!(app.room().last(), "ayu: dua");
    app.advance(1).await;
    let room = app.room();
    assert_eq!(room.last(), MAYBE_SENT);
    assert_eq!(
        room.rings(MAYBE_SENT.trim_start_matches("Loket: ")),
        ["ayu"]
    );
    assert_eq!(room.reactions(&line), ["⚠️", "🔁"]);
    assert_eq!(app.channel.texts(), ["satu", "dua"]);
    app.advance(3_600).await;
    assert_eq!(app.channel.texts(), ["satu", "dua"]);
}

#[tokio::test]
async fn a_status_tells_an_unknown_outcome_in_time() {
    let (app, line) = answered(vec![unknown()]).await;
    app.agent("ayu").types("dua").await;
    app.advance(6).await;
    app.reports_of(0, "wamid.late", delivered()).await;
    assert_eq!(app.state_of(0).await, LineState::Delivered);
    assert_eq!(
        app.channel.texts(),
        ["satu", "dua"],
        "the lane goes on at once"
    );
    app.advance(60).await;
    let room = app.room();
    assert_eq!(room.lines(), ["Budi: halo", "ayu: satu", "ayu: dua"]);
    assert_eq!(room.reactions(&line), Vec::<String>::new());
}

#[tokio::test]
async fn a_late_status_clears_the_mark_of_an_unknown_outcome() {
    let (app, line) = answered(vec![unknown()]).await;
    app.advance(20).await;
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
    app.advance(600).await;
    app.reports_of(0, "wamid.late", delivered()).await;
    assert_eq!(app.room().reactions(&line), Vec::<String>::new());
    assert_eq!(app.room().read_by("Loket"), Some(line));
    assert_eq!(app.channel.texts(), ["satu"]);
}

#[tokio::test]
async fn sending_again_sends_only_the_parts_that_failed() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel.will(Ok("wamid.a".into()));
    app.channel.will(refused());
    let text = format!(
        "{} {} {}",
        "a".repeat(4_000),
        "b".repeat(4_000),
        "c".repeat(4_000)
    );
    let line = app.agent("ayu").types(&text).await;
    app.advance(5).await;
    let starts = |texts: Vec<String>| -> Vec<char> {
        texts
            .iter()
            .filter_map(|text| text.chars().next())
            .collect()
    };
    assert_eq!(starts(app.channel.texts()), ['a', 'b']);
    assert_eq!(app.state_of(0).await, LineState::Failed);
    assert_eq!(app.room().last(), NOT_SENT);
    app.agent("ayu").reacts(&line, "🔁").await;
    assert_eq!(starts(app.channel.texts()), ['a', 'b', 'b', 'c']);
    assert_eq!(app.state_of(0).await, LineState::Accepted);
    assert_eq!(app.room().read_by("Loket"), Some(line));
}

#[tokio::test]
async fn a_line_of_many_parts_stands_where_its_least_part_stands() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let text = format!("{} {}", "a".repeat(4_000), "b".repeat(4_000));
    let line = app.agent("ayu").types(&text).await;
    app.advance(5).await;
    assert_eq!(app.channel.texts().len(), 2);
    app.reports("wamid.fake.1", super::support::outcome::read())
        .await;
    assert_eq!(app.state_of(0).await, LineState::Accepted);
    app.reports("wamid.fake.2", delivered()).await;
    assert_eq!(app.state_of(0).await, LineState::Delivered);
    assert_eq!(app.room().read_by("Budi"), None);
    app.reports("wamid.fake.2", super::support::outcome::read())
        .await;
    assert_eq!(app.state_of(0).await, LineState::Read);
    assert_eq!(app.room().read_by("Budi"), Some(line));
}

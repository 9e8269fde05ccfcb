//! `kill -9` anywhere: nothing is lost, nothing happens twice, and what is not
//! certain is said.

use loket::domain::message::LineState;
use loket::store::testing::Engine;

use super::super::ENGINE;
use super::support::TestApp;
use super::support::outcome::{delivered, down};

/// What the agent reads when it is not certain.
const MAYBE_SENT: &str =
    "Loket: ⚠ May not have been sent: WhatsApp did not answer. 🔁 sends it again.";

/// The moments at which a life may end: how often it has waited for something. On a
/// server every statement is waited for, in a file every transaction.
pub(super) fn moments() -> impl Iterator<Item = usize> {
    (0..).step_by(match ENGINE {
        Engine::Sqlite => 1,
        Engine::Postgres => 3,
    })
}

/// An application in which Budi has written and Ayu's line is due, not yet sent.
async fn due() -> TestApp {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    app.clock.advance(jiff::SignedDuration::from_secs(5));
    app
}

#[tokio::test]
async fn what_was_acknowledged_is_shown_after_a_crash() {
    let mut app = TestApp::start().await;
    let budi = app.contact("budi");
    app.webhook(vec![budi.line("satu"), budi.line("dua")]).await;
    app.restart().await;
    assert_eq!(app.room().lines(), ["Budi: satu", "Budi: dua"]);
    let line = app.agent("ayu").line("halo Budi");
    app.transaction(vec![line], Vec::new()).await;
    app.restart().await;
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["halo Budi"]);
}

#[tokio::test]
async fn a_line_that_was_not_attempted_is_sent_after_a_crash() {
    let mut app = due().await;
    app.restart().await;
    assert_eq!(app.channel.texts(), ["satu"]);
    assert_eq!(app.state_of(0).await, LineState::Accepted);
}

#[tokio::test]
async fn an_attempt_without_outcome_is_announced_and_never_repeated() {
    let mut app = due().await;
    app.dies_when_sent(1).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    app.advance(19).await;
    assert_eq!(app.room().last(), "ayu: satu");
    app.advance(1).await;
    assert_eq!(app.room().last(), MAYBE_SENT);
    app.restart().await;
    app.advance(3_600).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    let announced = app.room().lines();
    assert_eq!(
        announced.iter().filter(|line| *line == MAYBE_SENT).count(),
        1
    );
}

#[tokio::test]
async fn an_attempt_without_outcome_is_told_by_a_status() {
    let mut app = due().await;
    app.dies_when_sent(1).await;
    app.reports_of(0, "wamid.fake.1", delivered()).await;
    assert_eq!(app.state_of(0).await, LineState::Delivered);
    app.advance(60).await;
    assert_eq!(app.room().lines(), ["Budi: halo", "ayu: satu"]);
    let line = app.room().event("satu");
    assert_eq!(app.room().read_by("Loket"), Some(line));
}

#[tokio::test]
async fn the_lane_goes_on_after_an_attempt_without_outcome() {
    let mut app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    app.agent("ayu").types("dua").await;
    app.clock.advance(jiff::SignedDuration::from_secs(5));
    app.dies_when_sent(1).await;
    app.advance(19).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    app.advance(1).await;
    assert_eq!(app.channel.texts(), ["satu", "dua"]);
    assert_eq!(app.state_of(1).await, LineState::Accepted);
}

#[tokio::test]
async fn the_second_of_many_parts_is_not_repeated_either() {
    let mut app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let text = format!(
        "{} {} {}",
        "a".repeat(4_000),
        "b".repeat(4_000),
        "c".repeat(4_000)
    );
    let line = app.agent("ayu").types(&text).await;
    app.clock.advance(jiff::SignedDuration::from_secs(5));
    app.dies_when_sent(2).await;
    app.advance(20).await;
    assert_eq!(app.channel.texts().len(), 2);
    assert_eq!(app.state_of(0).await, LineState::Unknown);
    assert_eq!(app.room().last(), MAYBE_SENT);
    app.agent("ayu").reacts(&line, "🔁").await;
    let starts: String = app
        .channel
        .texts()
        .iter()
        .filter_map(|text| text.chars().next())
        .collect();
    assert_eq!(starts, "abbc");
    assert_eq!(app.state_of(0).await, LineState::Accepted);
}

#[tokio::test]
async fn an_outage_of_the_channel_outlives_a_crash() {
    let mut app = due().await;
    app.channel.will(down());
    app.settle().await;
    app.restart().await;
    assert_eq!(app.channel.texts(), ["satu"], "it rests for a minute");
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["satu", "satu"]);
    assert_eq!(app.alerts().len(), 2, "raised and cleared, each once");
}

#[tokio::test]
async fn held_lines_and_their_timers_outlive_a_crash() {
    let mut app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    let kept = app.agent("sari").types("boleh saya?").await;
    app.agent("sari").types("atau tidak").await;
    app.restart().await;
    app.agent("sari").reacts(&kept, "✅").await;
    assert_eq!(app.channel.texts(), ["boleh saya?"]);
    app.restart().await;
    app.advance(600).await;
    assert!(
        app.room()
            .last()
            .starts_with("Loket: ⚠ Not sent: nobody confirmed")
    );
    assert_eq!(app.channel.texts(), ["boleh saya?"]);
}

#[tokio::test]
async fn a_customers_lines_survive_a_death_at_any_moment() {
    for waits in moments() {
        let mut app = TestApp::start().await;
        let budi = app.contact("budi");
        app.webhook(vec![budi.line("satu"), budi.line("dua")]).await;
        let ended = app.dies_after(waits).await;
        app.advance(600).await;
        let room = app.room();
        assert_eq!(
            room.lines(),
            ["Budi: satu", "Budi: dua"],
            "after {waits} waits"
        );
        assert_eq!(room.owner(), "queue");
        assert_eq!(room.membership("@sari:localhost"), "invite");
        assert_eq!(app.lobby().lines().len(), 1, "after {waits} waits");
        assert_eq!(app.dead().await, 0, "after {waits} waits");
        // A server may answer before we wait for it: few waits prove nothing.
        if ended && waits > 20 {
            return;
        }
    }
}

#[tokio::test]
async fn an_agents_line_survives_a_death_at_any_moment() {
    for waits in moments() {
        let mut app = due().await;
        let ended = app.dies_after(waits).await;
        app.advance(20).await;
        app.advance(600).await;
        let (room, line) = (app.room(), app.room().event("satu"));
        if app.channel.texts().is_empty() {
            // The attempt was committed, and the process died before it knew that.
            assert_eq!(room.lines(), ["Budi: halo", "ayu: satu", MAYBE_SENT]);
            assert_eq!(room.reactions(&line), ["⚠️", "🔁"]);
            continue;
        }
        assert_eq!(app.channel.texts(), ["satu"], "after {waits} waits");
        match app.state_of(0).await {
            LineState::Accepted => {
                assert_eq!(room.lines(), ["Budi: halo", "ayu: satu"]);
                assert_eq!(room.reactions(&line), Vec::<String>::new());
            }
            LineState::Unknown => {
                assert_eq!(room.lines(), ["Budi: halo", "ayu: satu", MAYBE_SENT]);
                assert_eq!(room.reactions(&line), ["⚠️", "🔁"]);
            }
            other => panic!("{other:?} after {waits} waits"),
        }
        assert_eq!(app.dead().await, 0, "after {waits} waits");
        if ended && waits > 10 {
            return;
        }
    }
}

#[tokio::test]
async fn a_takeover_and_its_claim_survive_a_death_at_any_moment() {
    for waits in moments() {
        let mut app = TestApp::start().await;
        app.contact("budi").says("halo").await;
        let ayu = app.agent("ayu");
        let events = vec![ayu.line("!takeover"), ayu.line(";; pelanggan lama")];
        let [command, note] = [0, 1].map(|n: usize| events.get(n).unwrap().id.clone());
        app.transaction(events, Vec::new()).await;
        let ended = app.dies_after(waits).await;
        app.advance(600).await;
        let room = app.room();
        assert_eq!(room.owner(), "ayu", "after {waits} waits");
        assert_eq!(room.reactions(&command), ["✅"], "after {waits} waits");
        assert_eq!(room.reactions(&note), ["📝"], "after {waits} waits");
        assert_eq!(app.lobby().lines(), ["Loket: ✓ Ayu 14:00 · Budi · #1"]);
        assert_eq!(app.dead().await, 0, "after {waits} waits");
        if ended {
            assert!(waits > 10, "cut in {waits} places only");
            return;
        }
    }
}

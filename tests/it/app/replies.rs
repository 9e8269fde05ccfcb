//! What lines point at, and lines that change their mind.

use loket::domain::ids::ProviderId;
use loket::domain::inbound::Event;
use loket::domain::message::LineState;
use loket::domain::room::OutgoingContent;
use loket::matrix::fake::FakeContent;

use super::support::TestApp;
use super::support::outcome::{failed, fault_for, refused, unknown};

/// No texts.
const NONE: [&str; 0] = [];

#[tokio::test]
async fn an_answer_to_a_customers_line_quotes_it() {
    let app = TestApp::start().await;
    let first = app.contact("budi").says("berapa harganya?").await;
    app.contact("budi").says("dan ongkirnya?").await;
    let line = app.room().event("berapa harganya?");
    app.agent("ayu").answers(&line, "sepuluh ribu").await;
    app.agent("ayu").types("ongkir gratis").await;
    app.advance(5).await;
    let quoted: Vec<Option<ProviderId>> = app
        .channel
        .sent()
        .into_iter()
        .map(|one| one.reply_to)
        .collect();
    assert_eq!(quoted, [Some(first), None]);
}

#[tokio::test]
async fn a_customers_answer_is_shown_as_one() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("nomor pesanan?").await;
    app.advance(5).await;
    let mut update = app.contact("budi").line("12345");
    if let Event::Said(said) = &mut update.event {
        said.reply_to = Some("wamid.fake.1".into());
    }
    app.webhook(vec![update]).await;
    app.settle().await;
    let room = app.room();
    let shown = &room.find("12345").unwrap().content;
    let FakeContent::Ours(OutgoingContent::Text { reply_to, .. }) = shown else {
        panic!("{shown:?}");
    };
    assert_eq!(*reply_to, Some(line));
}

#[tokio::test]
async fn an_edit_of_a_held_line_is_what_goes() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    let line = app.agent("sari").types("harganya 10").await;
    app.agent("sari").edits(&line, "harganya 100").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
    app.agent("sari").reacts(&line, "✅").await;
    assert_eq!(app.channel.texts(), ["harganya 100"]);
}

#[tokio::test]
async fn a_held_line_that_is_redacted_is_dropped() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    let line = app.agent("sari").types("biar saya").await;
    app.agent("sari").redacts(&line).await;
    app.agent("sari").reacts(&line, "✅").await;
    app.advance(700).await;
    assert_eq!(app.channel.texts(), NONE);
    assert!(
        !app.room().last().contains("Not sent"),
        "{}",
        app.room().last()
    );
}

#[tokio::test]
async fn only_its_writer_changes_or_takes_back_a_line() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("satu").await;
    app.agent("sari").edits(&line, "dua").await;
    app.agent("sari").redacts(&line).await;
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["satu"]);
}

#[tokio::test]
async fn a_line_whose_second_part_looks_internal_is_held_as_a_whole() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app
        .agent("ayu")
        .types("baik, tunggu\n!note dia penipu")
        .await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
    assert_eq!(app.room().reactions(&line), ["⏸", "✅", "❌"]);
    app.advance(600).await;
    assert!(
        app.room()
            .last()
            .starts_with("Loket: ⚠ Not sent: nobody confirmed")
    );
    assert_eq!(app.channel.texts(), NONE);
}

#[tokio::test]
async fn solving_drops_what_waits_for_the_window() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.advance(24 * 3_600).await;
    let line = app.agent("sari").types("maaf, baru sempat").await;
    app.agent("ayu").types("!solve").await;
    let told = "⚠ Not sent: the case was solved while this line was waiting.";
    assert_eq!(app.room().rings(told), ["sari"]);
    app.contact("budi").says("halo?").await;
    app.agent("sari").reacts(&line, "✅").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
}

#[tokio::test]
async fn solving_asks_again_about_a_colleagues_line() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    let line = app.agent("sari").types("sama-sama").await;
    app.agent("ayu").types("!solve").await;
    let again = "⏸ Still held, and something has changed since: send it? \
        ✅ send · ❌ drop (not sent after 10 minutes)";
    assert_eq!(app.room().rings(again), Vec::<String>::new());
    app.agent("sari").reacts(&line, "✅").await;
    assert_eq!(app.channel.texts(), ["sama-sama"]);
}

#[tokio::test]
async fn a_colleagues_line_is_refused_where_the_team_wants_it_so() {
    let app = TestApp::start_with("    foreign_reply: refuse\n").await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    let line = app.agent("sari").types("biar saya").await;
    let told = "Loket: ⚠ Not sent: Ayu has this conversation. \
        !takeover force, then write again.";
    assert_eq!(app.room().last(), told);
    app.agent("sari").reacts(&line, "✅").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
}

#[tokio::test]
async fn a_reaction_of_the_owner_is_not_carried_yet_and_says_so() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.room().event("halo");
    app.agent("sari").reacts(&line, "❤️").await;
    assert_eq!(app.room().lines(), ["Budi: halo"]);
    app.agent("ayu").types("!takeover").await;
    app.agent("ayu").reacts(&line, "❤️").await;
    let told = "Loket: Reactions are not carried to the customer yet. \
        Nothing was sent to the customer.";
    assert_eq!(app.room().last(), told);
}

#[tokio::test]
async fn a_failure_within_the_twenty_seconds_is_said_and_the_lane_goes_on() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel.will(unknown());
    let line = app.agent("ayu").types("satu").await;
    app.agent("ayu").types("dua").await;
    app.advance(5).await;
    app.reports_of(0, "wamid.late", failed()).await;
    assert_eq!(app.state_of(0).await, LineState::Failed);
    assert_eq!(app.channel.texts(), ["satu", "dua"]);
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
    app.advance(60).await;
    let warned = |text: &String| text.starts_with("Loket: ⚠");
    assert_eq!(app.room().lines().into_iter().filter(warned).count(), 1);
}

#[tokio::test]
async fn a_refusal_takes_the_hourglass_away() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel.will(fault_for(30));
    app.channel.will(refused());
    let line = app.agent("ayu").types("satu").await;
    app.advance(5).await;
    app.advance(10).await;
    assert_eq!(app.room().reactions(&line), ["⏳"]);
    app.advance(20).await;
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
}

#[tokio::test]
async fn a_second_failure_can_be_sent_again_by_the_same_button() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel.will(refused());
    app.channel.will(refused());
    let line = app.agent("ayu").types("satu").await;
    app.advance(5).await;
    app.agent("ayu").reacts(&line, "🔁").await;
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
    app.agent("ayu").reacts(&line, "🔁").await;
    assert_eq!(app.channel.texts(), ["satu", "satu", "satu"]);
    assert_eq!(app.state_of(2).await, LineState::Accepted);
    assert_eq!(app.room().reactions(&line), NONE);
}

#[tokio::test]
async fn a_line_of_the_second_agent_waits_for_nothing_of_the_first() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    app.agent("sari").types("!takeover force").await;
    app.agent("sari").types("dua").await;
    app.advance(5).await;
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["satu", "dua"]);
    assert_eq!(app.room().owner(), "sari");
}

#[tokio::test]
async fn the_hand_on_a_solved_case_is_answered_in_the_lobby() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let lobby = app.lobby();
    let line = lobby.events.last().unwrap().id.clone();
    app.agent("ayu").types("!solve").await;
    app.agent("sari")
        .within(&lobby.id)
        .reacts(&line, "✋")
        .await;
    let told = "Loket: This conversation is solved: there is nothing to take over. A line to \
        the customer opens a new case. Nothing was sent to the customer.";
    assert_eq!(app.lobby().last(), told);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn the_hand_in_the_portal_takes_over_too() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.room().event("halo");
    app.agent("ayu").reacts(&line, "✋").await;
    assert_eq!(app.room().owner(), "ayu");
    assert_eq!(app.room().reactions(&line), NONE);
    app.agent("sari").reacts(&line, "✋").await;
    let told = "Loket: Ayu has it (0 min ago): !takeover force. \
        Nothing was sent to the customer.";
    assert_eq!(app.room().last(), told);
}

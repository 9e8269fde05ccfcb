//! Lines that are held, changed or taken back before they go; notes.

use loket::domain::ids::EventId;

use super::support::TestApp;
use super::support::outcome::down;

/// What is asked about a line in a colleague's conversation.
const ASKED: &str = "Loket: ⏸ Held: Ayu has this conversation. \
    ✅ send · ❌ drop (not sent after 10 minutes)";

/// What is said of a line that nobody decided about.
const UNDECIDED: &str = "Loket: ⚠ Not sent: nobody confirmed this line within 10 minutes. \
    Write it again if it should go.";

/// No reactions.
const NONE: [&str; 0] = [];

/// An application in which Ayu has Budi's conversation and Sari has written a line.
async fn foreign() -> (TestApp, EventId) {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    let line = app.agent("sari").types("biar saya saja").await;
    (app, line)
}

#[tokio::test]
async fn a_line_in_a_colleagues_conversation_is_held() {
    let (app, line) = foreign().await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
    assert_eq!(app.room().reactions(&line), ["⏸", "✅", "❌"]);
    assert_eq!(app.room().last(), ASKED);
    assert_eq!(app.room().owner(), "ayu");
}

#[tokio::test]
async fn only_its_writer_lets_a_held_line_go() {
    let (app, line) = foreign().await;
    app.agent("ayu").reacts(&line, "✅").await;
    app.agent("dewi").reacts(&line, "✅").await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), NONE);
    app.agent("sari").reacts(&line, "✅").await;
    assert_eq!(app.channel.texts(), ["biar saya saja"]);
    assert_eq!(app.room().owner(), "ayu");
    assert_eq!(app.room().read_by("Loket"), Some(line));
}

#[tokio::test]
async fn its_writer_drops_a_held_line() {
    let (app, line) = foreign().await;
    app.agent("sari").reacts(&line, "❌").await;
    app.agent("sari").reacts(&line, "✅").await;
    app.advance(1_200).await;
    assert_eq!(app.channel.texts(), NONE);
    assert_eq!(app.room().last(), ASKED, "nothing more is said");
}

#[tokio::test]
async fn a_held_line_is_dropped_after_ten_minutes() {
    let (app, line) = foreign().await;
    app.advance(599).await;
    assert_eq!(app.room().last(), ASKED);
    app.advance(1).await;
    assert_eq!(app.room().last(), UNDECIDED);
    assert_eq!(
        app.room().rings(UNDECIDED.trim_start_matches("Loket: ")),
        ["sari"]
    );
    app.agent("sari").reacts(&line, "✅").await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), NONE);
}

#[tokio::test]
async fn a_customers_line_asks_again_about_a_held_one() {
    let (app, line) = foreign().await;
    app.advance(540).await;
    app.contact("budi").says("masih di sana?").await;
    let again = "⏸ Still held, and something has changed since: send it? \
        ✅ send · ❌ drop (not sent after 10 minutes)";
    assert_eq!(app.room().last(), format!("Loket: {again}"));
    assert_eq!(app.room().rings(again), Vec::<String>::new());
    app.advance(599).await;
    assert_eq!(app.room().last(), format!("Loket: {again}"));
    app.agent("sari").reacts(&line, "✅").await;
    assert_eq!(app.channel.texts(), ["biar saya saja"]);
}

#[tokio::test]
async fn a_held_line_holds_up_nothing() {
    let (app, _line) = foreign().await;
    app.agent("ayu").types("saya yang jawab").await;
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["saya yang jawab"]);
}

#[tokio::test]
async fn a_line_outside_the_window_is_kept_until_the_customer_writes() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.advance(24 * 3_600).await;
    let line = app.agent("ayu").types("maaf, baru sempat").await;
    app.advance(3_600).await;
    assert_eq!(app.channel.texts(), NONE);
    let kept = "Loket: ⏸ Kept, not sent: the customer last wrote more than 24 hours ago. \
        Once they have written again: ✅ send · ❌ drop";
    assert_eq!(app.room().last(), kept);
    app.agent("ayu").reacts(&line, "✅").await;
    assert_eq!(app.channel.texts(), NONE);
    app.contact("budi").says("halo?").await;
    let open = "The customer has written again, so this line can go now: ✅ send · ❌ drop";
    assert_eq!(app.room().last(), format!("Loket: {open}"));
    assert_eq!(app.room().rings(open), ["ayu"]);
    app.agent("ayu").reacts(&line, "✅").await;
    assert_eq!(app.channel.texts(), ["maaf, baru sempat"]);
}

#[tokio::test]
async fn a_line_that_waited_half_an_hour_is_asked_about() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    for _ in 0..60 {
        app.channel.will(down());
    }
    let line = app.agent("ayu").types("sebentar ya").await;
    app.advance(5).await;
    for _ in 0..31 {
        app.advance(60).await;
    }
    let tries = app.channel.texts().len();
    let asked = "⏸ Held: written 31 min ago, and could not be sent until now. ✅ send · ❌ drop";
    assert_eq!(app.room().last(), format!("Loket: {asked}"));
    assert_eq!(app.room().rings(asked), ["ayu"]);
    assert_eq!(app.room().reactions(&line), ["⏸", "✅", "❌"]);
    app.advance(3_600).await;
    assert_eq!(app.channel.texts().len(), tries, "it waits for its writer");
    app.agent("ayu").reacts(&line, "❌").await;
    app.agent("ayu").types("halo lagi").await;
    app.advance(5).await;
    assert_eq!(app.channel.texts().split_off(tries), ["halo lagi"]);
}

#[tokio::test]
async fn an_edit_in_the_undo_window_replaces_the_line_and_restarts_it() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("harganya 10").await;
    app.advance(3).await;
    app.agent("ayu").edits(&line, "harganya 100").await;
    app.advance(4).await;
    assert_eq!(app.channel.texts(), NONE);
    app.advance(1).await;
    assert_eq!(app.channel.texts(), ["harganya 100"]);
    assert_eq!(app.room().read_by("Loket"), Some(line));
}

#[tokio::test]
async fn an_edit_after_the_line_went_is_not_sent() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("harganya 10").await;
    app.advance(5).await;
    app.agent("ayu").edits(&line, "harganya 100").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["harganya 10"]);
    let told = "Loket: ⚠ The line had gone already, and this channel cannot change what was \
        sent: the customer gets the first version. Send a new line to correct it.";
    assert_eq!(app.room().last(), told);
}

#[tokio::test]
async fn an_edit_that_makes_a_line_internal_takes_it_back() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("dia penipu").await;
    app.agent("ayu").edits(&line, "note: dia penipu").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
}

#[tokio::test]
async fn a_redaction_in_the_undo_window_cancels_the_line() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("salah kamar").await;
    app.advance(4).await;
    app.agent("ayu").redacts(&line).await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
    assert_eq!(
        app.room().owner(),
        "queue",
        "the line gives back what it took"
    );
}

#[tokio::test]
async fn a_redaction_after_the_line_went_is_told() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("salah kamar").await;
    app.advance(5).await;
    app.agent("ayu").redacts(&line).await;
    let told = "Loket: ⚠ The line had gone already, and this channel cannot take back what \
        was sent: the customer has it.";
    assert_eq!(app.room().last(), told);
}

#[tokio::test]
async fn undo_takes_back_the_newest_line_only() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    app.agent("ayu").types("dua").await;
    let undo = app.agent("ayu").types("!undo").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    assert_eq!(app.room().reactions(&undo), ["✅"]);
    app.agent("ayu").types("!undo").await;
    let told = "Loket: Nothing to take back: none of your lines is waiting.";
    assert_eq!(app.room().last(), told);
}

#[tokio::test]
async fn a_claim_that_is_taken_back_is_open_in_the_lobby_again() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let before = app.lobby().lines();
    app.agent("ayu").types("satu").await;
    assert_eq!(app.lobby().lines(), ["Loket: ✓ Ayu 14:00 · Budi · #1"]);
    app.agent("ayu").types("!undo").await;
    app.advance(60).await;
    assert_eq!(app.room().owner(), "queue");
    assert!(
        app.lobby().lines().ends_with(&before),
        "{:?}",
        app.lobby().lines()
    );
}

#[tokio::test]
async fn in_note_mode_plain_lines_are_notes() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!mode note").await;
    let note = app.agent("ayu").types("pelanggan lama").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
    assert_eq!(app.room().reactions(&note), ["📝"]);
    app.agent("ayu").types("!mode reply").await;
    app.agent("ayu").types("halo Budi").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["halo Budi"]);
}

#[tokio::test]
async fn notes_commands_and_answers_to_internal_lines_never_leave() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let note = app.agent("ayu").types(";; dia VIP").await;
    app.agent("ayu").answers(&note, "setuju").await;
    app.agent("ayu").types("!takeovr").await;
    app.agent("ayu").types("/shrug").await;
    app.agent("ayu").types("catatan: jangan kasih diskon").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), NONE);
    assert_eq!(app.room().owner(), "queue");
    app.agent("ayu").types("!send !takeovr itu perintah").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["!takeovr itu perintah"]);
}

//! The desk: claims in the lobby, cases, commands, direct chats.

use loket::domain::ids::RoomId;
use loket::domain::room_event::{RoomContent, RoomEvent};

use super::support::TestApp;

/// The lobby's line of the only portal.
fn claim(app: &TestApp) -> String {
    format!(
        "🙋 Budi · WhatsApp · #1 needs a human: https://matrix.to/#/{} · ✋ takes it",
        app.room().id
    )
}

#[tokio::test]
async fn a_first_line_makes_a_room_and_rings_in_the_lobby() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let room = app.room();
    assert_eq!(room.name(), "🙋 Budi · WhatsApp");
    assert_eq!(room.lines(), ["Budi: halo"]);
    assert_eq!(room.owner(), "queue");
    assert_eq!(room.state().case, Some(1));
    assert_eq!(app.lobby().lines(), [format!("Loket: {}", claim(&app))]);
    assert_eq!(app.lobby().rings(&claim(&app)), ["ayu", "sari", "dewi"]);
    for agent in ["@ayu:localhost", "@sari:localhost", "@dewi:localhost"] {
        assert_eq!(room.membership(agent), "invite", "{agent}");
    }
}

#[tokio::test]
async fn further_lines_of_a_case_ring_nobody_in_the_lobby() {
    let app = TestApp::start().await;
    for text in ["halo", "ada orang?", "halo?"] {
        app.contact("budi").says(text).await;
        app.advance(60).await;
    }
    assert_eq!(app.lobby().lines().len(), 1);
}

#[tokio::test]
async fn a_takeover_makes_its_agent_the_owner() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let command = app.agent("ayu").types("!takeover").await;
    assert_eq!(app.room().owner(), "ayu");
    assert_eq!(app.room().reactions(&command), ["✅"]);
    assert_eq!(app.lobby().lines(), ["Loket: ✓ Ayu 14:00 · Budi · #1"]);
}

#[tokio::test]
async fn a_second_agent_is_told_who_has_it() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    app.advance(120).await;
    app.agent("sari").types("!takeover").await;
    let told = "Loket: Ayu has it (2 min ago): !takeover force. \
        Nothing was sent to the customer.";
    assert_eq!(app.room().last(), told);
    app.agent("sari").types("!takeover force").await;
    assert_eq!(app.room().last(), "Loket: 👤 Sari took over from Ayu");
    app.advance(5).await;
    assert_eq!(app.room().owner(), "sari");
}

#[tokio::test]
async fn the_hand_in_the_lobby_claims() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let lobby = app.lobby();
    let line = lobby.event(&claim(&app));
    app.agent("ayu").within(&lobby.id).reacts(&line, "✋").await;
    assert_eq!(app.room().owner(), "ayu");
    assert_eq!(app.lobby().lines(), ["Loket: ✓ Ayu 14:00 · Budi · #1"]);
    assert_eq!(
        app.lobby().reactions(&line),
        Vec::<String>::new(),
        "it can be pressed again"
    );
    assert_eq!(app.room().lines(), ["Budi: halo"]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn of_two_hands_in_the_lobby_one_wins_and_the_other_is_told() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let lobby = app.lobby();
    let line = lobby.event(&claim(&app));
    let hand = || RoomContent::Reaction {
        target: line.clone(),
        key: "✋".into(),
    };
    let events: Vec<RoomEvent> = ["ayu", "sari"]
        .map(|name| app.agent(name).within(&lobby.id).event(hand()))
        .into();
    app.transaction(events, Vec::new()).await;
    app.settle().await;
    assert_eq!(app.room().owner(), "ayu");
    let told = "Loket: Ayu has it (0 min ago): !takeover force. \
        Nothing was sent to the customer.";
    assert_eq!(app.lobby().last(), told);
    assert_eq!(app.room().lines(), ["Budi: halo"]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn a_line_after_solving_opens_a_new_case() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    app.agent("ayu").types("!solve").await;
    app.advance(5).await;
    assert_eq!(app.room().state().status, "solved");
    app.contact("budi").says("masih ada masalah").await;
    app.advance(5).await;
    let room = app.room();
    assert_eq!(room.state().case, Some(2));
    assert_eq!(room.state().status, "open");
    assert_eq!(room.owner(), "queue");
    assert_eq!(room.name(), "🙋 Budi · WhatsApp");
    assert_eq!(app.lobby().lines().len(), 2);
    assert!(app.lobby().last().contains("#2 needs a human"));
}

#[tokio::test]
async fn thanks_after_solving_are_shown_and_open_nothing() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!solve").await;
    app.advance(540).await;
    app.contact("budi").says("oke makasih kak").await;
    app.advance(5).await;
    assert_eq!(app.room().state().status, "solved");
    assert_eq!(app.room().state().case, Some(1));
    assert_eq!(app.room().last(), "Budi: oke makasih kak");
    assert_eq!(app.lobby().lines().len(), 1);
}

#[tokio::test]
async fn thanks_long_after_solving_open_a_case() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!solve").await;
    app.advance(601).await;
    app.contact("budi").says("oke makasih kak").await;
    app.advance(5).await;
    assert_eq!(app.room().state().case, Some(2));
}

#[tokio::test]
async fn an_agents_line_into_a_solved_case_sends_and_reopens() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!solve").await;
    app.advance(60).await;
    app.agent("sari").types("satu lagi").await;
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["satu lagi"]);
    assert_eq!(app.room().state().status, "open");
    assert_eq!(app.room().owner(), "sari");
}

/// An agent invites the desk into a room of their own; its id.
async fn direct_chat(app: &TestApp, name: &str) -> RoomId {
    let room = app.homeserver.open_direct(&format!("@{name}:localhost"));
    let invitation = RoomContent::Member {
        user: "@loket:localhost".into(),
        membership: "invite".into(),
        name: None,
    };
    app.agent(name).within(&room).does(invitation).await;
    room
}

/// The lines of a room that is no portal.
fn lines(app: &TestApp, room: &RoomId) -> Vec<String> {
    app.homeserver.room(room).unwrap().lines()
}

#[tokio::test]
async fn the_desk_joins_an_agents_direct_chat_and_answers_there() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let room = direct_chat(&app, "ayu").await;
    let welcome = "loket: Commands that need no conversation work here, privately: \
        !help lists them.";
    assert_eq!(lines(&app, &room), [welcome]);
    app.advance(180).await;
    app.agent("ayu").within(&room).types("!queue").await;
    let waits = format!(
        "loket: 🙋 #1 Budi · WhatsApp · waits 3 min · https://matrix.to/#/{}",
        app.room().id
    );
    assert_eq!(lines(&app, &room).last(), Some(&waits));
    app.agent("ayu").within(&room).types("queue").await;
    assert_eq!(lines(&app, &room).last(), Some(&waits));
    app.agent("ayu").types("!takeover").await;
    app.agent("ayu").within(&room).types("!queue").await;
    assert_eq!(
        lines(&app, &room).last().unwrap(),
        "loket: Nobody waits for a human."
    );
}

#[tokio::test]
async fn help_lists_what_works_there() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let room = direct_chat(&app, "ayu").await;
    app.agent("ayu").within(&room).types("!help").await;
    let help = lines(&app, &room).pop().unwrap();
    assert!(
        help.contains("!queue") && !help.contains("!takeover"),
        "{help}"
    );
    app.agent("ayu").types("!help").await;
    let help = app.room().last();
    assert!(
        help.contains("!takeover") && !help.contains("!queue"),
        "{help}"
    );
    app.agent("ayu").within(&room).types("!solve").await;
    let told = "loket: ⚠ !solve works in a conversation's room only. \
        Nothing was sent to the customer.";
    assert_eq!(lines(&app, &room).last().unwrap(), told);
}

#[tokio::test]
async fn a_strangers_invitation_is_not_accepted() {
    let app = TestApp::start().await;
    let room = direct_chat(&app, "mallory").await;
    app.advance(60).await;
    let room = app.homeserver.room(&room).unwrap();
    assert_eq!(room.membership("@loket:localhost"), "invite");
    assert_eq!(room.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn small_talk_in_the_lobby_is_nobodys_business() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let lobby = app.lobby().id.clone();
    app.agent("ayu")
        .within(&lobby)
        .types("selamat pagi semua")
        .await;
    app.agent("ayu").within(&lobby).types("!queue").await;
    app.advance(60).await;
    let lines = app.lobby().lines();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines.last().unwrap().contains("#1 Budi"));
    assert_eq!(app.channel.texts(), Vec::<String>::new());
}

//! The way in: a customer's line, its room, the lobby.

use super::support::TestApp;

#[tokio::test]
async fn a_first_line_makes_a_room_and_rings_in_the_lobby() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let room = app.room();
    assert_eq!(room.name(), "🙋 Budi · WhatsApp");
    assert_eq!(room.lines(), ["Budi: halo"]);
    assert_eq!(room.owner(), "queue");
    assert_eq!(room.state().case, Some(1));
    let lobby = app.lobby();
    let claim = format!(
        "🙋 Budi · WhatsApp · #1 needs a human: https://matrix.to/#/{} · ✋ takes it",
        room.id
    );
    assert_eq!(lobby.lines(), [format!("Loket: {claim}")]);
    assert_eq!(lobby.rings(&claim), ["ayu", "sari", "dewi"]);
    for agent in ["@ayu:localhost", "@sari:localhost", "@dewi:localhost"] {
        assert_eq!(room.membership(agent), "invite", "{agent}");
    }
}

#[tokio::test]
async fn a_takeover_makes_its_agent_the_owner() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    assert_eq!(app.room().owner(), "ayu");
}

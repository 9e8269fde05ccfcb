//! Rooms, names, the lobby, commands.

use loket::domain::contact::{Address, AddressKind, ChannelKind};
use loket::domain::ids::AccountId;
use loket::domain::room::RoomKind;
use loket::domain::room_event::RoomContent;

use super::super::support::TestApp;
use super::course::{Act, Death, Story};

/// Two lines in one webhook make a room; both rooms' first aliases are somebody
/// else's; the customer takes another name.
pub(super) const ARRIVED: Story = Story {
    before: |app| app.homeserver.occupy("loket_room_lobby_main_1"),
    acts: &[
        Act::Webhook(|app| {
            let budi = app.contact("budi");
            vec![budi.line("satu"), budi.line("dua")]
        }),
        Act::Does(|app| Box::pin(occupy_portal(app))),
        Act::Settle,
        Act::Pass(60),
        Act::Webhook(|app| {
            vec![
                app.contact("budi")
                    .known_as("Budi Santoso")
                    .line("ini saya"),
            ]
        }),
        Act::Settle,
    ],
    check: |app, death| Box::pin(arrived(app, death)),
};

/// Takes the alias of Budi's portal.
async fn occupy_portal(app: &mut TestApp) {
    let id = conversation(app).await;
    app.homeserver.occupy(&format!("loket_{id}_1"));
}

/// Budi's conversation.
async fn conversation(app: &TestApp) -> String {
    let address = Address {
        kind: AddressKind::Phone,
        value: app.contact("budi").address().into(),
    };
    let read = app.works().store.read(move |tx| {
        Box::pin(async move {
            let channel = ChannelKind::Whatsapp;
            let identity = tx.find_identity_by_address(channel, &address).await?;
            let account = AccountId::from("wa");
            let found = tx.find_conversation(&identity.unwrap(), &account).await?;
            Ok(found.unwrap())
        })
    });
    read.await.unwrap().to_string()
}

/// What must be there after [`ARRIVED`].
async fn arrived(app: &TestApp, death: Option<Death>) {
    let room = app.room();
    let id = conversation(app).await;
    assert_eq!(room.recipe.alias, format!("loket_{id}_2"), "{death:?}");
    assert_eq!(
        room.lines(),
        [
            "Budi Santoso: satu",
            "Budi Santoso: dua",
            "Budi Santoso: ini saya"
        ],
        "{death:?}"
    );
    assert_eq!(room.name(), "🙋 Budi Santoso · WhatsApp", "{death:?}");
    assert_eq!(room.owner(), "queue", "{death:?}");
    assert!(
        matches!(&room.recipe.kind, RoomKind::Portal(portal)
            if portal.photo.is_some() && room.membership(portal.ghost.as_str()) == "join"),
        "{death:?}"
    );
    for agent in ["@ayu:localhost", "@sari:localhost", "@dewi:localhost"] {
        assert_eq!(room.membership(agent), "invite", "{agent} {death:?}");
        assert_eq!(app.lobby().membership(agent), "invite", "{agent} {death:?}");
    }
    let claim = format!(
        "Loket: 🙋 Budi · WhatsApp · #1 needs a human: https://matrix.to/#/{} · ✋ takes it",
        room.id
    );
    assert_eq!(app.lobby().lines(), [claim], "{death:?}");
    assert_eq!(app.alerts(), Vec::<String>::new(), "{death:?}");
    spaces(app, death);
    // Four rooms of the desk, the portal, and the two of somebody else.
    assert_eq!(app.homeserver.rooms().len(), 7, "{death:?}");
}

/// Every room stands in its space, once.
fn spaces(app: &TestApp, death: Option<Death>) {
    let called = |key| app.homeserver.room_called(key).unwrap();
    let (all, account) = (called("space"), called("space:wa"));
    let lobby = app.lobby();
    assert_eq!(lobby.recipe.alias, "loket_room_lobby_main_2", "{death:?}");
    assert_eq!(
        all.children,
        [lobby.id.clone(), account.id.clone()],
        "{death:?}"
    );
    assert_eq!(account.children, [app.room().id.clone()], "{death:?}");
}

/// Ayu presses ✋ in the lobby, writes a note, solves, opens a direct chat; the
/// customer comes back with a new case.
pub(super) const COMMANDED: Story = Story {
    before: |_app| (),
    acts: &[
        Act::Webhook(|app| vec![app.contact("budi").line("halo")]),
        Act::Settle,
        Act::Transaction(|app| {
            let lobby = app.lobby();
            let target = lobby.events.last().unwrap().id.clone();
            let key = "✋".into();
            let ayu = app.agent("ayu").within(&lobby.id);
            (
                vec![ayu.event(RoomContent::Reaction { target, key })],
                vec![],
            )
        }),
        Act::Settle,
        Act::Transaction(|app| {
            let ayu = app.agent("ayu");
            (
                vec![ayu.line(";; pelanggan lama"), ayu.line("!solve")],
                vec![],
            )
        }),
        Act::Settle,
        Act::Transaction(|app| {
            let room = app.homeserver.open_direct("@ayu:localhost");
            let invitation = RoomContent::Member {
                user: "@loket:localhost".into(),
                membership: "invite".into(),
                name: None,
            };
            let ayu = app.agent("ayu").within(&room);
            (vec![ayu.event(invitation)], vec![])
        }),
        Act::Settle,
        Act::Transaction(|app| {
            let room = app.homeserver.rooms().pop().unwrap().id;
            (vec![app.agent("ayu").within(&room).line("!queue")], vec![])
        }),
        Act::Settle,
        Act::Pass(601),
        Act::Webhook(|app| vec![app.contact("budi").line("ada lagi")]),
        Act::Settle,
        // A month later its rows are forgotten.
        Act::Pass(31 * 86_400),
        Act::Sweep,
    ],
    check: |app, death| Box::pin(async move { commanded(app, death) }),
};

/// What must be there after [`COMMANDED`].
fn commanded(app: &TestApp, death: Option<Death>) {
    let room = app.room();
    assert_eq!(
        room.lines(),
        [
            "Budi: halo",
            "ayu: ;; pelanggan lama",
            "ayu: !solve",
            "Budi: ada lagi"
        ],
        "{death:?}"
    );
    let marks = |text| room.reactions(&room.event(text));
    assert_eq!(marks(";; pelanggan lama"), ["📝"], "{death:?}");
    assert_eq!(marks("!solve"), ["✅"], "{death:?}");
    assert_eq!(room.owner(), "queue", "{death:?}");
    let state = room.state();
    assert_eq!((state.case, state.status.as_str()), (Some(2), "open"));
    let lobby = app.lobby();
    let waits = format!(
        "Loket: 🙋 Budi · WhatsApp · #2 needs a human: https://matrix.to/#/{} · ✋ takes it",
        room.id
    );
    assert_eq!(
        lobby.lines(),
        ["Loket: ✓ Ayu 14:00 · Budi · #1".to_owned(), waits],
        "{death:?}"
    );
    let first = lobby.event("✓ Ayu 14:00 · Budi · #1");
    assert_eq!(lobby.reactions(&first), Vec::<String>::new(), "{death:?}");
    let direct = app.homeserver.rooms().pop().unwrap();
    assert_eq!(
        direct.lines(),
        [
            "loket: Commands that need no conversation work here, privately: !help lists them.",
            "ayu: !queue",
            "loket: Nobody waits for a human.",
        ],
        "{death:?}"
    );
    assert_eq!(app.alerts(), Vec::<String>::new(), "{death:?}");
    assert_eq!(app.channel.texts(), Vec::<String>::new(), "{death:?}");
}

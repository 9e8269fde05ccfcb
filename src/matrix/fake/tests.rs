//! The fake behaves as the real one where tests rely on it.

use super::*;
use crate::domain::contact::ChannelKind;
use crate::domain::room::{Ghost, Outgoing, OutgoingContent, Style};
use crate::matrix::Homeserver;

fn recipe(alias: &str, allow: Option<RoomId>) -> Recipe {
    Recipe {
        loket_id: format!("id of {alias}"),
        alias: alias.into(),
        kind: RoomKind::Lobby,
        name: "Lobby".into(),
        topic: String::new(),
        invite: vec!["@ayu:localhost".into()],
        powers: BTreeMap::new(),
        allow,
    }
}

fn says(author: &UserId, room: &RoomId, id: &str, text: &str) -> Outgoing {
    Outgoing {
        author: author.clone(),
        room: room.clone(),
        loket_id: id.into(),
        at: None,
        content: OutgoingContent::Text {
            text: Rich::from_plain(text),
            style: Style::Text,
            ring: Vec::new(),
            reply_to: None,
            replaces: None,
        },
    }
}

#[tokio::test]
async fn a_taken_alias_is_refused_and_only_our_own_room_is_found() {
    let server = FakeHomeserver::new();
    let room = server.create_room(&recipe("a", None)).await.unwrap();
    let again = server.create_room(&recipe("a", None)).await;
    assert_eq!(again, Err(refused("M_ROOM_IN_USE", 400)));
    server.occupy("b");
    let found = server.find_room("#a:localhost", "id of a").await;
    assert_eq!(found, Ok(Some(room)));
    for (alias, id) in [
        ("#a:localhost", "x"),
        ("#b:localhost", "id of b"),
        ("#c:localhost", "x"),
    ] {
        assert_eq!(server.find_room(alias, id).await, Ok(None));
    }
}

#[tokio::test]
async fn a_ghost_is_made_invited_and_joined_before_it_speaks() {
    let server = FakeHomeserver::new();
    let room = server.create_room(&recipe("a", None)).await.unwrap();
    let user = server.ghost(ChannelKind::Whatsapp, &"idn_1".into());
    let line = says(&user, &room, "1", "halo");
    let forbidden = Err(refused("M_FORBIDDEN", 403));
    assert_eq!(server.send(&line).await, forbidden);
    let ghost = Ghost {
        user: user.clone(),
        name: "Budi".into(),
    };
    server.ensure_ghost(&ghost).await.unwrap();
    assert_eq!(
        server.join(&user, &room).await,
        Err(refused("M_FORBIDDEN", 403))
    );
    server.invite(&user, &room).await.unwrap();
    server.join(&user, &room).await.unwrap();
    server.send(&line).await.unwrap();
    assert_eq!(server.room(&room).unwrap().lines(), ["loket_wa_1: halo"]);
}

#[tokio::test]
async fn the_same_id_is_the_same_event_until_it_is_forgotten() {
    let server = FakeHomeserver::new();
    let room = server.create_room(&recipe("a", None)).await.unwrap();
    let line = says(&server.desk(), &room, "1", "halo");
    server.lose_next_answer(Ask::Send);
    assert!(server.send(&line).await.is_err());
    let event = server.send(&line).await.unwrap();
    assert_eq!(server.send(&line).await, Ok(event.clone()));
    assert_eq!(server.room(&room).unwrap().events.len(), 1);
    server.forget_transactions();
    assert_eq!(
        server.find_event(&room, "1", 9).await,
        Ok(Some(event.clone()))
    );
    assert_ne!(server.send(&line).await, Ok(event));
}

#[tokio::test]
async fn edits_reactions_and_redactions_are_shown() {
    let server = FakeHomeserver::new();
    let desk = server.desk();
    let room = server.create_room(&recipe("a", None)).await.unwrap();
    let first = server.send(&says(&desk, &room, "1", "old")).await.unwrap();
    let mut edit = says(&desk, &room, "2", "new");
    if let OutgoingContent::Text { replaces, .. } = &mut edit.content {
        *replaces = Some(first.clone());
    }
    server.send(&edit).await.unwrap();
    let agents = server.says("@ayu:localhost", &room, "ok").id;
    let mut other = says(&desk, &room, "3", "");
    other.content = OutgoingContent::Reaction {
        target: agents.clone(),
        key: "⏳".into(),
    };
    let mark = server.send(&other).await.unwrap();
    let shown = server.room(&room).unwrap();
    assert_eq!(shown.lines(), ["loket: new", "ayu: ok"]);
    assert_eq!(shown.reactions(&agents), ["⏳"]);
    assert_eq!(shown.find("new").unwrap().id, first);
    other.loket_id = "4".into();
    other.content = OutgoingContent::Redaction { target: mark };
    server.send(&other).await.unwrap();
    assert!(server.room(&room).unwrap().reactions(&agents).is_empty());
}

#[tokio::test]
async fn it_fails_when_asked_to() {
    let server = FakeHomeserver::new();
    let error = refused("M_FORBIDDEN", 403);
    server.fail_next(Ask::Ping, error.clone());
    assert_eq!(server.ping().await, Err(error.clone()));
    assert!(server.ping().await.is_ok());
    server.go_down(error.clone());
    assert_eq!(server.ensure_desk().await, Err(error));
    server.come_back();
    assert!(server.ensure_desk().await.is_ok());
    assert_eq!(server.asked(Ask::EnsureUser), 2);
}

#[tokio::test]
async fn a_member_of_the_space_needs_no_invitation() {
    let server = FakeHomeserver::new();
    let space = server.create_room(&recipe("s", None)).await.unwrap();
    let room = server
        .create_room(&recipe("r", Some(space.clone())))
        .await
        .unwrap();
    let user = server.ghost(ChannelKind::Whatsapp, &"idn_1".into());
    let ghost = Ghost {
        user: user.clone(),
        name: "Budi".into(),
    };
    server.ensure_ghost(&ghost).await.unwrap();
    assert!(server.join(&user, &room).await.is_err());
    server.sends(user.as_str(), &space, RoomContent::Encrypted);
    assert!(server.join(&user, &room).await.is_ok());
}

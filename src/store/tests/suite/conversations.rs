//! Conversations, cases, notes, portals and rooms.

use super::*;
use crate::domain::conversation::{Conversation, Owner, Status};
use crate::domain::message::{Hold, OpenState};
use crate::domain::room::{ConversationState, Face};
use crate::store::{Ensured, NoteRow, PortalState};

#[tokio::test]
async fn an_identity_has_one_conversation_on_an_account_for_life() {
    let desk = Desk::new().await;
    let first = desk.conversation().await;
    let again = desk
        .write(|tx| {
            Box::pin(async move {
                let identity = IdentityId::from("idn_1");
                let fresh = ConversationId::from("cnv_2");
                let same = tx
                    .ensure_conversation(&identity, &"wa".into(), fresh.clone(), at(2))
                    .await?;
                let other = tx
                    .ensure_conversation(&identity, &"wa2".into(), fresh, at(2))
                    .await?;
                Ok([same, other])
            })
        })
        .await;
    assert_eq!(
        again,
        [
            Ensured {
                id: first,
                created: false
            },
            Ensured {
                id: ConversationId::from("cnv_2"),
                created: true
            }
        ]
    );
}

#[tokio::test]
async fn a_conversation_comes_back_as_it_was_saved() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    let read = id.clone();
    let fresh = desk
        .read(move |tx| Box::pin(async move { tx.lock_conversation(&read).await }))
        .await;
    assert_eq!(
        fresh,
        Conversation::new(id.clone(), IdentityId::from("idn_1"), "wa".into())
    );
    let mut changed = Conversation {
        version: 0,
        handover_epoch: 3,
        owner: Owner::Agent("@ayu:example.org".into()),
        owner_since: Some(at(4)),
        status: Status::Snoozed(None),
        case: Some(7),
        solved_at: Some(at(1)),
        waiting_since: Some(at(2)),
        window_expires_at: Some(at(3)),
        note_mode: ["@ayu:example.org".into()].into(),
        ..fresh
    };
    let saved = changed.clone();
    let stored = desk
        .write(move |tx| {
            Box::pin(async move {
                tx.save_conversation(&saved).await?;
                tx.lock_conversation(&saved.id).await
            })
        })
        .await;
    changed.version = 1;
    assert_eq!(stored, changed);
}

#[tokio::test]
async fn a_conversation_that_somebody_else_saved_is_stale() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    let read = desk
        .read(move |tx| Box::pin(async move { tx.lock_conversation(&id).await }))
        .await;
    let (first, second) = (read.clone(), read);
    desk.write(move |tx| Box::pin(async move { tx.save_conversation(&first).await }))
        .await;
    let stale = desk
        .store
        .write(move |tx| Box::pin(async move { tx.save_conversation(&second).await }))
        .await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
}

#[tokio::test]
async fn a_conversation_knows_its_open_lines_oldest_first() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    let lines = desk
        .write(move |tx| {
            Box::pin(async move {
                for name in ["msg_b", "msg_a", "msg_c"] {
                    tx.insert_message(&line(name, &id)).await?;
                }
                let held = MessageId::from("msg_a");
                tx.hold_message(&held, Hold::Foreign, Some(at(600))).await?;
                tx.set_message_state(&MessageId::from("msg_c"), LineState::Started)
                    .await?;
                Ok(tx.lock_conversation(&id).await?.lines)
            })
        })
        .await;
    let states: Vec<(&str, OpenState)> = lines
        .iter()
        .map(|line| (line.message.as_str(), line.state))
        .collect();
    assert_eq!(
        states,
        [
            ("msg_b", OpenState::Queued { due: at(5) }),
            (
                "msg_a",
                OpenState::Held {
                    hold: Hold::Foreign,
                    until: Some(at(600))
                }
            ),
        ]
    );
}

#[tokio::test]
async fn cases_are_numbered_through_the_desk_and_close_once() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    let (numbers, closed, case) = desk
        .write(move |tx| {
            Box::pin(async move {
                let first = tx.open_case(&id, at(1)).await?;
                let second = tx.open_case(&id, at(2)).await?;
                let ayu = "@ayu:example.org".into();
                let closed = [
                    tx.close_case(first, Some(&ayu), "paid", at(3)).await?,
                    tx.close_case(first, None, "", at(4)).await?,
                ];
                Ok(([first, second], closed, tx.find_case(first).await?))
            })
        })
        .await;
    assert_eq!((numbers, closed), ([1, 2], [true, false]));
    let case = case.unwrap();
    assert_eq!(
        (case.solved_at, case.solved_by, case.reason.as_str()),
        (Some(at(3)), Some("@ayu:example.org".into()), "paid")
    );
}

#[tokio::test]
async fn the_queue_lists_who_waits_longest_first() {
    let desk = Desk::new().await;
    let queue = desk
        .write(|tx| {
            Box::pin(async move {
                for (name, account, waiting) in [
                    ("a", "wa", Some(at(3))),
                    ("b", "wa2", Some(at(1))),
                    ("c", "wa", None),
                    ("d", "wa", Some(at(2))),
                    ("e", "other team", Some(at(0))),
                ] {
                    let id = ConversationId::from(format!("cnv_{name}"));
                    let identity = IdentityId::from(format!("idn_{name}"));
                    tx.ensure_conversation(&identity, &account.into(), id.clone(), at(0))
                        .await?;
                    let mut conversation = tx.lock_conversation(&id).await?;
                    conversation.status = Status::Open;
                    conversation.waiting_since = waiting;
                    tx.save_conversation(&conversation).await?;
                }
                tx.ensure_portal(&"cnv_b".into()).await?;
                tx.set_portal_ready(&"cnv_b".into(), &"!b:example.org".into())
                    .await?;
                tx.queue_list(&["wa".into(), "wa2".into()], 3).await
            })
        })
        .await;
    let listed: Vec<(&str, Option<Timestamp>, bool)> = queue
        .iter()
        .map(|row| {
            (
                row.conversation.as_str(),
                row.waiting_since,
                row.room.is_some(),
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            ("cnv_b", Some(at(1)), true),
            ("cnv_d", Some(at(2)), false),
            ("cnv_a", Some(at(3)), false),
        ]
    );
}

#[tokio::test]
async fn a_portal_is_reserved_created_and_shown() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    let face = Face {
        name: "🙋 Budi · WhatsApp".to_owned(),
        topic: String::new(),
        state: ConversationState {
            status: "open".to_owned(),
            owner: "queue".to_owned(),
            case: Some(1),
            labels: Vec::new(),
            priority: "none".to_owned(),
            account: "wa".to_owned(),
        },
    };
    let shown = face.clone();
    let conversation = id.clone();
    let (attempts, portal, found) = desk
        .write(move |tx| {
            Box::pin(async move {
                tx.want_portal(&id, at(0)).await?;
                let first = tx.ensure_portal(&id).await?;
                assert_eq!(
                    (first.state, first.wanted_rev, first.shown_face),
                    (PortalState::Creating, 1, None)
                );
                let second = tx.next_portal_attempt(&id).await?;
                tx.set_portal_ready(&id, &"!b:example.org".into()).await?;
                let late = tx.next_portal_attempt(&id).await;
                assert!(matches!(late, Err(StoreError::Stale)));
                tx.set_portal_shown(&id, 1, &shown).await?;
                assert!(tx.set_portal_encrypted(&id, true).await?);
                assert!(!tx.set_portal_encrypted(&id, true).await?);
                let portal = tx.find_portal(&id).await?;
                let found = tx.find_by_room(&"!b:example.org".into()).await?;
                Ok(([first.attempt, second], portal, found))
            })
        })
        .await;
    assert_eq!(attempts, [1, 2]);
    let portal = portal.unwrap();
    assert_eq!(
        (portal.state, portal.shown_rev, portal.encrypted),
        (PortalState::Ready, 1, true)
    );
    assert_eq!(portal.shown_face, Some(face));
    assert_eq!(found, Some(conversation));
}

#[tokio::test]
async fn rooms_of_the_desk_are_found_by_key_and_by_id() {
    let desk = Desk::new().await;
    let (found, strange, deleted) = desk
        .write(|tx| {
            Box::pin(async move {
                assert_eq!(tx.ensure_room("space:wa").await?.attempt, 1);
                assert_eq!(tx.next_room_attempt("space:wa").await?, 2);
                tx.set_room_ready("space:wa", &"!s:example.org".into())
                    .await?;
                // A direct chat that an agent opened is ready at once.
                tx.set_room_ready("direct:@ayu:example.org", &"!d:example.org".into())
                    .await?;
                let found = tx.find_room_by_id(&"!d:example.org".into()).await?;
                let strange = tx.find_room_by_id(&"!x:example.org".into()).await?;
                let deleted = tx.delete_room("direct:@ayu:example.org").await?;
                Ok((found, strange, deleted))
            })
        })
        .await;
    let found = found.unwrap();
    assert_eq!(
        (found.id.as_str(), found.state),
        ("direct:@ayu:example.org", PortalState::Ready)
    );
    assert_eq!((strange, deleted), (None, true));
}

#[tokio::test]
async fn an_edited_note_keeps_its_place_with_the_new_text() {
    let desk = Desk::new().await;
    let conversation = desk.conversation().await;
    let note = |id: &str, says: &str, created_at| NoteRow {
        id: id.to_owned(),
        conversation: ConversationId::from("cnv_1"),
        event: EventId::from(format!("${id}")),
        agent: "@ayu:example.org".into(),
        text: text(says),
        created_at,
    };
    let notes = [
        note("1", "first", at(1)),
        note("2", "second", at(2)),
        note("1", "edited", at(3)),
    ];
    let listed = desk
        .write(move |tx| {
            Box::pin(async move {
                for note in &notes {
                    tx.save_note(note).await?;
                }
                tx.list_notes(&conversation).await
            })
        })
        .await;
    assert_eq!(
        listed,
        [note("1", "edited", at(1)), note("2", "second", at(2))]
    );
}

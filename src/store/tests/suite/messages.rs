//! Messages, parts, attempts, events and marks.

use rstest::rstest;

use super::*;
use crate::domain::conversation::{Before, Mark, Owner, Status};
use crate::domain::delivery::Receipt;
use crate::domain::ids::ProviderId;
use crate::domain::message::Hold;
use crate::domain::room_event::EventKind;
use crate::domain::saying::Saying;
use crate::store::{AttemptOutcome, EventRow, PartMove, PartRow, PartState, line_state};

/// A part of `msg_1` that has not been sent.
fn part(n: i64) -> PartRow {
    PartRow {
        message: MessageId::from("msg_1"),
        n,
        body: format!("part {n}"),
        provider: None,
        event: None,
        state: PartState::Pending,
        error: None,
    }
}

/// Stores the line `msg_1` with two parts.
async fn two_parts(desk: &Desk) {
    let conversation = desk.conversation().await;
    desk.write(move |tx| {
        Box::pin(async move {
            tx.insert_message(&line("msg_1", &conversation)).await?;
            tx.insert_part(&part(0)).await?;
            tx.insert_part(&part(1)).await
        })
    })
    .await;
}

/// Moves a part of `msg_1`.
async fn move_part(desk: &Desk, n: i64, to: PartState) -> Option<PartMove> {
    desk.write(move |tx| {
        Box::pin(async move {
            let error = (to == PartState::Failed).then(|| Saying::new("window-closed"));
            tx.move_part(&MessageId::from("msg_1"), n, to, error.as_ref())
                .await
        })
    })
    .await
}

#[tokio::test]
async fn messages_are_numbered_in_their_conversation_and_stored_once() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    let numbers = desk
        .write(move |tx| {
            Box::pin(async move {
                Ok([
                    tx.insert_message(&line("msg_1", &id)).await?,
                    tx.insert_message(&line("msg_1", &id)).await?,
                    tx.insert_message(&line("msg_2", &id)).await?,
                ])
            })
        })
        .await;
    assert_eq!(numbers, [Some(1), None, Some(2)]);
}

#[tokio::test]
async fn a_message_comes_back_as_it_was_stored() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    let mut message = MessageRow {
        reply_to: Some(ProviderId::from("wamid.0")),
        took_from: Some(Before {
            owner: Owner::Agent("@sari:example.org".into()),
            status: Status::Snoozed(None),
            waiting_since: Some(at(1)),
        }),
        case: Some(1),
        ..line("msg_1", &id)
    };
    let stored = message.clone();
    let (found, by_event, last) = desk
        .write(move |tx| {
            Box::pin(async move {
                tx.insert_message(&stored).await?;
                let found = tx.get_message(&stored.id).await?;
                let by_event = tx.find_message_by_event(&"$of_msg_1".into()).await?;
                let last = tx.last_message(&stored.conversation, Direction::In).await?;
                Ok((found, by_event, last))
            })
        })
        .await;
    message.seq = 1;
    assert_eq!((&found, by_event.as_ref()), (&message, Some(&message)));
    assert_eq!(last, None);
}

#[tokio::test]
async fn an_event_of_no_message_finds_none() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    let found = desk
        .write(move |tx| {
            Box::pin(async move {
                let mut silent = line("msg_1", &id);
                silent.event = None;
                tx.insert_message(&silent).await?;
                Ok([
                    tx.find_message_by_event(&"".into()).await?,
                    tx.find_message_by_event(&"$x".into()).await?,
                ])
            })
        })
        .await;
    assert_eq!(found, [None, None]);
}

#[tokio::test]
async fn a_message_stands_where_the_least_of_its_parts_stands() {
    let desk = Desk::new().await;
    two_parts(&desk).await;
    let mut lines = Vec::new();
    for (n, to) in [
        (0, PartState::Started),
        (0, PartState::Accepted),
        (1, PartState::Started),
        (1, PartState::Accepted),
        (0, PartState::Read),
        (1, PartState::Delivered),
    ] {
        lines.push(move_part(&desk, n, to).await.unwrap().line.unwrap());
    }
    assert_eq!(
        lines,
        [
            LineState::Started,
            LineState::Started,
            LineState::Started,
            LineState::Accepted,
            LineState::Accepted,
            LineState::Delivered,
        ]
    );
}

#[tokio::test]
async fn a_status_that_comes_late_or_twice_changes_nothing() {
    let desk = Desk::new().await;
    two_parts(&desk).await;
    move_part(&desk, 0, PartState::Started).await.unwrap();
    // Delivered comes before the answer to the send, and before accepted.
    let delivered = move_part(&desk, 0, PartState::from(Receipt::Delivered)).await;
    assert_eq!(
        delivered,
        Some(PartMove {
            message: MessageId::from("msg_1"),
            n: 0,
            from: PartState::Started,
            to: PartState::Delivered,
            line_before: Some(LineState::Started),
            line: Some(LineState::Started),
        })
    );
    for late in [
        PartState::Accepted,
        PartState::Delivered,
        PartState::Failed,
        PartState::Unknown,
    ] {
        assert_eq!(move_part(&desk, 0, late).await, None, "{late:?}");
    }
    assert_eq!(move_part(&desk, 7, PartState::Read).await, None);
}

#[tokio::test]
async fn a_failed_part_says_why_and_is_sent_again_alone() {
    let desk = Desk::new().await;
    two_parts(&desk).await;
    move_part(&desk, 0, PartState::Accepted).await.unwrap();
    let failed = move_part(&desk, 1, PartState::Failed).await.unwrap();
    assert_eq!(failed.line, Some(LineState::Failed));
    let (reset, parts) = desk
        .write(|tx| {
            Box::pin(async move {
                let message = MessageId::from("msg_1");
                let failed = tx.find_part(&message, 1).await?.unwrap();
                assert_eq!(failed.error, Some(Saying::new("window-closed")));
                let reset = tx.reset_failed_parts(&message).await?;
                Ok((reset, tx.list_parts(&message).await?))
            })
        })
        .await;
    let states: Vec<PartState> = parts.iter().map(|part| part.state).collect();
    assert_eq!(
        (reset, states.as_slice()),
        (1, [PartState::Accepted, PartState::Pending].as_slice())
    );
}

#[rstest]
#[case::nothing_started(&[PartState::Pending, PartState::Pending], None)]
#[case::half_way(&[PartState::Read, PartState::Pending], Some(LineState::Started))]
#[case::unknown(&[PartState::Read, PartState::Unknown], Some(LineState::Unknown))]
#[case::failed(&[PartState::Unknown, PartState::Failed], Some(LineState::Failed))]
#[case::read(&[PartState::Read, PartState::Read], Some(LineState::Read))]
#[case::no_parts(&[], None)]
fn the_least_part_decides(#[case] parts: &[PartState], #[case] line: Option<LineState>) {
    assert_eq!(line_state(parts), line);
}

#[rstest]
#[case::late_status_clears_the_doubt(PartState::Unknown, PartState::Accepted, true)]
#[case::delivered_after_all(PartState::Failed, PartState::Delivered, true)]
#[case::failed_is_final(PartState::Failed, PartState::Accepted, false)]
#[case::failure_told_later(PartState::Accepted, PartState::Failed, true)]
#[case::certain_retry(PartState::Started, PartState::Pending, true)]
#[case::never_back(PartState::Accepted, PartState::Pending, false)]
#[case::no_send_without_reset(PartState::Failed, PartState::Started, false)]
#[case::read_twice(PartState::Read, PartState::Read, false)]
fn the_ladder_only_moves_forward(
    #[case] from: PartState,
    #[case] to: PartState,
    #[case] may: bool,
) {
    assert_eq!(from.may_become(to), may);
}

#[tokio::test]
async fn a_part_is_found_by_the_providers_id() {
    let desk = Desk::new().await;
    two_parts(&desk).await;
    let found = desk
        .write(|tx| {
            Box::pin(async move {
                let message = MessageId::from("msg_1");
                let wamid = ProviderId::from("wamid.1");
                tx.set_part_provider(&message, 1, &wamid).await?;
                let found = tx.find_part_by_provider(&wamid).await?;
                assert!(tx.find_part_by_provider(&"".into()).await?.is_none());
                Ok(found)
            })
        })
        .await;
    assert_eq!(found.map(|part| part.n), Some(1));
}

#[tokio::test]
async fn an_attempt_ends_once_and_one_that_never_did_is_found() {
    let desk = Desk::new().await;
    let (ended, left) = desk
        .write(|tx| {
            Box::pin(async move {
                let (conversation, message) = ("cnv_1".into(), "msg_1".into());
                for (id, started) in [("att_1", 1), ("att_2", 2), ("att_3", 9)] {
                    tx.start_attempt(&id.into(), &conversation, &message, 0, at(started))
                        .await?;
                }
                let first = "att_1".into();
                let ended = [
                    tx.end_attempt(&first, AttemptOutcome::Accepted, "", at(3))
                        .await?,
                    tx.end_attempt(&first, AttemptOutcome::Unknown, "late", at(4))
                        .await?,
                ];
                assert_eq!(tx.list_attempts(&message).await?.len(), 3);
                let first = tx.find_attempt(&first).await?.unwrap();
                assert_eq!(
                    (first.outcome, first.ended_at),
                    (AttemptOutcome::Accepted, Some(at(3)))
                );
                Ok((ended, tx.attempts_started_before(at(9), 10).await?))
            })
        })
        .await;
    assert_eq!(ended, [true, false]);
    let left: Vec<&str> = left.iter().map(|attempt| attempt.id.as_str()).collect();
    assert_eq!(left, ["att_2"]);
}

#[tokio::test]
async fn an_event_is_remembered_once_and_found_by_both_its_ids() {
    let desk = Desk::new().await;
    let event = EventRow {
        id: EventId::from("$1"),
        room: "!b:example.org".into(),
        conversation: Some(ConversationId::from("cnv_1")),
        kind: EventKind::Customer,
        message: Some(MessageId::from("msg_1")),
        loket_id: "row_1.0".to_owned(),
        sender: "@loket_wa_1:example.org".into(),
        at: at(0),
    };
    let stored = event.clone();
    let (inserted, found, renamed) = desk
        .write(move |tx| {
            Box::pin(async move {
                let inserted = [
                    tx.insert_event(&stored).await?,
                    tx.insert_event(&stored).await?,
                ];
                let found = [
                    tx.find_event(&stored.id).await?,
                    tx.find_event_by_loket_id("row_1.0").await?,
                    tx.events_of_message(&"msg_1".into()).await?.pop(),
                ];
                assert_eq!(tx.find_event_by_loket_id("").await?, None);
                let renamed = tx.set_event_kind(&stored.id, EventKind::Note, None).await?;
                assert!(renamed);
                Ok((inserted, found, tx.find_event(&stored.id).await?))
            })
        })
        .await;
    assert_eq!(inserted, [true, false]);
    assert_eq!(
        found,
        [Some(event.clone()), Some(event.clone()), Some(event)]
    );
    let renamed = renamed.unwrap();
    assert_eq!((renamed.kind, renamed.message), (EventKind::Note, None));
}

#[tokio::test]
async fn a_mark_can_be_taken_back_once() {
    let desk = Desk::new().await;
    let events = desk
        .write(|tx| {
            Box::pin(async move {
                let target = EventId::from("$line");
                tx.save_mark(&target, Mark::Waiting, &"$hourglass".into())
                    .await?;
                Ok([
                    tx.find_mark(&target, Mark::Waiting).await?,
                    tx.find_mark(&target, Mark::Held).await?,
                    tx.delete_mark(&target, Mark::Waiting).await?,
                    tx.delete_mark(&target, Mark::Waiting).await?,
                ])
            })
        })
        .await;
    let hourglass = || Some(EventId::from("$hourglass"));
    assert_eq!(events, [hourglass(), None, hourglass(), None]);
}

#[tokio::test]
async fn a_held_line_that_is_released_says_its_newest_text() {
    let desk = Desk::new().await;
    let conversation = desk.conversation().await;
    let (moved, message) = desk
        .write(move |tx| {
            Box::pin(async move {
                let id = MessageId::from("msg_1");
                tx.insert_message(&line("msg_1", &conversation)).await?;
                tx.hold_message(&id, Hold::Window, None).await?;
                tx.set_message_text(&id, &text("halo kak")).await?;
                tx.set_message_event(&id, &"$edited".into()).await?;
                tx.queue_message(&id, at(9)).await?;
                let moved = [
                    tx.move_message(&id, LineState::Held, LineState::Started)
                        .await?,
                    tx.move_message(&id, LineState::Queued, LineState::Started)
                        .await?,
                ];
                Ok((moved, tx.get_message(&id).await?))
            })
        })
        .await;
    assert_eq!(moved, [false, true]);
    assert_eq!(
        (message.state, message.hold, message.hold_until),
        (Some(LineState::Started), None, None)
    );
    assert_eq!(
        (message.due_at, message.text, message.event),
        (Some(at(9)), text("halo kak"), Some("$edited".into()))
    );
}

#[tokio::test]
async fn a_line_sent_again_starts_all_its_parts_anew() {
    let desk = Desk::new().await;
    two_parts(&desk).await;
    for n in 0..2 {
        move_part(&desk, n, PartState::Read).await.unwrap();
    }
    let (again, gone) = desk
        .write(|tx| {
            Box::pin(async move {
                let message = MessageId::from("msg_1");
                tx.reset_parts(&message).await?;
                let again = tx.list_parts(&message).await?;
                tx.delete_parts(&message).await?;
                Ok((again, tx.list_parts(&message).await?))
            })
        })
        .await;
    assert_eq!((again, gone), (vec![part(0), part(1)], vec![]));
}

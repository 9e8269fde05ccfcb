//! What goes out: its order, its undo windows, its cancelling. Timers, bodies and
//! alarms too.

use super::*;
use crate::domain::saying::Saying;
use crate::store::{BodyRow, TimerRow};

/// What is due in the channel's lane of `cnv_1`.
async fn head(desk: &Desk, now: Timestamp) -> Option<String> {
    desk.read(move |tx| {
        Box::pin(async move {
            let row = tx
                .outbox_head(&lane(LaneKind::Channel, "cnv_1"), now)
                .await?;
            Ok(row.map(|row| row.id.to_string()))
        })
    })
    .await
}

/// Stores rows for the channel's lane.
async fn insert(desk: &Desk, rows: Vec<NewOutbox>) {
    desk.write(move |tx| Box::pin(async move { tx.insert_outbox(rows, at(0)).await }))
        .await;
}

/// Stores a queued line in `cnv_1`.
async fn queue_line(desk: &Desk, id: &'static str) {
    let conversation = desk.conversation().await;
    desk.write(move |tx| {
        Box::pin(async move { tx.insert_message(&line(id, &conversation)).await })
    })
    .await;
}

#[tokio::test]
async fn a_later_line_does_not_overtake_one_in_its_undo_window() {
    let desk = Desk::new().await;
    insert(
        &desk,
        vec![send("row_1.0", at(10), None), send("row_2.0", at(5), None)],
    )
    .await;
    // The lane is looked at when the second is due, and left again.
    let lease = desk.claim_one(LaneKind::Channel, "a", at(5)).await;
    assert_eq!(head(&desk, at(5)).await, None);
    desk.write(move |tx| Box::pin(async move { tx.release(&lease).await }))
        .await;
    assert_eq!(desk.claim(LaneKind::Channel, "a", at(9)).await, []);
    desk.claim_one(LaneKind::Channel, "a", at(10)).await;
    assert_eq!(head(&desk, at(10)).await.as_deref(), Some("row_1.0"));
}

#[tokio::test]
async fn more_than_nine_effects_of_a_row_keep_their_order() {
    let desk = Desk::new().await;
    let rows = (0..12).map(|n| send(&format!("row_1.{n}"), at(0), None));
    insert(&desk, rows.collect()).await;
    let ids = desk
        .write(|tx| {
            Box::pin(async move {
                let mut ids = Vec::new();
                let lane = lane(LaneKind::Channel, "cnv_1");
                while let Some(row) = tx.outbox_head(&lane, at(0)).await? {
                    tx.outbox_done(&row.id).await?;
                    ids.push(row.id.to_string());
                }
                Ok(ids)
            })
        })
        .await;
    let expected: Vec<String> = (0..12).map(|n| format!("row_1.{n}")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn an_effect_that_is_known_is_not_stored_again() {
    let desk = Desk::new().await;
    insert(&desk, vec![send("row_1.0", at(0), None)]).await;
    desk.write(|tx| Box::pin(async move { tx.outbox_done(&RowId::from("row_1.0")).await }))
        .await;
    insert(&desk, vec![send("row_1.0", at(0), None)]).await;
    assert_eq!(head(&desk, at(0)).await, None);
}

#[tokio::test]
async fn a_cancelled_line_no_longer_holds_up_the_next_one() {
    let desk = Desk::new().await;
    queue_line(&desk, "msg_1").await;
    insert(
        &desk,
        vec![
            send("row_1.0", at(10), Some("msg_1")),
            send("row_2.0", at(5), None),
        ],
    )
    .await;
    let lease = desk.claim_one(LaneKind::Channel, "a", at(5)).await;
    desk.write(move |tx| Box::pin(async move { tx.release(&lease).await }))
        .await;
    let cancelled = desk
        .write(|tx| {
            Box::pin(async move {
                let message = MessageId::from("msg_1");
                let first = tx.cancel_of_message(&message).await?;
                Ok([first, tx.cancel_of_message(&message).await?])
            })
        })
        .await;
    assert_eq!(cancelled, [true, false]);
    desk.claim_one(LaneKind::Channel, "a", at(5)).await;
    assert_eq!(head(&desk, at(5)).await.as_deref(), Some("row_2.0"));
}

#[tokio::test]
async fn a_line_that_has_been_started_cannot_be_cancelled_or_put_off() {
    let desk = Desk::new().await;
    queue_line(&desk, "msg_1").await;
    insert(&desk, vec![send("row_1.0", at(0), Some("msg_1"))]).await;
    let changed = desk
        .write(|tx| {
            Box::pin(async move {
                let message = MessageId::from("msg_1");
                tx.set_message_state(&message, LineState::Started).await?;
                let cancelled = tx.cancel_of_message(&message).await?;
                Ok([cancelled, tx.postpone_message(&message, at(9)).await?])
            })
        })
        .await;
    assert_eq!(changed, [false, false]);
    assert_eq!(head(&desk, at(0)).await.as_deref(), Some("row_1.0"));
}

#[tokio::test]
async fn an_edit_starts_the_undo_window_again() {
    let desk = Desk::new().await;
    queue_line(&desk, "msg_1").await;
    insert(&desk, vec![send("row_1.0", at(5), Some("msg_1"))]).await;
    let put_off = desk
        .write(|tx| {
            Box::pin(async move { tx.postpone_message(&MessageId::from("msg_1"), at(8)).await })
        })
        .await;
    assert!(put_off);
    assert_eq!(head(&desk, at(7)).await, None);
    assert_eq!(head(&desk, at(8)).await.as_deref(), Some("row_1.0"));
}

#[tokio::test]
async fn a_pause_counts_no_try_and_a_failure_does() {
    let desk = Desk::new().await;
    insert(&desk, vec![send("row_1.0", at(0), None)]).await;
    let row = desk
        .write(|tx| {
            Box::pin(async move {
                let id = RowId::from("row_1.0");
                tx.outbox_postpone(&id, at(6)).await?;
                tx.outbox_retry(&id, "code 1", at(7)).await?;
                tx.find_outbox(&id).await
            })
        })
        .await
        .unwrap();
    assert_eq!(
        (row.tries, row.error.as_str(), row.due_at),
        (1, "code 1", at(7))
    );
}

#[tokio::test]
async fn a_dead_row_is_counted_listed_and_can_be_sent_again() {
    let desk = Desk::new().await;
    insert(&desk, vec![send("row_1.0", at(0), None)]).await;
    let (dead, listed, replayed) = desk
        .write(|tx| {
            Box::pin(async move {
                let id = RowId::from("row_1.0");
                tx.outbox_dead(&id, "code 1").await?;
                let dead = tx.count_dead().await?;
                let listed = tx.list_dead_outbox(None, 5).await?.len();
                let first = tx.replay_outbox(&id, at(3)).await?;
                Ok((dead, listed, [first, tx.replay_outbox(&id, at(3)).await?]))
            })
        })
        .await;
    assert_eq!((dead, listed, replayed), (1, 1, [true, false]));
    desk.claim_one(LaneKind::Channel, "a", at(3)).await;
    assert_eq!(head(&desk, at(3)).await.as_deref(), Some("row_1.0"));
}

#[tokio::test]
async fn depth_counts_what_waits_in_lanes_of_one_kind() {
    let desk = Desk::new().await;
    insert(
        &desk,
        vec![send("row_1.0", at(9), None), send("row_2.0", at(9), None)],
    )
    .await;
    let depths = desk
        .read(|tx| {
            Box::pin(async move {
                let channel = tx.depth_and_age(LaneKind::Channel, at(1)).await?;
                let matrix = tx.depth_and_age(LaneKind::Matrix, at(1)).await?;
                Ok([(channel.rows, channel.oldest), (matrix.rows, matrix.oldest)])
            })
        })
        .await;
    assert_eq!(depths, [(2, Some(at(0))), (0, None)]);
}

#[tokio::test]
async fn timers_come_out_oldest_first_once_they_are_due() {
    let desk = Desk::new().await;
    let timer = |id: &str, due| TimerRow {
        id: id.to_owned(),
        due_at: due,
        lane: lane(LaneKind::In, "cnv_1"),
        payload: "{}".to_owned(),
    };
    let timers = [
        timer("b", at(2)),
        timer("a", at(1)),
        timer("c", at(3)),
        timer("a", at(9)),
    ];
    let (next, due) = desk
        .write(move |tx| {
            Box::pin(async move {
                for timer in &timers {
                    tx.insert_timer(timer).await?;
                }
                let due = tx.due_timers(at(2), 10).await?;
                Ok((tx.next_timer().await?, due))
            })
        })
        .await;
    assert_eq!(next, Some(at(1)));
    assert_eq!(due, [timer("a", at(1)), timer("b", at(2))]);
}

#[tokio::test]
async fn bodies_are_kept_byte_for_byte_until_they_are_old() {
    let desk = Desk::new().await;
    let body = BodyRow {
        id: "bod_1".into(),
        account: "wa".into(),
        received_at: at(0),
        reason: "not JSON".to_owned(),
        body: vec![0, 255, 10, 13],
    };
    let kept = body.clone();
    let (found, early, late) = desk
        .write(move |tx| {
            Box::pin(async move {
                tx.insert_body(&kept).await?;
                let found = tx.find_body(&kept.id).await?;
                let early = tx.delete_bodies(at(0), 10).await?;
                Ok((found, early, tx.delete_bodies(at(1), 10).await?))
            })
        })
        .await;
    assert_eq!((found, early, late), (Some(body), 0, 1));
}

#[tokio::test]
async fn an_alarm_is_told_once_per_change() {
    let desk = Desk::new().await;
    let says = Saying::new("token-expired");
    let told = desk
        .write(move |tx| {
            Box::pin(async move {
                let mut told = vec![tx.clear_alarm("channel:wa", at(0)).await?];
                told.push(tx.raise_alarm("channel:wa", &says, at(1)).await?);
                told.push(tx.raise_alarm("channel:wa", &says, at(2)).await?);
                told.push(tx.clear_alarm("channel:wa", at(3)).await?);
                told.push(tx.clear_alarm("channel:wa", at(4)).await?);
                told.push(tx.raise_alarm("channel:wa", &says, at(5)).await?);
                Ok(told)
            })
        })
        .await;
    assert_eq!(told, [false, true, false, true, false, true]);
}

//! Leases, fences and wake-ups.

use super::*;

/// Stores rows for `cnv_1`.
async fn rows(desk: &Desk, ids: &'static [&'static str], received_at: Timestamp) {
    desk.write(move |tx| {
        Box::pin(async move {
            let rows = ids.iter().map(|id| row(id, "cnv_1", received_at)).collect();
            tx.insert_inbox(rows).await
        })
    })
    .await;
}

/// Completes a row under a lease, as a handler does.
async fn complete(desk: &Desk, lease: &Lease, id: &'static str) -> Result<(), StoreError> {
    let lease = lease.clone();
    desk.store
        .write(move |tx| {
            Box::pin(async move {
                tx.fence(&lease, at(1_000)).await?;
                tx.inbox_done(&RowId::from(id)).await?;
                tx.release(&lease).await
            })
        })
        .await
}

#[tokio::test]
async fn a_lane_is_held_by_one_owner_until_it_is_released() {
    let desk = Desk::new().await;
    rows(&desk, &["row_1"], at(0)).await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    assert_eq!(lease.lane, lane(LaneKind::In, "cnv_1"));
    assert_eq!(desk.claim(LaneKind::In, "b", at(1)).await, []);
    complete(&desk, &lease, "row_1").await.unwrap();
    // Nothing is left to do.
    assert_eq!(desk.claim(LaneKind::In, "b", at(2)).await, []);
}

#[tokio::test]
async fn an_expired_lease_is_taken_over_and_its_old_owner_fenced() {
    let desk = Desk::new().await;
    rows(&desk, &["row_1"], at(0)).await;
    let paused = desk.claim_one(LaneKind::In, "a", at(0)).await;
    assert_eq!(desk.claim(LaneKind::In, "b", at(29)).await, []);
    let taken = desk.claim_one(LaneKind::In, "b", at(30)).await;
    assert_eq!((paused.epoch, taken.epoch), (1, 2));
    let stale = complete(&desk, &paused, "row_1").await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let row = desk
        .read(|tx| Box::pin(async move { tx.find_inbox(&RowId::from("row_1")).await }))
        .await;
    assert_eq!(row.unwrap().state, InboxState::Pending);
    complete(&desk, &taken, "row_1").await.unwrap();
}

#[tokio::test]
async fn the_same_owner_is_fenced_too_once_it_has_claimed_again() {
    let desk = Desk::new().await;
    rows(&desk, &["row_1"], at(0)).await;
    let first = desk.claim_one(LaneKind::In, "a", at(0)).await;
    let second = desk.claim_one(LaneKind::In, "a", at(60)).await;
    assert!(complete(&desk, &first, "row_1").await.is_err());
    complete(&desk, &second, "row_1").await.unwrap();
}

#[tokio::test]
async fn a_renewed_lease_is_not_taken_over() {
    let desk = Desk::new().await;
    rows(&desk, &["row_1"], at(0)).await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    desk.write(move |tx| Box::pin(async move { tx.fence(&lease, at(45)).await }))
        .await;
    assert_eq!(desk.claim(LaneKind::In, "b", at(44)).await, []);
    desk.claim_one(LaneKind::In, "b", at(45)).await;
}

#[tokio::test]
async fn a_row_that_comes_during_a_lease_is_due_after_the_release() {
    let desk = Desk::new().await;
    rows(&desk, &["row_1"], at(0)).await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    rows(&desk, &["row_2"], at(1)).await;
    complete(&desk, &lease, "row_1").await.unwrap();
    let lease = desk.claim_one(LaneKind::In, "a", at(1)).await;
    complete(&desk, &lease, "row_2").await.unwrap();
    assert_eq!(desk.claim(LaneKind::In, "a", at(2)).await, []);
}

#[tokio::test]
async fn a_lane_with_more_to_do_is_kept_and_an_idle_one_released() {
    let desk = Desk::new().await;
    rows(&desk, &["row_1", "row_2"], at(0)).await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    let released = desk
        .write(move |tx| {
            Box::pin(async move {
                tx.inbox_done(&RowId::from("row_1")).await?;
                let first = tx.release_if_idle(&lease, at(0)).await?;
                tx.inbox_done(&RowId::from("row_2")).await?;
                let second = tx.release_if_idle(&lease, at(0)).await?;
                Ok([first, second])
            })
        })
        .await;
    assert_eq!(released, [false, true]);
}

#[tokio::test]
async fn a_lane_given_back_is_taken_again_after_its_rest() {
    let desk = Desk::new().await;
    rows(&desk, &["row_1"], at(0)).await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    desk.write(move |tx| Box::pin(async move { tx.yield_lease(&lease, at(3)).await }))
        .await;
    assert_eq!(desk.claim(LaneKind::In, "a", at(2)).await, []);
    desk.claim_one(LaneKind::In, "a", at(3)).await;
}

#[tokio::test]
async fn a_projection_woken_during_its_lease_is_due_when_it_was_woken_for() {
    let desk = Desk::new().await;
    let conversation = desk.conversation().await;
    let want = conversation.clone();
    desk.write(move |tx| Box::pin(async move { tx.want_portal(&want, at(0)).await }))
        .await;
    let lease = desk.claim_one(LaneKind::Portal, "a", at(0)).await;
    let want = conversation.clone();
    desk.write(move |tx| Box::pin(async move { tx.want_portal(&want, at(5)).await }))
        .await;
    desk.write(move |tx| Box::pin(async move { tx.release(&lease).await }))
        .await;
    assert_eq!(desk.claim(LaneKind::Portal, "a", at(4)).await, []);
    let lease = desk.claim_one(LaneKind::Portal, "a", at(5)).await;
    desk.write(move |tx| {
        Box::pin(async move { tx.release_projection(&lease, Some(at(60))).await })
    })
    .await;
    let due = desk
        .read(|tx| Box::pin(async move { tx.next_due(LaneKind::Portal, at(5)).await }))
        .await;
    assert_eq!(due, Some(at(60)));
}

#[tokio::test]
async fn a_projection_whose_worker_died_is_done_again() {
    let desk = Desk::new().await;
    let conversation = desk.conversation().await;
    desk.write(move |tx| Box::pin(async move { tx.want_portal(&conversation, at(0)).await }))
        .await;
    desk.claim_one(LaneKind::Portal, "dead", at(0)).await;
    desk.claim_one(LaneKind::Portal, "alive", at(30)).await;
}

#[tokio::test]
async fn a_claim_takes_the_longest_due_of_its_own_kind_first() {
    let desk = Desk::new().await;
    desk.write(|tx| {
        Box::pin(async move {
            for (stream, due) in [("b", 2), ("a", 3), ("c", 1), ("d", 9)] {
                tx.wake(&lane(LaneKind::Matrix, stream), at(due));
                tx.wake(&lane(LaneKind::Channel, stream), at(due));
            }
            Ok(())
        })
    })
    .await;
    let mut claimed: Vec<String> = desk
        .write(|tx| Box::pin(async move { tx.claim(LaneKind::Matrix, 2, at(3), "a", at(9)).await }))
        .await
        .into_iter()
        .map(|lease| lease.lane.to_string())
        .collect();
    claimed.sort();
    assert_eq!(claimed, ["matrix:b", "matrix:c"]);
}

#[tokio::test]
async fn the_next_due_time_is_that_of_lanes_which_nobody_holds() {
    let desk = Desk::new().await;
    desk.write(|tx| {
        Box::pin(async move {
            tx.wake(&lane(LaneKind::In, "a"), at(1));
            tx.wake(&lane(LaneKind::In, "b"), at(7));
            // A later wake-up does not put a lane off.
            tx.wake(&lane(LaneKind::In, "b"), at(8));
            Ok(())
        })
    })
    .await;
    desk.claim_one(LaneKind::In, "a", at(1)).await;
    let due = desk
        .read(|tx| Box::pin(async move { tx.next_due(LaneKind::In, at(2)).await }))
        .await;
    assert_eq!(due, Some(at(7)));
}

#[test]
fn a_lane_is_named_by_kind_and_stream() {
    let of_room = lane(LaneKind::Channel, "cnv_1");
    assert_eq!(of_room.to_string(), "channel:cnv_1");
    assert_eq!("channel:cnv_1".parse(), Ok(of_room.clone()));
    assert_eq!(of_room.conversation(), Some("cnv_1".into()));
    assert_eq!(Lane::desk(LaneKind::In).to_string(), "in:desk");
    assert_eq!(Lane::desk(LaneKind::In).conversation(), None);
    assert_eq!("media:cnv_1".parse::<Lane>(), Err(()));
    assert_eq!("in".parse::<Lane>(), Err(()));
}

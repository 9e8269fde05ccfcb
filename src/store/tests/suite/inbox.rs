//! What came in: its order, its doubles, its waiting.

use super::*;

/// Works on the lane of `cnv_1` at `now` until nothing is due; what it came upon.
async fn work_off(desk: &Desk, now: Timestamp) -> Vec<String> {
    desk.write(move |tx| {
        Box::pin(async move {
            let mut worked = Vec::new();
            while let Some(row) = tx.inbox_head(&lane(LaneKind::In, "cnv_1"), now).await? {
                tx.inbox_done(&row.id).await?;
                worked.push(row.id.to_string());
            }
            Ok(worked)
        })
    })
    .await
}

/// Stores rows.
async fn insert(desk: &Desk, rows: Vec<NewInbox>) -> Vec<RowId> {
    desk.write(move |tx| Box::pin(async move { tx.insert_inbox(rows).await }))
        .await
}

#[tokio::test]
async fn rows_come_out_in_the_order_of_their_commits_whatever_their_ids_and_times() {
    let desk = Desk::new().await;
    insert(
        &desk,
        vec![row("row_9", "cnv_1", at(5)), row("row_3", "cnv_1", at(5))],
    )
    .await;
    insert(&desk, vec![row("row_1", "cnv_1", at(0))]).await;
    assert_eq!(work_off(&desk, at(5)).await, ["row_9", "row_3", "row_1"]);
}

#[tokio::test]
async fn a_key_that_is_known_is_not_stored_again_not_even_after_its_row_is_done() {
    let desk = Desk::new().await;
    let stored = insert(&desk, vec![row("row_1", "cnv_1", at(0))]).await;
    assert_eq!(stored, [RowId::from("row_1")]);
    assert_eq!(work_off(&desk, at(0)).await, ["row_1"]);
    let mut again = row("row_2", "cnv_1", at(1));
    again.dedupe_key = "key of row_1".to_owned();
    let mut twice = row("row_4", "cnv_1", at(1));
    twice.dedupe_key = "key of row_3".to_owned();
    let stored = insert(&desk, vec![again, row("row_3", "cnv_1", at(1)), twice]).await;
    assert_eq!(stored, [RowId::from("row_3")]);
    assert_eq!(work_off(&desk, at(1)).await, ["row_3"]);
}

#[tokio::test]
async fn rows_found_later_go_before_the_row_that_led_to_them() {
    let desk = Desk::new().await;
    insert(
        &desk,
        vec![row("row_1", "cnv_1", at(0)), row("row_2", "cnv_1", at(0))],
    )
    .await;
    let second = desk
        .read(|tx| Box::pin(async move { tx.find_inbox(&RowId::from("row_2")).await }))
        .await
        .unwrap();
    let mut missed = [row("row_3", "cnv_1", at(1)), row("row_4", "cnv_1", at(1))];
    for row in &mut missed {
        row.position = Some(second.position_before());
    }
    insert(&desk, missed.into()).await;
    assert_eq!(
        work_off(&desk, at(1)).await,
        ["row_1", "row_3", "row_4", "row_2"]
    );
}

#[tokio::test]
async fn a_row_that_is_tried_again_holds_its_lane_and_counts_the_try() {
    let desk = Desk::new().await;
    insert(
        &desk,
        vec![row("row_1", "cnv_1", at(0)), row("row_2", "cnv_1", at(0))],
    )
    .await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    desk.write(move |tx| {
        Box::pin(async move {
            tx.inbox_retry(&RowId::from("row_1"), "no answer", at(5))
                .await?;
            tx.release(&lease).await
        })
    })
    .await;
    assert_eq!(desk.claim(LaneKind::In, "a", at(4)).await, []);
    assert_eq!(work_off(&desk, at(4)).await, [""; 0]);
    let waiting = desk
        .read(|tx| Box::pin(async move { tx.find_inbox(&RowId::from("row_1")).await }))
        .await
        .unwrap();
    assert_eq!((waiting.tries, waiting.error.as_str()), (1, "no answer"));
    desk.claim_one(LaneKind::In, "a", at(5)).await;
    assert_eq!(work_off(&desk, at(5)).await, ["row_1", "row_2"]);
}

#[tokio::test]
async fn a_dead_row_lets_its_lane_go_on_and_can_be_replayed() {
    let desk = Desk::new().await;
    insert(
        &desk,
        vec![row("row_1", "cnv_1", at(0)), row("row_2", "cnv_1", at(0))],
    )
    .await;
    desk.write(|tx| Box::pin(async move { tx.inbox_dead(&RowId::from("row_1"), "x").await }))
        .await;
    assert_eq!(work_off(&desk, at(0)).await, ["row_2"]);
    let dead = desk
        .read(|tx| {
            Box::pin(async move {
                let rows = tx.list_kept(InboxState::Dead, None, 10).await?;
                Ok((tx.count_dead().await?, rows))
            })
        })
        .await;
    assert_eq!(dead.0, 1);
    assert_eq!(dead.1.first().unwrap().id, RowId::from("row_1"));
    desk.write(|tx| {
        Box::pin(async move {
            let lane = lane(LaneKind::In, "cnv_1");
            tx.replay_inbox(&RowId::from("row_1"), &lane, "{}", at(9))
                .await
        })
    })
    .await;
    assert_eq!(work_off(&desk, at(9)).await, ["row_1"]);
}

#[tokio::test]
async fn a_row_that_waits_holds_nobody_up_and_goes_on_when_its_key_is_known() {
    let desk = Desk::new().await;
    let mut edit = row("row_1", "elsewhere", at(0));
    edit.lane = Lane::desk(LaneKind::In);
    insert(&desk, vec![edit, row("row_2", "cnv_1", at(0))]).await;
    let released = desk
        .write(|tx| {
            Box::pin(async move {
                let id = RowId::from("row_1");
                tx.inbox_wait_for(&id, "wamid.1", at(600)).await?;
                let lane = lane(LaneKind::In, "cnv_1");
                let other = tx.release_waiting("wamid.2", &lane, at(1)).await?;
                let known = tx.release_waiting("wamid.1", &lane, at(1)).await?;
                Ok([other, known])
            })
        })
        .await;
    assert_eq!(released, [0, 1]);
    // It keeps its place: it came first.
    assert_eq!(work_off(&desk, at(1)).await, ["row_1", "row_2"]);
}

#[tokio::test]
async fn a_row_that_has_waited_in_vain_goes_on_and_knows_it() {
    let desk = Desk::new().await;
    insert(&desk, vec![row("row_1", "cnv_1", at(0))]).await;
    desk.write(|tx| {
        Box::pin(async move {
            let id = RowId::from("row_1");
            tx.inbox_wait_for(&id, "wamid.1", at(600)).await
        })
    })
    .await;
    let expire = |now| {
        desk.write(move |tx| {
            Box::pin(async move {
                let expired = tx.expire_waiting(now).await?;
                let head = tx.inbox_head(&lane(LaneKind::In, "cnv_1"), now).await?;
                Ok((expired, head.map(|row| row.waited)))
            })
        })
    };
    assert_eq!(expire(at(599)).await, (0, None));
    assert_eq!(expire(at(600)).await, (1, Some(true)));
}

#[tokio::test]
async fn rows_that_are_kept_wake_no_lane_and_are_listed_by_what_they_are() {
    let desk = Desk::new().await;
    let mut unrouted = row("row_1", "cnv_1", at(0));
    unrouted.state = InboxState::Unrouted;
    let mut unparsed = row("row_2", "cnv_1", at(0));
    unparsed.state = InboxState::Unparsed;
    insert(&desk, vec![unrouted, unparsed]).await;
    assert_eq!(desk.claim(LaneKind::In, "a", at(0)).await, []);
    let list = |state| {
        desk.read(move |tx| {
            Box::pin(async move {
                let rows = tx.list_kept(state, None, 10).await?;
                Ok(rows.into_iter().map(|row| row.id).collect::<Vec<_>>())
            })
        })
    };
    assert_eq!(list(InboxState::Unrouted).await, [RowId::from("row_1")]);
    assert_eq!(list(InboxState::Unparsed).await, [RowId::from("row_2")]);
}

#[tokio::test]
async fn a_row_cannot_be_done_twice() {
    let desk = Desk::new().await;
    insert(&desk, vec![row("row_1", "cnv_1", at(0))]).await;
    assert_eq!(work_off(&desk, at(0)).await, ["row_1"]);
    let again = desk
        .store
        .write(|tx| Box::pin(async move { tx.inbox_done(&RowId::from("row_1")).await }))
        .await;
    assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
}

#[tokio::test]
async fn a_row_put_off_counts_no_try_and_one_not_understood_is_kept() {
    let desk = Desk::new().await;
    insert(
        &desk,
        vec![row("row_1", "cnv_1", at(0)), row("row_2", "cnv_1", at(0))],
    )
    .await;
    let (put_off, kept) = desk
        .write(|tx| {
            Box::pin(async move {
                let (first, second) = (RowId::from("row_1"), RowId::from("row_2"));
                tx.inbox_postpone(&first, at(7)).await?;
                tx.inbox_unparsed(&second, "a new field").await?;
                Ok((tx.find_inbox(&first).await?, tx.find_inbox(&second).await?))
            })
        })
        .await;
    let (put_off, kept) = (put_off.unwrap(), kept.unwrap());
    assert_eq!((put_off.tries, put_off.due_at), (0, at(7)));
    assert_eq!(
        (kept.state, kept.error.as_str()),
        (InboxState::Unparsed, "a new field")
    );
}

#[tokio::test]
async fn a_body_that_is_settled_takes_its_own_rows_along_and_no_others() {
    let desk = Desk::new().await;
    let kept = |id: &str, body: &str| {
        let mut kept = row(id, "cnv_1", at(0));
        kept.state = InboxState::Unparsed;
        kept.body = Some(body.into());
        kept
    };
    let rows = vec![
        kept("row_1", "bod_1"),
        kept("row_2", "bod_1"),
        kept("row_3", "bod_2"),
    ];
    insert(&desk, rows).await;
    for id in ["bod_1", "bod_2", "bod_3"] {
        let body = BodyRow {
            id: id.into(),
            account: "wa".into(),
            received_at: at(0),
            reason: "unparsed".to_owned(),
            body: b"{}".to_vec(),
        };
        desk.write(move |tx| Box::pin(async move { tx.insert_body(&body).await }))
            .await;
    }
    let unparsed = || desk.read(|tx| Box::pin(async move { Ok(tx.count_kept().await?.unparsed) }));
    // Three rows, and a body of which nothing at all was understood.
    assert_eq!(unparsed().await, 4);
    desk.write(|tx| Box::pin(async move { tx.settle_body(&"bod_1".into()).await }))
        .await;
    assert_eq!(unparsed().await, 2);
    let left = desk
        .read(|tx| Box::pin(async move { tx.list_kept(InboxState::Unparsed, None, 10).await }))
        .await;
    let left: Vec<&str> = left.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(left, ["row_3"]);
}

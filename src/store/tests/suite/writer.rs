//! Group commit.

use futures_util::future::join_all;

use super::*;

/// Stores a row and then fails if told to.
async fn insert(store: &Store, id: String, fail: bool) -> Result<Vec<RowId>, StoreError> {
    store
        .write(move |tx| {
            Box::pin(async move {
                let inserted = tx.insert_inbox(vec![row(&id, "cnv_1", at(0))]).await?;
                if fail {
                    return Err(StoreError::Stale);
                }
                Ok(inserted)
            })
        })
        .await
}

#[tokio::test]
async fn a_job_that_fails_takes_back_only_its_own_work() {
    let desk = Desk::new().await;
    let jobs = (0..50).map(|n| insert(&desk.store, format!("row_{n:02}"), n % 3 == 0));
    for (n, result) in join_all(jobs).await.into_iter().enumerate() {
        match result {
            Ok(inserted) => assert_eq!(inserted, [RowId::from(format!("row_{n:02}"))]),
            Err(error) => {
                assert!(matches!(error, StoreError::Stale), "{error:?}");
                assert_eq!(n % 3, 0);
            }
        }
    }
    let depth = desk
        .read(|tx| Box::pin(async move { tx.depth_and_age(LaneKind::In, at(0)).await }))
        .await;
    // 17 of 0..50 are multiples of three.
    assert_eq!((depth.rows, depth.oldest), (33, Some(at(0))));
}

#[tokio::test]
async fn a_job_that_panics_fails_alone() {
    let desk = Desk::new().await;
    let panics = desk.store.write(|tx| {
        Box::pin(async move {
            tx.insert_inbox(vec![row("row_1", "cnv_1", at(0))]).await?;
            assert_eq!(tx.count_dead().await?, 1, "planted");
            Ok(())
        })
    });
    let (panicked, inserted) =
        futures_util::future::join(panics, insert(&desk.store, "row_2".to_owned(), false)).await;
    assert!(
        matches!(panicked, Err(StoreError::Panicked)),
        "{panicked:?}"
    );
    inserted.unwrap();
    let missing = desk
        .read(|tx| Box::pin(async move { tx.find_inbox(&RowId::from("row_1")).await }))
        .await;
    assert!(missing.is_none());
}

#[tokio::test]
async fn work_is_done_even_if_the_caller_no_longer_waits() {
    let desk = Desk::new().await;
    let mut write = Box::pin(insert(&desk.store, "row_1".to_owned(), false));
    // One poll orders the job; then the caller goes away.
    assert!(futures_util::poll!(write.as_mut()).is_pending());
    drop(write);
    // What waits is finished before the store is closed.
    desk.store.close().await;
    let Desk { store, database } = desk;
    drop(store);
    let store = Store::open(database.url(), Options::default())
        .await
        .unwrap();
    let desk = Desk { store, database };
    let found = desk
        .read(|tx| Box::pin(async move { tx.find_inbox(&RowId::from("row_1")).await }))
        .await;
    assert!(found.is_some());
}

#[tokio::test]
async fn a_commit_that_woke_a_lane_notifies_and_a_failed_job_does_not() {
    let desk = Desk::new().await;
    let woken = desk.store.woken(LaneKind::In);
    insert(&desk.store, "row_1".to_owned(), true)
        .await
        .unwrap_err();
    let mut notified = Box::pin(woken.notified());
    assert!(futures_util::poll!(notified.as_mut()).is_pending());
    insert(&desk.store, "row_1".to_owned(), false)
        .await
        .unwrap();
    notified.await;
}

#[tokio::test]
async fn a_nul_in_a_text_is_stripped() {
    let desk = Desk::new().await;
    let mut with_nul = row("row_1", "cnv_1", at(0));
    with_nul.payload = "a\0b".to_owned();
    desk.write(|tx| Box::pin(async move { tx.insert_inbox(vec![with_nul]).await }))
        .await;
    let found = desk
        .read(|tx| Box::pin(async move { tx.find_inbox(&RowId::from("row_1")).await }))
        .await;
    assert_eq!(found.unwrap().payload, "ab");
}

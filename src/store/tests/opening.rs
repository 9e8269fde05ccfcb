//! Opening, closing and crashing.

use super::*;

#[tokio::test]
async fn a_second_process_on_the_same_file_is_refused() {
    let desk = Desk::new().await;
    let second = Store::open(&desk.url, Options::default()).await;
    let Err(StoreError::InUse { path }) = second else {
        panic!("{second:?}");
    };
    assert_eq!(path, desk.folder.path().join("loket.db.lock"));
    assert!(matches!(
        Store::migrate(&desk.url).await,
        Err(StoreError::InUse { .. })
    ));
}

#[tokio::test]
async fn a_closed_store_can_be_opened_again_and_takes_no_more_jobs() {
    let desk = Desk::new().await;
    desk.write(|tx| {
        Box::pin(async move { tx.insert_inbox(vec![row("row_1", "cnv_1", at(0))]).await })
    })
    .await;
    desk.store.close().await;
    let late = desk
        .store
        .write(|tx| Box::pin(async move { tx.count_dead().await }))
        .await;
    assert!(matches!(late, Err(StoreError::Closed)), "{late:?}");
    let Desk { store, url, folder } = desk;
    drop(store);
    let store = Store::open(&url, Options::default()).await.unwrap();
    let found = store
        .read(|tx| Box::pin(async move { tx.find_inbox(&RowId::from("row_1")).await }))
        .await
        .unwrap();
    assert!(found.is_some());
    drop(folder);
}

#[tokio::test]
async fn after_a_crash_what_was_committed_is_there_and_no_lease_is_left() {
    let Desk { store, url, folder } = {
        let desk = Desk::new().await;
        desk.write(|tx| {
            Box::pin(async move { tx.insert_inbox(vec![row("row_1", "cnv_1", at(0))]).await })
        })
        .await;
        desk.claim_one(LaneKind::In, "dead process", at(0)).await;
        desk
    };
    // Nothing is closed: as if the process had been killed.
    drop(store);
    let store = Store::open(&url, Options::default()).await.unwrap();
    let desk = Desk { store, url, folder };
    let lease = desk.claim_one(LaneKind::In, "new process", at(1)).await;
    assert_eq!((lease.epoch, lease.owner.as_str()), (2, "new process"));
    let head = desk
        .read(|tx| {
            Box::pin(async move { tx.inbox_head(&lane(LaneKind::In, "cnv_1"), at(1)).await })
        })
        .await;
    assert_eq!(head.unwrap().id, RowId::from("row_1"));
}

#[tokio::test]
async fn urls_that_are_no_file_are_refused() {
    for url in [
        "postgres://localhost/loket",
        "sqlite::memory:",
        "sqlite://loket.db?mode=memory",
        "loket.db",
        "",
    ] {
        let refused = Store::open(url, Options::default()).await;
        assert!(
            matches!(refused, Err(StoreError::Url { .. })),
            "{url}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_an_error_not_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("no/loket.db").display());
    let refused = Store::open(&url, Options::default()).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("loket.db").display());
    Store::migrate(&url).await.unwrap();
    Store::migrate(&url).await.unwrap();
    Store::open(&url, Options::default()).await.unwrap();
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let desk = Desk::new().await;
    let refused = desk
        .store
        .read(|tx| Box::pin(async move { tx.set_room_ready("alerts", &"!a:b".into()).await }))
        .await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
}

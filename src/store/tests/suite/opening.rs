//! Opening and closing.

use super::*;

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
    let Desk { store, database } = desk;
    drop(store);
    let store = Store::open(database.url(), Options::default())
        .await
        .unwrap();
    let found = store
        .read(|tx| Box::pin(async move { tx.find_inbox(&RowId::from("row_1")).await }))
        .await
        .unwrap();
    assert!(found.is_some());
}

#[tokio::test]
async fn urls_that_are_no_database_are_refused() {
    for url in [
        "postgres://localhost",
        "postgres://localhost/",
        "postgres://localhost:port/loket",
        "mysql://localhost/loket",
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
async fn migrating_twice_changes_nothing() {
    let database = TestDatabase::new(ENGINE).await;
    Store::migrate(database.url()).await.unwrap();
    Store::migrate(database.url()).await.unwrap();
    Store::open(database.url(), Options::default())
        .await
        .unwrap();
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

//! From a file to a server, and on from there.

use futures_util::future::BoxFuture;

use super::suite::*;
use crate::store::testing::{Engine, TestDatabase};
use crate::store::{BodyRow, LaneKind, Options, Store, StoreError, Tx, move_all};

/// A text with everything that databases have been seen to change.
const NASTY: &str = "{\"id\":\"O'Neil \\\\ \\\" 🙏🏽\\u200f\r\n\t%s $1 ?1 \u{feff}é e\u{301}\"}";

/// Bytes that are no text.
const BYTES: [u8; 4] = [0, 255, 13, 10];

/// Opens a database.
async fn open(database: &TestDatabase) -> Store {
    Store::open(database.url(), Options::default())
        .await
        .unwrap()
}

/// Writes two rows, the first of them nasty, and bytes that are no text.
fn fill(tx: &mut Tx) -> BoxFuture<'_, Result<(), StoreError>> {
    Box::pin(async move {
        let mut nasty = row("row_1", "cnv_1", at(0));
        NASTY.clone_into(&mut nasty.payload);
        tx.insert_inbox(vec![nasty, row("row_2", "cnv_1", at(1))])
            .await?;
        tx.insert_body(&BodyRow {
            id: "body_1".into(),
            account: "wa".into(),
            received_at: at(0),
            reason: "unparsed".to_owned(),
            body: BYTES.to_vec(),
        })
        .await
    })
}

/// Whether a row of the inbox is there.
async fn has(store: &Store, id: &'static str) -> bool {
    let found = store.read(move |tx| Box::pin(async move { tx.find_inbox(&id.into()).await }));
    found.await.unwrap().is_some()
}

#[tokio::test]
async fn everything_moves_and_goes_on_in_order() {
    let file = TestDatabase::new(Engine::Sqlite).await;
    let server = TestDatabase::new(Engine::Postgres).await;
    let store = open(&file).await;
    store.write(fill).await.unwrap();
    assert!(matches!(
        move_all(file.url(), server.url(), at(2)).await,
        Err(StoreError::InUse { .. })
    ));
    store.close().await;
    drop(store);

    let moved = move_all(file.url(), server.url(), at(2)).await.unwrap();
    let rows = |table| {
        moved
            .iter()
            .find(|moved| moved.table == table)
            .unwrap()
            .rows
    };
    assert_eq!((rows("inbox"), rows("outbox")), (2, 0));

    // The file is left, but nobody works on it by mistake.
    assert!(matches!(
        Store::open(file.url(), Options::default()).await,
        Err(StoreError::Moved { .. })
    ));
    assert!(matches!(
        move_all(file.url(), server.url(), at(2)).await,
        Err(StoreError::Moved { .. })
    ));

    let desk = Desk {
        store: open(&server).await,
        database: server,
    };
    let nasty = desk
        .read(|tx| Box::pin(async move { tx.find_inbox(&"row_1".into()).await }))
        .await;
    assert_eq!(nasty.unwrap().payload, NASTY);
    let body = desk
        .read(|tx| Box::pin(async move { tx.find_body(&"body_1".into()).await }))
        .await;
    assert_eq!(body.unwrap().body, BYTES);
    desk.write(|tx| {
        Box::pin(async move { tx.insert_inbox(vec![row("row_3", "cnv_1", at(3))]).await })
    })
    .await;
    for expected in ["row_1", "row_2", "row_3"] {
        let head = desk
            .read(|tx| {
                Box::pin(async move { tx.inbox_head(&lane(LaneKind::In, "cnv_1"), at(4)).await })
            })
            .await
            .unwrap();
        assert_eq!(head.id.as_str(), expected);
        desk.write(move |tx| Box::pin(async move { tx.inbox_done(&head.id).await }))
            .await;
    }
}

#[tokio::test]
async fn a_target_with_rows_is_refused_and_both_stay_as_they_are() {
    let file = TestDatabase::new(Engine::Sqlite).await;
    let server = TestDatabase::new(Engine::Postgres).await;
    let store = open(&file).await;
    store.write(fill).await.unwrap();
    store.close().await;
    drop(store);
    let theirs = open(&server).await;
    let written = theirs.write(|tx| {
        Box::pin(async move { tx.insert_inbox(vec![row("theirs", "cnv_9", at(0))]).await })
    });
    written.await.unwrap();

    let refused = move_all(file.url(), server.url(), at(2)).await;
    assert!(
        matches!(refused, Err(StoreError::NotEmpty { table: "inbox" })),
        "{refused:?}"
    );
    assert!(!has(&theirs, "row_1").await);
    assert!(has(&theirs, "theirs").await);
    // No mark: the desk goes on where it was.
    assert!(has(&open(&file).await, "row_1").await);
}

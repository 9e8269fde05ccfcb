//! The database refuses for a while: full, locked by somebody else.

use futures_util::future::join_all;

use super::suite::*;
use crate::domain::ids::RowId;
use crate::store::{LaneKind, Options, Store, StoreError};

/// A payload of several pages.
const LARGE: usize = 40_000;

/// Lets the file have as many pages as it has and `more`; `None` = no limit.
async fn limit(desk: &Desk, more: Option<u32>) {
    let limited = desk.store.limit_pages(more).await;
    limited.unwrap();
}

/// Stores a row with a large payload.
async fn large(desk: &Desk, id: String) -> Result<Vec<RowId>, StoreError> {
    let mut large = row(&id, "cnv_1", at(0));
    large.payload = "x".repeat(LARGE);
    desk.store
        .write(move |tx| Box::pin(async move { tx.insert_inbox(vec![large]).await }))
        .await
}

/// How many rows wait.
async fn waiting(desk: &Desk) -> i64 {
    desk.read(|tx| Box::pin(async move { tx.depth_and_age(LaneKind::In, at(0)).await }))
        .await
        .rows
}

#[tokio::test]
async fn a_full_database_takes_rows_again_when_there_is_room() {
    let desk = Desk::new().await;
    limit(&desk, Some(20)).await;
    let mut stored = 0;
    while large(&desk, format!("row_{stored}")).await.is_ok() {
        stored += 1;
        assert!(stored < 20, "it never fills up");
    }
    let refused = large(&desk, "row_more".to_owned()).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    assert_eq!(waiting(&desk).await, stored, "it can still be read");
    limit(&desk, None).await;
    large(&desk, "row_more".to_owned()).await.unwrap();
    assert_eq!(waiting(&desk).await, stored + 1);
}

#[tokio::test]
async fn a_damaged_page_is_told_from_a_database_that_is_away() {
    let desk = Desk::new().await;
    for n in 0..40 {
        large(&desk, format!("row_{n}")).await.unwrap();
    }
    let Desk { store, database } = desk;
    store.close().await;
    drop(store);
    let path = database.folder().unwrap().join("loket.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // The schema stands in the first pages; what follows is rows.
    let rows = bytes.len() / 3;
    bytes.iter_mut().skip(rows).for_each(|byte| *byte = 0xa5);
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(database.url(), Options::default())
        .await
        .unwrap();
    assert!(!store.is_damaged());
    let read =
        store.read(|tx| Box::pin(async move { tx.depth_and_age(LaneKind::In, at(0)).await }));
    let read = read.await;
    assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
    assert!(store.is_damaged());
}

#[tokio::test]
async fn jobs_that_share_a_commit_in_a_full_database_are_stored_or_fail_and_nothing_between() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        let before = waiting(&desk).await;
        limit(&desk, Some(40)).await;
        let jobs = (0..12).map(|n| large(&desk, format!("row_{before}_{n}")));
        let taken = join_all(jobs)
            .await
            .iter()
            .filter(|one| one.is_ok())
            .count();
        assert!(taken < 12, "it never fills up");
        assert_eq!(
            waiting(&desk).await,
            before + i64::try_from(taken).unwrap(),
            "what was said to be stored is, and no more"
        );
        limit(&desk, None).await;
        let jobs = (0..12).map(|n| large(&desk, format!("again_{before}_{n}")));
        assert!(join_all(jobs).await.iter().all(Result::is_ok));
    }
}

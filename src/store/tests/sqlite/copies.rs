//! Copies: made under load, opened elsewhere.

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;

use super::suite::*;
use crate::domain::ids::RowId;
use crate::store::{LaneKind, Options, Peek, Store, StoreError};

/// How many rows the inbox has.
async fn count(store: &Store) -> i64 {
    let depth =
        store.read(|tx| Box::pin(async move { tx.depth_and_age(LaneKind::In, at(0)).await }));
    depth.await.unwrap().rows
}

#[tokio::test]
async fn a_copy_made_under_load_holds_everything_that_was_committed_before_it() {
    let desk = Desk::new().await;
    let done = AtomicI64::new(0);
    let target = desk.database.folder().unwrap().join("copy.db");
    let write = async {
        for n in 0..400 {
            let id = format!("row_{n:04}");
            let row = row(&id, "cnv_1", at(0));
            desk.write(move |tx| Box::pin(async move { tx.insert_inbox(vec![row]).await }))
                .await;
            done.fetch_add(1, Ordering::SeqCst);
        }
    };
    let copy = async {
        while done.load(Ordering::SeqCst) < 50 {
            tokio::task::yield_now().await;
        }
        let before = done.load(Ordering::SeqCst);
        let backup = Store::backup(desk.database.url(), &target).await.unwrap();
        (before, backup, done.load(Ordering::SeqCst))
    };
    let ((), (before, backup, after)) = futures_util::future::join(write, copy).await;
    assert_eq!(count(&desk.store).await, 400);
    assert_eq!(backup.schema, Store::schema_version());
    let mode = std::fs::metadata(&target).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let url = format!("sqlite:{}", target.display());
    let restored = Store::open(&url, Options::default()).await.unwrap();
    let found = count(&restored).await;
    assert!(
        before <= found && found <= after + 1,
        "{before} {found} {after}"
    );
    // What was committed is there from the first row on, without a gap.
    let last = RowId::from(format!("row_{:04}", found - 1));
    let newest = restored.read(|tx| Box::pin(async move { tx.find_inbox(&last).await }));
    assert!(newest.await.unwrap().is_some());
}

#[tokio::test]
async fn a_copy_overwrites_nothing_and_leaves_nothing_half() {
    let desk = Desk::new().await;
    let target = desk.database.folder().unwrap().join("copy.db");
    std::fs::write(&target, "mine").unwrap();
    let refused = Store::backup(desk.database.url(), &target).await;
    assert!(
        matches!(refused, Err(StoreError::Copy { .. })),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
    let missing = desk.database.folder().unwrap().join("no/copy.db");
    assert!(Store::backup(desk.database.url(), &missing).await.is_err());
    let none = format!(
        "sqlite:{}",
        desk.database.folder().unwrap().join("none.db").display()
    );
    assert!(Store::backup(&none, &missing).await.is_err());
    assert!(!desk.database.folder().unwrap().join("none.db").exists());
}

#[tokio::test]
async fn a_file_at_rest_is_copied_and_looked_at_without_leaving_a_trace() {
    let Desk { store, database } = Desk::new().await;
    let folder = database.folder().unwrap();
    store.close().await;
    drop(store);
    let files = || {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(files(), ["loket.db", "loket.db.lock"]);
    let peek = Peek::open(database.url()).await.unwrap().unwrap();
    let about = peek.about().await.unwrap();
    assert_eq!(about.schema, Store::schema_version());
    assert_eq!(about.log_bytes, None);
    peek.close().await;
    drop(peek);
    Store::backup(database.url(), &folder.join("copy.db"))
        .await
        .unwrap();
    assert_eq!(files(), ["copy.db", "loket.db", "loket.db.lock"]);
}

#[tokio::test]
async fn a_look_beside_a_daemon_sees_what_is_committed_and_holds_nobody_up() {
    let desk = Desk::new().await;
    let peek = Peek::open(desk.database.url()).await.unwrap().unwrap();
    let writes = (0..20).map(|n| {
        let id = format!("row_{n}");
        let row = row(&id, "cnv_1", at(0));
        desk.write(move |tx| Box::pin(async move { tx.insert_inbox(vec![row]).await }))
    });
    join_all(writes).await;
    let seen = peek.read(|tx| Box::pin(async move { tx.depth_and_age(LaneKind::In, at(0)).await }));
    assert_eq!(seen.await.unwrap().rows, 20);
    assert!(peek.about().await.unwrap().log_bytes.is_some());
    let none = format!(
        "sqlite:{}",
        desk.database.folder().unwrap().join("none.db").display()
    );
    assert!(Peek::open(&none).await.unwrap().is_none());
}

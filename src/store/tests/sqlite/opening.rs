//! The file: whose it is, who may read it, what a crash leaves.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::suite::*;
use crate::domain::ids::RowId;
use crate::store::{LaneKind, Options, Store, StoreError};

#[tokio::test]
async fn a_second_process_on_the_same_file_is_refused() {
    let desk = Desk::new().await;
    let second = Store::open(desk.database.url(), Options::default()).await;
    let Err(StoreError::InUse { path }) = second else {
        panic!("{second:?}");
    };
    assert_eq!(path, desk.database.folder().unwrap().join("loket.db.lock"));
    assert!(matches!(
        Store::migrate(desk.database.url()).await,
        Err(StoreError::InUse { .. })
    ));
}

#[tokio::test]
async fn what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no/loket.db");
    let text = folder.path().join("notes.txt");
    std::fs::write(
        &text,
        "These are notes and not a database, whatever it says.",
    )
    .unwrap();
    for file in [missing, text] {
        let url = format!("sqlite:{}", file.display());
        let Err(StoreError::Open { path, .. }) = Store::open(&url, Options::default()).await else {
            panic!("{url}");
        };
        assert_eq!(path, file);
        let refused = Store::migrate(&url).await;
        assert!(matches!(refused, Err(StoreError::Open { .. })), "{url}");
    }
}

/// The rights on a file.
fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_files_are_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let url = format!("sqlite:{}", path("loket.db").display());
    let store = Store::open(&url, Options::default()).await.unwrap();
    for name in ["loket.db", "loket.db-wal", "loket.db-shm", "loket.db.lock"] {
        assert_eq!(mode(&path(name)), 0o600, "{name}");
    }
    store.close().await;
    drop(store);
    // As an older version left it, killed while it ran.
    std::fs::write(path("loket.db-wal"), "").unwrap();
    for name in ["loket.db", "loket.db-wal"] {
        std::fs::set_permissions(path(name), Permissions::from_mode(0o644)).unwrap();
    }
    let _store = Store::open(&url, Options::default()).await.unwrap();
    for name in ["loket.db", "loket.db-wal", "loket.db-shm"] {
        assert_eq!(mode(&path(name)), 0o600, "{name}");
    }
}

/// A database made by these statements.
async fn stranger(path: &Path, statements: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statements)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_as_it_is() {
    let list = "CREATE TABLE note (text TEXT);
        CREATE TABLE _sqlx_migrations (version BIGINT, description TEXT);
        INSERT INTO _sqlx_migrations VALUES (1, 'notes');";
    for statements in [
        "CREATE TABLE message (id TEXT)",
        "PRAGMA journal_mode = WAL; CREATE TABLE note (text TEXT)",
        list,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs.db");
        stranger(&path, statements).await;
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let before = std::fs::read(&path).unwrap();
        let url = format!("sqlite:{}", path.display());
        let opened = Store::open(&url, Options::default()).await.map(|_| ());
        for refused in [opened, Store::migrate(&url).await] {
            assert!(
                matches!(refused, Err(StoreError::Foreign { .. })),
                "{refused:?}"
            );
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
        assert_eq!(mode(&path), 0o644);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn after_a_crash_what_was_committed_is_there_and_no_lease_is_left() {
    let Desk { store, database } = {
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
    let store = Store::open(database.url(), Options::default())
        .await
        .unwrap();
    let desk = Desk { store, database };
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
async fn a_file_that_is_open_is_met_by_every_way_to_it() {
    let desk = Desk::new().await;
    let folder = desk.database.folder().unwrap();
    let open = async |name: &str| {
        let url = format!("sqlite:{}", folder.join(name).display());
        Store::open(&url, Options::default()).await.map(|_store| ())
    };
    std::os::unix::fs::symlink("loket.db", folder.join("by_link.db")).unwrap();
    let opened = open("by_link.db").await;
    assert!(
        matches!(opened, Err(StoreError::InUse { .. })),
        "{opened:?}"
    );
    let opened = open("../").await;
    assert!(matches!(opened, Err(StoreError::Url { .. })), "{opened:?}");
    std::os::unix::fs::symlink("nowhere.db", folder.join("lost.db")).unwrap();
    let opened = open("lost.db").await;
    assert!(matches!(opened, Err(StoreError::Url { .. })), "{opened:?}");
    std::fs::hard_link(folder.join("loket.db"), folder.join("twin.db")).unwrap();
    let opened = open("twin.db").await;
    assert!(matches!(opened, Err(StoreError::Url { .. })), "{opened:?}");
}

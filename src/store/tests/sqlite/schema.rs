//! The schema and every statement against it.

use std::collections::BTreeSet;
use std::str::FromStr;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor as _, Row as _, SqliteConnection};

use tempfile::TempDir;

use super::super::statements::statements;
use super::suite::*;
use crate::store::personal::TABLES;
use crate::store::sqlite::DIALECT;
use crate::store::{Options, Store, StoreError};

/// A connection to a file with the schema.
async fn connect(folder: &TempDir) -> SqliteConnection {
    let url = format!("sqlite:{}", folder.path().join("loket.db").display());
    Store::migrate(&url).await.unwrap();
    SqliteConnectOptions::from_str(&url)
        .unwrap()
        .connect()
        .await
        .unwrap()
}

#[tokio::test]
async fn every_statement_prepares() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connect(&folder).await;
    for (name, sql) in statements(&DIALECT) {
        let prepared = (&mut connection)
            .prepare(sqlx::SqlSafeStr::into_sql_str(sql))
            .await;
        assert!(prepared.is_ok(), "{name}: {prepared:?}");
    }
}

/// Statements that look at whole tables: at start, at scrape, or in tables that do
/// not grow.
const MAY_SCAN: [&str; 6] = [
    "kept::COUNT_DEAD",
    "kept::COUNT_KEPT",
    "lanes::CLEAR_LEASES",
    "lanes::DEPTH_INBOX",
    "lanes::DEPTH_OUTBOX",
    "rooms::LIST",
];

#[tokio::test]
async fn no_statement_scans_or_sorts_a_table_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connect(&folder).await;
    let mut slow = Vec::new();
    for (full, sql) in statements(&DIALECT) {
        if MAY_SCAN.contains(&full.as_str()) {
            continue;
        }
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for step in plan {
            let detail: String = step.get("detail");
            let scans = detail.starts_with("SCAN") && detail != "SCAN CONSTANT ROW";
            if scans || detail.contains("TEMP B-TREE") {
                slow.push(format!("{full}: {detail}"));
            }
        }
    }
    assert_eq!(slow, [""; 0]);
}

#[tokio::test]
async fn every_table_says_whether_it_is_personal() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connect(&folder).await;
    let tables = sqlx::query(
        "SELECT name FROM sqlite_master
         WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let schema: BTreeSet<String> = tables.iter().map(|row| row.get("name")).collect();
    let declared: BTreeSet<String> = TABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(schema, declared);
    assert_eq!(declared.len(), TABLES.len(), "a table is declared twice");
}

#[tokio::test]
async fn every_column_is_of_a_portable_type_and_never_null() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connect(&folder).await;
    for (table, _) in TABLES {
        let columns = sqlx::query(AssertSqlSafe(format!("PRAGMA table_info(\"{table}\")")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for column in columns {
            let name: String = column.get("name");
            let kind: String = column.get("type");
            let not_null: bool = column.get("notnull");
            assert!(not_null, "{table}.{name} may be NULL");
            assert!(
                ["TEXT", "BIGINT", "BOOLEAN", "BYTEA"].contains(&kind.as_str()),
                "{table}.{name} is {kind}"
            );
        }
    }
}

#[tokio::test]
async fn a_value_that_is_not_what_was_put_there_is_an_error_not_a_panic() {
    let desk = Desk::new().await;
    let id = desk.conversation().await;
    desk.store.close().await;
    let mut connection = SqliteConnectOptions::from_str(desk.database.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    for spoil in [
        "UPDATE conversation SET status = 'asleep'",
        "UPDATE conversation SET status = 'open', note_mode = 'not JSON'",
        "UPDATE conversation SET note_mode = '[]', solved_at = 9223372036854775806",
        "UPDATE conversation SET solved_at = 'yesterday'",
    ] {
        sqlx::query(spoil).execute(&mut connection).await.unwrap();
        let again = reopen(desk.database.url(), desk.database.folder().unwrap()).await;
        let id = id.clone();
        let read = again
            .read(move |tx| Box::pin(async move { tx.lock_conversation(&id).await }))
            .await;
        assert!(
            matches!(read, Err(StoreError::Corrupt { .. })),
            "{spoil}: {read:?}"
        );
        again.close().await;
    }
}

/// Opens a copy of a file whose first opener still holds the lock.
async fn reopen(url: &str, folder: &std::path::Path) -> Store {
    let path = url.trim_start_matches("sqlite:");
    let copy = folder.join("copy.db");
    for end in ["", "-wal", "-shm"] {
        let from = format!("{path}{end}");
        let to = format!("{}{end}", copy.display());
        if std::path::Path::new(&from).exists() {
            std::fs::copy(from, to).unwrap();
        }
    }
    Store::open(&format!("sqlite:{}", copy.display()), Options::default())
        .await
        .unwrap()
}

//! The server: who is let in, what is found there, what a crash leaves.

use std::str::FromStr as _;

use futures_util::future::join_all;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use url::Url;

use super::ENGINE;
use super::suite::*;
use crate::store::testing::TestDatabase;
use crate::store::{LaneKind, Options, Store, StoreError};

/// Runs a statement on a database.
pub(super) async fn run(url: &str, sql: &str) {
    let mut connection = connect(url).await;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
}

/// Another process on the same database.
async fn beside(desk: &Desk) -> Store {
    Store::open(desk.database.url(), Options::default())
        .await
        .unwrap()
}

/// A connection to a database.
async fn connect(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).unwrap();
    options.connect().await.unwrap()
}

/// A database's URL with something else in it.
fn with(url: &str, change: impl FnOnce(&mut Url)) -> String {
    let mut url = Url::parse(url).unwrap();
    change(&mut url);
    url.to_string()
}

/// What opening it comes to, in the operator's words.
async fn refusal(url: &str) -> String {
    let opened = Store::open(url, Options::default()).await.map(|_store| ());
    let migrated = Store::migrate(url).await.unwrap_err().to_string();
    let refused = opened.unwrap_err().to_string();
    assert_eq!(migrated, refused);
    refused
}

#[tokio::test]
async fn what_keeps_us_out_is_told_without_the_password() {
    let database = TestDatabase::new(ENGINE).await;
    let port = Url::parse(database.url()).unwrap().port().unwrap();
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap().port();
    drop(free);
    let url = with(database.url(), |url| {
        url.set_port(Some(nobody)).unwrap();
        url.set_password(Some("hunter2")).unwrap();
    });
    assert_eq!(
        refusal(&url).await,
        format!(
            "the PostgreSQL server 127.0.0.1:{nobody} cannot be reached: is it running, and are \
             host and port in database.url right?"
        )
    );
    let url = with(database.url(), |url| {
        url.set_username("stranger").unwrap();
        url.set_password(Some("hunter2")).unwrap();
    });
    assert_eq!(
        refusal(&url).await,
        format!(
            "the PostgreSQL server 127.0.0.1:{port} does not let the user stranger in: are user \
             and password in database.url right?"
        )
    );
    let url = with(database.url(), |url| url.set_path("/nowhere"));
    assert_eq!(
        refusal(&url).await,
        format!(
            "the PostgreSQL server 127.0.0.1:{port} has no such database: make it with \
             `createdb -E UTF8 -T template0 nowhere`"
        )
    );
}

#[tokio::test]
async fn a_server_that_takes_a_connection_and_says_nothing_is_told() {
    // The system takes the connection; nobody ever reads it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://ayu@127.0.0.1:{port}/loket");
    let opened = Store::open(&url, Options::default()).await;
    assert_eq!(
        opened.map(|_store| ()).unwrap_err().to_string(),
        format!(
            "the PostgreSQL server 127.0.0.1:{port} does not answer: is it in trouble, or is \
             something else at this port?"
        )
    );
}

#[tokio::test]
async fn a_misspelt_parameter_is_named_and_its_value_is_not() {
    let database = TestDatabase::new(ENGINE).await;
    let url = with(database.url(), |url| {
        url.set_query(Some("application_name=a&pasword=hunter2"));
    });
    let said = refusal(&url).await;
    assert!(
        said.contains("`pasword` is no parameter of a connection"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn a_database_that_does_not_keep_utf8_is_refused() {
    let database = TestDatabase::new(ENGINE).await;
    let name = Url::parse(database.url()).unwrap().path().replace('/', "");
    let latin = format!("{name}_latin");
    run(
        database.url(),
        &format!("CREATE DATABASE {latin} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"),
    )
    .await;
    let url = with(database.url(), |url| url.set_path(&format!("/{latin}")));
    let refused = refusal(&url).await;
    run(
        database.url(),
        &format!("DROP DATABASE {latin} WITH (FORCE)"),
    )
    .await;
    assert_eq!(
        refused,
        format!(
            "the database's url cannot be used: the database {latin} keeps texts as LATIN1: \
             make one with `createdb -E UTF8 -T template0`"
        )
    );
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_as_it_is() {
    let list = "CREATE TABLE note (text TEXT);
        CREATE TABLE _sqlx_migrations (version BIGINT, description TEXT);
        INSERT INTO _sqlx_migrations VALUES (1, 'notes')";
    for theirs in [
        "CREATE TABLE note (text TEXT)",
        "CREATE VIEW note AS SELECT 1 AS one",
        list,
    ] {
        let database = TestDatabase::new(ENGINE).await;
        let schema = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;";
        run(database.url(), &format!("{schema} {theirs}")).await;
        let name = Url::parse(database.url()).unwrap().path().replace('/', "");
        assert_eq!(
            refusal(database.url()).await,
            format!(
                "the database {name} holds tables of another program, nothing was written to \
                 it: name a database of Loket's own in database.url"
            )
        );
        let mut connection = connect(database.url()).await;
        let ours: bool = sqlx::query_scalar("SELECT to_regclass('lane') IS NOT NULL")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(!ours, "{theirs}");
    }
}

#[tokio::test]
async fn processes_that_start_at_once_on_an_empty_database_migrate_it_once() {
    let database = TestDatabase::new(ENGINE).await;
    let schema = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;";
    run(database.url(), schema).await;
    let stores = join_all((0..6).map(|_| Store::open(database.url(), Options::default()))).await;
    for (n, store) in (0_i64..).zip(stores) {
        let store = store.unwrap();
        store
            .write(move |tx| {
                Box::pin(async move {
                    let id = format!("row_{n}");
                    tx.insert_inbox(vec![row(&id, "cnv_1", at(n))]).await
                })
            })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn positions_go_on_where_a_database_that_was_moved_here_ended() {
    let desk = Desk::new().await;
    run(
        desk.database.url(),
        "UPDATE counter SET value = 4711 WHERE name = 'position'",
    )
    .await;
    let position = |store: Store, id: &'static str| async move {
        let write = store.write(move |tx| {
            Box::pin(async move {
                tx.insert_inbox(vec![row(id, "cnv_1", at(0))]).await?;
                tx.find_inbox(&id.into()).await
            })
        });
        write.await.unwrap().unwrap().position
    };
    assert_eq!(position(beside(&desk).await, "row_1").await, 4_712_000_000);
    // Who opens it later does not begin again.
    assert_eq!(position(beside(&desk).await, "row_2").await, 4_713_000_000);
}

#[tokio::test]
async fn after_a_crash_what_was_committed_is_there_and_leases_run_out_by_themselves() {
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
    // It may live: another process opens the database beside it.
    assert_eq!(desk.claim(LaneKind::In, "new process", at(29)).await, []);
    let lease = desk.claim_one(LaneKind::In, "new process", at(30)).await;
    assert_eq!((lease.epoch, lease.owner.as_str()), (2, "new process"));
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_later_is_unavailable() {
    let desk = Desk::new().await;
    let name = Url::parse(desk.database.url())
        .unwrap()
        .path()
        .replace('/', "");
    let other = with(desk.database.url(), |url| url.set_path("/postgres"));
    run(&other, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    let refused = desk
        .store
        .write(|tx| Box::pin(async move { tx.count_dead().await }))
        .await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
}

//! The same on a server: what an operator meets when the database is `PostgreSQL`.

use std::fs;
use std::process::{Command, Stdio};
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use loket::store::testing::{Engine, TestDatabase};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::TempDir;

use super::{desk, loket, said};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether somebody waits for a lock in this database.
const WAITS: &str = "
    SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock')";

/// A connection.
async fn connect(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).unwrap();
    options.connect().await.unwrap()
}

/// Runs statements.
async fn run(connection: &mut PgConnection, sql: String) {
    let ran = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    ran.unwrap();
}

/// A folder whose configuration names this database.
fn desk_on(url: &str) -> TempDir {
    let folder = desk();
    let path = folder.path().join("config.yaml");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{config}database: {{url: '{url}'}}\n")).unwrap();
    folder
}

/// What the doctor says of the database, and of what lies in it.
fn examined(folder: &TempDir) -> Vec<String> {
    let (text, _) = said(&loket(folder.path(), &["doctor"]));
    let lines = text.lines().filter(|line| {
        let subject = line.get(6..).unwrap_or_default();
        ["database", "rows", "own rooms"]
            .iter()
            .any(|name| subject.starts_with(name))
    });
    lines.map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn the_doctor_finds_an_empty_database_in_order() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let mut connection = connect(database.url()).await;
    let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    run(&mut connection, empty.to_owned()).await;
    let told = examined(&desk_on(database.url()));
    // A throw-away cluster does not wait for its disk, which is told as well.
    let told: Vec<&String> = told.iter().filter(|line| !line.contains("fsync")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("ok    database        PostgreSQL "));
    assert!(told[0].ends_with("no tables yet: the daemon makes them when it starts"));
}

#[tokio::test]
async fn the_doctor_finds_a_user_that_may_only_read() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let mut connection = connect(database.url()).await;
    let name: String = sqlx::query_scalar("SELECT current_database()")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let user = format!("reader_of_{name}");
    let grant = format!(
        "CREATE ROLE {user} LOGIN; GRANT USAGE ON SCHEMA public TO {user};
         REVOKE CREATE ON SCHEMA public FROM PUBLIC;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"
    );
    run(&mut connection, grant).await;
    let mut url = url::Url::parse(database.url()).unwrap();
    url.set_username(&user).unwrap();
    let folder = desk_on(url.as_str());
    let (text, code) = said(&loket(folder.path(), &["doctor"]));
    run(
        &mut connection,
        format!("DROP OWNED BY {user}; DROP ROLE {user}"),
    )
    .await;
    assert_eq!(code, Some(1), "{text}");
    for fault in [
        "FAIL  database        the user of database.url may not make tables in it",
        "FAIL  database        the user of database.url may not write into Loket's tables",
    ] {
        assert!(text.contains(fault), "{text}");
    }
}

#[tokio::test]
async fn migrating_what_is_up_to_date_says_nothing() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let folder = desk_on(database.url());
    let ran = said(&loket(folder.path(), &["migrate"]));
    assert_eq!(ran, (String::new(), Some(0)));
}

#[tokio::test]
async fn a_start_that_waits_for_somebody_elses_lock_ends_at_the_first_signal() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let (mut holder, mut watcher) = (connect(database.url()).await, connect(database.url()).await);
    let lock = "BEGIN; LOCK TABLE counter IN ACCESS EXCLUSIVE MODE";
    run(&mut holder, lock.to_owned()).await;
    let folder = desk_on(database.url());
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_loket"))
        .args(["run"])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    loop {
        let waits: bool = sqlx::query_scalar(WAITS)
            .fetch_one(&mut watcher)
            .await
            .unwrap();
        if waits {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not wait for the lock");
    }
    let pid = Pid::from_child(&daemon);
    kill_process(pid, Signal::TERM).unwrap();
    let told = Instant::now();
    let code = loop {
        if let Some(ended) = daemon.try_wait().unwrap() {
            break ended.code();
        }
        if told.elapsed() > PATIENCE {
            daemon.kill().unwrap();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(code, Some(0), "it did not hear the first signal");
}

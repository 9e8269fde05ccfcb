//! Databases for tests: one for each test, gone with it, on either engine.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "only tests come here, and one without a database has failed"
)]

use std::path::PathBuf;
use std::str::FromStr;
use std::{env, fs, thread};

use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use uuid::Uuid;

use super::{Store, StoreError};
use crate::crash::Spot;

/// Names the cluster that tests may make databases on.
const CLUSTER: &str = "LOKET_TEST_POSTGRES";

/// The file of a database.
const FILE: &str = "loket.db";

/// What of the file was committed last.
const WRITE_AHEAD: &str = "loket.db-wal";

/// Keeps tests from making the template at the same time.
const LOCK: &str = "SELECT pg_advisory_lock(20261121)";

/// Ends every other connection to a database; how many there were.
const BURY: &str = "
    SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'";

/// Where a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// In a file.
    Sqlite,
    /// On a server.
    Postgres,
}

/// An empty database of its own; gone when this is.
#[derive(Debug)]
pub struct TestDatabase {
    /// Its engine.
    engine: Engine,
    /// How it is opened.
    url: String,
    /// The folders of its file: of each life one, the last is the living.
    folders: Vec<PathBuf>,
}

impl TestDatabase {
    /// A new one.
    pub async fn new(engine: Engine) -> Self {
        let mut database = Self {
            engine,
            url: String::new(),
            folders: Vec::new(),
        };
        match engine {
            Engine::Sqlite => database.move_into(new_folder()),
            Engine::Postgres => database.url = make().await,
        }
        database
    }

    /// Its engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// How it is opened.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of its file.
    pub fn folder(&self) -> Option<&PathBuf> {
        self.folders.last()
    }

    /// What is committed now, if the database is a file: what a process finds that
    /// starts again after a crash. Whatever the life before still commits to its own
    /// file, nobody reads any more.
    pub fn snapshot(&self) -> Option<PathBuf> {
        let before = self.folders.last()?;
        let folder = new_folder();
        for file in [FILE, WRITE_AHEAD] {
            fs::copy(before.join(file), folder.join(file)).unwrap();
        }
        Some(folder)
    }

    /// The life before is over; the next one finds `snapshot`, or what the server has.
    pub async fn go_on(&mut self, snapshot: Option<PathBuf>) {
        match snapshot {
            Some(folder) => self.move_into(folder),
            None => self.bury().await,
        }
    }

    /// Waits until the server has noticed that a process is gone, and has rolled back
    /// what that was in the middle of.
    async fn bury(&self) {
        let options = PgConnectOptions::from_str(&self.url).unwrap();
        let mut connection = options.connect().await.unwrap();
        loop {
            let left: i64 = sqlx::query_scalar(BURY)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            if left == 0 {
                return;
            }
        }
    }

    /// Takes another folder.
    fn move_into(&mut self, folder: PathBuf) {
        self.url = format!("sqlite:{}", folder.join(FILE).display());
        self.folders.push(folder);
    }
}

/// A new, empty folder.
fn new_folder() -> PathBuf {
    let folder = env::temp_dir().join(format!("loket-{}", Uuid::now_v7()));
    fs::create_dir(&folder).unwrap();
    folder
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        for folder in &self.folders {
            drop(fs::remove_dir_all(folder));
        }
        if self.engine == Engine::Postgres {
            let url = self.url.clone();
            // A runtime of its own: the test's may be ending.
            drop(thread::spawn(move || unmake(&url)).join());
        }
    }
}

impl Store {
    /// Lets all leases run out at once, as if their time were over: for a test in which
    /// a process dies and no time passes.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_leases(&self) -> Result<(), StoreError> {
        self.at(Spot::LeaseClear)
            .write(|tx| Box::pin(async move { tx.clear_leases().await }))
            .await
    }
}

/// The cluster's own database.
fn cluster() -> PgConnectOptions {
    #[expect(
        clippy::disallowed_methods,
        reason = "no configuration of the daemon's: where bin/test has started PostgreSQL"
    )]
    let url = env::var(CLUSTER).unwrap_or_default();
    assert!(
        !url.is_empty(),
        "this test needs PostgreSQL: run bin/test, or start a throw-away cluster with \
         export {CLUSTER}=$(bin/postgres start)"
    );
    PgConnectOptions::from_str(&url)
        .unwrap()
        .disable_statement_logging()
}

/// Runs a statement that cannot have parameters.
async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .unwrap();
}

/// Makes a database from the template; its URL.
async fn make() -> String {
    let cluster = cluster();
    let mut connection = cluster.connect().await.unwrap();
    let template = ensure_template(&mut connection, &cluster).await;
    let name = format!("loket_{}", Uuid::now_v7().simple());
    run(
        &mut connection,
        format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    connection.close().await.unwrap();
    url_of(&cluster, &name)
}

/// The template of this schema, made if missing: its name.
async fn ensure_template(connection: &mut PgConnection, cluster: &PgConnectOptions) -> String {
    let mut hash = Sha256::new();
    for step in super::postgres::MIGRATIONS.iter() {
        hash.update(&step.checksum);
    }
    let hash: String = hex::encode(hash.finalize()).chars().take(16).collect();
    let name = format!("loket_template_{hash}");
    if exists(connection, &name).await {
        return name;
    }
    // Let go when the connection ends.
    run(connection, LOCK.to_owned()).await;
    if !exists(connection, &name).await {
        let draft = format!("draft_{}", Uuid::now_v7().simple());
        run(connection, format!("CREATE DATABASE {draft}")).await;
        Store::migrate(&url_of(cluster, &draft)).await.unwrap();
        run(
            connection,
            format!("ALTER DATABASE {draft} RENAME TO {name}"),
        )
        .await;
    }
    name
}

/// Whether there is a database of this name.
async fn exists(connection: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(connection)
        .await
        .unwrap()
}

/// The URL of a database of the cluster.
fn url_of(cluster: &PgConnectOptions, name: &str) -> String {
    cluster.clone().database(name).to_url_lossy().to_string()
}

/// Drops a database, whoever is connected to it.
fn unmake(url: &str) {
    let options = PgConnectOptions::from_str(url).unwrap();
    let name = options.get_database().unwrap_or_default().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = cluster().connect().await.unwrap();
        run(
            &mut connection,
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
        .await;
    });
}

//! The `PostgreSQL` engine: one database, several processes.
//!
//! Each job commits by itself, on a connection of its own. What a process is in the
//! middle of is given up by the server after [`IDLE_LIMIT`], so that one that hangs
//! holds up nobody.

mod about;
pub(super) mod bell;
mod connect;
mod dialect;
pub(super) mod driver;
pub(super) mod each;
mod resting;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor as _};

use super::error::StoreError;
use super::tx::{Engine, Tx};

pub(super) use dialect::DIALECT;
use resting::Connections;

/// Begins a transaction that writes. What it reads may have been committed since it
/// began; what must not change under it is locked.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// Begins a transaction that reads one moment.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How many jobs write at the same time. With readers and the two connections of the
/// bell this stays below a third of the server's usual 100.
pub(super) const WRITERS: u32 = 12;

/// How many jobs that somebody outside waits for write besides.
pub(super) const INTAKE: u32 = 12;

/// How many connections the bell uses.
const BELLS: u32 = 2;

/// Commits wait for the server's disk, whatever the server does for others: what is
/// acknowledged is stored. A stronger setting (`remote_apply`) stays.
const WAIT_FOR_DISK: &str = "
    SELECT set_config('synchronous_commit', 'on', FALSE)
    WHERE current_setting('synchronous_commit') = 'off'";

/// How long a caller waits for a connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);

/// How long a connection has to come to rest after what it was in the middle of. The
/// pool itself would wait for ever, and never fill its place.
const REST_LIMIT: Duration = Duration::from_secs(3);

/// After what time the server gives up a statement that waits or runs.
const STATEMENT_LIMIT: &str = "30s";

/// After what time the server gives up a transaction in which nothing happens: shorter
/// than a lease, so that a process that hangs in a commit does not keep its lanes.
const IDLE_LIMIT: &str = "10s";

/// What a URL may say of a connection.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// How many prepared statements a connection keeps: more than there are texts.
const STATEMENT_CACHE: usize = 512;

/// The schema, step by step.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// What the schema has besides on this engine. The numbers of the counter are those of
/// a database that was moved here from `SQLite`.
const SEQUENCE: [&str; 2] = [
    "CREATE SEQUENCE IF NOT EXISTS loket_position",
    "SELECT setval('loket_position', value) FROM counter
     WHERE name = 'position' AND value > (SELECT last_value FROM loket_position)",
];

/// Keeps others from [`SEQUENCE`] at the same time.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7018969437015925557)";

/// An open database.
#[derive(Debug, Clone)]
pub(super) struct Pools {
    /// Connections that write.
    writers: Connections,
    /// Connections that only read.
    readers: Connections,
    /// Connections of the bell.
    bells: PgPool,
    /// How long anything may take in all. The server's own limits end it before; this is
    /// for a server that has gone without a word.
    patience: Duration,
}

impl Pools {
    /// Opens the database at `url`, with its schema up to date.
    pub(super) async fn open(
        url: &str,
        readers: u32,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let options = options(url)?;
        prepare(&options).await?;
        Ok(Self::of(&options, readers, patience))
    }

    /// The connections to a database, made when they are needed.
    fn of(options: &PgConnectOptions, readers: u32, patience: Duration) -> Self {
        let options = options.clone().options([
            ("statement_timeout", STATEMENT_LIMIT),
            ("idle_in_transaction_session_timeout", IDLE_LIMIT),
        ]);
        let pool = |connections: u32| {
            PgPoolOptions::new()
                .max_connections(connections.max(1))
                .acquire_timeout(ACQUIRE_LIMIT)
                .after_release(|connection, _| Box::pin(answers(connection)))
                .after_connect(|connection, _| {
                    Box::pin(async move { connection.execute(WAIT_FOR_DISK).await.map(|_| ()) })
                })
                .connect_lazy_with(options.clone())
        };
        Self {
            writers: Connections::new(pool(WRITERS + INTAKE), WRITERS + INTAKE),
            readers: Connections::new(pool(readers), readers),
            bells: pool(BELLS),
            patience,
        }
    }

    /// What was asked, but not later than a server that still speaks would answer.
    pub(super) async fn answered<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        tokio::time::timeout(self.patience, asked)
            .await
            .unwrap_or_else(|_elapsed| Err(StoreError::silent()))
    }

    /// Brings the schema of the database at `url` up to date.
    pub(super) async fn migrate(url: &str) -> Result<(), StoreError> {
        prepare(&options(url)?).await
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin_write(&self) -> Result<Tx, StoreError> {
        let tx = self.writers.begin(BEGIN_WRITE).await?;
        Ok(Tx::new(Engine::Postgres(tx)))
    }

    /// Begins a transaction that reads: a snapshot of what is committed.
    pub(super) async fn begin_read(&self) -> Result<Tx, StoreError> {
        let tx = self.readers.begin(BEGIN_READ).await?;
        Ok(Tx::reading(Engine::Postgres(tx)))
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        self.bells.close().await;
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// Whether the server still answers on a connection that is given back; an error closes
/// it.
async fn answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let rest = tokio::time::timeout(REST_LIMIT, connection.ping()).await;
    rest.unwrap_or_else(|elapsed| Err(sqlx::Error::Io(elapsed.into())))
        .map(|()| true)
}

/// Whether a URL is one of this engine.
pub(super) fn takes(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// What every connection to `url` has in common.
fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let refused = |reason: &str| StoreError::Url {
        reason: reason.to_owned(),
    };
    if let Some(name) = unknown_parameter(url) {
        return Err(StoreError::Url {
            reason: format!("`{name}` is no parameter of a connection"),
        });
    }
    // The driver's own words may hold what was written, a password among it.
    let options = PgConnectOptions::from_str(url).map_err(|_error| {
        refused(
            "it must look like `postgres://user:password@host:5432/database`, and what stands \
             behind `?` must be one of its parameters' values",
        )
    })?;
    if options.get_database().is_none_or(str::is_empty) {
        return Err(refused("it must end with the name of a database"));
    }
    Ok(options
        // That something is there already is no news for operators.
        .options([("client_min_messages", "warning")])
        .application_name("loket")
        .statement_cache_capacity(STATEMENT_CACHE)
        .disable_statement_logging())
}

/// The first parameter of a URL that the driver does not know: it would write its value,
/// which may be a misspelt password, into the log.
fn unknown_parameter(url: &str) -> Option<&str> {
    let (_, parameters) = url.split_once('?')?;
    let names = parameters.split('&').map(|parameter| {
        let name = parameter.split_once('=').map(|(name, _)| name);
        name.unwrap_or(parameter)
    });
    names
        .filter(|name| !name.is_empty() && !name.starts_with("options["))
        .find(|name| !PARAMETERS.contains(name))
}

/// Makes the database ready: ours, in the right encoding, with the schema up to date.
async fn prepare(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = connect::connect(options).await?;
    let prepared = prepare_on(&mut connection, options).await;
    drop(connection.close().await);
    prepared
}

/// The same on a connection.
async fn prepare_on(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
) -> Result<(), StoreError> {
    connect::refuse_unfit(connection, options).await?;
    // Takes a lock of its own: of several processes one migrates, the others wait.
    MIGRATIONS
        .run(&mut *connection)
        .await
        .map_err(|error| StoreError::Migration(Arc::new(error)))?;
    let mut tx = connection.begin().await?;
    for sql in [LOCK].into_iter().chain(SEQUENCE) {
        sqlx::query(sql).execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

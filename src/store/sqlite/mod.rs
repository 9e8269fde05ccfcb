//! The `SQLite` engine: one file, one process, one writer, some readers.

mod about;
mod backup;
mod dialect;
#[path = "../driver.rs"]
pub(super) mod driver;
mod file;

use std::fs::File;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
#[cfg(any(test, feature = "testing"))]
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use super::error::StoreError;
use super::moving;
use super::tx::{Engine, Tx};
pub use backup::Backup;
pub(super) use file::Reader;

pub(super) use dialect::DIALECT;

/// The driver's database.
pub(super) type Db = sqlx::Sqlite;

/// The driver's row.
pub(super) type DbRow = sqlx::sqlite::SqliteRow;

/// Begins a writing transaction. A deferred one that writes later fails at once
/// with "database is locked", whatever the time-out.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// How long a connection waits for another one's lock. Only the writer and a
/// checkpoint can meet.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What the write-ahead log is cut back to after a checkpoint: 64 MiB.
const JOURNAL_SIZE_LIMIT: &str = "67108864";

/// How many prepared statements a connection keeps: more than there are texts.
const STATEMENT_CACHE: usize = 512;

/// The schema, step by step.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The number of the schema's last step.
pub(super) fn schema_version() -> i64 {
    let steps = MIGRATIONS.iter().map(|step| step.version);
    steps.max().unwrap_or_default()
}

/// An open file: its writer and its readers.
#[derive(Debug, Clone)]
pub(super) struct Pools {
    /// The one connection that writes.
    writer: SqlitePool,
    /// Connections that only read.
    readers: SqlitePool,
    /// How many pages the file may have; 0 = as many as the disk holds.
    #[cfg(any(test, feature = "testing"))]
    pages: Arc<AtomicI64>,
}

impl Pools {
    /// Opens the file at `url`, made if missing, with its schema up to date. Others
    /// are kept out for as long as the lock lives.
    pub(super) async fn open(url: &str, readers: u32) -> Result<(Self, File), StoreError> {
        let options = options(url)?;
        let opened = Self::open_file(&options, readers).await;
        opened.map_err(|error| file::named(error, &options))
    }

    /// Opens the file of `options`.
    async fn open_file(
        options: &SqliteConnectOptions,
        readers: u32,
    ) -> Result<(Self, File), StoreError> {
        let lock = prepare(options).await?;
        refuse_moved(options).await?;
        let writer = pool(1)
            .min_connections(1)
            .connect_with(writing(options.clone()))
            .await?;
        let readers = pool(readers.max(1))
            .connect_with(options.clone().read_only(true).create_if_missing(false))
            .await?;
        let pools = Self {
            writer,
            readers,
            #[cfg(any(test, feature = "testing"))]
            pages: Arc::default(),
        };
        Ok((pools, lock))
    }

    /// Opens the file at `url` only to read it; `None` if it is not there. What
    /// comes beside it keeps a daemon out where one could disturb the reading.
    pub(super) async fn peek(url: &str) -> Result<Option<(Self, Reader)>, StoreError> {
        let options = options(url)?;
        if !options.get_filename().exists() {
            return Ok(None);
        }
        let opened = async {
            file::refuse_foreign(&options).await?;
            let reader = file::reader(&options)?;
            let pools = Self {
                writer: pool(1).connect_lazy_with(reader.options.clone()),
                readers: pool(1).connect_with(reader.options.clone()).await?,
                #[cfg(any(test, feature = "testing"))]
                pages: Arc::default(),
            };
            Ok((pools, reader))
        };
        let opened: Result<_, StoreError> = opened.await;
        opened
            .map(Some)
            .map_err(|error| file::named(error, &options))
    }

    /// Brings the schema of the file at `url` up to date and closes it.
    pub(super) async fn migrate(url: &str) -> Result<(), StoreError> {
        let options = options(url)?;
        let migrated = prepare(&options).await;
        migrated
            .map(|_lock| ())
            .map_err(|error| file::named(error, &options))
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin_write(&self) -> Result<Tx, StoreError> {
        let tx = self.writer.begin_with(BEGIN).await?;
        #[cfg(any(test, feature = "testing"))]
        let tx = self.within_limit(tx).await?;
        Ok(Tx::new(Engine::Sqlite(tx)))
    }

    /// See [`Store::limit_pages`](super::Store::limit_pages).
    #[cfg(any(test, feature = "testing"))]
    pub(super) async fn limit_pages(&self, more: Option<u32>) -> Result<(), StoreError> {
        let count = sqlx::query_scalar::<_, i64>("PRAGMA page_count");
        let pages = count.fetch_one(&self.readers).await?;
        let limit = more.map_or(0, |more| pages + i64::from(more));
        self.pages.store(limit, Ordering::SeqCst);
        Ok(())
    }

    /// Takes the limit over into a connection, which may be a new one.
    #[cfg(any(test, feature = "testing"))]
    async fn within_limit(
        &self,
        mut tx: driver::Transaction,
    ) -> Result<driver::Transaction, StoreError> {
        let limit = match self.pages.load(Ordering::SeqCst) {
            // What SQLite allows at most.
            0 => 4_294_967_294,
            limit => limit,
        };
        let pragma = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {limit}"));
        sqlx::query(pragma).execute(&mut *tx).await?;
        Ok(tx)
    }

    /// Begins a transaction that reads: a snapshot of what is committed.
    pub(super) async fn begin_read(&self) -> Result<Tx, StoreError> {
        Ok(Tx::reading(Engine::Sqlite(self.readers.begin().await?)))
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Connections that are kept for as long as they are sound.
///
/// When the disk is full or broken, SQLite ends a transaction by itself. The driver
/// does not notice: it believes in the transaction for ever and begins no other. So
/// a connection that comes back in the middle of one is replaced.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        // The look at it when it came back is enough: nobody else has touched it.
        .test_before_acquire(false)
        .after_release(|connection, _meta| {
            Box::pin(async move {
                // The roll-back of a transaction that was dropped comes before this.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}

/// Copies what is committed in the file at `url` into the new file `to`, beside
/// whoever works on it.
pub(super) async fn backup(url: &str, to: &Path) -> Result<Backup, StoreError> {
    let options = options(url)?;
    let copied = backup::copy(&options, to).await;
    copied.map_err(|error| file::named(error, &options))
}

/// The file at `url`, its schema up to date, with everybody else kept out for as
/// long as the lock lives.
pub(super) async fn hold(url: &str) -> Result<(SqliteConnection, File), StoreError> {
    let options = options(url)?;
    let held = async {
        file::must_exist(&options)?;
        let lock = prepare(&options).await?;
        Ok((writing(options.clone()).connect().await?, lock))
    };
    let held: Result<_, StoreError> = held.await;
    held.map_err(|error| file::named(error, &options))
}

/// What every connection to `url` has in common.
fn options(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    let refused = |reason: &str| StoreError::Url {
        reason: reason.to_owned(),
    };
    if !url.starts_with("sqlite:") {
        return Err(refused("it must start with `sqlite:` or `postgres:`"));
    }
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(refused(
            "it must name a file: what is in memory only is lost",
        ));
    }
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|_error| refused("it must look like `sqlite:loket.db`"))?;
    if options.get_filename().as_os_str().is_empty() {
        return Err(refused("it must name a file"));
    }
    Ok(options
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENT_CACHE)
        .disable_statement_logging())
}

/// What the connection that writes has besides.
fn writing(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT)
}

/// Makes the file ready: ours, nobody else's at the moment, for its owner's eyes
/// only, with the schema up to date. Others are kept out for as long as the lock
/// lives.
async fn prepare(options: &SqliteConnectOptions) -> Result<File, StoreError> {
    file::refuse_foreign(options).await?;
    let lock = file::lock(options)?;
    file::keep_private(options)?;
    migrate(options).await?;
    Ok(lock)
}

/// Refuses a file whose desk lives in another database now.
async fn refuse_moved(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let mut connection = writing(options.clone()).connect().await?;
    let mark = sqlx::query(moving::IS_MARKED)
        .fetch_optional(&mut connection)
        .await?;
    connection.close().await?;
    match mark {
        None => Ok(()),
        Some(_) => Err(StoreError::Moved {
            path: options.get_filename().to_owned(),
        }),
    }
}

/// Brings the schema up to date.
async fn migrate(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let mut connection = writing(options.clone()).connect().await?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .map_err(|error| StoreError::Migration(Arc::new(error)))?;
    Ok(connection.close().await?)
}

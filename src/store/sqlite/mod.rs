//! The `SQLite` engine: one file, one process, one writer, some readers.

mod about;
mod advice;
mod backup;
mod connections;
mod dialect;
pub(super) mod driver;
mod file;

use std::fs::File;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
#[cfg(any(test, feature = "testing"))]
use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::error::StoreError;
use super::moving;
use super::tx::{Engine, Tx};
pub use backup::Backup;
use connections::{Access, BUSY_TIMEOUT, Connections, JOURNAL_SIZE_LIMIT};
use driver::Transaction;
pub(super) use file::Reader;

pub(super) use dialect::DIALECT;

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
    writer: Connections,
    /// Connections that only read.
    readers: Connections,
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
        let path = options.get_filename().to_owned();
        let writer = Connections::new(path.clone(), Access::Write, 1);
        let readers = Connections::new(path, Access::Read, readers.max(1));
        drop(writer.lend().await?);
        drop(readers.lend().await?);
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
            let access = if reader.rests {
                Access::ReadAtRest
            } else {
                Access::Read
            };
            let readers = Connections::new(options.get_filename().to_owned(), access, 1);
            drop(readers.lend().await?);
            let pools = Self {
                writer: readers.clone(),
                readers,
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
        let migrated = async {
            let _lock = prepare(&options).await?;
            refuse_moved(&options).await
        };
        let migrated: Result<(), StoreError> = migrated.await;
        migrated.map_err(|error| file::named(error, &options))
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin_write(&self) -> Result<Tx, StoreError> {
        let tx = Transaction::write(self.writer.lend().await?)?;
        #[cfg(any(test, feature = "testing"))]
        self.limit(&tx)?;
        Ok(Tx::new(Engine::Sqlite(tx)))
    }

    /// See [`Store::limit_pages`](super::Store::limit_pages).
    #[cfg(any(test, feature = "testing"))]
    pub(super) async fn limit_pages(&self, more: Option<u32>) -> Result<(), StoreError> {
        let mut tx = self.begin_read().await?;
        let count = tx.row("PRAGMA page_count", Vec::new()).await?;
        let pages = count.map_or(Ok(0), |row| row.int("page_count"))?;
        let limit = more.map_or(0, |more| pages + i64::from(more));
        self.pages.store(limit, Ordering::SeqCst);
        Ok(())
    }

    /// Takes the limit over into a connection, which may be a new one.
    #[cfg(any(test, feature = "testing"))]
    fn limit(&self, tx: &Transaction) -> Result<(), StoreError> {
        let limit = match self.pages.load(Ordering::SeqCst) {
            // What SQLite allows at most.
            0 => 4_294_967_294,
            limit => limit,
        };
        tx.limit_pages(limit)
    }

    /// Begins a transaction that reads: a snapshot of what is committed.
    pub(super) async fn begin_read(&self) -> Result<Tx, StoreError> {
        let tx = Transaction::read(self.readers.lend().await?)?;
        Ok(Tx::reading(Engine::Sqlite(tx)))
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Refuses a file that is not there: whoever means one that is has mistyped.
pub(super) fn must_exist(url: &str) -> Result<(), StoreError> {
    let options = options(url)?;
    file::must_exist(&options).map_err(|error| file::named(error, &options))
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
    let path = file::resolve(options.get_filename()).map_err(refused)?;
    Ok(options
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging())
}

/// What the connection that writes has besides.
fn writing(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT.to_string())
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
    let migrated = MIGRATIONS.run(&mut connection).await;
    migrated.map_err(|error| match error {
        // The list of steps cannot be read: it is the file, not a step.
        MigrateError::Execute(error) => error.into(),
        error => StoreError::Migration(Arc::new(error)),
    })?;
    Ok(connection.close().await?)
}

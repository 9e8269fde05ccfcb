//! Connections to the file, each lent to one transaction at a time.
//!
//! A statement runs on the thread of its transaction: it takes some microseconds, and
//! handing each to another thread would take ten times as long.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::error::StoreError;

/// How long a connection waits for another one's lock. Only the writer and a
/// checkpoint can meet.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How many prepared statements a connection keeps: more than there are texts.
const STATEMENT_CACHE: usize = 512;

/// How many KiB of the file a connection keeps in memory at most: the pages that a
/// hundred busy conversations touch in a database of 100,000.
const CACHE_KIB: i64 = 8 * 1024;

/// What the write-ahead log is cut back to after a checkpoint: 64 MiB.
pub(super) const JOURNAL_SIZE_LIMIT: i64 = 67_108_864;

/// What a connection that writes is told first.
const WRITING: &str = "
    PRAGMA foreign_keys = ON;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL";

/// What connections may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Read and write.
    Write,
    /// Only read.
    Read,
    /// Only read a file that nobody else works on: nothing is made beside it.
    ReadAtRest,
}

/// Connections to one file that may do the same; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    /// What all clones share.
    shared: Arc<Shared>,
}

/// What all clones of [`Connections`] share.
#[derive(Debug)]
struct Shared {
    /// The file.
    path: PathBuf,
    /// What they may do.
    access: Access,
    /// How many there are at most.
    count: u32,
    /// One for each that may be lent now.
    permits: Arc<Semaphore>,
    /// Those that are open and not lent.
    idle: Mutex<Vec<Connection>>,
}

impl Connections {
    /// Up to `count` connections to the file at `path`, made when they are needed.
    pub(super) fn new(path: PathBuf, access: Access, count: u32) -> Self {
        let permits = usize::try_from(count).unwrap_or(1);
        Self {
            shared: Arc::new(Shared {
                path,
                access,
                count,
                permits: Arc::new(Semaphore::new(permits)),
                idle: Mutex::default(),
            }),
        }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.shared.path
    }

    /// A connection, when there is one.
    pub(super) async fn lend(&self) -> Result<Lent, StoreError> {
        let permits = Arc::clone(&self.shared.permits);
        let permit = permits.acquire_owned().await;
        let permit = permit.map_err(|_closed| StoreError::Closed)?;
        let idle = self.shared.with_idle(Vec::pop);
        let connection = idle.map_or_else(|| self.shared.connect(), Ok)?;
        Ok(Lent {
            connection: Some(connection),
            home: self.clone(),
            _permit: permit,
        })
    }

    /// Waits until all are back, and closes them. None is lent any more.
    pub(super) async fn close(&self) {
        let all = self.shared.permits.acquire_many(self.shared.count).await;
        self.shared.permits.close();
        self.shared.with_idle(Vec::clear);
        drop(all);
    }
}

impl Shared {
    /// Opens a connection.
    fn connect(&self) -> Result<Connection, rusqlite::Error> {
        let flags = match self.access {
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::ReadAtRest => OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        };
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self.access {
            Access::Write | Access::Read => Connection::open_with_flags(&self.path, flags),
            Access::ReadAtRest => Connection::open_with_flags(immutable(&self.path), flags),
        }?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        // Less than nothing counts KiB, not pages.
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        if self.access == Access::Write {
            connection.execute_batch(WRITING)?;
            connection.pragma_update(None, "journal_size_limit", JOURNAL_SIZE_LIMIT)?;
        }
        Ok(connection)
    }

    /// Does something with those that are open and not lent.
    fn with_idle<T>(&self, work: impl FnOnce(&mut Vec<Connection>) -> T) -> T {
        work(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The address of a file that nothing changes.
fn immutable(path: &Path) -> PathBuf {
    let mut address = OsString::from("file:");
    let escaped = path.to_string_lossy();
    let escaped = escaped.replace('%', "%25").replace('?', "%3f");
    address.push(escaped.replace('#', "%23"));
    address.push("?immutable=1");
    address.into()
}

/// A connection that is lent; it goes back when this is dropped, unless it is still in
/// the middle of a transaction then.
#[derive(Debug)]
pub(in crate::store) struct Lent {
    /// The connection; there until it goes back.
    connection: Option<Connection>,
    /// Where it goes back to.
    home: Connections,
    /// Lets another one be lent when it is back.
    _permit: OwnedSemaphorePermit,
}

impl Lent {
    /// The connection.
    pub(super) fn get(&self) -> &Connection {
        self.connection.as_ref().expect("there until it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if connection.is_autocommit() {
            self.home.shared.with_idle(|idle| idle.push(connection));
        }
    }
}

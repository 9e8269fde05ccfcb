//! All SQL, a file per noun.
//!
//! In: rows and questions, as methods of [`Tx`]; time and ids come as parameters.
//! Out: rows as structs, domain types where there are some. `work` and `queue` call
//! it, through [`Store::write`] and [`Store::read`]; nobody else opens a
//! transaction.
//!
//! To add a table: a migration, a file named after the noun with a `statements!`
//! list and an `impl Tx`, a line in `personal.rs`, a line in the list of
//! statements in `tests.rs`. No column is NULL; see `value.rs` for what stands for
//! "none".
//!
//! One SQL text serves both engines. What differs is in the engine's folder (`sqlite/`,
//! `postgres/`): `driver.rs` runs a statement, `dialect.rs` says what the engines do not
//! say alike; `Tx` and `Database` choose between them.
//!
//! On `PostgreSQL` several processes write at once. What makes a transaction here as
//! if it were alone: the conversation is locked first ([`Tx::fence`],
//! [`Tx::lock_conversation`]), lanes are woken last and in order, what does not exist
//! yet is locked by its name ([`Tx::lock_name`]), and a job that got into another's way
//! is run again from its start.
#![expect(
    clippy::missing_errors_doc,
    reason = "every function fails in the same ways: see StoreError"
)]

mod ahead;
mod alarms;
mod attempts;
mod bodies;
mod cases;
mod contacts;
mod contents;
mod conversations;
mod counters;
mod dialect;
mod echoes;
mod error;
mod events;
mod gaps;
mod generation;
mod inbox;
mod kept;
mod known;
mod lane;
mod lanes;
mod marks;
mod messages;
mod moving;
mod notes;
mod outbox;
mod pace;
mod parts;
mod peek;
mod personal;
#[cfg(any(test, feature = "testing"))]
mod plan;
mod portals;
mod postgres;
mod rooms;
mod spot;
mod sqlite;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod thread;
mod timers;
mod traces;
mod tx;
mod value;
mod waiting;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::JoinSet;

use crate::crash::Spot;

pub use ahead::Ahead;
pub use attempts::{AttemptOutcome, AttemptRow};
pub use bodies::BodyRow;
pub use cases::CaseRow;
pub use contacts::{FreshIds, Resolved};
pub use conversations::{Ensured, QueueRow};
pub use error::{Source as ErrorSource, StoreError};
pub use events::EventRow;
pub use gaps::GapRow;
pub use generation::Generation;
pub use inbox::{InboxRow, InboxState, NewInbox, Source};
pub use kept::Kept;
pub use lane::{Lane, LaneKind, Lease};
pub use lanes::Depth;
pub use messages::{DELETED, Direction, MessageRow};
pub use moving::{Moved, move_all};
pub use notes::NoteRow;
pub use outbox::{NewOutbox, OutboxRow};
pub use parts::{PartMove, PartRow, PartState, line_state};
pub use peek::{About, Peek};
pub use personal::{TABLES, Table};
#[cfg(any(test, feature = "testing"))]
use plan::Plan;
pub use portals::{PortalRow, PortalState};
pub use rooms::RoomRow;
pub use spot::Named;
pub use sqlite::Backup;
pub use timers::TimerRow;
pub use traces::{OutboxState, TraceRow, Waiting};
pub use tx::Tx;

use postgres::bell::Bell;

/// How many jobs may wait for the writer before callers wait too.
const WAITING: usize = 1_024;

/// How a [`Store`] is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many connections read at the same time.
    pub readers: u32,
    /// How long anything may take in all where a server may go without a word.
    pub patience: Duration,
    /// Where the process dies.
    #[cfg(any(test, feature = "testing"))]
    pub crash: crate::crash::Crash,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            patience: Duration::from_mins(1),
            #[cfg(any(test, feature = "testing"))]
            crash: crate::crash::Crash::default(),
        }
    }
}

/// The database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    /// What all clones share.
    inner: Arc<Inner>,
}

/// What all clones of a [`Store`] share.
#[derive(Debug)]
struct Inner {
    /// The engine's connections.
    database: Database,
    /// Jobs for the writer.
    orders: mpsc::Sender<writer::Order>,
    /// Who is told that a lane was woken.
    wakers: Wakers,
    /// Where the process dies.
    #[cfg(any(test, feature = "testing"))]
    crash: crate::crash::Crash,
    /// The writer. It lives as long as the store, not as long as one of the
    /// daemon's tasks: whatever is stopped, in whatever order, can still commit.
    writer: Mutex<JoinSet<()>>,
    /// Whether it was found to be damaged.
    damaged: AtomicBool,
    /// What tests plan.
    #[cfg(any(test, feature = "testing"))]
    plan: Plan,
    /// Listens for other processes and tells them; ends when the store does.
    bells: Mutex<JoinSet<()>>,
    /// Keeps other processes out of a file for as long as this lives; the system
    /// releases it when the process dies.
    _lock: Option<std::fs::File>,
}

impl Store {
    /// Opens the database at `url` and brings its schema up to date.
    ///
    /// A file (`sqlite:loket.db`) is made if missing, and nobody else may have it: all
    /// leases are cleared, whoever held them is gone. A server's database
    /// (`postgres://…`) must be there; other processes may be at work on it.
    pub async fn open(url: &str, options: Options) -> Result<Self, StoreError> {
        if postgres::takes(url) {
            return Self::open_postgres(url, options).await;
        }
        let (pools, lock) = sqlite::Pools::open(url, options.readers).await?;
        let database = Database::Sqlite(pools);
        let wakers = Wakers::default();
        let (orders, ordered) = mpsc::channel(WAITING);
        let mut writer = JoinSet::new();
        let ended = thread::spawn(
            "loket-writer",
            writer::run(database.clone(), ordered, wakers.clone()),
        );
        writer.spawn(ended.map_err(|error| StoreError::Unavailable(Arc::new(error)))?);
        let store = Self {
            inner: Arc::new(Inner {
                database,
                orders,
                wakers,
                #[cfg(any(test, feature = "testing"))]
                crash: options.crash,
                writer: Mutex::new(writer),
                damaged: AtomicBool::new(false),
                #[cfg(any(test, feature = "testing"))]
                plan: Plan::default(),
                bells: Mutex::default(),
                _lock: Some(lock),
            }),
        };
        store
            .at(Spot::LeaseClear)
            .write(|tx| Box::pin(async move { tx.clear_leases().await }))
            .await?;
        Ok(store)
    }

    /// Opens a server's database.
    async fn open_postgres(url: &str, options: Options) -> Result<Self, StoreError> {
        let pools = postgres::Pools::open(url, options.readers, options.patience).await?;
        let wakers = Wakers::default();
        let mut bells = JoinSet::new();
        let bell = Bell::hang(&pools, &wakers, &mut bells);
        let database = Database::Postgres(pools);
        let (orders, ordered) = mpsc::channel(WAITING);
        let mut writer = JoinSet::new();
        let jobs = postgres::each::run(database.clone(), ordered, wakers.clone(), bell);
        writer.spawn(jobs);
        Ok(Self {
            inner: Arc::new(Inner {
                database,
                orders,
                wakers,
                #[cfg(any(test, feature = "testing"))]
                crash: options.crash,
                writer: Mutex::new(writer),
                damaged: AtomicBool::new(false),
                #[cfg(any(test, feature = "testing"))]
                plan: Plan::default(),
                bells: Mutex::new(bells),
                _lock: None,
            }),
        })
    }

    /// As [`Store::open`], but a file is not made: it must be there.
    pub async fn open_existing(url: &str, options: Options) -> Result<Self, StoreError> {
        if !postgres::takes(url) {
            sqlite::must_exist(url)?;
        }
        Self::open(url, options).await
    }

    /// Brings the schema of the database at `url` up to date, and nothing else.
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        if postgres::takes(url) {
            return postgres::Pools::migrate(url).await;
        }
        sqlite::Pools::migrate(url).await
    }

    /// Copies everything that is committed in the `SQLite` file at `url` into the new
    /// file `to`, which must not exist. Safe beside a daemon.
    pub async fn backup(url: &str, to: &Path) -> Result<Backup, StoreError> {
        sqlite::backup(url, to).await
    }

    /// The number of the schema that this program brings a database to.
    pub fn schema_version() -> i64 {
        sqlite::schema_version()
    }

    /// Runs `work` in a transaction that writes; when this returns `Ok`, it is
    /// committed. An error of `work` takes back what it did, and only that. No
    /// network call may wait inside.
    ///
    /// `work` runs even if the caller stops waiting for the answer. It may run several
    /// times, of which one is kept: what it does outside the transaction must bear that.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        self.order(work, writer::Order::Run).await
    }

    /// Has a job done and waits for its answer.
    async fn order<T, F>(
        &self,
        work: F,
        order: fn(Box<dyn writer::Job>) -> writer::Order,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        #[cfg(any(test, feature = "testing"))]
        self.inner.plan.carry_out()?;
        let (job, answer) = writer::Work::new(work);
        let order = order(Box::new(job));
        if self.inner.orders.send(order).await.is_err() {
            return Err(StoreError::Closed);
        }
        let answer = answer.await.unwrap_or(Err(StoreError::Closed));
        answer.inspect_err(|error| self.note(error))
    }

    /// Runs `work` on a snapshot of what is committed; it cannot write. Keep it
    /// short: the write-ahead log grows until it ends.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send,
    {
        #[cfg(any(test, feature = "testing"))]
        self.inner.plan.carry_out()?;
        let answer = match &self.inner.database {
            Database::Sqlite(pools) => {
                let tx = pools.begin_read().await?;
                thread::aside(look(tx, work)).await
            }
            Database::Postgres(pools) => {
                let asked = async { look(pools.begin_read().await?, work).await };
                pools.answered(Box::pin(asked)).await
            }
        };
        answer.inspect_err(|error| self.note(error))
    }

    /// Whether it was found to be damaged since it was opened.
    pub fn is_damaged(&self) -> bool {
        self.inner.damaged.load(Ordering::Relaxed)
    }

    /// Remembers what an error says of the database as a whole.
    fn note(&self, error: &StoreError) {
        if matches!(error, StoreError::Damaged(_)) {
            self.inner.damaged.store(true, Ordering::Relaxed);
        }
    }

    /// Notified after every commit that woke a lane of this kind. Keeps one
    /// notification for a single waiter.
    pub fn woken(&self, kind: LaneKind) -> Arc<Notify> {
        self.inner.wakers.of(kind)
    }

    /// Lets the file grow by `more` pages only; `None` = as far as the disk goes. For
    /// tests of a full disk; an engine without such a limit is never full.
    #[cfg(any(test, feature = "testing"))]
    pub async fn limit_pages(&self, more: Option<u32>) -> Result<(), StoreError> {
        match &self.inner.database {
            Database::Sqlite(pools) => pools.limit_pages(more).await,
            Database::Postgres(_) => Ok(()),
        }
    }

    /// Takes nothing from now on, like a database that is away; or takes all again.
    /// For tests.
    #[cfg(any(test, feature = "testing"))]
    pub fn refuse(&self, refuses: bool) {
        self.inner.plan.refuse(refuses);
    }

    /// How often it has taken nothing. For tests.
    #[cfg(any(test, feature = "testing"))]
    pub fn refusals(&self) -> usize {
        self.inner.plan.refusals()
    }

    /// Lets the jobs that wait finish, then closes the database. Later calls fail.
    pub async fn close(&self) {
        if self.inner.orders.send(writer::Order::Stop).await.is_ok() {
            let mut writer = self.inner.writer.lock().await;
            while writer.join_next().await.is_some() {}
        }
        self.inner.bells.lock().await.shutdown().await;
        self.inner.database.close().await;
    }
}

/// Runs `work` in a transaction that reads, and ends that.
async fn look<T, F>(mut tx: Tx, work: F) -> Result<T, StoreError>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>>,
{
    let result = work(&mut tx).await;
    tx.roll_back().await?;
    result
}

/// The connections of whichever engine.
#[derive(Debug, Clone)]
enum Database {
    /// `SQLite`.
    Sqlite(sqlite::Pools),
    /// `PostgreSQL`.
    Postgres(postgres::Pools),
}

impl Database {
    /// Begins a transaction that writes.
    async fn begin_write(&self) -> Result<Tx, StoreError> {
        match self {
            Self::Sqlite(pools) => pools.begin_write().await,
            Self::Postgres(pools) => pools.begin_write().await,
        }
    }

    /// Begins a transaction that reads.
    async fn begin_read(&self) -> Result<Tx, StoreError> {
        match self {
            Self::Sqlite(pools) => pools.begin_read().await,
            Self::Postgres(pools) => pools.begin_read().await,
        }
    }

    /// What was asked, but not later than somebody would answer who still speaks.
    async fn answered<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(_) => asked.await,
            Self::Postgres(pools) => pools.answered(asked).await,
        }
    }

    /// Closes all connections.
    async fn close(&self) {
        match self {
            Self::Sqlite(pools) => pools.close().await,
            Self::Postgres(pools) => pools.close().await,
        }
    }
}

/// Who is told that a lane was woken, by kind.
#[derive(Debug, Clone)]
struct Wakers(Arc<BTreeMap<LaneKind, Arc<Notify>>>);

impl Default for Wakers {
    fn default() -> Self {
        Self(Arc::new(
            LaneKind::ALL
                .into_iter()
                .map(|kind| (kind, Arc::default()))
                .collect(),
        ))
    }
}

impl Wakers {
    /// The one of a kind.
    fn of(&self, kind: LaneKind) -> Arc<Notify> {
        self.0.get(&kind).cloned().unwrap_or_default()
    }

    /// Tells those who wait for a kind.
    fn wake(&self, kind: LaneKind) {
        self.of(kind).notify_one();
    }
}

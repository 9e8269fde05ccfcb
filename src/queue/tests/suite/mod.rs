//! Lanes at work on a real store: compiled once for each engine, which `super` names.

mod draining;
mod running;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::ENGINE;
use crate::clock::{Clock, ManualClock};
use crate::domain::ids::{AccountId, ConversationId, RowId};
use crate::queue::{Handler, LEASE, Runner, Step};
use crate::store::testing::TestDatabase;
use crate::store::{
    InboxRow, InboxState, Lane, LaneKind, Lease, NewInbox, Options, Source, Store, StoreError,
};

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store on a database of its own and a clock that stands still.
struct Desk {
    /// The open store.
    store: Store,
    /// The time.
    clock: Arc<ManualClock>,
    /// The database.
    _database: TestDatabase,
}

impl Desk {
    /// A new, empty database.
    async fn new() -> Self {
        let database = TestDatabase::new(ENGINE).await;
        Self {
            store: Store::open(database.url(), Options::default())
                .await
                .unwrap(),
            clock: ManualClock::new(Timestamp::from_second(1_795_000_000).unwrap()),
            _database: database,
        }
    }

    /// A runner for the inbox.
    fn runner(&self, limit: usize, handler: impl Handler + 'static) -> Runner {
        Runner::new(self.store.clone(), self.clock.clone()).with(
            LaneKind::In,
            limit,
            Arc::new(handler),
        )
    }

    /// Stores rows, given as stream and id.
    async fn insert(&self, rows: &[(&str, &str)]) {
        let now = self.clock.now();
        let rows = rows
            .iter()
            .map(|(stream, id)| NewInbox {
                id: RowId::from(*id),
                lane: lane(LaneKind::In, stream),
                dedupe_key: (*id).to_owned(),
                source: Source::Internal,
                account: AccountId::from("wa"),
                payload: "{}".to_owned(),
                body: None,
                received_at: now,
                state: InboxState::Pending,
                position: None,
            })
            .collect();
        self.store
            .write(move |tx| Box::pin(async move { tx.insert_inbox(rows).await }))
            .await
            .unwrap();
    }

    /// How many rows wait.
    async fn depth(&self) -> i64 {
        let now = self.clock.now();
        self.store
            .read(move |tx| Box::pin(async move { tx.depth_and_age(LaneKind::In, now).await }))
            .await
            .unwrap()
            .rows
    }
}

/// The lane of a conversation.
fn lane(kind: LaneKind, stream: &str) -> Lane {
    Lane::of(kind, &ConversationId::from(stream))
}

/// Takes rows of the inbox off one by one, and tells their ids.
#[derive(Debug)]
struct Worker {
    /// The database.
    store: Store,
    /// The time.
    clock: Arc<ManualClock>,
    /// Where the ids go.
    done: mpsc::UnboundedSender<String>,
}

impl Worker {
    /// A worker, and where the ids come.
    fn new(desk: &Desk) -> (Self, mpsc::UnboundedReceiver<String>) {
        let (done, ids) = mpsc::unbounded_channel();
        let worker = Self {
            store: desk.store.clone(),
            clock: desk.clock.clone(),
            done,
        };
        (worker, ids)
    }

    /// The next row.
    async fn head(&self, lease: &Lease) -> Result<Option<InboxRow>, StoreError> {
        let (lane, now) = (lease.lane.clone(), self.clock.now());
        self.store
            .read(move |tx| Box::pin(async move { tx.inbox_head(&lane, now).await }))
            .await
    }
}

#[async_trait]
impl Handler for Worker {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let row = self.head(lease).await?;
        let id = row.as_ref().map(|row| row.id.to_string());
        let (lease, now) = (lease.clone(), self.clock.now());
        let released = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    if let Some(row) = row {
                        tx.inbox_done(&row.id).await?;
                    }
                    tx.release_if_idle(&lease, now).await
                })
            })
            .await?;
        if let Some(id) = id {
            self.done.send(id).unwrap();
        }
        Ok(Step::released(released))
    }
}

/// Everything told so far.
fn told(ids: &mut mpsc::UnboundedReceiver<String>) -> Vec<String> {
    std::iter::from_fn(|| ids.try_recv().ok()).collect()
}

//! Lanes at work on a real store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::sync::{Barrier, Notify, mpsc};

use super::{Handler, LEASE, Runner, Step};
use crate::clock::{Clock, ManualClock};
use crate::domain::ids::{AccountId, ConversationId, RowId};
use crate::shutdown::Shutdown;
use crate::store::{
    InboxRow, InboxState, Lane, LaneKind, Lease, NewInbox, NewOutbox, Options, Source, Store,
    StoreError, TimerRow,
};

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store on a file of its own and a clock that stands still.
struct Desk {
    /// The open store.
    store: Store,
    /// The time.
    clock: Arc<ManualClock>,
    /// The folder of the store's file.
    _folder: TempDir,
}

impl Desk {
    /// A new, empty file.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("loket.db").display());
        Self {
            store: Store::open(&url, Options::default()).await.unwrap(),
            clock: ManualClock::new(Timestamp::from_second(1_795_000_000).unwrap()),
            _folder: folder,
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

#[tokio::test]
async fn draining_works_off_every_lane_in_its_order() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")])
        .await;
    let (worker, mut ids) = Worker::new(&desk);
    let claimed = desk.runner(4, worker).drain(&LaneKind::ALL).await.unwrap();
    let told = told(&mut ids);
    let of = |own: [&str; 2]| -> Vec<&str> {
        let told = told.iter().map(String::as_str);
        told.filter(|id| own.contains(id)).collect()
    };
    assert_eq!((claimed, told.len()), (2, 4));
    assert_eq!(of(["1", "3"]), ["1", "3"]);
    assert_eq!(of(["2", "4"]), ["2", "4"]);
    assert_eq!(desk.depth().await, 0);
}

/// Puts a row into the lane `matrix` of the same stream for every row of the inbox,
/// and takes those off.
#[derive(Debug)]
struct Chain(Worker);

#[async_trait]
impl Handler for Chain {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let (lease, now) = (lease.clone(), self.0.clock.now());
        let done = self.0.done.clone();
        self.0
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    if let Some(row) = tx.inbox_head(&lease.lane, now).await? {
                        let effect = NewOutbox {
                            id: row.id.child(0),
                            lane: Lane {
                                kind: LaneKind::Matrix,
                                ..lease.lane.clone()
                            },
                            payload: "{}".to_owned(),
                            due: now,
                            message: None,
                        };
                        tx.insert_outbox(vec![effect], now).await?;
                        tx.inbox_done(&row.id).await?;
                    }
                    if let Some(row) = tx.outbox_head(&lease.lane, now).await? {
                        tx.outbox_done(&row.id).await?;
                        done.send(row.id.to_string()).unwrap();
                    }
                    Ok(Step::released(tx.release_if_idle(&lease, now).await?))
                })
            })
            .await
    }
}

#[tokio::test]
async fn draining_goes_on_with_what_the_work_makes_due() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1"), ("a", "2")]).await;
    let (worker, mut ids) = Worker::new(&desk);
    let chain: Arc<dyn Handler> = Arc::new(Chain(worker));
    let runner = Runner::new(desk.store.clone(), desk.clock.clone())
        .with(LaneKind::In, 1, chain.clone())
        .with(LaneKind::Matrix, 1, chain);
    runner.drain(&[LaneKind::Matrix]).await.unwrap();
    assert_eq!(told(&mut ids), [""; 0]);
    runner
        .drain(&[LaneKind::Matrix, LaneKind::In])
        .await
        .unwrap();
    assert_eq!(told(&mut ids), ["1.0", "2.0"]);
}

#[tokio::test]
async fn a_timer_becomes_one_row_once_it_is_due() {
    let desk = Desk::new().await;
    let timer = TimerRow {
        id: "hold of msg_1".to_owned(),
        due_at: desk.clock.now() + SignedDuration::from_secs(10),
        lane: lane(LaneKind::In, "a"),
        payload: "{\"timer\":1}".to_owned(),
    };
    desk.store
        .write(move |tx| Box::pin(async move { tx.insert_timer(&timer).await }))
        .await
        .unwrap();
    let (worker, mut ids) = Worker::new(&desk);
    let runner = desk.runner(1, worker);
    assert_eq!(runner.drain(&[LaneKind::In]).await.unwrap(), 0);
    desk.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(runner.drain(&[LaneKind::In]).await.unwrap(), 1);
    assert_eq!(told(&mut ids).len(), 1);
    assert_eq!(runner.drain(&[LaneKind::In]).await.unwrap(), 0);
}

/// Fails the first steps with one error, then works.
#[derive(Debug)]
struct Failing {
    /// Does the work.
    worker: Worker,
    /// How many steps still fail.
    left: AtomicUsize,
    /// How.
    error: StoreError,
}

#[async_trait]
impl Handler for Failing {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let fails = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if fails.is_ok() {
            return Err(self.error.clone());
        }
        self.worker.step(lease).await
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_its_lane_to_be_taken_again() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1")]).await;
    let (worker, mut ids) = Worker::new(&desk);
    let runner = desk.runner(
        1,
        Failing {
            worker,
            left: AtomicUsize::new(1),
            error: StoreError::Closed,
        },
    );
    let failed = runner.drain(&[LaneKind::In]).await;
    assert!(matches!(failed, Err(StoreError::Closed)), "{failed:?}");
    runner.drain(&[LaneKind::In]).await.unwrap();
    assert_eq!(told(&mut ids), ["1"]);
}

#[tokio::test]
async fn a_stale_step_is_tried_again_at_once() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1")]).await;
    let (worker, mut ids) = Worker::new(&desk);
    let runner = desk.runner(
        1,
        Failing {
            worker,
            left: AtomicUsize::new(1),
            error: StoreError::Stale,
        },
    );
    runner.drain(&[LaneKind::In]).await.unwrap();
    assert_eq!(told(&mut ids), ["1"]);
}

#[tokio::test]
async fn a_running_runner_is_woken_by_a_commit() {
    let desk = Desk::new().await;
    let (worker, mut ids) = Worker::new(&desk);
    let runner = desk.runner(2, worker);
    let shutdown = Shutdown::new();
    let customer = async {
        for id in ["1", "2", "3"] {
            desk.insert(&[("a", id)]).await;
            let done = tokio::time::timeout(PATIENCE, ids.recv()).await;
            assert_eq!(done, Ok(Some(id.to_owned())));
        }
        shutdown.begin();
    };
    tokio::join!(runner.run(shutdown.clone()), customer);
    assert_eq!(desk.depth().await, 0);
}

/// Waits for a second lane to be worked on at the same time.
#[derive(Debug)]
struct Meeting {
    /// Does the work.
    worker: Worker,
    /// Where two lanes meet.
    both: Barrier,
}

#[async_trait]
impl Handler for Meeting {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        self.both.wait().await;
        self.worker.step(lease).await
    }
}

#[tokio::test]
async fn lanes_run_beside_each_other() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1"), ("b", "2")]).await;
    let (worker, mut ids) = Worker::new(&desk);
    let runner = desk.runner(
        2,
        Meeting {
            worker,
            both: Barrier::new(2),
        },
    );
    let shutdown = Shutdown::new();
    let watch = async {
        for _ in 0..2 {
            let done = tokio::time::timeout(PATIENCE, ids.recv()).await;
            assert!(matches!(done, Ok(Some(_))), "{done:?}");
        }
        shutdown.begin();
    };
    tokio::join!(runner.run(shutdown.clone()), watch);
}

/// Counts how many lanes are worked on at the same time.
#[derive(Debug)]
struct Counting {
    /// Does the work.
    worker: Worker,
    /// How many are now.
    now: AtomicUsize,
    /// How many were at most.
    most: Arc<AtomicUsize>,
}

#[async_trait]
impl Handler for Counting {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let step = self.worker.step(lease).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        step
    }
}

#[tokio::test]
async fn no_more_lanes_run_at_once_than_their_kind_allows() {
    let desk = Desk::new().await;
    let rows: Vec<(String, String)> = (0..12)
        .map(|n| (format!("lane {n}"), n.to_string()))
        .collect();
    let rows: Vec<(&str, &str)> = rows
        .iter()
        .map(|(stream, id)| (stream.as_str(), id.as_str()))
        .collect();
    desk.insert(&rows).await;
    let (worker, mut ids) = Worker::new(&desk);
    let most = Arc::new(AtomicUsize::new(0));
    let runner = desk.runner(
        3,
        Counting {
            worker,
            now: AtomicUsize::new(0),
            most: most.clone(),
        },
    );
    let shutdown = Shutdown::new();
    let watch = async {
        for _ in 0..12 {
            let done = tokio::time::timeout(PATIENCE, ids.recv()).await;
            assert!(matches!(done, Ok(Some(_))), "{done:?}");
        }
        shutdown.begin();
    };
    tokio::join!(runner.run(shutdown.clone()), watch);
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
}

/// Says that it has begun, and waits until it may go on.
#[derive(Debug)]
struct Gated {
    /// Does the work.
    worker: Worker,
    /// Told when a step begins.
    begun: Arc<Notify>,
    /// Awaited by every step.
    gate: Arc<Notify>,
}

#[async_trait]
impl Handler for Gated {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        self.begun.notify_one();
        self.gate.notified().await;
        self.worker.step(lease).await
    }
}

#[tokio::test]
async fn a_stop_finishes_the_step_under_way_and_leaves_the_rest() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1"), ("a", "2")]).await;
    let (worker, mut ids) = Worker::new(&desk);
    let (begun, gate) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let runner = desk.runner(
        1,
        Gated {
            worker,
            begun: begun.clone(),
            gate: gate.clone(),
        },
    );
    let shutdown = Shutdown::new();
    let stop = async {
        begun.notified().await;
        shutdown.begin();
        gate.notify_one();
    };
    tokio::join!(runner.run(shutdown.clone()), stop);
    assert_eq!(told(&mut ids), ["1"]);
    // The lane was given back at once: whoever starts next takes it.
    let (worker, mut ids) = Worker::new(&desk);
    desk.runner(1, worker).drain(&[LaneKind::In]).await.unwrap();
    assert_eq!(told(&mut ids), ["2"]);
}

/// Lets more time pass than a lease lasts, and goes on once it was renewed.
#[derive(Debug)]
struct Slow(Worker);

#[async_trait]
impl Handler for Slow {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        self.0.clock.advance(LEASE * 2);
        let now = self.0.clock.now();
        let expired = || {
            self.0
                .store
                .read(move |tx| Box::pin(async move { tx.next_due(LaneKind::In, now).await }))
        };
        while expired().await?.is_some() {
            tokio::task::yield_now().await;
        }
        self.0.step(lease).await
    }
}

#[tokio::test]
async fn a_lease_is_renewed_while_a_step_takes() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1")]).await;
    let (worker, mut ids) = Worker::new(&desk);
    let runner = desk
        .runner(1, Slow(worker))
        .renewing_every(Duration::from_millis(5));
    let shutdown = Shutdown::new();
    let watch = async {
        let done = tokio::time::timeout(PATIENCE, ids.recv()).await;
        shutdown.begin();
        assert_eq!(done, Ok(Some("1".to_owned())));
    };
    tokio::join!(runner.run(shutdown.clone()), watch);
}

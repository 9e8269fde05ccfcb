//! Running until the stop begins.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Barrier, Notify};

use super::*;
use crate::shutdown::Shutdown;

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

/// How often a lease is prolonged in [`Hearing`].
const OFTEN: Duration = Duration::from_millis(5);

/// Gets an answer while the lease cannot be prolonged, since its row is being written.
#[derive(Debug)]
struct Hearing(Worker);

#[async_trait]
impl Handler for Hearing {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let (held, until) = (lease.clone(), self.0.clock.now() + LEASE);
        let [locked, answered] = [(), ()].map(|()| Arc::new(Notify::new()));
        let (locks, answers) = (Arc::clone(&locked), Arc::clone(&answered));
        let busy = self.0.store.write(move |tx| {
            Box::pin(async move {
                tx.fence(&held, until).await?;
                locks.notify_one();
                answers.notified().await;
                Ok(())
            })
        });
        let answer = async {
            locked.notified().await;
            // The next renewal begins meanwhile.
            let mut renewals = tokio::time::interval(OFTEN);
            for _ in 0..10 {
                renewals.tick().await;
            }
            answered.notify_one();
        };
        tokio::join!(busy, answer).0?;
        self.0.step(lease).await
    }
}

#[tokio::test]
async fn an_answer_is_heard_while_a_lease_waits_to_be_renewed() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1")]).await;
    let (worker, mut ids) = Worker::new(&desk);
    let runner = desk.runner(1, Hearing(worker)).renewing_every(OFTEN);
    let shutdown = Shutdown::new();
    let watch = async {
        let done = tokio::time::timeout(PATIENCE, ids.recv()).await;
        assert_eq!(done, Ok(Some("1".to_owned())));
        shutdown.begin();
    };
    tokio::select! {
        () = runner.run(shutdown.clone()) => {}
        () = watch => {}
    }
}

#[tokio::test]
async fn two_processes_work_off_the_same_lanes_without_doubles_or_disorder() {
    let desk = Desk::new().await;
    for n in 0..5 {
        let rows: Vec<(String, String)> = (0..20)
            .map(|stream| (format!("s{stream}"), format!("s{stream}.{n}")))
            .collect();
        let rows: Vec<(&str, &str)> = rows
            .iter()
            .map(|(stream, id)| (stream.as_str(), id.as_str()))
            .collect();
        desk.insert(&rows).await;
    }
    let (first, mut ids) = Worker::new(&desk);
    let second = Worker {
        done: first.done.clone(),
        store: first.store.clone(),
        clock: first.clock.clone(),
    };
    let (first, second) = (desk.runner(2, first), desk.runner(2, second));
    let shutdown = Shutdown::new();
    let mut told = Vec::new();
    let watch = async {
        while told.len() < 100 {
            let done = tokio::time::timeout(PATIENCE, ids.recv()).await;
            told.extend(done.unwrap());
        }
        shutdown.begin();
    };
    tokio::join!(
        first.run(shutdown.clone()),
        second.run(shutdown.clone()),
        watch
    );
    assert_eq!(desk.depth().await, 0);
    for stream in 0..20 {
        let own: Vec<&String> = told
            .iter()
            .filter(|id| id.starts_with(&format!("s{stream}.")))
            .collect();
        let expected: Vec<String> = (0..5).map(|n| format!("s{stream}.{n}")).collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>());
    }
}

/// The database goes away under every step.
#[derive(Debug)]
struct Losing(Store);

#[async_trait]
impl Handler for Losing {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        self.0.refuse(true);
        let (lease, until) = (lease.clone(), Timestamp::MAX);
        let fence = self
            .0
            .write(move |tx| Box::pin(async move { tx.fence(&lease, until).await }));
        fence.await.map(|()| Step::Idle)
    }
}

/// Whether somebody else can have the lane at `now`.
async fn is_free(store: &Store, now: Timestamp) -> bool {
    let claim = store.write(move |tx| {
        Box::pin(async move { tx.claim(LaneKind::In, 1, now, "other", now + LEASE).await })
    });
    !claim.await.unwrap().is_empty()
}

#[tokio::test]
async fn a_lane_goes_on_when_the_database_does_and_not_when_its_lease_runs_out() {
    let desk = Desk::new().await;
    desk.insert(&[("a", "1")]).await;
    let runner = desk.runner(1, Losing(desk.store.clone()));
    let shutdown = Shutdown::new();
    let trouble = async {
        // The step itself, and giving the lease back.
        while desk.store.refusals() < 2 {
            tokio::task::yield_now().await;
        }
        desk.store.refuse(false);
        let soon = desk.clock.now() + LEASE / 2;
        let taken = async { while !is_free(&desk.store, soon).await {} };
        assert_eq!(tokio::time::timeout(PATIENCE, taken).await, Ok(()));
        shutdown.begin();
    };
    tokio::join!(runner.run(shutdown.clone()), trouble);
}

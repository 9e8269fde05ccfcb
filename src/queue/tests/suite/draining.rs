//! Draining in the calling task.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use tokio::sync::Notify;

use super::*;
use crate::store::{NewOutbox, TimerRow};

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

/// Tells that it has begun, and never ends.
#[derive(Debug)]
struct Hanging(Arc<Notify>);

#[async_trait]
impl Handler for Hanging {
    async fn step(&self, _lease: &Lease) -> Result<Step, StoreError> {
        self.0.notify_one();
        std::future::pending().await
    }
}

/// Gives the lane back.
#[derive(Debug)]
struct Leaving(Store);

#[async_trait]
impl Handler for Leaving {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let lease = lease.clone();
        self.0
            .write(move |tx| Box::pin(async move { tx.release(&lease).await }))
            .await?;
        Ok(Step::Idle)
    }
}

#[tokio::test]
async fn a_dead_ones_lanes_move_when_its_leases_run_out_those_that_only_ask_soonest() {
    for (kind, seconds) in [(LaneKind::Recover, 6), (LaneKind::Portal, 30)] {
        let desk = Desk::new().await;
        let (woken, now) = (Lane::desk(kind), desk.clock.now());
        desk.store
            .write(move |tx| {
                Box::pin(async move {
                    tx.wake(&woken, now);
                    Ok(())
                })
            })
            .await
            .unwrap();
        let runner = || Runner::new(desk.store.clone(), desk.clock.clone());
        let (kinds, begun) = (&[kind], Arc::new(Notify::new()));
        let dying = runner().with(kind, 1, Arc::new(Hanging(Arc::clone(&begun))));
        tokio::select! {
            _ = dying.drain(kinds) => panic!("it ended"),
            () = begun.notified() => {}
        }
        let next = runner().with(kind, 1, Arc::new(Leaving(desk.store.clone())));
        desk.clock.advance(SignedDuration::from_secs(seconds - 1));
        assert_eq!(next.drain(kinds).await.unwrap(), 0, "{kind:?}");
        desk.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(next.drain(kinds).await.unwrap(), 1, "{kind:?}");
    }
}

//! Lanes that are woken while somebody works on them.

use std::str::FromStr as _;
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::suite::*;
use crate::domain::ids::RowId;
use crate::store::{LaneKind, Lease, Store, StoreError};

/// Stores a row for `cnv_1`.
async fn put(desk: &Desk, id: &'static str) {
    let row = row(id, "cnv_1", at(0));
    desk.write(move |tx| Box::pin(async move { tx.insert_inbox(vec![row]).await }))
        .await;
}

/// A connection to the database of a desk.
async fn connect(desk: &Desk) -> PgConnection {
    let options = PgConnectOptions::from_str(desk.database.url()).unwrap();
    options.connect().await.unwrap()
}

/// What an intake has done before its commit: the row after `row_1`, and its lane woken.
const STORED: [&str; 3] = [
    "BEGIN",
    "INSERT INTO inbox (id, lane, position, dedupe_key, source, account, payload, body_id,
        received_at, due_at, state, waiting_for, waited, tries, error)
     SELECT 'row_2', lane, position + 1, 'key of row_2', source, account, payload, body_id,
        received_at, due_at, 0, '', waited, 0, ''
     FROM inbox WHERE id = 'row_1'",
    "UPDATE lane SET due_at = 0, rewake_at = 0 WHERE lane = 'in:cnv_1'",
];

/// How many wait for others.
const WAITING: &str = "
    SELECT COUNT(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// The middle of a transaction, and its end.
#[derive(Clone)]
struct Middle {
    /// Has a permit once it is there.
    reached: Arc<Semaphore>,
    /// Has one once it may go on.
    go_on: Arc<Semaphore>,
}

impl Middle {
    /// Nobody is there.
    fn new() -> Self {
        let [reached, go_on] = [(), ()].map(|()| Arc::new(Semaphore::new(0)));
        Self { reached, go_on }
    }

    /// Works on the row under a lease, and waits in the middle.
    async fn work(self, store: Store, lease: Lease, id: &'static str) -> Result<bool, StoreError> {
        let work = store.write(move |tx| {
            Box::pin(async move {
                tx.fence(&lease, at(30)).await?;
                self.reached.add_permits(1);
                drop(self.go_on.acquire().await);
                tx.inbox_done(&RowId::from(id)).await?;
                tx.release_if_idle(&lease, at(0)).await
            })
        });
        work.await
    }
}

#[tokio::test]
async fn a_row_is_stored_while_its_lane_is_worked_on_and_worked_on_next() {
    let desk = Desk::new().await;
    desk.conversation().await;
    put(&desk, "row_1").await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    let (middle, mut workers) = (Middle::new(), JoinSet::new());
    workers.spawn(middle.clone().work(desk.store.clone(), lease, "row_1"));
    drop(middle.reached.acquire().await);
    // The worker goes on only after this.
    put(&desk, "row_2").await;
    middle.go_on.add_permits(1);
    let released = workers.join_next().await.unwrap().unwrap().unwrap();
    assert!(!released, "the second row was not seen");
}

#[tokio::test]
async fn a_lane_that_is_worked_on_is_not_taken_over_even_if_its_lease_has_run_out() {
    let desk = Desk::new().await;
    desk.conversation().await;
    put(&desk, "row_1").await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    let (middle, mut workers) = (Middle::new(), JoinSet::new());
    workers.spawn(middle.clone().work(desk.store.clone(), lease, "row_1"));
    drop(middle.reached.acquire().await);
    assert_eq!(desk.claim(LaneKind::In, "b", at(99)).await, []);
    // Nor if it was woken meanwhile.
    put(&desk, "row_2").await;
    assert_eq!(desk.claim(LaneKind::In, "b", at(99)).await, []);
    middle.go_on.add_permits(1);
    workers.join_next().await.unwrap().unwrap().unwrap();
    desk.claim_one(LaneKind::In, "b", at(99)).await;
}

#[tokio::test]
async fn a_row_that_is_stored_while_its_lane_is_released_makes_it_due() {
    let desk = Desk::new().await;
    desk.conversation().await;
    put(&desk, "row_1").await;
    let lease = desk.claim_one(LaneKind::In, "a", at(0)).await;
    let (middle, mut workers) = (Middle::new(), JoinSet::new());
    workers.spawn(middle.clone().work(desk.store.clone(), lease, "row_1"));
    drop(middle.reached.acquire().await);
    let (mut intake, mut watch) = (connect(&desk).await, connect(&desk).await);
    for sql in STORED {
        intake.execute(sql).await.unwrap();
    }
    // The worker sees no other row, and waits for the lane.
    middle.go_on.add_permits(1);
    while sqlx::query_scalar::<_, i64>(WAITING)
        .fetch_one(&mut watch)
        .await
        .unwrap()
        == 0
    {}
    intake.execute("COMMIT").await.unwrap();
    let released = workers.join_next().await.unwrap().unwrap().unwrap();
    assert!(released);
    desk.claim_one(LaneKind::In, "b", at(1)).await;
}

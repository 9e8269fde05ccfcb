//! Group commit: jobs that wait at the same time share one commit. For the engine
//! that has one writer.
//!
//! One task writes. It takes all jobs that wait, runs them in one transaction, each
//! in a savepoint of its own, commits once, and then answers. A job that fails is
//! rolled back alone; a commit that fails fails all of them.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::error::StoreError;
use super::lane::LaneKind;
use super::tx::Tx;
use super::{Database, Wakers};

/// How many jobs share a commit at most.
const GROUP: usize = 256;

/// Opens a job's own savepoint.
const SAVEPOINT: &str = "SAVEPOINT job";
/// Takes back what the job did.
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT job";
/// Closes the savepoint.
const RELEASE: &str = "RELEASE SAVEPOINT job";

/// What the writer is told.
pub(super) enum Order {
    /// Do this in a transaction.
    Run(Box<dyn Job>),
    /// The same, and before others where they wait for each other: somebody outside
    /// waits for it.
    First(Box<dyn Job>),
    /// Finish what waits and end.
    Stop,
}

/// A piece of writing whose result type is forgotten.
pub(super) trait Job: Send {
    /// Runs it and keeps its result; whether it succeeded.
    /// May be run again when the transaction has not been committed.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;

    /// Why the last run did not succeed.
    fn failure(&self) -> Option<&StoreError>;

    /// Answers the caller: with the result if the commit went well.
    fn answer(self: Box<Self>, commit: Result<(), StoreError>);
}

/// A [`Job`] with its result type.
pub(super) struct Work<T, F> {
    /// What to do.
    todo: F,
    /// What came of it.
    result: Option<Result<T, StoreError>>,
    /// Where the answer goes.
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Work<T, F> {
    /// A job, and where its answer comes.
    pub(super) fn new(work: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (answer, answered) = oneshot::channel();
        let job = Self {
            todo: work,
            result: None,
            answer,
        };
        (job, answered)
    }
}

impl<T, F> Job for Work<T, F>
where
    T: Send,
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Clone + Send,
{
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        let work = self.todo.clone();
        Box::pin(async move {
            let result = AssertUnwindSafe(async { work(tx).await })
                .catch_unwind()
                .await
                .unwrap_or(Err(StoreError::Panicked));
            // After a statement that failed nothing may be kept, whatever the job says.
            let result = match (result, tx.take_fault()) {
                (Ok(_), Some(fault)) => Err(fault),
                (result, _) => result,
            };
            let succeeded = result.is_ok();
            self.result = Some(result);
            succeeded
        })
    }

    fn failure(&self) -> Option<&StoreError> {
        self.result.as_ref()?.as_ref().err()
    }

    fn answer(self: Box<Self>, commit: Result<(), StoreError>) {
        let result = match (self.result, commit) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(commit)) => Err(commit),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::Closed),
        };
        // A caller that no longer waits has lost the answer, not the work.
        drop(self.answer.send(result));
    }
}

/// Writes what is ordered until told to stop, or until nobody can order any more.
pub(super) async fn run(database: Database, mut orders: mpsc::Receiver<Order>, wakers: Wakers) {
    let mut waiting = Vec::with_capacity(GROUP);
    while orders.recv_many(&mut waiting, GROUP).await > 0 {
        let mut jobs = Vec::with_capacity(waiting.len());
        let mut stop = false;
        for order in waiting.drain(..) {
            match order {
                Order::Run(job) | Order::First(job) => jobs.push(job),
                Order::Stop => stop = true,
            }
        }
        commit_together(&database, jobs, &wakers).await;
        if stop {
            return;
        }
    }
}

/// Runs jobs in one transaction, answers them and wakes what they woke.
async fn commit_together(database: &Database, mut jobs: Vec<Box<dyn Job>>, wakers: &Wakers) {
    if jobs.is_empty() {
        return;
    }
    let committed = run_all(database, &mut jobs).await;
    if let Err(error) = &committed {
        tracing::error!(%error, cause = ?std::error::Error::source(error), jobs = jobs.len(),
            "a commit failed");
    }
    let (outcome, woken) = match committed {
        Ok(woken) => (Ok(()), woken),
        Err(error) => (Err(error), BTreeSet::new()),
    };
    for job in jobs {
        job.answer(outcome.clone());
    }
    for kind in woken {
        wakers.wake(kind);
    }
}

/// Runs jobs in one transaction and commits; the kinds of lanes they woke.
async fn run_all(
    database: &Database,
    jobs: &mut [Box<dyn Job>],
) -> Result<BTreeSet<LaneKind>, StoreError> {
    let mut tx = database.begin_write().await?;
    if let [job] = jobs {
        // Alone, a job needs no savepoint.
        if job.run(&mut tx).await {
            return tx.commit().await;
        }
        tx.roll_back().await?;
        return Ok(BTreeSet::new());
    }
    for job in jobs {
        let notes = tx.notes().clone();
        tx.execute(SAVEPOINT, Vec::new()).await?;
        if !job.run(&mut tx).await {
            tx.execute(ROLL_BACK, Vec::new()).await?;
            *tx.notes() = notes;
        }
        tx.execute(RELEASE, Vec::new()).await?;
    }
    tx.commit().await
}

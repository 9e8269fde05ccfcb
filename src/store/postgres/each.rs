//! Jobs at the same time: each in a transaction and a commit of its own.
//!
//! What somebody outside waits for has connections of its own: however much there is to
//! do, a webhook is stored and answered at once.
//!
//! Two jobs, of this process or of another, may want the same rows the other way
//! round; then the server gives one of them up, and it is run again from its start.
//! Nothing of it was stored.

use std::collections::{BTreeSet, VecDeque};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::bell::Bell;
use super::{INTAKE, WRITERS};
use crate::store::error::StoreError;
use crate::store::lane::LaneKind;
use crate::store::writer::{Job, Order};
use crate::store::{Database, Wakers};

/// How often a job is run that others keep getting into the way of.
const RUNS: usize = 8;

/// How many other jobs go on even while there are jobs that somebody outside waits for.
const FEW: usize = 4;

/// How many jobs may wait here; then their callers wait.
const WAITING: usize = 256;

/// Writes what is ordered until told to stop, or until nobody can order any more;
/// then finishes what is under way.
pub(in crate::store) async fn run(
    database: Database,
    mut orders: mpsc::Receiver<Order>,
    wakers: Wakers,
    bell: Bell,
) {
    let (mut first, mut rest) = (Counter::new(INTAKE), Counter::new(WRITERS));
    let mut open = true;
    loop {
        let start = |job| {
            let (database, wakers, bell) = (database.clone(), wakers.clone(), bell.clone());
            async move { commit(&database, job, &wakers, &bell).await }
        };
        while let Some(job) = first.next() {
            first.under_way.spawn(start(job));
        }
        // Whoever waits outside is held up by no more than a few: they share processors,
        // and the way to the disk.
        while first.under_way.is_empty() || rest.under_way.len() < FEW {
            let Some(job) = rest.next() else { break };
            rest.under_way.spawn(start(job));
        }
        if !open && first.under_way.is_empty() && rest.under_way.is_empty() {
            return;
        }
        tokio::select! {
            order = orders.recv(), if open && rest.waiting.len() < WAITING => match order {
                Some(Order::First(job)) => first.waiting.push_back(job),
                Some(Order::Run(job)) => rest.waiting.push_back(job),
                Some(Order::Stop) | None => open = false,
            },
            Some(_ended) = first.under_way.join_next() => {}
            Some(_ended) = rest.under_way.join_next() => {}
        }
    }
}

/// Jobs that wait only for each other.
#[derive(Default)]
struct Counter {
    /// How many may be under way.
    most: usize,
    /// Those that wait.
    waiting: VecDeque<Box<dyn Job>>,
    /// Those under way.
    under_way: JoinSet<()>,
}

impl Counter {
    /// One at which `most` jobs may be under way.
    fn new(most: u32) -> Self {
        Self {
            most: usize::try_from(most).unwrap_or(1),
            ..Self::default()
        }
    }

    /// The next job, if it may begin.
    fn next(&mut self) -> Option<Box<dyn Job>> {
        if self.under_way.len() >= self.most {
            return None;
        }
        self.waiting.pop_front()
    }
}

/// Runs a job, answers it and wakes what it woke.
async fn commit(database: &Database, mut job: Box<dyn Job>, wakers: &Wakers, bell: &Bell) {
    let committed = database.answered(run_one(database, job.as_mut())).await;
    if let Err(error) = &committed {
        tracing::error!(%error, cause = ?std::error::Error::source(error), "a commit failed");
    }
    let (outcome, woken) = match committed {
        Ok(woken) => (Ok(()), woken),
        Err(error) => (Err(error), BTreeSet::new()),
    };
    job.answer(outcome);
    for kind in &woken {
        wakers.wake(*kind);
    }
    bell.ring(woken);
}

/// Runs a job, again if others got into its way; the kinds of lanes it woke.
async fn run_one(database: &Database, job: &mut dyn Job) -> Result<BTreeSet<LaneKind>, StoreError> {
    let mut runs = 0;
    loop {
        runs += 1;
        match try_one(database, job).await {
            Err(StoreError::Contended(_)) if runs < RUNS => {
                tracing::debug!(runs, "a job got into another's way and is run again");
            }
            ended => return ended,
        }
    }
}

/// Runs a job once; the kinds of lanes it woke. An error of the job itself is its own
/// answer, unless it should be run again.
async fn try_one(database: &Database, job: &mut dyn Job) -> Result<BTreeSet<LaneKind>, StoreError> {
    let mut tx = database.begin_write().await?;
    if job.run(&mut tx).await {
        return tx.commit().await;
    }
    let rolled_back = tx.roll_back().await;
    match job.failure() {
        Some(StoreError::Contended(source)) => Err(StoreError::Contended(source.clone())),
        // The job has its own error; that it was rolled back is the server's business.
        Some(_) => Ok(BTreeSet::new()),
        None => rolled_back.map(|()| BTreeSet::new()),
    }
}

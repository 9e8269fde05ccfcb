//! Jobs at the same time: each in a transaction and a commit of its own.
//!
//! Two jobs, of this process or of another, may want the same rows the other way
//! round; then the server gives one of them up, and it is run again from its start.
//! Nothing of it was stored.

use std::collections::BTreeSet;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::WRITERS;
use super::bell::Bell;
use crate::store::error::StoreError;
use crate::store::lane::LaneKind;
use crate::store::writer::{Job, Order};
use crate::store::{Database, Wakers};

/// How often a job is run that others keep getting into the way of.
const RUNS: usize = 8;

/// Writes what is ordered until told to stop, or until nobody can order any more;
/// then finishes what is under way.
pub(in crate::store) async fn run(
    database: Database,
    mut orders: mpsc::Receiver<Order>,
    wakers: Wakers,
    bell: Bell,
) {
    let mut under_way = JoinSet::new();
    let most = usize::try_from(WRITERS).unwrap_or(1);
    loop {
        if under_way.len() >= most {
            under_way.join_next().await;
        }
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Run(job)) => {
                    let (database, wakers, bell) = (database.clone(), wakers.clone(), bell.clone());
                    under_way.spawn(async move { commit(&database, job, &wakers, &bell).await });
                }
                Some(Order::Stop) | None => break,
            },
            Some(_ended) = under_way.join_next() => {}
        }
    }
    while under_way.join_next().await.is_some() {}
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

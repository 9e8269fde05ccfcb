//! The lane `matrix`: writes what was decided into rooms, in order, one event a
//! row. What a row asks for is done in [`super::show`]; here the row is taken and
//! ended.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::matrix::MatrixError;
use crate::queue::{Backoff, Handler, LEASE, Step};
use crate::saying;
use crate::store::{EventRow, Lease, OutboxRow, StoreError, Tx};

use super::show::{Extra, Show, Trouble, Written};
use super::{Works, alarm};

/// The worker of the lane `matrix`.
#[derive(Debug, Clone)]
pub struct Project(pub Works);

#[async_trait]
impl Handler for Project {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let (held, now) = (lease.clone(), self.0.clock.now());
        let row = self
            .0
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&held, now + LEASE).await?;
                    let row = tx.outbox_head(&held.lane, now).await?;
                    if row.is_none() {
                        tx.release(&held).await?;
                    }
                    Ok(row)
                })
            })
            .await?;
        let Some(row) = row else {
            return Ok(Step::Idle);
        };
        let shown = Show::new(&self.0, &row).run(&lease.lane).await;
        self.finish(lease, row, shown).await
    }
}

impl Project {
    /// Ends the row, or leaves it for later.
    async fn finish(
        &self,
        lease: &Lease,
        row: OutboxRow,
        shown: Result<Option<Written>, Trouble>,
    ) -> Result<Step, StoreError> {
        let now = self.0.clock.now();
        let wait = Backoff::wait(row.tries, &*self.0.clock);
        let (detail, wait) = match shown {
            Ok(written) => return self.done(lease, row, written, now).await,
            Err(Trouble::Store(StoreError::Corrupt { what })) => {
                return self.dead(lease, row, what, now).await;
            }
            Err(Trouble::Store(error)) => return Err(error),
            Err(Trouble::Matrix(MatrixError::Refused { code, status })) => {
                let what = format!("the homeserver refused: {code} ({status})");
                return self.dead(lease, row, what, now).await;
            }
            Err(Trouble::Matrix(MatrixError::Retry { after, detail })) => {
                (detail, after.unwrap_or(SignedDuration::ZERO).max(wait))
            }
            Err(Trouble::NotYet(what)) => (what.to_owned(), SignedDuration::from_secs(1)),
        };
        tracing::warn!(lane = %lease.lane, detail, "a row could not be shown yet");
        let lease = lease.clone();
        self.0
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    tx.outbox_retry(&row.id, &detail, now + wait).await?;
                    tx.release(&lease).await?;
                    Ok(Step::Idle)
                })
            })
            .await
    }

    /// Commits what was written.
    async fn done(
        &self,
        lease: &Lease,
        row: OutboxRow,
        written: Option<Written>,
        now: Timestamp,
    ) -> Result<Step, StoreError> {
        let lease = lease.clone();
        self.0
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    if let Some(written) = written {
                        remember(tx, &lease, &row, written, now).await?;
                    }
                    tx.outbox_done(&row.id).await?;
                    tx.release_if_idle(&lease, now).await.map(Step::released)
                })
            })
            .await
    }

    /// A row that can never be shown: dead, with an alarm; the lane goes on.
    async fn dead(
        &self,
        lease: &Lease,
        row: OutboxRow,
        what: String,
        now: Timestamp,
    ) -> Result<Step, StoreError> {
        tracing::error!(lane = %lease.lane, row = %row.id, what, "a row is dead");
        let lease = lease.clone();
        self.0
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    tx.outbox_dead(&row.id, &what).await?;
                    let says = saying!("alarm-dead", row = row.id.as_str(), what = what);
                    alarm::raise(tx, "dead-rows", says, now).await?;
                    Ok(Step::More)
                })
            })
            .await
    }
}

/// Remembers an event that was written.
async fn remember(
    tx: &mut Tx,
    lease: &Lease,
    row: &OutboxRow,
    written: Written,
    now: Timestamp,
) -> Result<(), StoreError> {
    match &written.extra {
        Extra::None => {}
        Extra::Marked(target, mark) => tx.save_mark(target, *mark, &written.event).await?,
        Extra::Unmarked(target, mark) => tx.delete_mark(target, *mark).await.map(|_gone| ())?,
    }
    if let Some(message) = &written.message {
        tx.set_message_event(message, &written.event).await?;
    }
    tx.insert_event(&EventRow {
        id: written.event,
        room: written.room,
        conversation: lease.lane.conversation(),
        kind: written.kind,
        message: written.message,
        loket_id: row.id.to_string(),
        sender: written.author,
        at: now,
    })
    .await?;
    Ok(())
}

//! The lane `matrix`: writes what was decided into rooms, in order, one event a
//! row. What a row asks for is done in [`super::show`]; here the row is taken and
//! ended.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::crash::Spot;
use crate::domain::room_event::EventKind;
use crate::matrix::MatrixError;
use crate::queue::{Handler, LEASE, Step};
use crate::store::{EventRow, Lane, LaneKind, Lease, OutboxRow, PortalState, StoreError, Tx};

use super::show::{Extra, Show, Trouble, Written};
use super::{Works, alarm, give_up};

/// The worker of the lane `matrix`.
#[derive(Debug, Clone)]
pub struct Project(pub Works);

/// How long a row waits for its room at most: the room wakes it when it is there.
const ROOM_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// How long an outage keeps a row waiting before it is tried again, at most.
const OUTAGE_WAIT: SignedDuration = SignedDuration::from_secs(15);

#[async_trait]
impl Handler for Project {
    #[tracing::instrument(name = "matrix.project", skip_all, fields(lane = %lease.lane, conversation.id = lease.lane.conversation().map(tracing::field::display)))]
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let (held, now) = (lease.clone(), self.0.clock.now());
        let row = self
            .0
            .store
            .at(Spot::ShowTake)
            .write(move |tx| Box::pin(async move { take(tx, &held, now).await }))
            .await?;
        let Some(row) = row else {
            return Ok(Step::Idle);
        };
        let shown = Show::new(&self.0, &row, now).run(&lease.lane).await;
        self.finish(lease, row, shown).await
    }
}

/// Takes the lane's first row and notes that it is begun; `None` if there is nothing
/// to do now. A conversation without a room has its lane `portal` make one first, so
/// that making rooms holds up nobody else.
async fn take(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<Option<OutboxRow>, StoreError> {
    tx.fence(lease, now + LEASE).await?;
    let Some(row) = tx.outbox_head(&lease.lane, now).await? else {
        tx.release(lease).await?;
        return Ok(None);
    };
    if let Some(conversation) = lease.lane.conversation() {
        let portal = tx.ensure_portal(&conversation).await?;
        if portal.state != PortalState::Ready {
            tx.wake(&Lane::of(LaneKind::Portal, &conversation), now);
            tx.outbox_postpone(&row.id, now + ROOM_WAIT).await?;
            tx.release(lease).await?;
            return Ok(None);
        }
    }
    tx.outbox_begun(&row.id, now).await?;
    Ok(Some(row))
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
        match shown {
            Ok(written) => self.done(lease, row, written, now).await,
            Err(Trouble::Store(error)) => give_up::after(&self.0, lease, error).await,
            Err(Trouble::Matrix(MatrixError::Refused { code, status })) => {
                let what = format!("the homeserver refused: {code} ({status})");
                if matches!(status, 400 | 413) {
                    // It is the content that is refused: it will be so for ever.
                    return give_up::at_once(&self.0, lease, what).await;
                }
                self.refused(code, now).await?;
                if status == 401 {
                    return self.later(lease, row, None, &what, now).await;
                }
                give_up::counted(&self.0, lease, what).await
            }
            Err(Trouble::Matrix(MatrixError::Retry { after, detail })) => {
                self.later(lease, row, after, &detail, now).await
            }
            Err(Trouble::NotYet(what)) => self.later(lease, row, None, what, now).await,
        }
    }

    /// An outage: the row waits, however long it takes; the longer it has waited, the
    /// longer until the next try, within bounds.
    async fn later(
        &self,
        lease: &Lease,
        row: OutboxRow,
        after: Option<SignedDuration>,
        detail: &str,
        now: Timestamp,
    ) -> Result<Step, StoreError> {
        tracing::warn!(detail, "a row could not be shown yet");
        let growing = now.duration_since(row.created_at) / 8;
        let wait = growing.clamp(SignedDuration::from_secs(1), OUTAGE_WAIT);
        let wait = after.map_or(wait, |after| after.max(wait));
        let lease = lease.clone();
        self.0
            .store
            .at(Spot::ShowLater)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    tx.outbox_postpone(&row.id, now + wait).await?;
                    tx.release(&lease).await?;
                    Ok(Step::Idle)
                })
            })
            .await
    }

    /// The homeserver refuses what it should not: an alarm, once.
    async fn refused(&self, code: String, now: Timestamp) -> Result<(), StoreError> {
        self.0
            .store
            .at(Spot::ShowRefused)
            .write(move |tx| {
                Box::pin(async move { alarm::homeserver_refuses(tx, code, now).await })
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
            .at(Spot::ShowDone)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + LEASE).await?;
                    if let Some(written) = written {
                        remember(tx, &lease, &row, written, now).await?;
                    }
                    tx.outbox_done(&row.id).await?;
                    if row.tries > 0 || row.begun_at.is_some() {
                        alarm::homeserver_takes(tx, now).await?;
                    }
                    tx.release_if_idle(&lease, now).await.map(Step::released)
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
        Extra::Reacted(target) => tx.save_reaction(target, &written.event).await?,
        Extra::Unreacted(target) => tx.delete_reaction(target).await?,
        Extra::Unmarked(target, mark) => tx.delete_mark(target, *mark).await.map(|_gone| ())?,
    }
    if let Some(message) = &written.message
        && matches!(written.kind, EventKind::Customer | EventKind::Agent)
    {
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

//! Rows that could not be worked because of a fault of our own: tried again with
//! growing waits, then put aside, and the lane goes on.
//!
//! In: what a step failed with. Out: the lane's first row waits, or is dead: said in
//! the alerts room and in the conversation's. Called by the workers whose lanes have
//! rows. What the outside world causes (an outage, pacing, a channel that is down)
//! is no fault of the row and does not come here.

use jiff::{SignedDuration, Timestamp};

use crate::crash::Spot;
use crate::domain::conversation::{Mark, Say};
use crate::domain::ids::{MessageId, RowId};
use crate::domain::message::LineState;
use crate::domain::room_event::{RoomContent, RoomEvent};
use crate::queue::{Backoff, LEASE, Step};
use crate::saying;
use crate::store::{InboxRow, Lane, LaneKind, Lease, OutboxRow, PartState, Source, StoreError, Tx};

use super::effects::Carrier;
use super::task::{Task, decode};
use super::{Works, alarm, ingest, outcome};

/// How long a row is left alone whose account is not in the configuration.
const RETURN: SignedDuration = SignedDuration::from_secs(60);

/// In the id of what is shown of a dead row, between that row's id and a number.
const OF_DEAD: &str = ".dead";

/// Who is told of a dead row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    /// The alerts room and the conversation's.
    Everybody,
    /// The alerts room only: what the conversation's needs cannot be read.
    Operator,
}

/// The first row of a lane.
enum Head {
    /// Of a lane that reads the inbox.
    Inbox(InboxRow),
    /// Of a lane that reads the outbox.
    Outbox(OutboxRow),
}

/// The account of a conversation is not in the configuration: its rows wait, and go
/// on when it returns.
pub fn not_configured() -> StoreError {
    StoreError::NotYet {
        what: ingest::NOT_CONFIGURED,
    }
}

/// Ends a step that failed with `error`: the lane's first row is tried again later,
/// or put aside, and the lane is released.
///
/// # Errors
/// `error` itself if it is no fault of the row; else the database's.
pub async fn after(work: &Works, lease: &Lease, error: StoreError) -> Result<Step, StoreError> {
    if let StoreError::NotYet { what } = error {
        tracing::warn!(lane = %lease.lane, what, "a row waits");
        return postpone(work, lease).await;
    }
    match fault(&error) {
        Some(what) => counted(work, lease, what).await,
        None => Err(error),
    }
}

/// Puts the lane's first row aside without another try: `what` will not change.
///
/// # Errors
/// The database's.
pub async fn at_once(work: &Works, lease: &Lease, what: String) -> Result<Step, StoreError> {
    put_off(work, lease, what, Backoff::ONCE).await
}

/// The dead row of which the row `shown` tells.
pub fn told_by(shown: &str) -> Option<RowId> {
    shown.split_once(OF_DEAD).map(|(row, _)| RowId::from(row))
}

/// Counts a failed try of the lane's first row: it is tried again later, or put aside
/// after the last one.
///
/// # Errors
/// The database's.
pub async fn counted(work: &Works, lease: &Lease, what: String) -> Result<Step, StoreError> {
    put_off(work, lease, what, Backoff::default()).await
}

/// What is wrong with a row, if it is the row that an error speaks of.
fn fault(error: &StoreError) -> Option<String> {
    match error {
        StoreError::Corrupt { what } => Some(what.clone()),
        StoreError::Missing { .. } | StoreError::Panicked => Some(error.to_string()),
        StoreError::Rejected(source) => Some(source.to_string()),
        StoreError::Stale
        | StoreError::InUse { .. }
        | StoreError::Url { .. }
        | StoreError::Foreign { .. }
        | StoreError::Moved { .. }
        | StoreError::NotEmpty { .. }
        | StoreError::ForeignTables { .. }
        | StoreError::Server { .. }
        | StoreError::Contended(_)
        | StoreError::Open { .. }
        | StoreError::Copy { .. }
        | StoreError::Unavailable(_)
        | StoreError::Damaged(_)
        | StoreError::Migration(_)
        | StoreError::NotYet { .. }
        | StoreError::Closed => None,
    }
}

/// Lets the lane's first row wait; no try is counted.
async fn postpone(work: &Works, lease: &Lease) -> Result<Step, StoreError> {
    let (lease, now) = (lease.clone(), work.clock.now());
    let waiting = work.store.at(Spot::GiveUpWait).write(move |tx| {
        Box::pin(async move {
            tx.fence(&lease, now + LEASE).await?;
            match Head::find(tx, &lease.lane, now).await? {
                Some(Head::Inbox(row)) => tx.inbox_postpone(&row.id, now + RETURN).await?,
                Some(Head::Outbox(row)) => tx.outbox_postpone(&row.id, now + RETURN).await?,
                None => {}
            }
            tx.release(&lease).await?;
            Ok(Step::Idle)
        })
    });
    waiting.await
}

/// Counts a failed try of the lane's first row; after the last of `tries` it is dead.
async fn put_off(
    work: &Works,
    lease: &Lease,
    what: String,
    tries: Backoff,
) -> Result<Step, StoreError> {
    tracing::error!(lane = %lease.lane, what, "a row could not be worked");
    let told = commit(work, lease, &what, tries, Telling::Everybody).await;
    match told {
        Err(error) if fault(&error).is_some() => {
            tracing::error!(%error, lane = %lease.lane, "a dead row cannot be shown in its room");
            commit(work, lease, &what, tries, Telling::Operator).await
        }
        told => told,
    }
}

/// Commits what becomes of the row.
async fn commit(
    work: &Works,
    lease: &Lease,
    what: &str,
    tries: Backoff,
    telling: Telling,
) -> Result<Step, StoreError> {
    let (store, work) = (work.store.clone(), work.clone());
    let (lease, what) = (lease.clone(), what.to_owned());
    let count = store.at(Spot::GiveUpCount).write(move |tx| {
        Box::pin(async move { count(tx, &work, &lease, &what, tries, telling).await })
    });
    count.await
}

/// Counts a failed try.
async fn count(
    tx: &mut Tx,
    work: &Works,
    lease: &Lease,
    what: &str,
    tries: Backoff,
    telling: Telling,
) -> Result<Step, StoreError> {
    let now = work.clock.now();
    tx.fence(lease, now + LEASE).await?;
    if let Some(head) = Head::find(tx, &lease.lane, now).await? {
        if let Some(wait) = tries.after(head.tries(), &*work.clock) {
            head.retry(tx, what, now + wait).await?;
        } else {
            head.end(tx, what).await?;
            alarm::dead(tx, lease.lane.kind, head.id(), what, now).await?;
            if telling == Telling::Everybody {
                head.show(tx, work, &lease.lane, now).await?;
            }
        }
    }
    tx.release(lease).await?;
    Ok(Step::Idle)
}

impl Head {
    /// The first row of a lane, if it is due.
    async fn find(tx: &mut Tx, lane: &Lane, now: Timestamp) -> Result<Option<Self>, StoreError> {
        match lane.kind {
            LaneKind::In => Ok(tx.inbox_head(lane, now).await?.map(Self::Inbox)),
            LaneKind::Matrix | LaneKind::Channel => {
                Ok(tx.outbox_head(lane, now).await?.map(Self::Outbox))
            }
            LaneKind::Recover | LaneKind::Portal => Ok(None),
        }
    }

    /// Its id.
    fn id(&self) -> &RowId {
        match self {
            Self::Inbox(row) => &row.id,
            Self::Outbox(row) => &row.id,
        }
    }

    /// How often it was tried in vain.
    fn tries(&self) -> i64 {
        match self {
            Self::Inbox(row) => row.tries,
            Self::Outbox(row) => row.tries,
        }
    }

    /// Has it tried again.
    async fn retry(&self, tx: &mut Tx, what: &str, due: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Inbox(row) => tx.inbox_retry(&row.id, what, due).await,
            Self::Outbox(row) => tx.outbox_retry(&row.id, what, due).await,
        }
    }

    /// It is dead.
    async fn end(&self, tx: &mut Tx, what: &str) -> Result<(), StoreError> {
        match self {
            Self::Inbox(row) => tx.inbox_dead(&row.id, what).await,
            Self::Outbox(row) => tx.outbox_dead(&row.id, what).await,
        }
    }

    /// Shows in its conversation's room that it is dead.
    async fn show(
        &self,
        tx: &mut Tx,
        work: &Works,
        lane: &Lane,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let base = RowId::from(format!("{}{OF_DEAD}", self.id()));
        match self {
            Self::Inbox(row) => show_inbox(tx, work, &base, row, now).await,
            Self::Outbox(row) => match (lane.kind, &row.message) {
                (LaneKind::Channel, Some(message)) => show_line(tx, &base, message, now).await,
                (LaneKind::Matrix, _) => show_unshown(tx, &base, row, now).await,
                _ => Ok(()),
            },
        }
    }
}

/// Shows that something which came in is dead: at the agent's line if it is one.
async fn show_inbox(
    tx: &mut Tx,
    work: &Works,
    base: &RowId,
    row: &InboxRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(id) = row.lane.conversation() else {
        return Ok(());
    };
    let mut conversation = tx.lock_conversation(&id).await?;
    let mut carrier = Carrier::new(base, &mut conversation, now);
    let Some(line) = line_of(row) else {
        let says = saying!("put-aside", row = row.id.as_str());
        return carrier.room(tx, Task::Say(Say::notice(says))).await;
    };
    let mut say = Say::notice(saying!("put-aside-line")).in_reply_to(line.id.clone());
    if work.directory.role_anywhere(&line.sender).is_some() {
        say = say.ringing(line.sender);
    }
    let (target, mark) = (line.id, Mark::Failed);
    carrier.room(tx, Task::Mark { target, mark }).await?;
    carrier.room(tx, Task::Say(say)).await
}

/// Shows that something is missing in the room. Where that cannot be shown either, the
/// alerts room has to do.
async fn show_unshown(
    tx: &mut Tx,
    base: &RowId,
    row: &OutboxRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(id) = row
        .lane
        .conversation()
        .filter(|_| told_by(row.id.as_str()).is_none())
    else {
        return Ok(());
    };
    let mut conversation = tx.lock_conversation(&id).await?;
    let says = saying!("put-aside-unshown", row = row.id.as_str());
    Carrier::new(base, &mut conversation, now)
        .room(tx, Task::Say(Say::notice(says)))
        .await
}

/// The agent's line in a row, if it is one and can be read.
fn line_of(row: &InboxRow) -> Option<RoomEvent> {
    if row.source != Source::Matrix {
        return None;
    }
    let event: RoomEvent = decode(&row.payload).ok()?;
    matches!(event.content, RoomContent::Line(_)).then_some(event)
}

/// Shows that a line on its way to the customer is dead: ⚠️, 🔁 and the reason.
async fn show_line(
    tx: &mut Tx,
    base: &RowId,
    id: &MessageId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let message = tx.get_message(id).await?;
    let parts = tx.list_parts(id).await?;
    let may_have_gone = parts
        .iter()
        .any(|part| !matches!(part.state, PartState::Pending | PartState::Failed));
    let reason = saying!("refused-put-aside");
    let first = parts.iter().find(|part| !part.state.went());
    match first.map(|part| (part.n, part.state)) {
        Some((n, PartState::Started)) => {
            tx.move_part(id, n, PartState::Unknown, None).await?;
        }
        Some((n, PartState::Pending)) => {
            tx.move_part(id, n, PartState::Failed, Some(&reason))
                .await?;
        }
        Some(_) => {}
        None => tx.set_message_state(id, LineState::Failed).await?,
    }
    let text = if may_have_gone {
        saying!("put-aside-partly")
    } else {
        saying!("not-sent", reason = reason)
    };
    outcome::warn(tx, base, &message, text, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_faults_of_our_own_count_against_a_row() {
        let what = || "a payload".to_owned();
        assert_eq!(
            fault(&StoreError::Corrupt { what: what() }).as_deref(),
            Some("a payload")
        );
        assert!(fault(&StoreError::Panicked).is_some());
        assert!(fault(&StoreError::Missing { what: "message" }).is_some());
        assert_eq!(fault(&StoreError::Stale), None);
        assert_eq!(fault(&StoreError::Closed), None);
        assert_eq!(fault(&not_configured()), None);
    }
}

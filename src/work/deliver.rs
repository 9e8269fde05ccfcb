//! The lane `channel`: sends to customers, one part after another.
//!
//! The intent is written before the effect: an attempt `started` is committed,
//! then the part is sent, then the outcome is committed. A part found `started` by
//! a new worker has an unknown outcome: it is announced, never repeated by itself.

mod conclude;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::channel::{Outbound, SharedChannel};
use crate::crash::Spot;
use crate::domain::contact::Identity;
use crate::domain::conversation::{Conversation, is_too_old};
use crate::domain::delivery::{RetryCause, SendError};
use crate::domain::ids::{AccountId, AttemptId, ProviderId, RowId};
use crate::domain::message::LineState;
use crate::domain::redact::Private;
use crate::queue::{Handler, LEASE, Step};
use crate::saying;
use crate::store::{
    AttemptOutcome, Lease, MessageRow, OutboxRow, PartRow, PartState, StoreError, Tx,
};

use super::task::{Order, Task, corrupt, decode};
use super::{Works, give_up, ingest, outcome, pace};

/// How long the lane waits for a status that tells an unknown outcome.
const UNKNOWN_WAIT: SignedDuration = SignedDuration::from_secs(20);

/// How long a channel that is down is left alone.
const DOWN_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// How long until an outcome is stored again that the database did not take; twice
/// as long each time.
const CONCLUDE_AGAIN: Duration = Duration::from_millis(100);

/// The longest pause between two such tries.
const CONCLUDE_PAUSE: Duration = Duration::from_secs(3);

/// The worker of the lane `channel`.
#[derive(Debug, Clone)]
pub struct Deliver(pub Works);

/// A part that is about to be sent: its attempt is committed.
#[derive(Clone)]
struct Ready {
    /// The lane's first row.
    row: OutboxRow,
    /// The message.
    message: MessageRow,
    /// The part.
    part: PartRow,
    /// The customer.
    to: Identity,
    /// The attempt.
    attempt: AttemptId,
    /// When it was begun: so long the lane is ours, and a lease longer.
    started: Timestamp,
    /// Our account.
    account: AccountId,
    /// Where it goes out.
    channel: SharedChannel,
}

/// What the look at the lane's first row found.
enum Look {
    /// Nothing to send now; the lane is released or goes on.
    Done(Step),
    /// A part to be sent.
    Send(Box<Ready>),
}

#[async_trait]
impl Handler for Deliver {
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        match self.turn(lease).await {
            Err(error) => give_up::after(&self.0, lease, error).await,
            turned => turned,
        }
    }
}

impl Deliver {
    /// Looks at the lane's first row and sends its next part.
    async fn turn(&self, lease: &Lease) -> Result<Step, StoreError> {
        let (work, held) = (self.0.clone(), lease.clone());
        let look = self
            .0
            .store
            .at(Spot::Attempt)
            .write(move |tx| Box::pin(async move { look(tx, &work, &held).await }))
            .await?;
        match look {
            Look::Done(step) => Ok(step),
            Look::Send(ready) => self.send(*ready).await,
        }
    }

    /// Sends the part and commits what became of it.
    #[tracing::instrument(name = "outbox.deliver", skip_all, fields(conversation.id = %ready.message.conversation, attempt = %ready.attempt))]
    async fn send(&self, ready: Ready) -> Result<Step, StoreError> {
        let outbound = Outbound {
            attempt: ready.attempt.clone(),
            to: ready.to.addresses.clone(),
            text: Private::from(ready.part.body.clone()),
            reply_to: ready.message.reply_to.clone().filter(|_| ready.part.n == 0),
        };
        let sent = if self.is_late(&ready) {
            Err(late())
        } else {
            ready.channel.send(&outbound).await
        };
        let kind = ready.channel.kind().name();
        let label = match &sent {
            Ok(_) => "accepted",
            Err(SendError::Retry { .. }) => "retry",
            Err(SendError::Refused { .. }) => "refused",
            Err(SendError::Unknown { .. }) => "unknown",
        };
        metrics::counter!("loket_outbound_total", "channel" => kind, "outcome" => label)
            .increment(1);
        tracing::info!(outcome = label, "part sent");
        self.conclude(Arc::new(ready), sent).await
    }

    /// Whether the lane may be somebody else's by now: the process was halted between
    /// the commit and this moment. The line may have been announced as one that nobody
    /// knows of, and others may have gone: it must not come behind them.
    fn is_late(&self, ready: &Ready) -> bool {
        self.0.clock.now().duration_since(ready.started) >= LEASE
    }

    /// Commits what became of a send. While the database takes nothing it is kept in
    /// mind and tried again: whoever forgot it could only say that nobody knows.
    async fn conclude(
        &self,
        ready: Arc<Ready>,
        sent: Result<ProviderId, SendError>,
    ) -> Result<Step, StoreError> {
        let mut pause = CONCLUDE_AGAIN;
        loop {
            let (work, ready, sent) = (self.0.clone(), Arc::clone(&ready), sent.clone());
            let written = self
                .0
                .store
                .at(Spot::Outcome)
                .write(move |tx| {
                    Box::pin(async move { conclude::conclude(tx, &work, &ready, sent).await })
                })
                .await;
            let Err(StoreError::Unavailable(_) | StoreError::Contended(_)) = &written else {
                return written;
            };
            tracing::warn!("the outcome of a send is not stored yet");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(CONCLUDE_PAUSE);
        }
    }
}

/// Looks at the lane's first row and, if a part is to be sent, commits its attempt.
async fn look(tx: &mut Tx, work: &Works, lease: &Lease) -> Result<Look, StoreError> {
    let now = work.clock.now();
    tx.fence(lease, now + LEASE).await?;
    let Some(row) = tx.outbox_head(&lease.lane, now).await? else {
        tx.release(lease).await?;
        return Ok(Look::Done(Step::Idle));
    };
    let Task::Send { message } = decode(&row.payload)? else {
        return Err(corrupt("a task in a lane that does not do it"));
    };
    let message = tx.get_message(&message).await?;
    if matches!(
        message.state,
        None | Some(LineState::Cancelled | LineState::Held)
    ) {
        tx.outbox_done(&row.id).await?;
        return Ok(Look::Done(Step::More));
    }
    let conversation = tx.lock_conversation(&message.conversation).await?;
    let Some(channel) = work.directory.channel(&conversation.account).cloned() else {
        // The account left the configuration: the line waits for its return.
        return wait(tx, lease, &row, now + DOWN_WAIT).await;
    };
    let parts = parts_of(tx, &message, &channel).await?;
    let Some(part) = parts.into_iter().find(|part| !part.state.went()) else {
        tx.outbox_done(&row.id).await?;
        return Ok(Look::Done(Step::More));
    };
    match part.state {
        PartState::Pending => {
            start(
                tx,
                work,
                lease,
                row,
                message,
                part,
                conversation,
                channel,
                now,
            )
            .await
        }
        PartState::Started => {
            // A worker died between the attempt and its outcome.
            let attempts = tx.list_attempts(&message.id).await?;
            if let Some(attempt) = attempts.iter().rfind(|attempt| attempt.n == part.n) {
                let outcome = AttemptOutcome::Unknown;
                tx.end_attempt(&attempt.id, outcome, "interrupted", now)
                    .await?;
            }
            wait_for_status(tx, &row, &part, now).await.map(Look::Done)
        }
        PartState::Unknown => {
            let base = RowId::from(format!("{}.unknown", row.id));
            outcome::unknown(tx, &base, &message, channel.kind().title(), now).await?;
            tx.outbox_done(&row.id).await?;
            Ok(Look::Done(Step::More))
        }
        PartState::Failed | PartState::Accepted | PartState::Delivered | PartState::Read => {
            tx.outbox_done(&row.id).await?;
            Ok(Look::Done(Step::More))
        }
    }
}

/// What became of a part that was not sent, since the time for it was over.
fn late() -> SendError {
    SendError::Retry {
        after: None,
        cause: RetryCause::Fault {
            detail: "its time was over".to_owned(),
        },
    }
}

/// The parts of a message, made at its first turn.
async fn parts_of(
    tx: &mut Tx,
    message: &MessageRow,
    channel: &SharedChannel,
) -> Result<Vec<PartRow>, StoreError> {
    let parts = tx.list_parts(&message.id).await?;
    if !parts.is_empty() {
        return Ok(parts);
    }
    for (n, body) in (0..).zip(channel.render(&message.text)) {
        tx.insert_part(&PartRow {
            message: message.id.clone(),
            n,
            body,
            provider: None,
            event: None,
            state: PartState::Pending,
            error: None,
        })
        .await?;
    }
    tx.list_parts(&message.id).await
}

/// Lets the lane wait for its first row; no try is counted.
async fn wait(
    tx: &mut Tx,
    lease: &Lease,
    row: &OutboxRow,
    until: Timestamp,
) -> Result<Look, StoreError> {
    tx.outbox_postpone(&row.id, until).await?;
    tx.release(lease).await?;
    Ok(Look::Done(Step::Idle))
}

/// A line that is too old when its turn comes is held while nothing of it went; of
/// one that went in part the rest has failed. Whether the row is done with that.
async fn end_by_age(
    tx: &mut Tx,
    row: &OutboxRow,
    message: &MessageRow,
    part: &PartRow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let due = message.due_at.unwrap_or(row.created_at);
    if !is_too_old(message.received_at, due, now) {
        return Ok(false);
    }
    if message.state == Some(LineState::Queued) {
        let order = Order::HoldForAge {
            message: message.id.clone(),
        };
        let id = RowId::from(format!("{}.age", row.id));
        let held = ingest::order(id, &message.conversation, &order, now)?;
        tx.insert_inbox(vec![held]).await?;
        tx.outbox_done(&row.id).await?;
        return Ok(true);
    }
    // The rest has its own time, from when the part before it went.
    let attempts = tx.list_attempts(&message.id).await?;
    let took = attempts
        .iter()
        .filter(|attempt| attempt.outcome == AttemptOutcome::Accepted)
        .filter_map(|attempt| attempt.ended_at)
        .max();
    if took.is_some_and(|at| !is_too_old(at, at, now)) {
        return Ok(false);
    }
    let reason = saying!("refused-too-old");
    tx.move_part(&message.id, part.n, PartState::Failed, Some(&reason))
        .await?;
    let base = RowId::from(format!("{}.age", row.id));
    let text = if part.n == 0 {
        saying!("not-sent", reason = reason)
    } else {
        saying!("partly-sent-too-old")
    };
    outcome::warn(tx, &base, message, text, now).await?;
    tx.outbox_done(&row.id).await?;
    Ok(true)
}

/// Commits the attempt for a part, unless it is too old or too fast.
#[expect(clippy::too_many_arguments, reason = "the scene of one part")]
async fn start(
    tx: &mut Tx,
    work: &Works,
    lease: &Lease,
    row: OutboxRow,
    message: MessageRow,
    part: PartRow,
    conversation: Conversation,
    channel: SharedChannel,
    now: Timestamp,
) -> Result<Look, StoreError> {
    if end_by_age(tx, &row, &message, &part, now).await? {
        return Ok(Look::Done(Step::More));
    }
    let to = tx.get_identity(&conversation.identity).await?;
    if let Some(pause) = pace::pause(tx, &conversation.account, &channel, &to, now).await? {
        return wait(tx, lease, &row, now + pause).await;
    }
    let attempt = AttemptId::new(work.clock.uuid());
    tx.start_attempt(&attempt, &message.conversation, &message.id, part.n, now)
        .await?;
    tx.move_part(&message.id, part.n, PartState::Started, None)
        .await?;
    Ok(Look::Send(Box::new(Ready {
        row,
        message,
        part,
        to,
        attempt,
        started: now,
        account: conversation.account,
        channel,
    })))
}

/// The lane waits until a status tells, or the wait is over.
async fn wait_for_status(
    tx: &mut Tx,
    row: &OutboxRow,
    part: &PartRow,
    now: Timestamp,
) -> Result<Step, StoreError> {
    tx.move_part(&part.message, part.n, PartState::Unknown, None)
        .await?;
    tx.outbox_postpone(&row.id, now + UNKNOWN_WAIT).await?;
    Ok(Step::More)
}

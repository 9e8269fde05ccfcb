//! What became of an attempt, written down: in the part, the line, the lane, and in
//! words where somebody must know.

use jiff::{SignedDuration, Timestamp};

use super::{DOWN_WAIT, Ready, wait_for_status};
use crate::domain::delivery::{RetryCause, SendError};
use crate::domain::ids::{ProviderId, RowId};
use crate::domain::message::LineState;
use crate::queue::{Backoff, Step};
use crate::saying;
use crate::store::{AttemptOutcome, Lane, LaneKind, PartState, StoreError, Tx};
use crate::work::{Works, acts, alarm, outcome};

/// What became of an attempt for which we were too fast.
const PACED: &str = "paced";

/// What became of an attempt on a channel that is down.
const DOWN: &str = "channel down";

/// Commits what became of an attempt. Not fenced: an outcome is a fact, whoever
/// holds the lane by now; each change is guarded by the attempt's own outcome.
pub(super) async fn conclude(
    tx: &mut Tx,
    work: &Works,
    ready: &Ready,
    sent: Result<ProviderId, SendError>,
) -> Result<Step, StoreError> {
    let now = work.clock.now();
    tx.lock_stream(&ready.message.conversation).await?;
    match sent {
        Ok(provider) => accepted(tx, work, ready, &provider, now).await,
        Err(SendError::Retry { after, cause }) => retry(tx, work, ready, after, cause, now).await,
        Err(SendError::Refused { reason, code }) => {
            let detail = code.map_or_else(|| "refused".to_owned(), |code| format!("code {code}"));
            let outcome = AttemptOutcome::Refused;
            if tx
                .end_attempt(&ready.attempt, outcome, &detail, now)
                .await?
            {
                let (message, n) = (&ready.message.id, ready.part.n);
                tx.move_part(message, n, PartState::Failed, Some(&reason))
                    .await?;
                let base = RowId::from(format!("{}.failed", ready.attempt));
                outcome::failed(tx, &base, &ready.message, reason, now).await?;
                tx.outbox_done(&ready.row.id).await?;
            }
            Ok(Step::More)
        }
        Err(SendError::Unknown { detail }) => {
            tracing::warn!(attempt = %ready.attempt, detail, "the outcome of a send is unknown");
            let outcome = AttemptOutcome::Unknown;
            if tx
                .end_attempt(&ready.attempt, outcome, &detail, now)
                .await?
            {
                wait_for_status(tx, &ready.row, &ready.part, now).await?;
            }
            Ok(Step::More)
        }
    }
}

/// The provider took the part.
async fn accepted(
    tx: &mut Tx,
    work: &Works,
    ready: &Ready,
    provider: &ProviderId,
    now: Timestamp,
) -> Result<Step, StoreError> {
    tx.end_attempt(&ready.attempt, AttemptOutcome::Accepted, "", now)
        .await?;
    let (message, n) = (&ready.message.id, ready.part.n);
    let moved = tx.move_part(message, n, PartState::Accepted, None).await?;
    tx.set_part_provider(message, n, provider).await?;
    tx.lock_name(provider.as_str()).await?;
    let conversation = &ready.message.conversation;
    let lane = Lane::of(LaneKind::In, conversation);
    tx.release_waiting(provider.as_str(), &lane, now).await?;
    acts::known(tx, conversation, provider, now).await?;
    let key = alarm::down_key(&ready.account);
    let says = saying!("alarm-channel-up", account = ready.account.as_str());
    alarm::clear(tx, &key, says, now).await?;
    let Some(moved) = moved else {
        // A status was faster and has told everything.
        return Ok(Step::More);
    };
    // Somebody else may have held the lane meanwhile and taken the outcome for
    // unknown: the line may wait for a status, or have been given up.
    tx.hurry_message(message, now).await?;
    let base = RowId::from(format!("{}.accepted", ready.attempt));
    outcome::moved(tx, work, &base, &moved, now).await?;
    if moved.line == Some(LineState::Accepted) {
        let taken = now.duration_since(ready.message.received_at);
        metrics::histogram!("loket_outbound_latency_seconds").record(taken.as_secs_f64());
        match tx.outbox_done(&ready.row.id).await {
            Ok(()) | Err(StoreError::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Step::More)
}

/// The provider certainly did not take the part; it is tried again.
async fn retry(
    tx: &mut Tx,
    work: &Works,
    ready: &Ready,
    after: Option<SignedDuration>,
    cause: RetryCause,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let least = after.unwrap_or(SignedDuration::ZERO);
    let (wait, detail) = match cause {
        RetryCause::Paced => (least.max(SignedDuration::from_secs(1)), PACED.to_owned()),
        RetryCause::AccountPaced => {
            let wait = least.max(SignedDuration::from_secs(1));
            tx.hold_account(&ready.account, now + wait).await?;
            (wait, PACED.to_owned())
        }
        RetryCause::Fault { detail } => {
            let failed = faults(tx, ready).await?;
            (least.max(Backoff::wait(failed, &*work.clock)), detail)
        }
        RetryCause::Barred { alarm: says } => {
            let key = format!("barred_{}", ready.account);
            alarm::daily(tx, &key, says, now).await?;
            (least.max(DOWN_WAIT), DOWN.to_owned())
        }
        RetryCause::Down { alarm: says } => {
            alarm::raise(tx, &alarm::down_key(&ready.account), says, now).await?;
            (least.max(DOWN_WAIT), DOWN.to_owned())
        }
    };
    let outcome = AttemptOutcome::Retry;
    if tx
        .end_attempt(&ready.attempt, outcome, &detail, now)
        .await?
    {
        let (message, n) = (&ready.message.id, ready.part.n);
        tx.move_part(message, n, PartState::Pending, None).await?;
        if ready.message.state == Some(LineState::Queued) {
            // Still nothing of it went: it can be changed and taken back again.
            tx.set_message_state(message, LineState::Queued).await?;
        }
        // What the outside world does counts no tries: it ends by the line's age.
        tx.outbox_postpone(&ready.row.id, now + wait).await?;
    }
    Ok(Step::More)
}

/// How many attempts at the part failed before this one, those aside that the whole
/// account failed.
async fn faults(tx: &mut Tx, ready: &Ready) -> Result<i64, StoreError> {
    let attempts = tx.list_attempts(&ready.message.id).await?;
    let failed = attempts.iter().filter(|attempt| {
        attempt.n == ready.part.n
            && attempt.started_at >= ready.row.created_at
            && attempt.outcome == AttemptOutcome::Retry
            && attempt.detail != PACED
            && attempt.detail != DOWN
    });
    Ok(i64::try_from(failed.count()).unwrap_or(i64::MAX))
}

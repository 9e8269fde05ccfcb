//! What runs once a minute: rows and bodies whose time is over are forgotten.

use jiff::{SignedDuration, Timestamp};

use crate::crash::Spot;
use crate::shutdown::Shutdown;
use crate::store::{StoreError, Tx};

use super::Works;

/// How long a row is kept that no lane works on any more: longer than providers
/// repeat a webhook. Of what failed, was not understood or was for nobody, the
/// alerts room has told.
const FRAGMENTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long a whole webhook body is kept.
const BODIES: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many rows go in one transaction.
const CHUNK: i64 = 500;

/// How many whole bodies go in one transaction; they may be large.
const BODY_CHUNK: i64 = 20;

/// How many transactions one sweep takes at most, so that others get their turn.
const CHUNKS: usize = 40;

/// Cleans up once a minute until the stop.
pub async fn run(work: Works, shutdown: Shutdown) {
    let mut minute = tokio::time::interval(std::time::Duration::from_mins(1));
    minute.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            _ = minute.tick() => {}
        }
        if let Err(error) = sweep(&work, work.clock.now()).await {
            tracing::error!(%error, "the clean-up failed; the next one tries again");
        }
    }
}

/// Cleans up once.
///
/// # Errors
/// The database's.
pub async fn sweep(work: &Works, now: Timestamp) -> Result<(), StoreError> {
    for _ in 0..CHUNKS {
        let gone = work
            .store
            .at(Spot::Cleanup)
            .write(move |tx| Box::pin(async move { chunk(tx, now).await }))
            .await?;
        if !gone {
            break;
        }
    }
    Ok(())
}

/// Cleans up a little; whether there may be more.
async fn chunk(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    let inbox = tx.delete_old_inbox(now - FRAGMENTS, CHUNK).await?;
    let outbox = tx.delete_old_outbox(now - FRAGMENTS, CHUNK).await?;
    let bodies = tx.delete_bodies(now - BODIES, BODY_CHUNK).await?;
    let full = |gone: u64, limit: i64| i64::try_from(gone).is_ok_and(|gone| gone >= limit);
    Ok(full(inbox, CHUNK) || full(outbox, CHUNK) || full(bodies, BODY_CHUNK))
}

//! What runs once a minute: rows and bodies whose time is over are forgotten.

use jiff::{SignedDuration, Timestamp};

use crate::shutdown::Shutdown;
use crate::store::StoreError;

use super::Works;

/// How long a finished row is kept: longer than providers repeat a webhook.
const FRAGMENTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long a whole webhook body is kept.
const BODIES: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many rows go in one transaction.
const CHUNK: i64 = 500;

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
    work.store
        .write(move |tx| {
            Box::pin(async move {
                tx.delete_done_inbox(now - FRAGMENTS, CHUNK).await?;
                tx.delete_done_outbox(now - FRAGMENTS, CHUNK).await?;
                tx.delete_bodies(now - BODIES).await?;
                Ok(())
            })
        })
        .await
}

//! Timers that are due become rows of the inbox.

use crate::clock::Clock;
use crate::crash::Spot;
use crate::domain::ids::{AccountId, RowId};
use crate::store::{InboxState, NewInbox, Source, Store, StoreError};

/// How many timers fire in one commit.
const GROUP: i64 = 256;

/// Puts a row into the inbox for every timer that is due, and lets rows that have
/// waited in vain for something go on. How many.
///
/// # Errors
/// [`StoreError`]: nothing of the last group has fired; try again.
pub async fn fire(store: &Store, clock: &dyn Clock) -> Result<usize, StoreError> {
    let now = clock.now();
    let nothing_due = store
        .read(move |tx| {
            Box::pin(async move {
                let timers = tx.due_timers(now, 1).await?;
                Ok(timers.is_empty() && !tx.has_expired_waiting(now).await?)
            })
        })
        .await?;
    if nothing_due {
        return Ok(0);
    }
    let ids: Vec<RowId> = (0..GROUP).map(|_| RowId::new(clock.uuid())).collect();
    store
        .at(Spot::TimersFire)
        .write(move |tx| {
            Box::pin(async move {
                let expired = tx.expire_waiting(now).await?;
                let timers = tx.take_timers(now, GROUP).await?;
                let fired = timers.len();
                let mut rows = Vec::with_capacity(fired);
                for (timer, id) in timers.into_iter().zip(ids) {
                    rows.push(NewInbox {
                        id,
                        lane: timer.lane,
                        dedupe_key: format!("timer:{}", timer.id),
                        source: Source::Timer,
                        account: AccountId::from(""),
                        payload: timer.payload,
                        body: None,
                        received_at: now,
                        state: InboxState::Pending,
                        position: None,
                    });
                }
                tx.insert_inbox(rows).await?;
                Ok(fired + expired)
            })
        })
        .await
}

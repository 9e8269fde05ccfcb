//! Alarms: said once in the alerts room when something breaks, and once when it is
//! well again.

use jiff::Timestamp;

use crate::domain::ids::RowId;
use crate::domain::saying::Saying;
use crate::store::{Lane, LaneKind, NewOutbox, StoreError, Tx};

use super::task::Task;

/// Raises the alarm `key`, unless it is raised already.
///
/// # Errors
/// The database's.
pub async fn raise(tx: &mut Tx, key: &str, says: Saying, now: Timestamp) -> Result<(), StoreError> {
    if !tx.raise_alarm(key, &says, now).await? {
        return Ok(());
    }
    tracing::warn!(alarm = key, "alarm raised");
    say(tx, key, "raised", says, now).await
}

/// Clears the alarm `key`; says so if it was raised.
///
/// # Errors
/// The database's.
pub async fn clear(tx: &mut Tx, key: &str, says: Saying, now: Timestamp) -> Result<(), StoreError> {
    if !tx.clear_alarm(key, now).await? {
        return Ok(());
    }
    tracing::info!(alarm = key, "alarm cleared");
    say(tx, key, "cleared", says, now).await
}

/// Puts a line into the alerts room's lane.
async fn say(
    tx: &mut Tx,
    key: &str,
    change: &str,
    says: Saying,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = RowId::from(format!("alarm_{key}_{change}_{}", now.as_millisecond()));
    let row = NewOutbox {
        id,
        lane: Lane::desk(LaneKind::Matrix),
        payload: Task::Alert(says).encode()?,
        due: now,
        message: None,
    };
    tx.insert_outbox(vec![row], now).await
}

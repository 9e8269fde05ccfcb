//! Alarms: raised once per change of state, whatever happens how often.

use jiff::Timestamp;

use super::error::StoreError;
use super::tx::Tx;
use super::value::{json, statements, values};
use crate::domain::saying::Saying;

statements! {
    /// Raises an alarm unless it is raised.
    RAISE = "
        INSERT INTO alarm (key, raised_at, cleared_at, says)
        VALUES ($1, $2, 9223372036854775807, $3)
        ON CONFLICT (key) DO UPDATE SET raised_at = excluded.raised_at,
            cleared_at = excluded.cleared_at, says = excluded.says
        WHERE alarm.cleared_at < 9223372036854775807";
    /// Clears an alarm that is raised.
    CLEAR = "
        UPDATE alarm SET cleared_at = $2
        WHERE key = $1 AND cleared_at = 9223372036854775807";
    /// Alarms that are raised. The table holds one row for every kind of trouble
    /// ever had, no more.
    OPEN = "
        SELECT key, raised_at, says FROM alarm
        WHERE cleared_at = 9223372036854775807 ORDER BY raised_at, key";
}

/// An alarm that is raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// What it is about (`channel:wa`).
    pub key: String,
    /// Since when.
    pub raised_at: Timestamp,
    /// In words.
    pub says: Saying,
}

impl Tx {
    /// Raises an alarm; whether it is new, so that it is told once.
    pub async fn raise_alarm(
        &mut self,
        key: &str,
        says: &Saying,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.touch(RAISE, values![key, now, json(says)?]).await
    }

    /// The trouble is over; whether there was an alarm.
    pub async fn clear_alarm(&mut self, key: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.touch(CLEAR, values![key, now]).await
    }

    /// The alarms that are raised, oldest first.
    pub async fn open_alarms(&mut self) -> Result<Vec<AlarmRow>, StoreError> {
        let rows = self.rows(OPEN, values![]).await?;
        rows.iter()
            .map(|row| {
                Ok(AlarmRow {
                    key: row.text("key")?,
                    raised_at: row.time("raised_at")?,
                    says: row.json("says")?,
                })
            })
            .collect()
    }
}

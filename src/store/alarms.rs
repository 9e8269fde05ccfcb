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
}

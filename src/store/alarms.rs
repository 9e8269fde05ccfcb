//! Alarms: raised once per change of state, whatever happens how often.

use jiff::{SignedDuration, Timestamp};

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
    /// Notes trouble that is over and that each process sees for itself, unless another
    /// has told of the same already.
    PASS = "
        INSERT INTO alarm (key, raised_at, cleared_at, says)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (key) DO UPDATE SET raised_at = excluded.raised_at,
            cleared_at = excluded.cleared_at, says = excluded.says
        WHERE alarm.cleared_at < $5";
    /// Trouble that goes on is seen.
    SEE = "
        UPDATE alarm SET raised_at = $2
        WHERE key = $1 AND cleared_at = 9223372036854775807 AND raised_at < $2";
    /// Clears an alarm that is raised, unless it was seen since.
    CLEAR_UNSEEN = "
        UPDATE alarm SET cleared_at = $2
        WHERE key = $1 AND cleared_at = 9223372036854775807 AND raised_at < $3";
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

    /// Trouble that lasted from `since` until now is over; whether it is to be told. What
    /// others told of that ended later than `gap` before `since` was the same.
    pub async fn pass_alarm(
        &mut self,
        key: &str,
        says: &Saying,
        since: Timestamp,
        now: Timestamp,
        gap: SignedDuration,
    ) -> Result<bool, StoreError> {
        let values = values![key, since, now, json(says)?, since - gap];
        self.touch(PASS, values).await
    }

    /// Trouble that is raised was seen again.
    pub async fn see_alarm(&mut self, key: &str, now: Timestamp) -> Result<(), StoreError> {
        self.touch(SEE, values![key, now]).await.map(|_seen| ())
    }

    /// The trouble is over, if nobody has seen it for `gap`; whether there was an alarm.
    pub async fn clear_unseen_alarm(
        &mut self,
        key: &str,
        now: Timestamp,
        gap: SignedDuration,
    ) -> Result<bool, StoreError> {
        self.touch(CLEAR_UNSEEN, values![key, now, now - gap]).await
    }

    /// The trouble is over; whether there was an alarm.
    pub async fn clear_alarm(&mut self, key: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.touch(CLEAR, values![key, now]).await
    }
}

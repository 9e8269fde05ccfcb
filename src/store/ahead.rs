//! What lies ahead of the runners, who look whenever a lane is woken or let go.

use jiff::Timestamp;

use super::error::StoreError;
use super::lane::LaneKind;
use super::tx::Tx;
use super::value::{statements, values};

statements! {
    /// When the next lane `in` is due that is nobody's, when the next timer is, and
    /// whether rows have waited in vain.
    AHEAD_OF_INBOX = "
        SELECT
            COALESCE((SELECT due_at FROM lane
                WHERE kind = $1 AND due_at < 9223372036854775807 AND lease_until <= $2
                ORDER BY due_at LIMIT 1), 9223372036854775807) AS lane_due_at,
            COALESCE((SELECT due_at FROM timer WHERE due_at < 9223372036854775807
                ORDER BY due_at LIMIT 1), 9223372036854775807) AS timer_due_at,
            EXISTS (SELECT 1 FROM inbox WHERE due_at <= $2 AND state = 3) AS expired";
}

/// What lies ahead of lanes of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ahead {
    /// When the next lane is due that nobody works on; `None` = when woken.
    pub lane: Option<Timestamp>,
    /// When the next timer is due; only the lane `in` has some.
    pub timer: Option<Timestamp>,
    /// Whether rows have waited in vain; only those of the lane `in` do.
    pub expired: bool,
}

impl Ahead {
    /// Whether something must be put into the lanes first.
    pub fn fires(self, now: Timestamp) -> bool {
        self.expired || self.timer.is_some_and(|due| due <= now)
    }
}

impl Tx {
    /// What lies ahead of lanes of a kind.
    pub async fn look_ahead(
        &mut self,
        kind: LaneKind,
        now: Timestamp,
    ) -> Result<Ahead, StoreError> {
        if kind != LaneKind::In {
            return Ok(Ahead {
                lane: self.next_due(kind, now).await?,
                ..Ahead::default()
            });
        }
        let row = self.row(AHEAD_OF_INBOX, values![kind.name(), now]).await?;
        let row = row.ok_or(StoreError::Missing { what: "ahead" })?;
        Ok(Ahead {
            lane: row.time_or_none("lane_due_at")?,
            timer: row.time_or_none("timer_due_at")?,
            expired: row.flag("expired")?,
        })
    }
}

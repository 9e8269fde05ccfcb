//! Rows of the inbox that wait for something which is not known yet: a status before
//! its message, an edit before its line.

use jiff::Timestamp;

use super::error::StoreError;
use super::lane::Lane;
use super::tx::Tx;
use super::value::{statements, values};
use crate::domain::ids::RowId;

statements! {
    /// Lets a pending row wait for something that is not known yet.
    WAIT = "
        UPDATE inbox SET state = 3, waiting_for = $2, due_at = $3
        WHERE id = $1 AND state = 0";
    /// Rows that wait for something are pending again, in the lane that knows it.
    RELEASE_WAITING = "
        UPDATE inbox SET state = 0, waiting_for = '', lane = $2, due_at = $3
        WHERE waiting_for = $1 AND state = 3";
    /// Rows that have waited in vain are pending again.
    EXPIRE_WAITING = "
        UPDATE inbox SET state = 0, waiting_for = '', waited = $2
        WHERE due_at <= $1 AND state = 3
        RETURNING lane, due_at";
    /// Whether rows have waited in vain.
    HAS_EXPIRED = "SELECT id FROM inbox WHERE due_at <= $1 AND state = 3 LIMIT 1";
}

impl Tx {
    /// The row leaves its lane until `key` is known, at most until `until`.
    pub async fn inbox_wait_for(
        &mut self,
        row: &RowId,
        key: &str,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.touch_pending(WAIT, values![row, key, until]).await
    }

    /// `key` is known now, in `lane`: rows that wait for it go there. How many.
    pub async fn release_waiting(
        &mut self,
        key: &str,
        lane: &Lane,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let released = self
            .execute(RELEASE_WAITING, values![key, lane, now])
            .await?;
        if released > 0 {
            self.wake(lane, now);
        }
        Ok(released)
    }

    /// Rows whose waiting time is over go back to their lanes with
    /// [`InboxRow::waited`](super::InboxRow::waited) set. How many.
    pub async fn expire_waiting(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let rows = self.rows(EXPIRE_WAITING, values![now, true]).await?;
        for row in &rows {
            self.wake(&row.lane("lane")?, row.time("due_at")?);
        }
        Ok(rows.len())
    }

    /// Whether there are rows whose waiting time is over.
    pub async fn has_expired_waiting(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.row(HAS_EXPIRED, values![now]).await?.is_some())
    }
}

//! Echoes: what the homeserver has of our own events tells what became of sends
//! whose answers were lost.

use jiff::Timestamp;

use super::error::StoreError;
use super::tx::Tx;
use super::value::{statements, values};
use crate::domain::ids::{EventId, RowId};

statements! {
    /// Whether a row waits that was begun before a time and of which nobody knows.
    UNCERTAIN = "
        SELECT id FROM outbox
        WHERE id = $1 AND state = 0 AND begun_at < $2 AND event_id = ''";
    /// The homeserver has what the row was to write.
    CONFIRM = "UPDATE outbox SET event_id = $2 WHERE id = $1 AND state = 0 AND event_id = ''";
}

impl Tx {
    /// Whether the row was begun before `before` and nobody knows what came of it.
    pub async fn is_uncertain(
        &mut self,
        row: &RowId,
        before: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.row(UNCERTAIN, values![row, before]).await?.is_some())
    }

    /// The homeserver has what the row was to write: it is not written again.
    pub async fn confirm_send(&mut self, row: &RowId, event: &EventId) -> Result<(), StoreError> {
        self.execute(CONFIRM, values![row, event]).await?;
        Ok(())
    }
}

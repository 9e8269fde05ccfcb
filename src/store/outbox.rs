//! The outbox: what is to be written into Matrix or sent to a customer, in order,
//! each exactly once.

use jiff::Timestamp;

use super::error::StoreError;
use super::lane::Lane;
use super::tx::Tx;
use super::value::{Row, statements, values};
use crate::domain::ids::{EventId, MessageId, RowId};

statements! {
    /// Notes when a row was begun for the first time.
    BEGUN = "
        UPDATE outbox SET begun_at = $2
        WHERE id = $1 AND begun_at = 9223372036854775807";
    /// Makes what waits in a lane due.
    HURRY_LANE = "UPDATE outbox SET due_at = $2 WHERE lane = $1 AND state = 0 AND due_at > $2";
    /// The lane's next row.
    HEAD = "
        SELECT id, lane, position, payload, due_at, created_at, begun_at, tries, error,
            message_id, event_id
        FROM outbox WHERE lane = $1 AND state = 0 ORDER BY position, id LIMIT 1";
    /// A row by its id.
    FIND = "
        SELECT id, lane, position, payload, due_at, created_at, begun_at, tries, error,
            message_id, event_id
        FROM outbox WHERE id = $1";
    /// Changes the state of a pending row: 1 done, 2 dead.
    END = "UPDATE outbox SET state = $2, error = $3 WHERE id = $1 AND state = 0";
    /// Keeps a pending row for another try.
    RETRY = "
        UPDATE outbox SET tries = tries + 1, error = $2, due_at = $3
        WHERE id = $1 AND state = 0";
    /// Lets a pending row wait without counting a try.
    POSTPONE = "UPDATE outbox SET due_at = $2 WHERE id = $1 AND state = 0";
    /// The same for the row of a message that has not been started.
    POSTPONE_MESSAGE = "
        UPDATE outbox SET due_at = $2 WHERE message_id = $1 AND message_id <> '' AND state = 0
            AND EXISTS (SELECT 1 FROM message
                        WHERE message.id = $1 AND message.state IN ('held', 'queued'))
        RETURNING lane";
    /// Makes the row of a message due, started or not.
    HURRY_MESSAGE = "
        UPDATE outbox SET due_at = $2
        WHERE message_id = $1 AND message_id <> '' AND state = 0 AND due_at > $2
        RETURNING lane";
    /// Cancels the row of a message that has not been started.
    CANCEL_MESSAGE = "
        UPDATE outbox SET state = 3 WHERE message_id = $1 AND message_id <> '' AND state = 0
            AND EXISTS (SELECT 1 FROM message
                        WHERE message.id = $1 AND message.state IN ('held', 'queued'))
        RETURNING lane";
    /// Whether a message waits in a lane, started or not.
    PENDING_OF_MESSAGE = "
        SELECT id FROM outbox WHERE message_id = $1 AND message_id <> '' AND state = 0 LIMIT 1";
    /// Makes a dead row pending again.
    REPLAY = "
        UPDATE outbox SET state = 0, tries = 0, error = '', due_at = $2
        WHERE id = $1 AND state = 2
        RETURNING lane";
}

/// A row to be stored.
#[derive(Clone)]
pub struct NewOutbox {
    /// Its id: the same at every replay of what brings it about.
    pub id: RowId,
    /// The lane that works on it.
    pub lane: Lane,
    /// What is to be done, as JSON.
    pub payload: String,
    /// Not before.
    pub due: Timestamp,
    /// The message that it sends; such a row can be cancelled.
    pub message: Option<MessageId>,
}

impl std::fmt::Debug for NewOutbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewOutbox({}, {})", self.id, self.lane)
    }
}

/// A stored row.
#[derive(Clone)]
pub struct OutboxRow {
    /// Its id.
    pub id: RowId,
    /// Its lane.
    pub lane: Lane,
    /// Its place in the lane.
    pub position: i64,
    /// What is to be done, as JSON.
    pub payload: String,
    /// When it is due.
    pub due_at: Timestamp,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was begun for the first time; `None` = never, as this row was read.
    pub begun_at: Option<Timestamp>,
    /// How often it was tried in vain.
    pub tries: i64,
    /// Why the last try failed; empty before.
    pub error: String,
    /// The message that it sends.
    pub message: Option<MessageId>,
    /// The event it has written, if the homeserver told so before its answer did.
    pub event: Option<EventId>,
}

impl std::fmt::Debug for OutboxRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OutboxRow({}, {})", self.id, self.lane)
    }
}

impl OutboxRow {
    /// Reads a row.
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            lane: row.lane("lane")?,
            position: row.int("position")?,
            payload: row.text("payload")?,
            due_at: row.time("due_at")?,
            created_at: row.time("created_at")?,
            begun_at: row.time_or_none("begun_at")?,
            tries: row.int("tries")?,
            error: row.text("error")?,
            message: row.id_or_none("message_id")?,
            event: row.id_or_none("event_id")?,
        })
    }
}

impl Tx {
    /// Stores rows in this order, after everything so far, and wakes their lanes.
    /// Rows whose ids are known stay as they are; how many were not.
    pub async fn insert_outbox(
        &mut self,
        rows: Vec<NewOutbox>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut inserted = 0;
        let positions = self.next_positions(rows.len()).await?;
        let insert = self.dialect().insert_outbox;
        for (row, position) in rows.into_iter().zip(positions) {
            let values = values![
                &row.id,
                &row.lane,
                position,
                row.payload,
                row.due,
                now,
                &row.message,
            ];
            if self.touch(insert, values).await? {
                inserted += 1;
                self.wake(&row.lane, row.due);
            }
        }
        Ok(inserted)
    }

    /// The lane's next row, if it is due.
    pub async fn outbox_head(
        &mut self,
        lane: &Lane,
        now: Timestamp,
    ) -> Result<Option<OutboxRow>, StoreError> {
        let row = self.row(HEAD, values![lane]).await?;
        let row = row.map(|row| OutboxRow::read(&row)).transpose()?;
        Ok(row.filter(|row| row.due_at <= now))
    }

    /// A row by its id.
    pub async fn find_outbox(&mut self, row: &RowId) -> Result<Option<OutboxRow>, StoreError> {
        let row = self.row(FIND, values![row]).await?;
        row.map(|row| OutboxRow::read(&row)).transpose()
    }

    /// The row has been carried out. [`StoreError::Stale`] if it no longer waits for
    /// that (it was cancelled).
    pub async fn outbox_done(&mut self, row: &RowId) -> Result<(), StoreError> {
        self.touch_pending(END, values![row, 1, ""]).await
    }

    /// The row failed for good; `error` holds nothing personal.
    pub async fn outbox_dead(&mut self, row: &RowId, error: &str) -> Result<(), StoreError> {
        self.touch_pending(END, values![row, 2, error]).await
    }

    /// The row failed and is tried again at `due`; the lane waits for it. `error`
    /// holds nothing personal.
    pub async fn outbox_retry(
        &mut self,
        row: &RowId,
        error: &str,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        self.touch_pending(RETRY, values![row, error, due]).await
    }

    /// The row is due at `due`; no try is counted.
    pub async fn outbox_postpone(&mut self, row: &RowId, due: Timestamp) -> Result<(), StoreError> {
        self.touch_pending(POSTPONE, values![row, due]).await
    }

    /// The message that waits in a lane is due at `due` (its undo window starts
    /// again); `false` if it does not wait, or has been started.
    pub async fn postpone_message(
        &mut self,
        message: &MessageId,
        due: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = self.row(POSTPONE_MESSAGE, values![message, due]).await?;
        self.rewake_of(row).await
    }

    /// The message that waits in a lane is due at once, started or not: what it
    /// waited for is known. `false` if it does not wait.
    pub async fn hurry_message(
        &mut self,
        message: &MessageId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = self.row(HURRY_MESSAGE, values![message, now]).await?;
        self.rewake_of(row).await
    }

    /// Whether the message waits in a lane, started or not.
    pub async fn has_pending_send(&mut self, message: &MessageId) -> Result<bool, StoreError> {
        let row = self.row(PENDING_OF_MESSAGE, values![message]).await?;
        Ok(row.is_some())
    }

    /// Takes the message that waits in a lane out of it; `false` if none waits, or it
    /// has been started. The message's own state is the caller's to change.
    pub async fn cancel_of_message(&mut self, message: &MessageId) -> Result<bool, StoreError> {
        let row = self.row(CANCEL_MESSAGE, values![message]).await?;
        self.rewake_of(row).await
    }

    /// Makes a dead row pending again; `false` if it is not dead.
    pub async fn replay_outbox(&mut self, row: &RowId, now: Timestamp) -> Result<bool, StoreError> {
        let row = self.row(REPLAY, values![row, now]).await?;
        self.rewake_of(row).await
    }

    /// Wakes the lane that a statement named for when its next row is due, which may
    /// have come nearer; whether there was a lane.
    async fn rewake_of(&mut self, row: Option<Row>) -> Result<bool, StoreError> {
        let Some(row) = row else {
            return Ok(false);
        };
        let lane = row.lane("lane")?;
        if let Some(due) = self.head_due(&lane).await? {
            self.wake(&lane, due);
        }
        Ok(true)
    }

    /// Forgets up to `limit` rows that no lane works on any more and that were stored before `before`; how many.
    pub async fn delete_old_outbox(
        &mut self,
        before: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        self.execute(self.dialect().delete_old_outbox, values![before, limit])
            .await
    }

    /// The row is begun: what it asks for may have been done, whatever comes after.
    pub async fn outbox_begun(&mut self, row: &RowId, now: Timestamp) -> Result<(), StoreError> {
        self.execute(BEGUN, values![row, now]).await?;
        Ok(())
    }

    /// What waits in a lane is due at once: what it waited for is there.
    pub async fn hurry_lane(&mut self, lane: &Lane, now: Timestamp) -> Result<(), StoreError> {
        self.execute(HURRY_LANE, values![lane, now]).await?;
        self.wake(lane, now);
        Ok(())
    }
}

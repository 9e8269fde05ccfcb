//! What happened to rows, for `!trace`: a few rows by index look-ups, nothing of what
//! they carry.

use jiff::Timestamp;

use super::error::StoreError;
use super::lane::Lane;
use super::tx::Tx;
use super::value::{Row, statements, values};
use crate::domain::ids::{ConversationId, MessageId, RowId};

statements! {
    /// The outbox rows of a message.
    OF_MESSAGE = "
        SELECT id, lane, created_at, begun_at, due_at, state, tries, error
        FROM outbox WHERE message_id = $1 AND message_id <> ''";
    /// One outbox row.
    ROW = "
        SELECT id, lane, created_at, begun_at, due_at, state, tries, error
        FROM outbox WHERE id = $1";
    /// The newest messages of a conversation, newest first.
    NEWEST = "
        SELECT id FROM message WHERE conversation_id = $1 ORDER BY seq DESC LIMIT $2";
    /// What waits in a lane's inbox.
    WAITING_INBOX = "
        SELECT COUNT(*) AS n, COALESCE(MIN(received_at), 9223372036854775807) AS oldest
        FROM inbox WHERE lane = $1 AND state = 0";
    /// What waits in a lane's outbox.
    WAITING_OUTBOX = "
        SELECT COUNT(*) AS n, COALESCE(MIN(created_at), 9223372036854775807) AS oldest
        FROM outbox WHERE lane = $1 AND state = 0";
}

/// Where an outbox row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// It waits for its turn.
    Pending,
    /// It was carried out.
    Done,
    /// It failed too often.
    Dead,
    /// It was taken back.
    Cancelled,
}

/// What happened to an outbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceRow {
    /// Its id.
    pub id: RowId,
    /// Its lane.
    pub lane: Lane,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was first begun; `None` if the lane notes no such time, or it was not.
    pub begun_at: Option<Timestamp>,
    /// When it is due.
    pub due_at: Timestamp,
    /// Where it stands.
    pub state: OutboxState,
    /// How often it was tried in vain.
    pub tries: i64,
    /// Why the last try failed; empty before. Nothing personal.
    pub error: String,
}

/// What waits in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How many rows.
    pub rows: i64,
    /// Since when the oldest.
    pub oldest: Option<Timestamp>,
}

impl TraceRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        let state = match row.int("state")? {
            0 => OutboxState::Pending,
            1 => OutboxState::Done,
            2 => OutboxState::Dead,
            3 => OutboxState::Cancelled,
            _ => return Err(StoreError::corrupt("outbox.state")),
        };
        Ok(Self {
            id: row.id("id")?,
            lane: row.lane("lane")?,
            created_at: row.time("created_at")?,
            begun_at: row.time_or_none("begun_at")?,
            due_at: row.time("due_at")?,
            state,
            tries: row.int("tries")?,
            error: row.text("error")?,
        })
    }
}

impl Tx {
    /// What happened to the outbox rows of a message, oldest first.
    pub async fn trace_message(
        &mut self,
        message: &MessageId,
    ) -> Result<Vec<TraceRow>, StoreError> {
        let rows = self.rows(OF_MESSAGE, values![message]).await?;
        let mut rows: Vec<TraceRow> = rows.iter().map(TraceRow::read).collect::<Result<_, _>>()?;
        rows.sort_by_key(|row| row.created_at);
        Ok(rows)
    }

    /// What happened to one outbox row.
    pub async fn trace_outbox(&mut self, row: &RowId) -> Result<Option<TraceRow>, StoreError> {
        let row = self.row(ROW, values![row]).await?;
        row.map(|row| TraceRow::read(&row)).transpose()
    }

    /// The newest messages of a conversation, oldest first.
    pub async fn newest_messages(
        &mut self,
        conversation: &ConversationId,
        limit: i64,
    ) -> Result<Vec<MessageId>, StoreError> {
        let rows = self.rows(NEWEST, values![conversation, limit]).await?;
        rows.iter().rev().map(|row| row.id("id")).collect()
    }

    /// What waits in one lane.
    pub async fn waiting_in(&mut self, lane: &Lane) -> Result<Waiting, StoreError> {
        let sql = match lane.kind {
            super::LaneKind::In => WAITING_INBOX,
            _ => WAITING_OUTBOX,
        };
        let row = self.row(sql, values![lane]).await?;
        let row = row.ok_or(StoreError::Missing { what: "count" })?;
        Ok(Waiting {
            rows: row.int("n")?,
            oldest: row.time_or_none("oldest")?,
        })
    }
}

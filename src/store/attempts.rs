//! Attempts to send a part: written before the send, ended after it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::tx::Tx;
use super::value::{Row, statements, values, word};
use crate::domain::ids::{AttemptId, ConversationId, MessageId};

statements! {
    /// An attempt starts.
    START = "
        INSERT INTO attempt (id, conversation_id, message_id, n, started_at, ended_at, outcome,
            detail)
        VALUES ($1, $2, $3, $4, $5, 9223372036854775807, 'started', '')";
    /// An attempt ends.
    END = "
        UPDATE attempt SET ended_at = $2, outcome = $3, detail = $4
        WHERE id = $1 AND outcome = 'started'";
    /// An attempt by its id.
    FIND = "
        SELECT id, conversation_id, message_id, n, started_at, ended_at, outcome, detail
        FROM attempt WHERE id = $1";
    /// The attempts of a message, oldest first.
    LIST = "
        SELECT id, conversation_id, message_id, n, started_at, ended_at, outcome, detail
        FROM attempt WHERE message_id = $1 ORDER BY started_at, id";
    /// Attempts that have not ended.
    STARTED_BEFORE = "
        SELECT id, conversation_id, message_id, n, started_at, ended_at, outcome, detail
        FROM attempt WHERE outcome = 'started' AND started_at < $1
        ORDER BY started_at, id LIMIT $2";
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptOutcome {
    /// It has started and not ended: after a crash, nobody knows.
    Started,
    /// The provider has the part.
    Accepted,
    /// The provider does not have it; another attempt follows.
    Retry,
    /// The provider does not want it.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its id, which the provider gives back.
    pub id: AttemptId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// The part's number.
    pub n: i64,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; `None` if it has not.
    pub ended_at: Option<Timestamp>,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// For the log; holds nothing personal.
    pub detail: String,
}

impl AttemptRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            conversation: row.id("conversation_id")?,
            message: row.id("message_id")?,
            n: row.int("n")?,
            started_at: row.time("started_at")?,
            ended_at: row.time_or_none("ended_at")?,
            outcome: row.word("outcome")?,
            detail: row.text("detail")?,
        })
    }
}

impl Tx {
    /// An attempt starts: committed before the first byte is sent. The part's state
    /// is the caller's to move.
    pub async fn start_attempt(
        &mut self,
        id: &AttemptId,
        conversation: &ConversationId,
        message: &MessageId,
        n: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(START, values![id, conversation, message, n, now])
            .await?;
        Ok(())
    }

    /// An attempt ends; `false` if it had ended before. `detail` holds nothing
    /// personal.
    pub async fn end_attempt(
        &mut self,
        id: &AttemptId,
        outcome: AttemptOutcome,
        detail: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.touch(END, values![id, now, word(&outcome)?, detail])
            .await
    }

    /// An attempt by its id.
    pub async fn find_attempt(&mut self, id: &AttemptId) -> Result<Option<AttemptRow>, StoreError> {
        let row = self.row(FIND, values![id]).await?;
        row.map(|row| AttemptRow::read(&row)).transpose()
    }

    /// The attempts of a message, oldest first.
    pub async fn list_attempts(
        &mut self,
        message: &MessageId,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        let rows = self.rows(LIST, values![message]).await?;
        rows.iter().map(AttemptRow::read).collect()
    }

    /// Up to `limit` attempts that started before `before` and have not ended: at the
    /// start of the process, those that a crash left behind.
    pub async fn attempts_started_before(
        &mut self,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        let rows = self.rows(STARTED_BEFORE, values![before, limit]).await?;
        rows.iter().map(AttemptRow::read).collect()
    }
}

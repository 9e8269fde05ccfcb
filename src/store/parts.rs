//! Parts of messages: what is sent in one piece and has one id at the provider.
//!
//! A customer's message has one part too, in the state `read`, so that the
//! provider's id leads to the message whichever way it went.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::tx::Tx;
use super::value::{Row, json_or_empty, statements, values, word};
use crate::domain::delivery::Receipt;
use crate::domain::ids::{EventId, MessageId, ProviderId};
use crate::domain::message::LineState;
use crate::domain::saying::Saying;

statements! {
    /// Stores a part unless it is known.
    INSERT = "
        INSERT INTO part (message_id, n, body, provider_id, event_id, state, error)
        VALUES ($1, $2, $3, $4, $5, $6, '')
        ON CONFLICT (message_id, n) DO NOTHING";
    /// The parts of a message.
    LIST = "
        SELECT message_id, n, body, provider_id, event_id, state, error
        FROM part WHERE message_id = $1 ORDER BY n";
    /// A part by its number.
    FIND = "
        SELECT message_id, n, body, provider_id, event_id, state, error
        FROM part WHERE message_id = $1 AND n = $2";
    /// A part by the provider's id.
    FIND_BY_PROVIDER = "
        SELECT message_id, n, body, provider_id, event_id, state, error
        FROM part WHERE provider_id = $1 AND provider_id <> '' LIMIT 1";
    /// Moves a part that is still where it was seen.
    MOVE = "
        UPDATE part SET state = $4, error = $5
        WHERE message_id = $1 AND n = $2 AND state = $3";
    /// The provider's id of a part.
    SET_PROVIDER = "UPDATE part SET provider_id = $3 WHERE message_id = $1 AND n = $2";
    /// All parts are to be sent again.
    RESET_ALL = "
        UPDATE part SET state = 'pending', error = '', provider_id = '' WHERE message_id = $1";
    /// Parts that did not arrive for certain are to be sent again.
    RESET_FAILED = "
        UPDATE part SET state = 'pending', error = '', provider_id = ''
        WHERE message_id = $1 AND state IN ('failed', 'unknown')";
    /// Forgets the parts of a message that has not been started.
    DELETE = "DELETE FROM part WHERE message_id = $1";
}

/// Where a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartState {
    /// It waits to be sent.
    Pending,
    /// An attempt has started.
    Started,
    /// The provider has it.
    Accepted,
    /// The customer's device has it.
    Delivered,
    /// The customer has read it.
    Read,
    /// It was not sent, for certain.
    Failed,
    /// It may have been sent.
    Unknown,
}

impl From<Receipt> for PartState {
    fn from(receipt: Receipt) -> Self {
        match receipt {
            Receipt::Accepted => Self::Accepted,
            Receipt::Delivered => Self::Delivered,
            Receipt::Read => Self::Read,
        }
    }
}

impl PartState {
    /// Whether the provider has it.
    pub fn went(self) -> bool {
        matches!(self, Self::Accepted | Self::Delivered | Self::Read)
    }

    /// Whether a part may go from here to `to`: forward only. `Failed` is final
    /// unless the customer has it after all; a certain retry goes back to `Pending`.
    pub fn may_become(self, to: Self) -> bool {
        match to {
            Self::Pending | Self::Unknown => self == Self::Started,
            Self::Started => self == Self::Pending,
            Self::Accepted => matches!(self, Self::Pending | Self::Started | Self::Unknown),
            Self::Delivered => !matches!(self, Self::Delivered | Self::Read),
            Self::Read => self != Self::Read,
            Self::Failed => !matches!(self, Self::Delivered | Self::Read | Self::Failed),
        }
    }
}

/// Where a message stands whose parts stand here: the least of them. `None` while
/// none has been started.
pub fn line_state(parts: &[PartState]) -> Option<LineState> {
    let has = |state: PartState| parts.contains(&state);
    if has(PartState::Failed) {
        return Some(LineState::Failed);
    }
    if has(PartState::Unknown) {
        return Some(LineState::Unknown);
    }
    match parts.iter().min()? {
        PartState::Pending if parts.iter().all(|state| *state == PartState::Pending) => None,
        PartState::Pending | PartState::Started => Some(LineState::Started),
        PartState::Accepted => Some(LineState::Accepted),
        PartState::Delivered => Some(LineState::Delivered),
        PartState::Read => Some(LineState::Read),
        PartState::Failed => Some(LineState::Failed),
        PartState::Unknown => Some(LineState::Unknown),
    }
}

/// A part.
#[derive(Clone, PartialEq, Eq)]
pub struct PartRow {
    /// Its message.
    pub message: MessageId,
    /// Its number in the message, from 0.
    pub n: i64,
    /// What is sent.
    pub body: String,
    /// The provider's id, once it is known.
    pub provider: Option<ProviderId>,
    /// The event that shows it, if it has one of its own.
    pub event: Option<EventId>,
    /// Where it stands.
    pub state: PartState,
    /// Why it was not sent.
    pub error: Option<Saying>,
}

impl std::fmt::Debug for PartRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PartRow({}, {}, {:?})", self.message, self.n, self.state)
    }
}

impl PartRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            message: row.id("message_id")?,
            n: row.int("n")?,
            body: row.text("body")?,
            provider: row.id_or_none("provider_id")?,
            event: row.id_or_none("event_id")?,
            state: row.word("state")?,
            error: row.json_or_none("error")?,
        })
    }
}

/// A part that has moved, and what that makes of its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartMove {
    /// The message.
    pub message: MessageId,
    /// The part's number.
    pub n: i64,
    /// Where the part was.
    pub from: PartState,
    /// Where the part is.
    pub to: PartState,
    /// Where the message was.
    pub line_before: Option<LineState>,
    /// Where the message is: the least of its parts.
    pub line: Option<LineState>,
}

impl Tx {
    /// Stores a part; one that is known stays as it is.
    pub async fn insert_part(&mut self, part: &PartRow) -> Result<(), StoreError> {
        let values = values![
            &part.message,
            part.n,
            part.body.as_str(),
            &part.provider,
            &part.event,
            word(&part.state)?,
        ];
        self.execute(INSERT, values).await?;
        Ok(())
    }

    /// The parts of a message, in order.
    pub async fn list_parts(&mut self, message: &MessageId) -> Result<Vec<PartRow>, StoreError> {
        let rows = self.rows(LIST, values![message]).await?;
        rows.iter().map(PartRow::read).collect()
    }

    /// A part by its number.
    pub async fn find_part(
        &mut self,
        message: &MessageId,
        n: i64,
    ) -> Result<Option<PartRow>, StoreError> {
        let row = self.row(FIND, values![message, n]).await?;
        row.map(|row| PartRow::read(&row)).transpose()
    }

    /// A part by the provider's id of it.
    pub async fn find_part_by_provider(
        &mut self,
        provider: &ProviderId,
    ) -> Result<Option<PartRow>, StoreError> {
        let row = self.row(FIND_BY_PROVIDER, values![provider]).await?;
        row.map(|row| PartRow::read(&row)).transpose()
    }

    /// Moves a part, and its message to the least of its parts. `None` if the part
    /// may not go there from where it is (the ladder only moves forward), or does not
    /// exist.
    pub async fn move_part(
        &mut self,
        message: &MessageId,
        n: i64,
        to: PartState,
        error: Option<&Saying>,
    ) -> Result<Option<PartMove>, StoreError> {
        let mut parts = self.list_parts(message).await?;
        let Some(part) = parts.iter_mut().find(|part| part.n == n) else {
            return Ok(None);
        };
        let from = part.state;
        if !from.may_become(to) {
            return Ok(None);
        }
        part.state = to;
        let values = values![message, n, word(&from)?, word(&to)?, json_or_empty(error)?];
        self.touch_pending(MOVE, values).await?;
        let line_before = self.get_message(message).await?.state;
        let states: Vec<PartState> = parts.iter().map(|part| part.state).collect();
        let line = line_state(&states).or(line_before);
        if let Some(line) = line.filter(|line| Some(*line) != line_before) {
            self.set_message_state(message, line).await?;
        }
        Ok(Some(PartMove {
            message: message.clone(),
            n,
            from,
            to,
            line_before,
            line,
        }))
    }

    /// The provider's id of a part.
    pub async fn set_part_provider(
        &mut self,
        message: &MessageId,
        n: i64,
        provider: &ProviderId,
    ) -> Result<(), StoreError> {
        self.execute(SET_PROVIDER, values![message, n, provider])
            .await?;
        Ok(())
    }

    /// All parts of a message are to be sent again.
    pub async fn reset_parts(&mut self, message: &MessageId) -> Result<(), StoreError> {
        self.execute(RESET_ALL, values![message]).await?;
        Ok(())
    }

    /// The parts of a message that failed, or may have, are to be sent again; how
    /// many.
    pub async fn reset_failed_parts(&mut self, message: &MessageId) -> Result<u64, StoreError> {
        self.execute(RESET_FAILED, values![message]).await
    }

    /// Forgets the parts of a message whose text has changed before it was started.
    pub async fn delete_parts(&mut self, message: &MessageId) -> Result<(), StoreError> {
        self.execute(DELETE, values![message]).await?;
        Ok(())
    }
}

//! Messages of customers and to them, numbered within their conversation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conversations::number_or_none;
use super::error::StoreError;
use super::tx::Tx;
use super::value::{Row, json, json_or_empty, statements, values, word};
use crate::domain::conversation::Before;
use crate::domain::ids::{ConversationId, EventId, MessageId, ProviderId, UserId};
use crate::domain::message::{Hold, LineState, OpenLine, OpenState};
use crate::domain::rich::Rich;

statements! {
    /// Stores a message.
    INSERT = "
        INSERT INTO message (id, conversation_id, seq, direction, author, state, text, kind,
            event_id, reply_to, hold, hold_until, due_at, took_from, received_at, created_at,
            case_number)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    /// A message by its id.
    FIND = "
        SELECT id, conversation_id, seq, direction, author, state, text, kind, event_id, reply_to,
            hold, hold_until, due_at, took_from, received_at, created_at, case_number
        FROM message WHERE id = $1";
    /// The newest message that an event is the line of.
    FIND_BY_EVENT = "
        SELECT id, conversation_id, seq, direction, author, state, text, kind, event_id, reply_to,
            hold, hold_until, due_at, took_from, received_at, created_at, case_number
        FROM message WHERE event_id = $1 AND event_id <> '' ORDER BY seq DESC LIMIT 1";
    /// The newest message of a conversation in one direction.
    LAST = "
        SELECT id, conversation_id, seq, direction, author, state, text, kind, event_id, reply_to,
            hold, hold_until, due_at, took_from, received_at, created_at, case_number
        FROM message WHERE conversation_id = $1 AND direction = $2
        ORDER BY seq DESC LIMIT 1";
    /// The lines of a conversation that have not been given to the provider.
    OPEN = "
        SELECT id, conversation_id, seq, direction, author, state, text, kind, event_id, reply_to,
            hold, hold_until, due_at, took_from, received_at, created_at, case_number
        FROM message WHERE conversation_id = $1 AND state IN ('held', 'queued') ORDER BY seq";
    /// Moves a message.
    SET_STATE = "UPDATE message SET state = $2 WHERE id = $1";
    /// Moves a message that is still where it was seen.
    MOVE_STATE = "UPDATE message SET state = $3 WHERE id = $1 AND state = $2";
    /// Holds a message.
    HOLD = "
        UPDATE message SET state = 'held', hold = $2, hold_until = $3,
            due_at = 9223372036854775807
        WHERE id = $1";
    /// Puts a message into its lane's queue.
    QUEUE = "
        UPDATE message SET state = 'queued', hold = '', hold_until = 9223372036854775807,
            due_at = $2
        WHERE id = $1";
    /// Changes what a message says.
    SET_TEXT = "UPDATE message SET text = $2 WHERE id = $1";
    /// Forgets what a message said.
    ERASE = "UPDATE message SET text = $2, kind = 'deleted' WHERE id = $1";
    /// The event that is a message's line in the room.
    SET_EVENT = "UPDATE message SET event_id = $2 WHERE id = $1";
    /// Keeps what a line found when it took the conversation.
    SET_TOOK_FROM = "UPDATE message SET took_from = $2 WHERE id = $1";
}

/// The kind of a message that its writer has deleted.
pub const DELETED: &str = "deleted";

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the customer.
    In,
    /// To the customer.
    Out,
}

/// A message.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its number in the conversation, drawn when it is stored: 0 before.
    pub seq: i64,
    /// Which way it goes.
    pub direction: Direction,
    /// Who wrote it: an agent's user id, `assistant`; empty for the customer.
    pub author: String,
    /// Where it stands; `None` for a customer's.
    pub state: Option<LineState>,
    /// What it says.
    pub text: Rich,
    /// What it is: `text`, the channel's name for it, or [`DELETED`].
    pub kind: String,
    /// The agent's event, or the one that shows the customer's line.
    pub event: Option<EventId>,
    /// The provider's message that it answers.
    pub reply_to: Option<ProviderId>,
    /// Why it is held.
    pub hold: Option<Hold>,
    /// When a held one is dropped; `None` = never.
    pub hold_until: Option<Timestamp>,
    /// The end of its undo window; `None` if it is not queued.
    pub due_at: Option<Timestamp>,
    /// What it found when it took the conversation.
    pub took_from: Option<Before>,
    /// When we received it.
    pub received_at: Timestamp,
    /// When it was stored.
    pub created_at: Timestamp,
    /// The case it belongs to.
    pub case: Option<i64>,
}

impl std::fmt::Debug for MessageRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MessageRow({}, {:?})", self.id, self.state)
    }
}

impl MessageRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            conversation: row.id("conversation_id")?,
            seq: row.int("seq")?,
            direction: row.word("direction")?,
            author: row.text("author")?,
            state: row.word_or_none("state")?,
            text: row.json("text")?,
            kind: row.text("kind")?,
            event: row.id_or_none("event_id")?,
            reply_to: row.id_or_none("reply_to")?,
            hold: row.word_or_none("hold")?,
            hold_until: row.time_or_none("hold_until")?,
            due_at: row.time_or_none("due_at")?,
            took_from: row.json_or_none("took_from")?,
            received_at: row.time("received_at")?,
            created_at: row.time("created_at")?,
            case: number_or_none(row.int("case_number")?),
        })
    }

    /// The line that `Conversation` knows.
    pub(super) fn into_open_line(self) -> Result<OpenLine, StoreError> {
        let state = match (self.state, self.hold, self.due_at) {
            (Some(LineState::Held), Some(hold), _) => OpenState::Held {
                hold,
                until: self.hold_until,
            },
            (Some(LineState::Queued), _, Some(due)) => OpenState::Queued { due },
            _ => return Err(StoreError::corrupt("message.state")),
        };
        Ok(OpenLine {
            message: self.id,
            event: self.event.unwrap_or_else(|| EventId::from("")),
            writer: UserId::from(self.author),
            text: self.text,
            state,
            received_at: self.received_at,
            took_from: self.took_from,
        })
    }
}

impl Tx {
    /// Stores a message and draws its number; `None` if it is known already.
    pub async fn insert_message(
        &mut self,
        message: &MessageRow,
    ) -> Result<Option<i64>, StoreError> {
        if self.find_message(&message.id).await?.is_some() {
            return Ok(None);
        }
        let seq = self.next_seq(&message.conversation).await?;
        let state = message.state.as_ref().map(word).transpose()?;
        let hold = message.hold.as_ref().map(word).transpose()?;
        let values = values![
            &message.id,
            &message.conversation,
            seq,
            word(&message.direction)?,
            message.author.as_str(),
            state.unwrap_or_default(),
            json(&message.text)?,
            message.kind.as_str(),
            &message.event,
            &message.reply_to,
            hold.unwrap_or_default(),
            message.hold_until,
            message.due_at,
            json_or_empty(message.took_from.as_ref())?,
            message.received_at,
            message.created_at,
            message.case.unwrap_or(0),
        ];
        self.execute(INSERT, values).await?;
        Ok(Some(seq))
    }

    /// A message by its id.
    pub async fn find_message(&mut self, id: &MessageId) -> Result<Option<MessageRow>, StoreError> {
        let row = self.row(FIND, values![id]).await?;
        row.map(|row| MessageRow::read(&row)).transpose()
    }

    /// A message by its id, which must exist.
    pub async fn get_message(&mut self, id: &MessageId) -> Result<MessageRow, StoreError> {
        self.find_message(id)
            .await?
            .ok_or(StoreError::Missing { what: "message" })
    }

    /// The message whose line in the room an event is.
    pub async fn find_message_by_event(
        &mut self,
        event: &EventId,
    ) -> Result<Option<MessageRow>, StoreError> {
        let row = self.row(FIND_BY_EVENT, values![event]).await?;
        row.map(|row| MessageRow::read(&row)).transpose()
    }

    /// The newest message of a conversation in one direction.
    pub async fn last_message(
        &mut self,
        conversation: &ConversationId,
        direction: Direction,
    ) -> Result<Option<MessageRow>, StoreError> {
        let row = self
            .row(LAST, values![conversation, word(&direction)?])
            .await?;
        row.map(|row| MessageRow::read(&row)).transpose()
    }

    /// The lines of a conversation that are held or queued, oldest first.
    pub async fn open_messages(
        &mut self,
        conversation: &ConversationId,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let rows = self.rows(OPEN, values![conversation]).await?;
        rows.iter().map(MessageRow::read).collect()
    }

    /// Moves a message, whatever it was.
    pub async fn set_message_state(
        &mut self,
        id: &MessageId,
        state: LineState,
    ) -> Result<(), StoreError> {
        self.execute(SET_STATE, values![id, word(&state)?]).await?;
        Ok(())
    }

    /// Moves a message from one state to another; `false` if it was not there.
    pub async fn move_message(
        &mut self,
        id: &MessageId,
        from: LineState,
        to: LineState,
    ) -> Result<bool, StoreError> {
        self.touch(MOVE_STATE, values![id, word(&from)?, word(&to)?])
            .await
    }

    /// Holds a message until `until` (`None` = until somebody decides). Its row in
    /// the outbox is the caller's to cancel.
    pub async fn hold_message(
        &mut self,
        id: &MessageId,
        hold: Hold,
        until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.execute(HOLD, values![id, word(&hold)?, until]).await?;
        Ok(())
    }

    /// The message waits in the channel's lane until `due`. Its row in the outbox is
    /// the caller's to insert or postpone.
    pub async fn queue_message(
        &mut self,
        id: &MessageId,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(QUEUE, values![id, due]).await?;
        Ok(())
    }

    /// Its writer has deleted a message: what it said is forgotten for good.
    pub async fn erase_message(&mut self, id: &MessageId) -> Result<(), StoreError> {
        self.execute(ERASE, values![id, json(&Rich::default())?])
            .await?;
        self.delete_content(id).await
    }

    /// Changes what a message says.
    pub async fn set_message_text(
        &mut self,
        id: &MessageId,
        text: &Rich,
    ) -> Result<(), StoreError> {
        self.execute(SET_TEXT, values![id, json(text)?]).await?;
        Ok(())
    }

    /// Keeps what a line found when it took the conversation; `None` if it took
    /// nothing.
    pub async fn set_took_from(
        &mut self,
        id: &MessageId,
        before: Option<&Before>,
    ) -> Result<(), StoreError> {
        self.execute(SET_TOOK_FROM, values![id, json_or_empty(before)?])
            .await?;
        Ok(())
    }

    /// The event that is the message's line in the room.
    pub async fn set_message_event(
        &mut self,
        id: &MessageId,
        event: &EventId,
    ) -> Result<(), StoreError> {
        self.execute(SET_EVENT, values![id, event]).await?;
        Ok(())
    }
}

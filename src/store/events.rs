//! Events of rooms that matter: what replies, edits, redactions, receipts and the
//! leak rules look up.

use jiff::Timestamp;

use super::error::StoreError;
use super::tx::Tx;
use super::value::{Row, statements, values, word};
use crate::domain::ids::{ConversationId, EventId, MessageId, RoomId, UserId};
use crate::domain::room_event::EventKind;

statements! {
    /// Remembers an event unless it is known.
    INSERT = "
        INSERT INTO event (id, room_id, conversation_id, kind, message_id, loket_id, sender, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO NOTHING";
    /// An event by its id.
    FIND = "
        SELECT id, room_id, conversation_id, kind, message_id, loket_id, sender, at
        FROM event WHERE id = $1";
    /// An event by our own id of it.
    FIND_BY_LOKET_ID = "
        SELECT id, room_id, conversation_id, kind, message_id, loket_id, sender, at
        FROM event WHERE loket_id = $1 AND loket_id <> '' LIMIT 1";
    /// The events of a message, oldest first.
    LIST_OF_MESSAGE = "
        SELECT id, room_id, conversation_id, kind, message_id, loket_id, sender, at
        FROM event WHERE message_id = $1 AND message_id <> '' ORDER BY at, id";
    /// An event turned out to be something else.
    SET_KIND = "UPDATE event SET kind = $2, message_id = $3 WHERE id = $1";
}

/// An event of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// Its room.
    pub room: RoomId,
    /// The conversation whose room that is; `None` for other rooms.
    pub conversation: Option<ConversationId>,
    /// What it is to us.
    pub kind: EventKind,
    /// The message it is a line of.
    pub message: Option<MessageId>,
    /// `org.loket.id`, if we wrote it; empty otherwise.
    pub loket_id: String,
    /// Who sent it.
    pub sender: UserId,
    /// When.
    pub at: Timestamp,
}

impl EventRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            room: row.id("room_id")?,
            conversation: row.id_or_none("conversation_id")?,
            kind: row.word("kind")?,
            message: row.id_or_none("message_id")?,
            loket_id: row.text("loket_id")?,
            sender: row.id("sender")?,
            at: row.time("at")?,
        })
    }
}

impl Tx {
    /// Remembers an event; `false` if it is known.
    pub async fn insert_event(&mut self, event: &EventRow) -> Result<bool, StoreError> {
        let values = values![
            &event.id,
            &event.room,
            &event.conversation,
            word(&event.kind)?,
            &event.message,
            event.loket_id.as_str(),
            &event.sender,
            event.at,
        ];
        self.touch(INSERT, values).await
    }

    /// An event by its id.
    pub async fn find_event(&mut self, id: &EventId) -> Result<Option<EventRow>, StoreError> {
        let row = self.row(FIND, values![id]).await?;
        row.map(|row| EventRow::read(&row)).transpose()
    }

    /// An event of ours by its `org.loket.id`.
    pub async fn find_event_by_loket_id(
        &mut self,
        loket_id: &str,
    ) -> Result<Option<EventRow>, StoreError> {
        let row = self.row(FIND_BY_LOKET_ID, values![loket_id]).await?;
        row.map(|row| EventRow::read(&row)).transpose()
    }

    /// The events of a message, oldest first.
    pub async fn events_of_message(
        &mut self,
        message: &MessageId,
    ) -> Result<Vec<EventRow>, StoreError> {
        let rows = self.rows(LIST_OF_MESSAGE, values![message]).await?;
        rows.iter().map(EventRow::read).collect()
    }

    /// An event turned out to be something else; `false` if it is not known.
    pub async fn set_event_kind(
        &mut self,
        id: &EventId,
        kind: EventKind,
        message: Option<&MessageId>,
    ) -> Result<bool, StoreError> {
        let message = message.map_or("", MessageId::as_str);
        self.touch(SET_KIND, values![id, word(&kind)?, message])
            .await
    }
}

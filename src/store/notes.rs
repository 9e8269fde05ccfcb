//! Notes that agents keep in a conversation.

use jiff::Timestamp;

use super::error::StoreError;
use super::tx::Tx;
use super::value::{json, statements, values};
use crate::domain::ids::{ConversationId, EventId, UserId};
use crate::domain::rich::Rich;

statements! {
    /// Keeps a note, or its newest text.
    SAVE = "
        INSERT INTO note (id, conversation_id, event_id, agent, text, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET text = excluded.text";
    /// The notes of a conversation, oldest first.
    LIST = "
        SELECT id, conversation_id, event_id, agent, text, created_at FROM note
        WHERE conversation_id = $1 ORDER BY created_at, id";
}

/// A note.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// Its id: the same at every replay of what brings it.
    pub id: String,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The agent's event.
    pub event: EventId,
    /// Who wrote it.
    pub agent: UserId,
    /// What it says.
    pub text: Rich,
    /// When.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for NoteRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NoteRow({})", self.id)
    }
}

impl Tx {
    /// Keeps a note; one that is known gets the new text.
    pub async fn save_note(&mut self, note: &NoteRow) -> Result<(), StoreError> {
        let values = values![
            note.id.as_str(),
            &note.conversation,
            &note.event,
            &note.agent,
            json(&note.text)?,
            note.created_at,
        ];
        self.execute(SAVE, values).await?;
        Ok(())
    }

    /// The notes of a conversation, oldest first.
    pub async fn list_notes(
        &mut self,
        conversation: &ConversationId,
    ) -> Result<Vec<NoteRow>, StoreError> {
        let rows = self.rows(LIST, values![conversation]).await?;
        rows.iter()
            .map(|row| {
                Ok(NoteRow {
                    id: row.text("id")?,
                    conversation: row.id("conversation_id")?,
                    event: row.id("event_id")?,
                    agent: row.id("agent")?,
                    text: row.json("text")?,
                    created_at: row.time("created_at")?,
                })
            })
            .collect()
    }
}

//! What customers' messages hold beyond their text.

use super::error::StoreError;
use super::tx::Tx;
use super::value::{json, statements, values};
use crate::domain::ids::MessageId;
use crate::domain::inbound::Said;

statements! {
    /// Keeps what a message holds.
    SAVE = "
        INSERT INTO content (message_id, said) VALUES ($1, $2)
        ON CONFLICT (message_id) DO UPDATE SET said = excluded.said";
    /// What a message holds.
    FIND = "SELECT said FROM content WHERE message_id = $1";
    /// Forgets what a message holds.
    DELETE = "DELETE FROM content WHERE message_id = $1";
}

impl Tx {
    /// Keeps what a message holds, in place of what it held.
    pub async fn save_content(
        &mut self,
        message: &MessageId,
        said: &Said,
    ) -> Result<(), StoreError> {
        self.execute(SAVE, values![message, json(said)?]).await?;
        Ok(())
    }

    /// What a message holds; `None` if it is text alone, or was deleted.
    pub async fn find_content(&mut self, message: &MessageId) -> Result<Option<Said>, StoreError> {
        let row = self.row(FIND, values![message]).await?;
        row.map(|row| row.json("said")).transpose()
    }

    /// Forgets what a message holds.
    pub async fn delete_content(&mut self, message: &MessageId) -> Result<(), StoreError> {
        self.execute(DELETE, values![message]).await?;
        Ok(())
    }
}

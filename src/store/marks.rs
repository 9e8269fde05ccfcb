//! Marks: reactions of the desk and of customers, remembered so that they can be taken
//! back.

use super::error::StoreError;
use super::tx::Tx;
use super::value::{statements, values, word};
use crate::domain::conversation::Mark;
use crate::domain::ids::EventId;

statements! {
    /// Remembers a mark.
    SAVE = "
        INSERT INTO mark (target_event, mark, event_id) VALUES ($1, $2, $3)
        ON CONFLICT (target_event, mark) DO UPDATE SET event_id = excluded.event_id";
    /// The event of a mark.
    FIND = "SELECT event_id FROM mark WHERE target_event = $1 AND mark = $2";
    /// Forgets a mark.
    DELETE = "DELETE FROM mark WHERE target_event = $1 AND mark = $2 RETURNING event_id";
}

/// What stands for a mark where the reaction is the customer's.
const CUSTOMER: &str = "customer";

impl Tx {
    /// The desk's reaction `event` marks `target`.
    pub async fn save_mark(
        &mut self,
        target: &EventId,
        mark: Mark,
        event: &EventId,
    ) -> Result<(), StoreError> {
        self.execute(SAVE, values![target, word(&mark)?, event])
            .await?;
        Ok(())
    }

    /// The reaction that marks `target`, if there is one.
    pub async fn find_mark(
        &mut self,
        target: &EventId,
        mark: Mark,
    ) -> Result<Option<EventId>, StoreError> {
        let row = self.row(FIND, values![target, word(&mark)?]).await?;
        row.map(|row| row.id("event_id")).transpose()
    }

    /// Forgets a mark; the reaction that is to be redacted, if there was one.
    pub async fn delete_mark(
        &mut self,
        target: &EventId,
        mark: Mark,
    ) -> Result<Option<EventId>, StoreError> {
        let row = self.row(DELETE, values![target, word(&mark)?]).await?;
        row.map(|row| row.id("event_id")).transpose()
    }

    /// The customer's reaction `event` is at `target`.
    pub async fn save_reaction(
        &mut self,
        target: &EventId,
        event: &EventId,
    ) -> Result<(), StoreError> {
        self.execute(SAVE, values![target, CUSTOMER, event]).await?;
        Ok(())
    }

    /// The customer's reaction at `target`, if there is one.
    pub async fn find_reaction(&mut self, target: &EventId) -> Result<Option<EventId>, StoreError> {
        let row = self.row(FIND, values![target, CUSTOMER]).await?;
        row.map(|row| row.id("event_id")).transpose()
    }

    /// Forgets the customer's reaction at `target`.
    pub async fn delete_reaction(&mut self, target: &EventId) -> Result<(), StoreError> {
        self.rows(DELETE, values![target, CUSTOMER]).await?;
        Ok(())
    }
}

//! Statuses: what the provider says became of a line. The ladder only moves
//! forward; a message's status is the least of its parts'.
//!
//! Runs inside the transaction of [`super::ingest`].

use jiff::Timestamp;

use crate::domain::delivery::Receipt;
use crate::domain::ids::{ConversationId, RowId};
use crate::domain::inbound::{Reported, StatusChange};
use crate::store::{AttemptOutcome, PartMove, PartRow, PartState, StoreError, Tx};

use super::{Works, acts, outcome};

/// One status, being taken in.
#[derive(Debug)]
pub struct Report<'a> {
    /// The workers' things.
    pub work: &'a Works,
    /// The inbox row.
    pub row: &'a RowId,
    /// The status.
    pub change: &'a StatusChange,
    /// The time.
    pub now: Timestamp,
}

impl Report<'_> {
    /// Takes in a status of one of our messages.
    ///
    /// # Errors
    /// The database's: the transaction must be given up.
    pub async fn take(&self, tx: &mut Tx, conversation: &ConversationId) -> Result<(), StoreError> {
        let Some(part) = self.find_part(tx).await? else {
            drop_status();
            return Ok(());
        };
        tracing::debug!(conversation.id = %conversation, "status taken in");
        match &self.change.status {
            Reported::Receipt(receipt) => self.receipt(tx, conversation, &part, *receipt).await,
            Reported::Failed { reason, .. } => {
                let moved = tx
                    .move_part(&part.message, part.n, PartState::Failed, Some(reason))
                    .await?;
                let Some(moved) = moved else {
                    return Ok(());
                };
                self.settle(tx, &moved).await?;
                let message = tx.get_message(&part.message).await?;
                outcome::failed(tx, self.row, &message, reason.clone(), self.now).await
            }
            Reported::Unknown(_) => Ok(()),
        }
    }

    /// The part that the status speaks of: by our attempt, unless a later attempt has
    /// taken its place, else by the provider's id.
    async fn find_part(&self, tx: &mut Tx) -> Result<Option<PartRow>, StoreError> {
        if let Some(id) = &self.change.attempt
            && let Some(attempt) = tx.find_attempt(id).await?
        {
            let attempts = tx.list_attempts(&attempt.message).await?;
            let newest = attempts.iter().rfind(|other| other.n == attempt.n);
            if newest.is_some_and(|newest| newest.id == attempt.id) {
                return tx.find_part(&attempt.message, attempt.n).await;
            }
            return Ok(None);
        }
        tx.find_part_by_provider(&self.change.target).await
    }

    /// A part moved up the ladder.
    async fn receipt(
        &self,
        tx: &mut Tx,
        conversation: &ConversationId,
        part: &PartRow,
        receipt: Receipt,
    ) -> Result<(), StoreError> {
        let moved = tx
            .move_part(&part.message, part.n, PartState::from(receipt), None)
            .await?;
        let Some(moved) = moved else {
            return Ok(());
        };
        if part.provider.is_none() {
            tx.set_part_provider(&part.message, part.n, &self.change.target)
                .await?;
            acts::known(tx, conversation, &self.change.target, self.now).await?;
        }
        self.settle(tx, &moved).await?;
        outcome::moved(tx, self.work, self.row, &moved, self.now).await
    }

    /// A status that names our attempt answers what became of it; the channel's lane
    /// may be waiting for that.
    async fn settle(&self, tx: &mut Tx, moved: &PartMove) -> Result<(), StoreError> {
        if let Some(attempt) = &self.change.attempt {
            tx.end_attempt(attempt, AttemptOutcome::Accepted, "by a status", self.now)
                .await?;
        }
        if matches!(moved.from, PartState::Started | PartState::Unknown) {
            tx.hurry_message(&moved.message, self.now).await?;
        }
        Ok(())
    }
}

/// Counts a status that found no message.
pub fn drop_status() {
    metrics::counter!("loket_statuses_dropped_total").increment(1);
}

//! Reading a conversation by its `seq`: what was said after a point, and a wake-up
//! when there is more. Implemented in `work`; live chat resumes by it.

use async_trait::async_trait;

use crate::domain::ids::{ConversationId, MessageId};
use crate::intake::Unavailable;

/// A message's place in its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place: rises by one with each message of the conversation, from 1.
    pub seq: i64,
    /// The message.
    pub message: MessageId,
    /// Whether the customer wrote it.
    pub from_customer: bool,
}

/// Reads a conversation.
#[async_trait]
pub trait Feed: std::fmt::Debug + Send + Sync {
    /// The messages after `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`Unavailable`] if the database is.
    async fn read(
        &self,
        conversation: &ConversationId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, Unavailable>;
}

//! Lines to the customer and what state they are in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{EventId, MessageId, UserId};
use super::rich::Rich;

/// Where a line to the customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineState {
    /// Waits for its writer's ✅ or ❌.
    Held,
    /// Waits for its turn in the channel's lane; can still be cancelled.
    Queued,
    /// An attempt has started; it can no longer be cancelled.
    Started,
    /// The provider has all parts.
    Accepted,
    /// The customer's device has all parts.
    Delivered,
    /// The customer has read all parts.
    Read,
    /// At least one part failed for good.
    Failed,
    /// It is not known whether a part was sent.
    Unknown,
    /// Cancelled, dropped or never sent.
    Cancelled,
}

/// Why a line is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// Another agent owns the conversation.
    Foreign,
    /// A later line of it looks internal.
    Doubt,
    /// The channel's window is closed.
    Window,
    /// It is older than 30 minutes.
    Age,
}

impl Hold {
    /// Whether the hold ends by itself: 10 minutes, then not sent.
    pub fn expires(self) -> bool {
        match self {
            Self::Foreign | Self::Doubt => true,
            Self::Window | Self::Age => false,
        }
    }
}

/// A line of an agent that has not been given to the provider yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenLine {
    /// The message.
    pub message: MessageId,
    /// The agent's event.
    pub event: EventId,
    /// Who wrote it.
    pub writer: UserId,
    /// Its text.
    pub text: Rich,
    /// Whether it waits for a decision or for its turn.
    pub state: OpenState,
    /// When we received it.
    pub received_at: Timestamp,
    /// What the line found when it took the conversation, for giving it back when
    /// the line is cancelled in its undo window; `None` if it took nothing.
    pub took_from: Option<super::conversation::Before>,
}

impl std::fmt::Debug for OpenLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenLine({}, {:?})", self.message, self.state)
    }
}

/// What an [`OpenLine`] waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenState {
    /// For its writer's decision.
    Held {
        /// Why.
        hold: Hold,
        /// When it is dropped; `None` = never.
        until: Option<Timestamp>,
    },
    /// For the end of its undo window and its turn.
    Queued {
        /// The end of the undo window.
        due: Timestamp,
    },
}

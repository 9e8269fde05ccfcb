//! What an outbox row asks for: the payloads of the lanes `matrix` and `channel`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::conversation::{Mark, Say};
use crate::domain::ids::{EventId, MessageId, RoomId, UserId};
use crate::domain::inbound::Said;
use crate::domain::saying::Saying;
use crate::store::StoreError;

/// A row's task. Stored as JSON: variants are added, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Show a customer's message in the portal, as the ghost.
    Customer {
        /// The message.
        message: MessageId,
        /// Who is rung.
        ring: Vec<UserId>,
    },
    /// Show a line of the business's phone app in the portal, as the desk.
    Phone {
        /// The message.
        message: MessageId,
    },
    /// Show the customer's reaction to a message, in place of the one before.
    Reaction {
        /// The message.
        message: MessageId,
        /// The emoji.
        emoji: String,
    },
    /// Take the customer's reaction to a message away.
    NoReaction {
        /// The message.
        message: MessageId,
    },
    /// Show what a customer's message says now.
    Edit {
        /// The message.
        message: MessageId,
        /// What it says now.
        said: Said,
    },
    /// Take back what shows a customer's message.
    Revoke {
        /// The message.
        message: MessageId,
    },
    /// Say something in the portal, as the desk.
    Say(Say),
    /// React to an event of the portal, as the desk.
    Mark {
        /// The event.
        target: EventId,
        /// The mark.
        mark: Mark,
    },
    /// Take a mark away.
    Unmark {
        /// The event.
        target: EventId,
        /// The mark.
        mark: Mark,
    },
    /// A human is needed: invite the agents on duty, ring in the lobby.
    CallHumans {
        /// The case.
        case: i64,
    },
    /// Edit the lobby's line of a case: somebody has it.
    Claimed {
        /// The case.
        case: i64,
        /// Who.
        agent: UserId,
    },
    /// Edit the lobby's line of a case: it waits for a human again.
    Unclaimed {
        /// The case.
        case: i64,
    },
    /// Take an agent's reaction back, so that the button can be pressed again.
    Unpress {
        /// The room it was pressed in.
        room: RoomId,
        /// The reaction.
        target: EventId,
    },
    /// Make sure an agent is in the portal.
    Invite {
        /// Who.
        agent: UserId,
    },
    /// Join a room that an agent invited the desk to.
    Join {
        /// The room.
        room: RoomId,
        /// Who invited.
        agent: UserId,
    },
    /// Answer in the lobby or a direct chat; also for a button of the lobby that
    /// speaks of a conversation.
    Answer {
        /// The room.
        room: RoomId,
        /// What.
        say: Say,
    },
    /// The list of conversations that wait, as an answer.
    Queue {
        /// The room.
        room: RoomId,
        /// The command's event.
        reply_to: EventId,
        /// Who asked: they see what their teams have.
        agent: UserId,
    },
    /// An alarm, in the alerts room.
    Alert(Saying),
    /// Send a message to the customer.
    Send {
        /// The message.
        message: MessageId,
    },
}

/// What an inbox row of our own asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// A conversation's timer is due.
    Timer(crate::domain::conversation::Timer),
    /// The channel's lane found a line too old.
    HoldForAge {
        /// The message.
        message: MessageId,
    },
}

impl Task {
    /// The payload of a row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], which cannot happen: every task is plain data.
    pub fn encode(&self) -> Result<String, StoreError> {
        encode(self)
    }
}

impl Order {
    /// The payload of a row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], which cannot happen: every order is plain data.
    pub fn encode(&self) -> Result<String, StoreError> {
        encode(self)
    }
}

/// A payload as JSON.
///
/// # Errors
/// [`StoreError::Corrupt`] if it cannot be written as JSON.
pub fn encode(payload: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(payload).map_err(|error| corrupt(format!("a payload: {error}")))
}

/// Reads a row's payload.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is not what it should be: the row can never be
/// worked.
pub fn decode<T: DeserializeOwned>(payload: &str) -> Result<T, StoreError> {
    // The error names a place, never the content: that may be personal.
    serde_json::from_str(payload).map_err(|error| {
        corrupt(format!(
            "a payload, line {} column {}",
            error.line(),
            error.column()
        ))
    })
}

/// Something that should be there is not, or is not readable: our own fault.
pub fn corrupt(what: impl Into<String>) -> StoreError {
    StoreError::Corrupt { what: what.into() }
}

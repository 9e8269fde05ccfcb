//! What can happen to a conversation.

use jiff::Timestamp;

use super::super::ids::{EventId, MessageId, ProviderId, UserId};
use super::super::message::{Hold, LineState};
use super::super::rich::Rich;

/// What can happen to a conversation. Agents' rights have been checked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The customer wrote.
    CustomerSaid {
        /// The message, already stored.
        message: MessageId,
        /// Its plain text, for closing chatter; `None` if it is not text.
        text: Option<String>,
        /// When, by the provider's clock (the window counts from it).
        at: Timestamp,
    },
    /// Somebody wrote on the business's phone app.
    PhoneSaid {
        /// The message, already stored.
        message: MessageId,
        /// When, by the provider's clock.
        at: Timestamp,
    },
    /// Nobody has for a while.
    PhoneQuiet,
    /// An agent's line that the leak rules let out, or hold.
    AgentReplied(Outward),
    /// An agent wrote a note in the room.
    NoteWritten {
        /// The agent's event.
        event: EventId,
        /// Who.
        agent: UserId,
        /// The text.
        text: Rich,
    },
    /// An agent changed the text of one of their lines.
    LineEdited {
        /// The line's event.
        target: Target,
        /// Who.
        agent: UserId,
        /// What the leak rules say of the new text: `None` = it is internal now.
        text: Option<Rich>,
        /// The edit's event, to which the desk replies when it went already.
        event: EventId,
    },
    /// An agent took back one of their lines.
    LineRedacted {
        /// The line.
        target: Target,
        /// Who.
        agent: UserId,
    },
    /// ✅ or ❌ on a held line.
    Decided {
        /// The held message.
        message: MessageId,
        /// Who.
        agent: UserId,
        /// What.
        decision: Decision,
    },
    /// `!takeover`, ✋.
    TakeOver {
        /// Who.
        agent: UserId,
        /// Also from another agent.
        force: bool,
    },
    /// `!solve`, ✅.
    Solve {
        /// Who.
        agent: UserId,
        /// Why, for the note and statistics.
        reason: Option<String>,
    },
    /// `!mode reply|note`.
    SetMode {
        /// Who.
        agent: UserId,
        /// `true` for note mode.
        note: bool,
    },
    /// `!undo`: takes back the agent's newest line that can be.
    Undo {
        /// Who.
        agent: UserId,
    },
    /// `!resend`, 🔁.
    Resend {
        /// The line.
        target: Target,
        /// Who.
        agent: UserId,
    },
    /// The owner has left the room, or was removed from it.
    OwnerGone {
        /// Who.
        agent: UserId,
    },
    /// A held line's time is over.
    HoldExpired {
        /// The message.
        message: MessageId,
    },
    /// The channel's lane found a line too old to be sent unasked.
    HoldForAge {
        /// The message.
        message: MessageId,
    },
}

/// A line that the leak rules let out, or hold.
#[derive(Clone, PartialEq, Eq)]
pub struct Outward {
    /// The message it becomes.
    pub message: MessageId,
    /// The agent's event.
    pub event: EventId,
    /// Who wrote it.
    pub agent: UserId,
    /// The text for the customer.
    pub text: Rich,
    /// The provider's message that it answers.
    pub reply_to: Option<ProviderId>,
    /// When we received it.
    pub received_at: Timestamp,
    /// Why it is held; `None` = it goes out.
    pub hold: Option<Hold>,
}

impl std::fmt::Debug for Outward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outward({}, hold: {:?})", self.message, self.hold)
    }
}

/// A line that an edit, a redaction or a command points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The message.
    pub message: MessageId,
    /// The agent's event.
    pub event: EventId,
    /// Where it stands in the database.
    pub state: LineState,
    /// Who wrote it.
    pub writer: UserId,
}

/// What a writer decides about a held line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// ✅
    Send,
    /// ❌
    Drop,
}

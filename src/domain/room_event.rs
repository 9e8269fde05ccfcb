//! What happens in a Matrix room, as far as the desk cares: what `matrix/inbound`
//! makes of a homeserver's event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{EventId, RoomId, UserId};
use super::rich::Rich;

/// An event in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomEvent {
    /// Its id.
    pub id: EventId,
    /// Its room.
    pub room: RoomId,
    /// Who sent it.
    pub sender: UserId,
    /// When, by the homeserver's clock.
    pub at: Timestamp,
    /// `org.loket.id`, if the content carries one: we wrote it.
    pub loket_id: Option<String>,
    /// What it says.
    pub content: RoomContent,
}

/// What a room event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomContent {
    /// A message (`m.room.message`).
    Line(Line),
    /// A reaction.
    Reaction {
        /// The event reacted to.
        target: EventId,
        /// The emoji or text.
        key: String,
    },
    /// A redaction.
    Redaction {
        /// The event taken back.
        target: EventId,
    },
    /// A change of membership.
    Member {
        /// Whose.
        user: UserId,
        /// The new membership (`invite`, `join`, `leave`, `ban`, `knock`).
        membership: String,
        /// The display name told with it.
        name: Option<String>,
    },
    /// The room has become encrypted (`m.room.encryption`).
    EncryptionOn,
    /// An encrypted event, which cannot be read.
    Encrypted,
    /// Anything else, by its type. Never leaves.
    Other {
        /// The event's type.
        kind: String,
    },
}

/// A message in a room.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `m.text`, `m.notice`, `m.emote`, `m.image`, …; empty if it has none.
    pub msgtype: String,
    /// The plain `body`, without a rich reply's quoted fallback.
    pub body: String,
    /// The formatted text (from `formatted_body` where it has one, else from
    /// `body`), without a rich reply's quoted fallback. For a file: its caption.
    pub text: Rich,
    /// Users mentioned by pill or in `m.mentions`.
    pub mentions: Vec<UserId>,
    /// The event it answers.
    pub reply_to: Option<EventId>,
    /// The root of the thread it belongs to.
    pub thread: Option<EventId>,
    /// The event it replaces, if it is an edit; `body` and `text` are the new ones.
    pub replaces: Option<EventId>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({})", self.msgtype)
    }
}

/// What an event of a portal is to us; what leak rules, replies, edits,
/// redactions and receipts look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// A customer's line.
    Customer,
    /// An agent's line that was meant for the customer.
    Agent,
    /// A note.
    Note,
    /// A command.
    Command,
    /// A draft of the assistant.
    Draft,
    /// The pinned card.
    Card,
    /// A notice of the desk (handover, ⚠, answers to commands).
    Notice,
    /// A reaction of the desk.
    Mark,
    /// A claim line in the lobby.
    Claim,
    /// Anything else in the room.
    Other,
}

impl EventKind {
    /// Whether the customer knows of such events; replies to all others are notes.
    pub fn is_public(self) -> bool {
        match self {
            Self::Customer | Self::Agent => true,
            Self::Note
            | Self::Command
            | Self::Draft
            | Self::Card
            | Self::Notice
            | Self::Mark
            | Self::Claim
            | Self::Other => false,
        }
    }
}

/// A change in a room that is never stored: lost when we are down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A user has read up to an event.
    Read {
        /// The room.
        room: RoomId,
        /// Who.
        user: UserId,
        /// Up to here.
        event: EventId,
    },
    /// The users who are typing now.
    Typing {
        /// The room.
        room: RoomId,
        /// Who.
        users: Vec<UserId>,
    },
}

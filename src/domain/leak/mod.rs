//! The one door: nothing internal ever reaches a customer.
//!
//! [`classify`] decides for every event of a portal what it is. Commands are
//! parsed behind it, never before it. The rules are numbered as in the product's
//! specification (`docs/architecture.md` lists them).

use jiff::Timestamp;

use super::conversation::{Conversation, Decision, Policy, Target};
use super::ids::{EventId, MessageId, UserId};
use super::message::Hold;
use super::rich::Rich;
use super::room_event::{EventKind, RoomEvent};
use super::saying::Saying;

/// What the rules need to know besides the event.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Who the sender is.
    pub sender: Role,
    /// What starts a command (`!`).
    pub prefix: &'a str,
    /// Names and aliases of all commands that exist, lower case, without prefix.
    pub commands: &'a [&'a str],
    /// Everybody of the team and the desk itself: pills and leading `@name`s of
    /// them make a note.
    pub colleagues: &'a [Colleague],
    /// The conversation.
    pub conversation: &'a Conversation,
    /// The team's rules.
    pub policy: &'a Policy,
    /// What the event that this one points at is (reply, thread root, edited,
    /// redacted or reacted-to event); `None` if unknown or if it points at none.
    pub target: Option<&'a Known>,
    /// The root of the thread is looked up like `target`; it never makes a line
    /// public, so only its presence counts.
    pub now: Timestamp,
}

/// Who sent an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One of our own users.
    Ours,
    /// An agent, supervisor or admin of this conversation's team.
    Agent,
    /// Anybody else.
    Stranger,
}

/// A member of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// The user.
    pub user: UserId,
    /// Names they go by: localpart, display name.
    pub names: Vec<String>,
}

/// An event that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub event: EventId,
    /// What it is.
    pub kind: EventKind,
    /// The line it carries, for agents' lines.
    pub line: Option<Target>,
}

/// What an event is.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to do.
    Ignore,
    /// A command: its text without the prefix, trimmed; literal line breaks kept.
    Command {
        /// The text after the prefix.
        text: String,
    },
    /// A note, without its prefix.
    Note {
        /// The text.
        text: Rich,
    },
    /// Outward, but its writer must confirm first.
    Ask {
        /// Why.
        hold: Hold,
        /// The text for the customer.
        text: Rich,
    },
    /// Never sent; the agent is told why.
    Refuse(Saying),
    /// To the customer, after the undo window.
    Send {
        /// The text for the customer: quotes stripped, pills plain.
        text: Rich,
    },
    /// An edit of a line of theirs.
    Edit {
        /// The line.
        target: Target,
        /// The new text for the customer; `None` if it is internal now.
        text: Option<Rich>,
    },
    /// A redaction of a line of theirs.
    Redact {
        /// The line.
        target: Target,
    },
    /// ✅ or ❌ on a held line by its writer.
    Decide {
        /// The held message.
        message: MessageId,
        /// What.
        decision: Decision,
    },
    /// A reaction for the customer, by the owner.
    React {
        /// The event reacted to.
        target: EventId,
        /// The emoji.
        key: String,
    },
}

impl std::fmt::Debug for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::Ignore => "Ignore",
            Self::Command { .. } => "Command",
            Self::Note { .. } => "Note",
            Self::Ask { hold, .. } => return write!(f, "Ask({hold:?})"),
            Self::Refuse(saying) => return write!(f, "Refuse({saying:?})"),
            Self::Send { .. } => "Send",
            Self::Edit { .. } => "Edit",
            Self::Redact { .. } => "Redact",
            Self::Decide { .. } => "Decide",
            Self::React { .. } => "React",
        };
        f.write_str(name)
    }
}

/// Says what `event` is. First match wins.
pub fn classify(_event: &RoomEvent, _context: &Context<'_>) -> Verdict {
    Verdict::Ignore
}

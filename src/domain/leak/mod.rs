//! The one door: nothing internal ever reaches a customer.
//!
//! [`classify`] decides for every event of a portal what it is. Commands are
//! parsed behind it, never before it. The rules are numbered as in the product's
//! specification; [`mod@line`] goes through them.
//!
//! To add a rule: give it its place in [`mod@line`] (messages) or [`gesture`]
//! (reactions), and a table of cases in `tests/`.

mod gesture;
mod lead;
mod line;
mod marks;
mod mention;
mod prepare;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::conversation::{Conversation, Decision, Owner, Policy, Status, Target};
use super::ids::{EventId, MessageId, UserId};
use super::message::Hold;
use super::rich::Rich;
use super::room_event::{EventKind, RoomContent, RoomEvent};
use super::saying::Saying;
use crate::saying;

pub use line::explicit;
pub use prepare::{fold, trimmed};

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
    /// redacted or reacted-to event); `None` if unknown or if it points at none. A
    /// thread's root is not looked up: everything in a thread is a note.
    pub target: Option<&'a Known>,
    /// The time, for the window.
    pub now: Timestamp,
}

impl Context<'_> {
    /// Whether the channel lets us write freely now.
    fn window_open(&self) -> bool {
        self.conversation.window_open(self.now, self.policy)
    }

    /// What people call a colleague.
    fn name_of(&self, user: &UserId) -> String {
        self.colleagues
            .iter()
            .find(|colleague| colleague.user == *user)
            .and_then(|colleague| colleague.names.last())
            .map_or_else(|| user.localpart().to_owned(), Clone::clone)
    }
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
    /// Names they go by: localpart, then display name.
    pub names: Vec<String>,
}

/// An event that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub event: EventId,
    /// What it is.
    pub kind: EventKind,
    /// The line it carries, for agents' lines; the line it speaks of, for notices
    /// about one (its buttons work there too).
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
        /// The same with its formatting and pills, for commands that keep or send
        /// what follows.
        rich: Rich,
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
pub fn classify(event: &RoomEvent, context: &Context<'_>) -> Verdict {
    // Rule 1, before anything else.
    match context.sender {
        Role::Ours | Role::Stranger => return Verdict::Ignore,
        Role::Agent => {}
    }
    match &event.content {
        RoomContent::Line(line) => line::classify(&event.sender, line, context),
        RoomContent::Reaction { key, .. } => gesture::reaction(&event.sender, key, context),
        RoomContent::Redaction { .. } => gesture::redaction(&event.sender, context),
        RoomContent::Encrypted => Verdict::Refuse(saying!("not-sent-encrypted")),
        RoomContent::Member { .. } | RoomContent::EncryptionOn | RoomContent::Other { .. } => {
            Verdict::Ignore
        }
    }
}

/// Whether the customer may learn that `user` reads or types: only from the owner
/// of an open case, and not while their composer is in note mode.
pub fn may_signal(user: &UserId, conversation: &Conversation) -> bool {
    conversation.status == Status::Open
        && conversation.owner == Owner::Agent(user.clone())
        && !conversation.note_mode.contains(user)
}

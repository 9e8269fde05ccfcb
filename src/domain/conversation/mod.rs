//! A conversation: one identity on one account, for life.
//!
//! [`Conversation::apply`] is the only way its state changes: state, input and
//! time give new state and effects, or a refusal. Customers, agents, commands,
//! timers and the assistant all end there.

mod apply;
mod case;
mod chatter;
mod customer;
mod edit;
mod effect;
mod handover;
mod held;
mod input;
mod phone;
mod reply;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use effect::{Effect, Mark, NewLine, Note, Say, Timer};
pub use input::{Decision, Input, Outward, Target};
pub use window::{ACCEPTANCE, MAX_AGE, is_too_old};

use super::ids::{AccountId, ConversationId, IdentityId, UserId};
use super::message::OpenLine;
use super::saying::Saying;

/// A conversation's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The customer.
    pub identity: IdentityId,
    /// Our account.
    pub account: AccountId,
    /// Guards the row: moves with every write (the store moves it).
    pub version: i64,
    /// Moves only on a human's outward line, or a change of owner, status, assist
    /// or block. What the assistant computed from an older epoch is discarded.
    pub handover_epoch: i64,
    /// Who answers now.
    pub owner: Owner,
    /// Since when; `None` before the first change of owner.
    pub owner_since: Option<Timestamp>,
    /// Where the case stands.
    pub status: Status,
    /// The open or last case's number; `None` before the first.
    pub case: Option<i64>,
    /// When the last case was solved; `None` while one is open or before the first.
    pub solved_at: Option<Timestamp>,
    /// Since when the customer waits for an answer; `None` if not.
    pub waiting_since: Option<Timestamp>,
    /// Until when the channel lets us write freely; `None` = the customer never
    /// wrote (closed), or the channel has no window (see [`Policy::has_window`]).
    pub window_expires_at: Option<Timestamp>,
    /// Agents whose composer is in note mode here.
    pub note_mode: BTreeSet<UserId>,
    /// Lines of agents that have not been given to the provider: held or queued,
    /// oldest first.
    pub lines: Vec<OpenLine>,
}

/// Who answers now.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The assistant.
    Assistant,
    /// A script.
    Script,
    /// Nobody yet: it waits for a human.
    Queue,
    /// An agent.
    Agent(UserId),
    /// The business's phone app.
    Phone,
}

/// Where the case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A case is open.
    Open,
    /// Out of sight until a time, or (`None`) until the customer writes.
    Snoozed(Option<Timestamp>),
    /// No case is open.
    Solved,
}

/// What a line that took the conversation found: what cancelling it gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Who owned it.
    pub owner: Owner,
    /// Where the case stood.
    pub status: Status,
    /// Since when the customer waited.
    pub waiting_since: Option<Timestamp>,
}

/// A team's rules for its conversations, from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long an agent's line can be taken back.
    pub undo_window: SignedDuration,
    /// The same for a line that takes over.
    pub takeover_undo_window: SignedDuration,
    /// What a line of an agent who does not own the conversation does.
    pub foreign_reply: ForeignReply,
    /// What a plain line does while the assistant or a script owns.
    pub plain_line_while_assistant: PlainLine,
    /// How long after a customer's line the channel lets us write freely; `None` =
    /// for ever.
    pub window: Option<SignedDuration>,
    /// What a line from the business's phone app does.
    pub echo: Echo,
}

impl Policy {
    /// Whether the channel has a window at all.
    pub fn has_window(&self) -> bool {
        self.window.is_some()
    }
}

/// What a line of an agent who does not own the conversation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForeignReply {
    /// Held until its writer confirms.
    Ask,
    /// Sent; the owner stays.
    Allow,
    /// Refused.
    Refuse,
}

/// What a plain line does while the assistant or a script owns the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlainLine {
    /// It takes over and is sent.
    Takeover,
    /// It is refused.
    Refuse,
    /// It is a note.
    Note,
}

/// What a line from the business's phone app does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// The phone has the case, for this long after its last line.
    Pause(SignedDuration),
    /// The phone has the case until somebody takes it.
    Takeover,
    /// It is shown, and nothing else.
    Show,
}

/// A rule says no: shown to whoever asked, never tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Saying);

impl Conversation {
    /// A new conversation, before its first case: owned by the queue.
    pub fn new(id: ConversationId, identity: IdentityId, account: AccountId) -> Self {
        Self {
            id,
            identity,
            account,
            version: 0,
            handover_epoch: 0,
            owner: Owner::Queue,
            owner_since: None,
            status: Status::Solved,
            case: None,
            solved_at: None,
            waiting_since: None,
            window_expires_at: None,
            note_mode: BTreeSet::new(),
            lines: Vec::new(),
        }
    }
}

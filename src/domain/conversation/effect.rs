//! What must be done after something happened to a conversation. Carried out by
//! `work`, in order, each exactly once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::ids::{EventId, MessageId, ProviderId, UserId};
use super::super::message::Hold;
use super::super::rich::Rich;
use super::super::saying::Saying;

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Show the customer's line in the room.
    ShowCustomer {
        /// The message.
        message: MessageId,
        /// Who is rung.
        ring: Vec<UserId>,
    },
    /// Show a line of the business's phone app in the room.
    ShowPhone {
        /// The message.
        message: MessageId,
    },
    /// Say something in the room, as the desk.
    Say(Say),
    /// Put a mark (a reaction of the desk) on an event.
    Mark {
        /// The event.
        target: EventId,
        /// The mark.
        mark: Mark,
    },
    /// Take a mark away, if it is there.
    Unmark {
        /// The event.
        target: EventId,
        /// The mark.
        mark: Mark,
    },
    /// Store a new line and put it into the channel's lane, not before `due`.
    Queue {
        /// The line.
        line: NewLine,
        /// The end of its undo window.
        due: Timestamp,
    },
    /// Store a new line, or take a queued one out of the lane, and hold it. Of a
    /// line that is known already only `hold` and `until` count.
    Hold {
        /// The line.
        line: NewLine,
        /// Why.
        hold: Hold,
        /// When it is dropped; `None` = never.
        until: Option<Timestamp>,
    },
    /// Put a held line into the channel's lane.
    Release {
        /// The message.
        message: MessageId,
        /// When it may start.
        due: Timestamp,
    },
    /// Change the text of an open line and restart its undo window if it is queued.
    Amend {
        /// The message.
        message: MessageId,
        /// The new text.
        text: Rich,
        /// The new end of its undo window.
        due: Timestamp,
    },
    /// Take an open line back for good.
    Cancel {
        /// The message.
        message: MessageId,
    },
    /// Send a line again (only the parts that failed, if some did), as new attempts.
    Resend {
        /// The message.
        message: MessageId,
        /// Who asked.
        agent: UserId,
    },
    /// Keep a note.
    KeepNote(Note),
    /// Open a case: the store draws its number.
    OpenCase,
    /// Close the open case.
    CloseCase {
        /// Who; `None` = by itself.
        by: Option<UserId>,
        /// Why.
        reason: Option<String>,
    },
    /// A human is needed: a ringing line in the lobby, invitations to the room.
    CallHumans,
    /// Somebody has it: the lobby's line is edited.
    Claimed {
        /// Who.
        agent: UserId,
    },
    /// Make sure an agent is in the room.
    Invite {
        /// Who.
        agent: UserId,
    },
    /// Wake the conversation later.
    Timer {
        /// When.
        at: Timestamp,
        /// What for.
        timer: Timer,
    },
    /// What the room shows (name, topic, state event) is to be brought up to date.
    Project,
}

/// A line of the desk in the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Say {
    /// What.
    pub text: Saying,
    /// The event it answers.
    pub reply_to: Option<EventId>,
    /// Who is rung; an empty list makes it a notice.
    pub ring: Vec<UserId>,
    /// The line to the customer that it speaks of: the line's buttons work on it too.
    #[serde(default)]
    pub about: Option<MessageId>,
}

impl Say {
    /// A quiet notice.
    pub fn notice(text: Saying) -> Self {
        Self {
            text,
            reply_to: None,
            ring: Vec::new(),
            about: None,
        }
    }

    /// A quiet answer about a line to the customer, in reply to its event.
    pub fn about(message: MessageId, event: &EventId, text: Saying) -> Self {
        Self {
            about: Some(message),
            ..Self::notice(text).in_reply_to(event.clone())
        }
    }

    /// The same as an answer to `event`.
    #[must_use]
    pub fn in_reply_to(mut self, event: EventId) -> Self {
        self.reply_to = Some(event);
        self
    }

    /// The same, ringing `agent`.
    #[must_use]
    pub fn ringing(mut self, agent: UserId) -> Self {
        self.ring.push(agent);
        self
    }
}

/// A line to the customer that is new to the store.
#[derive(Clone, PartialEq, Eq)]
pub struct NewLine {
    /// The message.
    pub message: MessageId,
    /// The agent's event.
    pub event: EventId,
    /// Who wrote it.
    pub writer: UserId,
    /// The text.
    pub text: Rich,
    /// The provider's message that it answers.
    pub reply_to: Option<ProviderId>,
    /// When we received it.
    pub received_at: Timestamp,
}

impl std::fmt::Debug for NewLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewLine({})", self.message)
    }
}

/// A note of an agent.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// The agent's event.
    pub event: EventId,
    /// Who.
    pub agent: UserId,
    /// The text.
    pub text: Rich,
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Note({})", self.event)
    }
}

/// A reaction of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// ⏳ not accepted yet.
    Waiting,
    /// ⚠️ not sent, or perhaps not sent.
    Failed,
    /// 🔁 the button that sends again.
    Again,
    /// 📝 kept as a note.
    Note,
    /// ⏸ held.
    Held,
    /// ✅ done; also the button that sends a held line.
    Done,
    /// ❌ the button that drops a held line.
    Drop,
    /// ✋ the button that takes over.
    Claim,
}

impl Mark {
    /// The reaction's key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Waiting => "⏳",
            Self::Failed => "⚠️",
            Self::Again => "🔁",
            Self::Note => "📝",
            Self::Held => "⏸",
            Self::Done => "✅",
            Self::Drop => "❌",
            Self::Claim => "✋",
        }
    }
}

/// What a conversation is woken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// A held line's time is over.
    HoldExpired {
        /// The message.
        message: MessageId,
    },
    /// A line should have been accepted by now: ⏳.
    StillWaiting {
        /// The message.
        message: MessageId,
    },
    /// Nobody may have written on the phone for a while.
    PhoneQuiet,
}

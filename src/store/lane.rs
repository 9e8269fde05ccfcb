//! What a lane is called, and the right to work on it.

use std::fmt;
use std::str::FromStr;

use crate::domain::ids::{ConversationId, RoomId};

/// What a lane does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LaneKind {
    /// Has no rows: asks the homeserver for what it has not delivered.
    Recover,
    /// Reads the inbox: what happened, in order.
    In,
    /// Reads the outbox: events into Matrix.
    Matrix,
    /// Has no rows: brings what a room shows up to date.
    Portal,
    /// Reads the outbox: lines to the customer.
    Channel,
}

impl LaneKind {
    /// All kinds, in the order in which work flows through them.
    pub const ALL: [Self; 5] = [
        Self::Recover,
        Self::In,
        Self::Matrix,
        Self::Portal,
        Self::Channel,
    ];

    /// The name in lanes' names, tables, metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recover => "recover",
            Self::In => "in",
            Self::Matrix => "matrix",
            Self::Portal => "portal",
            Self::Channel => "channel",
        }
    }

    /// The kind of a name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A lane: a kind of work on one stream. Its name is `kind:stream`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    /// What it does.
    pub kind: LaneKind,
    /// A conversation's id, a room's id, or `desk`.
    pub stream: String,
}

impl Lane {
    /// The stream that belongs to no conversation.
    pub const DESK: &str = "desk";

    /// The lane of a conversation.
    pub fn of(kind: LaneKind, conversation: &ConversationId) -> Self {
        Self {
            kind,
            stream: conversation.to_string(),
        }
    }

    /// The lane of a room, whatever it is to us.
    pub fn of_room(kind: LaneKind, room: &RoomId) -> Self {
        Self {
            kind,
            stream: room.to_string(),
        }
    }

    /// The room it belongs to, of a lane that belongs to one; `None` for the desk.
    pub fn room(&self) -> Option<RoomId> {
        (self.kind == LaneKind::Recover && self.stream != Self::DESK)
            .then(|| RoomId::from(self.stream.as_str()))
    }

    /// The desk's own lane.
    pub fn desk(kind: LaneKind) -> Self {
        Self {
            kind,
            stream: Self::DESK.to_owned(),
        }
    }

    /// The conversation it belongs to; `None` for the desk and for lanes of rooms.
    pub fn conversation(&self) -> Option<ConversationId> {
        (self.stream != Self::DESK && self.kind != LaneKind::Recover)
            .then(|| ConversationId::from(self.stream.as_str()))
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.stream)
    }
}

impl FromStr for Lane {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let (kind, stream) = name.split_once(':').ok_or(())?;
        let kind = LaneKind::of_name(kind).ok_or(())?;
        Ok(Self {
            kind,
            stream: stream.to_owned(),
        })
    }
}

/// The right to work on a lane, until it runs out or is taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The lane.
    pub lane: Lane,
    /// Moves with every claim.
    pub epoch: i64,
    /// Who holds it: one process.
    pub owner: String,
}

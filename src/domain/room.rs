//! Rooms and what the desk writes into them, in the desk's words; `matrix` turns
//! them into requests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::contact::ChannelKind;
use super::ids::{EventId, RoomId, UserId};
use super::rich::Rich;

/// A room to be created: everything known goes into its initial state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Our id of the room: carried by its last initial-state event, so that a
    /// room found by its alias can be told to be ours.
    pub loket_id: String,
    /// The alias's localpart, without `#`.
    pub alias: String,
    /// What the room is.
    pub kind: RoomKind,
    /// Its name.
    pub name: String,
    /// Its topic; empty = none.
    pub topic: String,
    /// Who is invited at once.
    pub invite: Vec<UserId>,
    /// Power levels of users besides the desk.
    pub powers: BTreeMap<UserId, i64>,
    /// The space whose members may join without invitation; `None` = by
    /// invitation only.
    pub allow: Option<RoomId>,
}

/// What a room is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomKind {
    /// A conversation's room.
    Portal(Box<Portal>),
    /// A space.
    Space,
    /// A team's lobby.
    Lobby,
    /// `Loket alerts`.
    Alerts,
}

/// What a portal's bridge state tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// The customer's ghost; it is invited and joins.
    pub ghost: UserId,
    /// The channel.
    pub channel: ChannelKind,
    /// Our account as named in the configuration.
    pub account: String,
    /// `m.bridge`'s channel id: our conversation's id.
    pub conversation: String,
    /// The customer's title, for `m.bridge`.
    pub contact: String,
    /// The customer's photo (`mxc:`), which is the room's too; `None` if the
    /// homeserver takes none.
    pub photo: Option<String>,
    /// The first content of `org.loket.conversation`.
    pub state: ConversationState,
}

/// The content of the state event `org.loket.conversation`, for dashboards and
/// other bots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationState {
    /// `open`, `snoozed` or `solved`.
    pub status: String,
    /// `assistant`, `script`, `queue`, `phone`, or the agent's user id.
    pub owner: String,
    /// The case's number; `None` before the first.
    pub case: Option<i64>,
    /// Labels.
    pub labels: Vec<String>,
    /// `none`, `low`, `medium`, `high`, `urgent`.
    pub priority: String,
    /// Our account as named in the configuration.
    pub account: String,
}

/// A customer's Matrix user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ghost {
    /// The user.
    pub user: UserId,
    /// The name shown.
    pub name: String,
}

/// An event to be written into a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Who writes it: the desk or a ghost.
    pub author: UserId,
    /// The room.
    pub room: RoomId,
    /// `org.loket.id`; the transaction id is derived from it. Unique across all
    /// authors.
    pub loket_id: String,
    /// The time to show (massaged `ts`, unix milliseconds); `None` = now.
    pub at: Option<jiff::Timestamp>,
    /// What it says.
    pub content: OutgoingContent,
}

/// What an [`Outgoing`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutgoingContent {
    /// A message.
    Text {
        /// The text.
        text: Rich,
        /// `m.text` rings, `m.notice` never does.
        style: Style,
        /// Who is rung (`m.mentions`); empty for nobody.
        ring: Vec<UserId>,
        /// The event it answers.
        reply_to: Option<EventId>,
        /// The event it replaces, if it is an edit.
        replaces: Option<EventId>,
    },
    /// A place on the map.
    Location {
        /// The place in words.
        text: String,
        /// The place as a `geo:` address.
        uri: String,
        /// Who is rung.
        ring: Vec<UserId>,
        /// The event it answers.
        reply_to: Option<EventId>,
    },
    /// A reaction.
    Reaction {
        /// The event reacted to.
        target: EventId,
        /// The emoji.
        key: String,
    },
    /// Takes an event back.
    Redaction {
        /// The event taken back.
        target: EventId,
    },
}

impl OutgoingContent {
    /// The same, ringing these and in answer to that. What is no message rings nobody.
    #[must_use]
    pub fn addressed(mut self, to: Vec<UserId>, answered: Option<EventId>) -> Self {
        match &mut self {
            Self::Text { ring, reply_to, .. } | Self::Location { ring, reply_to, .. } => {
                *ring = to;
                *reply_to = answered;
            }
            Self::Reaction { .. } | Self::Redaction { .. } => {}
        }
        self
    }
}

/// How a message stands in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// `m.text`.
    Text,
    /// `m.notice`.
    Notice,
}

/// State of a room that converges: what the room should show now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// The room's name.
    pub name: String,
    /// The room's topic; empty = none.
    pub topic: String,
    /// `org.loket.conversation`.
    pub state: ConversationState,
}

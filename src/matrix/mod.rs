//! The Matrix side: trait [`Homeserver`], client, registration, transactions,
//! rooms.
//!
//! In: the homeserver's transactions ([`transaction`]), turned into
//! [`RoomEvent`]s and given to
//! [`Intake`](crate::intake::Intake). Out: requests of the workers through
//! [`Homeserver`].

mod answer;
pub mod client;
pub mod content;
mod event;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
mod ghost;
pub mod html;
pub mod inbound;
#[cfg(any(test, feature = "testing"))]
pub mod mortal;
pub mod names;
pub mod photo;
mod power;
mod recipe;
mod reconcile;
pub mod registration;
mod room;
pub mod transaction;
mod watch;
mod wire;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::domain::contact::ChannelKind;
use crate::domain::ids::{EventId, IdentityId, RoomId, UserId};
use crate::domain::room::{Face, Ghost, Outgoing, Recipe};
use crate::domain::room_event::RoomEvent;

/// The homeserver, as the workers see it.
pub type SharedHomeserver = Arc<dyn Homeserver>;

/// Why a request to the homeserver did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// It may be tried again; everything we ask is idempotent or looked for first.
    #[error("the homeserver is not available: {detail}")]
    Retry {
        /// The least time to wait, if the homeserver named one.
        after: Option<SignedDuration>,
        /// For the log; holds nothing personal.
        detail: String,
    },
    /// The homeserver says no.
    #[error("the homeserver refused: {code} ({status})")]
    Refused {
        /// Its error code (`M_FORBIDDEN`).
        code: String,
        /// The HTTP status.
        status: u16,
    },
}

/// What is new in the desk's rooms since a place in the homeserver's stream of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The place up to which this tells everything.
    pub next: String,
    /// The rooms with news, the one with the newest event first.
    pub rooms: Vec<RoomNews>,
}

/// What is new in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomNews {
    /// The room.
    pub room: RoomId,
    /// Whether `events` are all; if not, its history tells.
    pub is_complete: bool,
    /// Its events, the desk's own left out.
    pub events: Vec<Heard>,
    /// When the newest of them was written.
    pub last: Timestamp,
}

/// An event that we should have heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its id.
    pub id: EventId,
    /// Who sent it.
    pub sender: UserId,
}

/// A part of a room's history, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its events.
    pub events: Vec<RoomEvent>,
    /// Where the next part begins; `None` = this was the last.
    pub next: Option<String>,
}

/// What the workers ask of the homeserver. All requests are those of the
/// application service, on behalf of the desk or a ghost.
#[async_trait]
pub trait Homeserver: Debug + Send + Sync {
    /// The desk's user.
    fn desk(&self) -> UserId;

    /// The user of a customer's ghost, made from our own id of the identity.
    fn ghost(&self, channel: ChannelKind, identity: &IdentityId) -> UserId;

    /// Whether a user is the desk or one of our ghosts.
    fn is_ours(&self, user: &UserId) -> bool;

    /// The full alias of an alias's localpart.
    fn alias(&self, localpart: &str) -> String;

    /// An alias's localpart for `name` that the registration reserves for us.
    fn reserved(&self, name: &str) -> String;

    /// Registers the desk and its device if they do not exist, and sets its name.
    async fn ensure_desk(&self) -> Result<(), MatrixError>;

    /// Registers a ghost and its device if they do not exist, and sets its name.
    async fn ensure_ghost(&self, ghost: &Ghost) -> Result<(), MatrixError>;

    /// Gives a ghost a photo of its own (see [`photo`]); its `mxc:` address.
    async fn ensure_photo(&self, ghost: &UserId) -> Result<String, MatrixError>;

    /// Creates a room as the desk. `Refused` with `M_ROOM_IN_USE` if the alias is
    /// taken. Not idempotent: see [`Homeserver::find_room`].
    async fn create_room(&self, recipe: &Recipe) -> Result<RoomId, MatrixError>;

    /// The room behind an alias of ours, if the desk created it and it carries
    /// `loket_id`: `Ok(None)` if there is no such room, or it is somebody else's or
    /// half made.
    async fn find_room(&self, alias: &str, loket_id: &str) -> Result<Option<RoomId>, MatrixError>;

    /// Joins a room as `user`; fine if already in it.
    async fn join(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError>;

    /// Invites `user` as the desk; fine if already invited or in the room.
    async fn invite(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError>;

    /// Members of a room by membership `join` or `invite`.
    async fn members(&self, room: &RoomId) -> Result<Vec<UserId>, MatrixError>;

    /// Writes an event; the same `loket_id` gives the same event (see
    /// [`Homeserver::find_event`] for uncertain sends older than 30 minutes).
    async fn send(&self, outgoing: &Outgoing) -> Result<EventId, MatrixError>;

    /// Looks for an event of ours in a room, back to `limit` events.
    async fn find_event(
        &self,
        room: &RoomId,
        loket_id: &str,
        limit: u32,
    ) -> Result<Option<EventId>, MatrixError>;

    /// Brings a portal's name, topic and state event up to date; what is already so
    /// is not written again (`shown` is what was last written, if known).
    async fn show_face(
        &self,
        room: &RoomId,
        shown: Option<&Face>,
        wanted: &Face,
    ) -> Result<(), MatrixError>;

    /// Puts `child` into `space` (`m.space.child`); idempotent.
    async fn add_child(&self, space: &RoomId, child: &RoomId) -> Result<(), MatrixError>;

    /// Sets power levels of users in a room; others stay.
    async fn set_powers(&self, room: &RoomId, powers: &[(UserId, i64)]) -> Result<(), MatrixError>;

    /// Marks `event` as read by `user` (the desk or a ghost). Best effort.
    async fn read(&self, user: &UserId, room: &RoomId, event: &EventId) -> Result<(), MatrixError>;

    /// Whether the room is encrypted.
    async fn is_encrypted(&self, room: &RoomId) -> Result<bool, MatrixError>;

    /// How far our clock is ahead of the homeserver's, as its last answer showed;
    /// `None` while nothing has.
    fn skew(&self) -> Option<SignedDuration> {
        None
    }

    /// Asks the homeserver to reach us now; returns the round trip's time.
    async fn ping(&self) -> Result<SignedDuration, MatrixError>;

    /// Writes one harmless state event into a room, which makes the homeserver send
    /// what it held back (trap 4).
    async fn nudge(&self, room: &RoomId) -> Result<(), MatrixError>;

    /// What is new in the desk's rooms since a place in the homeserver's stream of
    /// events; without a place, only where the stream is now.
    async fn news(&self, since: Option<&str>) -> Result<News, MatrixError>;

    /// What happened in a room between two places of the stream, page by page.
    async fn history(&self, room: &RoomId, from: &str, to: &str) -> Result<Page, MatrixError>;

    /// Returns when the homeserver was found to be away (a connection refused or
    /// broken off, no answer), also if that was before this was called.
    async fn interrupted(&self);

    /// Returns when a single request was answered as if the homeserver were away, also
    /// if that was before this was called: a reason to ask, not an answer.
    async fn doubted(&self);
}

//! The door through which everything from outside is stored, before it is
//! acknowledged. The trait is implemented in `work/accept`; channels and the
//! Matrix transaction endpoint call it.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use crate::domain::ids::AccountId;
use crate::domain::inbound::Update;
use crate::domain::room_event::{RoomEvent, Signal};

/// A webhook's body after its signature was found right, read as far as possible.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The account in the URL.
    pub account: AccountId,
    /// When it came.
    pub received_at: Timestamp,
    /// The body as it came.
    pub body: Bytes,
    /// What it holds, in order. Empty if it is not JSON.
    pub updates: Vec<Routed>,
    /// Why the body as a whole could not be read (not JSON, not an envelope); the
    /// body is kept then.
    pub unparsed: Option<String>,
}

/// An update and the account of ours that it is for.
#[derive(Debug, Clone)]
pub struct Routed {
    /// The account; `None` = none of ours: kept as `unrouted`, with an alarm.
    pub account: Option<AccountId>,
    /// The update.
    pub update: Update,
}

/// A Matrix transaction.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// The homeserver's id of it: a hint for logs, never a key.
    pub id: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Its events, in order.
    pub events: Vec<RoomEvent>,
    /// Events that could not be read, as JSON: kept, acknowledged.
    pub parked: Vec<String>,
    /// Typing and receipts: never stored.
    pub signals: Vec<Signal>,
}

/// Pieces of a body that was read again.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    /// What they tell, in order.
    pub updates: Vec<Routed>,
    /// Whether all around them is understood.
    pub is_whole: bool,
    /// The number of the piece from which on there are more.
    pub next: Option<usize>,
}

/// Reads again what was kept because nobody understood it, or it was for nobody: as
/// this version understands it and the configuration has it now.
pub trait Reread: std::fmt::Debug + Send + Sync {
    /// The account of ours that a channel calls `name`; `None` if there is none.
    fn account_of(&self, name: &str) -> Option<AccountId>;

    /// A webhook's body that came for `account`, from its piece number `first` on.
    fn webhook(&self, account: &AccountId, body: &[u8], first: usize) -> Pieces;

    /// What was parked of a transaction, an event or all of it: its events, in order,
    /// and whether these are all.
    fn parked(&self, text: &str, received_at: Timestamp) -> (Vec<RoomEvent>, bool);
}

/// The database could not take it: the sender must try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database is not available")]
pub struct Unavailable;

/// Stores what comes from outside.
#[async_trait]
pub trait Intake: std::fmt::Debug + Send + Sync {
    /// Stores a webhook. When this returns, it is committed.
    ///
    /// # Errors
    /// [`Unavailable`]: answer 503, so that the provider tries again.
    async fn accept_webhook(&self, webhook: Webhook) -> Result<(), Unavailable>;

    /// Stores a transaction's events. When this returns, they are committed.
    ///
    /// # Errors
    /// [`Unavailable`]: answer 503, so that the homeserver tries again.
    async fn accept_transaction(&self, transaction: Transaction) -> Result<(), Unavailable>;

    /// The homeserver was away or begins anew, by some sign: what it had not
    /// delivered may be lost. When this returns, what it delivers next waits until
    /// that has been asked for.
    async fn homeserver_interrupted(&self, sign: &'static str);
}

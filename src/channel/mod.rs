//! Channels to customers: the trait, its capabilities, the registry.
//!
//! In: webhooks, given to [`Intake`](crate::intake::Intake). Out: sends, asked for
//! by `work/deliver`.
//!
//! # How to add a channel
//! One folder with its neighbours' file names (`mod config webhook inbound
//! outbound capabilities`), one variant of
//! [`ChannelKind`], one line in
//! [`registry`]. The contract test runs every channel through the same cases.

#[cfg(any(test, feature = "testing"))]
pub mod fake;
#[cfg(any(test, feature = "testing"))]
pub mod mortal;
mod refused;
pub mod registry;
pub mod webhook;
pub mod whatsapp;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::domain::contact::{Address, ChannelKind};
use crate::domain::delivery::{Rate, SendError};
use crate::domain::ids::{AttemptId, ProviderId};
use crate::domain::rich::Rich;

/// A channel's account, as the workers see it.
pub type SharedChannel = Arc<dyn Channel>;

/// What a channel can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// How long after a customer's line it lets us write freely; `None` = for ever.
    pub window: Option<SignedDuration>,
    /// Whether what we sent can be edited.
    pub edits: bool,
    /// Whether what we sent can be taken back.
    pub unsends: bool,
    /// Whether it has an undo window (false where `edits` and `unsends` are real).
    pub undo_window: bool,
}

/// One part of a message, to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Our attempt; travels along, so that a status can name it.
    pub attempt: AttemptId,
    /// The customer's addresses, in the order of looking up.
    pub to: Vec<Address>,
    /// The text, as [`Channel::render`] made it.
    pub text: crate::domain::redact::Private,
    /// The provider's message that it answers.
    pub reply_to: Option<ProviderId>,
}

/// Something that is told to the customer's device and never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gesture {
    /// Everything up to this message has been read.
    Read(ProviderId),
    /// Somebody is typing; shown until the reply or for some seconds. Providers may
    /// tie it to reading the message.
    Typing(ProviderId),
}

/// One account on a channel.
#[async_trait]
pub trait Channel: Debug + Send + Sync {
    /// The channel.
    fn kind(&self) -> ChannelKind;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Turns a text into the parts that are sent one after another, each within
    /// the channel's limits. Empty for an empty text.
    fn render(&self, text: &Rich) -> Vec<String>;

    /// How fast the account may send, all processes together; `None` = as fast as it
    /// can.
    fn rate(&self) -> Option<Rate> {
        None
    }

    /// How long to wait before the next send to this customer; `None` = now. Asked
    /// before an attempt is written, and counts the send when it says now.
    fn pace(&self, to: &[Address], now: Timestamp) -> Option<SignedDuration>;

    /// Sends one part.
    ///
    /// # Errors
    /// See [`SendError`]: only `Retry` may be tried again.
    async fn send(&self, outbound: &Outbound) -> Result<ProviderId, SendError>;

    /// Tells the customer's device something. Best effort.
    ///
    /// # Errors
    /// For the log only.
    async fn gesture(&self, gesture: &Gesture) -> Result<(), SendError>;
}

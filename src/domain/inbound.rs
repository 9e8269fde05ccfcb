//! What a channel's webhook becomes: one [`Update`] for every message, status or
//! other change in the body, in order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::contact::{Address, Sender};
use super::content::{Content, Referral};
use super::delivery::Receipt;
use super::ids::{AttemptId, ProviderId};
use super::saying::Saying;

/// One piece of a webhook body, understood as far as it could be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The provider's id of our account (`phone_number_id`, else the entry's id);
    /// empty when the body names none.
    pub account: String,
    /// What it is, as `loket explain` prints it: `text`, `image`, `status.read`,
    /// `field.account_update`.
    pub kind: String,
    /// The provider's id of it, if it has one.
    pub id: Option<ProviderId>,
    /// The same for every delivery of the same piece, different for all others.
    pub dedupe_key: String,
    /// When it happened, by the provider's clock.
    pub timestamp: Option<Timestamp>,
    /// The customer it comes from or speaks of, if it names one.
    pub sender: Option<Sender>,
    /// What it means.
    pub event: Event,
    /// What in it was not understood, by name; `None` if everything was.
    pub unparsed: Option<String>,
    /// The piece itself as JSON, for keeping.
    pub fragment: String,
}

impl std::fmt::Debug for Update {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Update({})", self.kind)
    }
}

/// What an [`Update`] means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The customer says something.
    Said(Said),
    /// The customer reacts to a message, or takes the reaction back.
    Reacted {
        /// The message.
        target: ProviderId,
        /// The emoji; `None` = taken back.
        emoji: Option<String>,
    },
    /// The customer has changed a message of theirs.
    Edited {
        /// The message.
        target: ProviderId,
        /// What it says now.
        content: Content,
    },
    /// The customer has deleted a message of theirs.
    Revoked {
        /// The message.
        target: ProviderId,
    },
    /// Somebody wrote to the customer on the business's phone app.
    Echoed(Said),
    /// The customer is reached at other addresses from now on; `sender` names the ones
    /// before.
    Moved {
        /// The new ones, at least one.
        to: Vec<Address>,
    },
    /// Something about the customer that agents should know and nobody has to answer.
    Told(Saying),
    /// The provider tells what became of something we sent.
    Status(StatusChange),
    /// Something about the account, for the alerts room.
    Account(Saying),
    /// Something this version keeps and does not act on.
    Kept,
}

/// What a customer says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The content.
    pub content: Content,
    /// The message it answers, if it is a reply.
    pub reply_to: Option<ProviderId>,
    /// What it carries along.
    #[serde(default)]
    pub along: Along,
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Said(…)")
    }
}

/// What a message carries along besides its content.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Along {
    /// Whether it was written to somebody else first.
    pub forwarded: bool,
    /// Our own name of the goods it asks about.
    pub product: Option<String>,
    /// What brought the customer here.
    pub referral: Option<Referral>,
}

impl std::fmt::Debug for Along {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Along(…)")
    }
}

/// What became of a message that we sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// The provider's id of our message.
    pub target: ProviderId,
    /// Our attempt, where the provider gives it back.
    pub attempt: Option<AttemptId>,
    /// The new status.
    pub status: Reported,
}

/// A status as a provider reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    /// The message moved up the ladder.
    Receipt(Receipt),
    /// The message was not delivered and will not be; why, for the agent.
    Failed {
        /// The reason, a whole clause for `not-sent`.
        reason: Saying,
        /// The provider's code, for metrics and support.
        code: Option<i64>,
    },
    /// A status this version does not know, by name.
    Unknown(String),
}

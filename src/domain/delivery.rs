//! What becomes of what we send: the ladder of receipts and the outcomes of a
//! send.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::saying::Saying;

/// The ladder of what a provider reports; it only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Receipt {
    /// The provider has it.
    Accepted,
    /// The customer's device has it.
    Delivered,
    /// The customer has read it.
    Read,
}

/// Why a send did not succeed, and what that allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// Certainly not accepted; the same send may be tried again.
    Retry {
        /// The least time to wait, if the other side named one.
        after: Option<SignedDuration>,
        /// Why.
        cause: RetryCause,
    },
    /// Certainly not accepted, and it never will be.
    Refused {
        /// The reason, a whole clause for the agent.
        reason: Saying,
        /// The other side's code, for metrics and support.
        code: Option<i64>,
    },
    /// It may have been accepted: never repeated by itself.
    Unknown {
        /// What happened, for the log; holds nothing personal.
        detail: String,
    },
}

/// How fast an account may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// One message in this time.
    pub every: SignedDuration,
    /// As many at once.
    pub burst: i32,
}

/// Why a send is to be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryCause {
    /// The other side is unreachable or has a passing fault.
    Fault {
        /// For the log; holds nothing personal.
        detail: String,
    },
    /// We are too fast for this recipient.
    Paced,
    /// We are too fast on the whole account: nobody sends on it for a while.
    AccountPaced,
    /// Nothing goes to this customer until somebody acts (their country, …); others
    /// are not concerned.
    Barred {
        /// The alarm, in words.
        alarm: Saying,
    },
    /// The whole channel is down until somebody acts (token, payment, …).
    Down {
        /// The alarm, in words.
        alarm: Saying,
    },
}

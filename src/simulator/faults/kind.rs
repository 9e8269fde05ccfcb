//! The ways to fail.

use serde::{Deserialize, Serialize};

/// The longest delay a fault may ask for.
const MAX_MILLIS: u64 = 600_000;

/// The most webhooks a fault may hold back.
const MAX_HELD: usize = 1_000;

/// How long a withheld answer is withheld when the fault does not say.
fn default_hold() -> u64 {
    30_000
}

/// The status of an answer that no Graph server wrote.
fn default_gateway() -> u16 {
    502
}

/// How many webhooks are swapped, or put together, when the fault does not say.
fn default_size() -> usize {
    2
}

/// What Meta says with HTTP 429 when the fault does not say.
fn default_rate_code() -> u32 {
    130_429
}

/// A way to fail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::simulator) enum Kind {
    /// A send is refused with this error.
    Error {
        /// Meta's number.
        code: u32,
        /// `error_subcode`.
        subcode: Option<u32>,
        /// The HTTP status, if not the usual one of the code.
        http: Option<u16>,
        /// `error_data.details`, if not the usual text of the code.
        details: Option<String>,
        /// `is_transient`.
        transient: Option<bool>,
    },
    /// A send is refused with HTTP 429 and `Retry-After`.
    RateLimit {
        /// Seconds.
        retry_after: u64,
        /// Meta's number.
        #[serde(default = "default_rate_code")]
        code: u32,
    },
    /// A send is taken, but its answer is withheld.
    TimeoutAfterAccept {
        /// For how long; then a gateway's 504 follows.
        #[serde(default = "default_hold")]
        millis: u64,
    },
    /// A send is not taken, and its answer is withheld.
    TimeoutBeforeAccept {
        /// For how long; then a gateway's 504 follows.
        #[serde(default = "default_hold")]
        millis: u64,
    },
    /// A send is answered by a gateway, without a Graph error.
    GatewayError {
        /// The HTTP status.
        #[serde(default = "default_gateway")]
        http: u16,
        /// Whether it was taken all the same.
        #[serde(default)]
        accepted: bool,
    },
    /// A send is taken, and fails afterwards with this error.
    FailAfterAccept {
        /// Meta's number.
        code: u32,
    },
    /// A send outside the window is refused at once, rather than failing
    /// afterwards.
    WindowAtOnce {},
    /// Statuses are never told.
    DropStatuses {
        /// Only this one: `sent`, `delivered`, `read` or `failed`.
        status: Option<String>,
    },
    /// Webhooks are delivered twice at the same time.
    DuplicateWebhooks {},
    /// Webhooks are held back and delivered last first.
    ReorderWebhooks {
        /// How many at a time.
        #[serde(default = "default_size")]
        size: usize,
    },
    /// Webhooks are held back and put into one body.
    BatchWebhooks {
        /// How many at a time.
        size: usize,
    },
    /// Webhooks are late.
    DelayWebhooks {
        /// By how much.
        millis: u64,
    },
}

impl Kind {
    /// Whether it acts once unless told otherwise; the others are switches
    /// that act until they are removed.
    pub(super) fn acts_once(&self) -> bool {
        matches!(
            self,
            Self::Error { .. }
                | Self::RateLimit { .. }
                | Self::TimeoutAfterAccept { .. }
                | Self::TimeoutBeforeAccept { .. }
                | Self::GatewayError { .. }
                | Self::FailAfterAccept { .. }
        )
    }

    /// What is wrong with its numbers, if anything.
    pub(super) fn complaint(&self) -> Option<String> {
        match self {
            Self::TimeoutAfterAccept { millis }
            | Self::TimeoutBeforeAccept { millis }
            | Self::DelayWebhooks { millis }
                if *millis > MAX_MILLIS =>
            {
                Some(format!("millis is above {MAX_MILLIS}"))
            }
            Self::ReorderWebhooks { size } | Self::BatchWebhooks { size }
                if !(1..=MAX_HELD).contains(size) =>
            {
                Some(format!("size is not between 1 and {MAX_HELD}"))
            }
            Self::Error {
                http: Some(http), ..
            }
            | Self::GatewayError { http, .. }
                if !(400..=599).contains(http) =>
            {
                Some("http is not between 400 and 599".to_owned())
            }
            Self::DropStatuses {
                status: Some(status),
            } if !["sent", "delivered", "read", "failed"].contains(&status.as_str()) => {
                Some("status is not one of sent, delivered, read, failed".to_owned())
            }
            _ => None,
        }
    }
}

//! Lanes at work: who works on which lane when, and what happens when it fails.
//!
//! In: lanes that are due ([`store`](crate::store)). Out: steps of [`Handler`]s,
//! which `work` implements, one for every kind of lane. A lane is worked on by one
//! handler at a time; lanes run beside each other, as many of a kind as it allows.

mod backoff;
mod runner;
pub mod timers;

#[cfg(test)]
mod tests;

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::SignedDuration;

pub use backoff::Backoff;
pub use runner::Runner;

use crate::store::{LaneKind, Lease, StoreError};

/// How long a lease is held; renewed at a third of it. When a process dies, its lanes
/// move to others after this time.
pub const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// The same for lanes that only ask the homeserver: two that ask at once harm nobody,
/// and what it delivers waits for the answer.
pub const SHORT_LEASE: SignedDuration = SignedDuration::from_secs(6);

/// How long the lease of a lane of this kind is held.
pub fn lease_of(kind: LaneKind) -> SignedDuration {
    match kind {
        LaneKind::Recover => SHORT_LEASE,
        LaneKind::In | LaneKind::Matrix | LaneKind::Portal | LaneKind::Channel => LEASE,
    }
}

/// What a step of a lane came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The lease is still held: there may be more to do at once.
    More,
    /// The lease has been released in the step's commit.
    Idle,
}

impl Step {
    /// After [`Tx::release_if_idle`](crate::store::Tx::release_if_idle).
    pub fn released(released: bool) -> Self {
        if released { Self::Idle } else { Self::More }
    }
}

/// Works on lanes of one kind.
#[async_trait]
pub trait Handler: Debug + Send + Sync {
    /// Works on the lane's next row. It commits by itself, in one transaction:
    /// fence first, then what the row brings about, the row done, and release or not.
    ///
    /// # Errors
    /// [`StoreError::Stale`]: somebody else has the lane; nothing is lost. Any other:
    /// the lane is tried again later.
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError>;
}

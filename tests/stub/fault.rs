//! What is to go wrong, as its owner wishes.

use std::time::Duration;

/// How a request fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is not acted on: 429, with this time to wait.
    Limit {
        /// `retry_after_ms`.
        after: Duration,
    },
    /// It is not acted on: a proxy answers with this status and no JSON.
    Proxy(u16),
    /// It is not acted on: it is refused with this status and code.
    Refuse(u16, &'static str),
    /// It is acted on, and a proxy answers with this status all the same.
    ProxyAfter(u16),
    /// It waits this long before it is acted on.
    Slow(Duration),
    /// It is not acted on: the connection is cut.
    CutBefore,
    /// It is acted on: the connection is cut before the answer.
    CutAfter,
    /// createRoom only: it fails when the room and its alias are there.
    Half,
}

/// A wish that requests fail.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What their path contains (`/send/`); empty = all.
    pub(crate) path: String,
    /// How they fail.
    pub(crate) act: Act,
    /// How many are let through first.
    pub(crate) skip: usize,
    /// How many fail.
    pub(crate) times: usize,
}

/// The wishes that are not fulfilled yet.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a wish.
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// How a request to `path` fails, if it does; counts it.
    pub(super) fn take(&mut self, path: &str) -> Option<Act> {
        for fault in self.0.iter_mut().filter(|fault| path.contains(&fault.path)) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if fault.times > 0 {
                fault.times -= 1;
                return Some(fault.act.clone());
            }
        }
        None
    }
}

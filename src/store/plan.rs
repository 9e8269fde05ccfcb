//! A database that is away, when a test plans it so.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::error::StoreError;

/// What a test plans.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Whether nothing is taken.
    refuses: AtomicBool,
    /// How often nothing was taken.
    refusals: AtomicUsize,
}

impl Plan {
    /// Nothing is taken from now on, or everything again.
    pub(super) fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::SeqCst);
    }

    /// How often nothing was taken.
    pub(super) fn refusals(&self) -> usize {
        self.refusals.load(Ordering::SeqCst)
    }

    /// Fails if it is planned.
    pub(super) fn carry_out(&self) -> Result<(), StoreError> {
        if !self.refuses.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.refusals.fetch_add(1, Ordering::SeqCst);
        let away = io::Error::from(io::ErrorKind::ConnectionRefused);
        Err(StoreError::Unavailable(Arc::new(away)))
    }
}

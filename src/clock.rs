//! Time and randomness, injected.
//!
//! Everything that needs the time or a random number takes a [`Clock`]; tests
//! hand in a manual one and decide what happens when.

use std::fmt::Debug;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// A clock shared by all parts of the daemon.
pub type SharedClock = Arc<dyn Clock>;

/// Where time and randomness come from.
pub trait Clock: Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// A new time-ordered id (UUID version 7), unique across replicas.
    fn uuid(&self) -> Uuid;

    /// A random fraction in `0.0..1.0`, for jitter only.
    fn jitter(&self) -> f64;
}

/// The machine's clock and random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn jitter(&self) -> f64 {
        // The last 32 bits of a version 7 UUID are random.
        let [.., a, b, c, d] = Uuid::now_v7().into_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
    }
}

/// A clock that only moves when a test moves it.
#[cfg(any(test, feature = "testing"))]
#[derive(Debug)]
pub struct ManualClock {
    /// The time this clock shows.
    now: std::sync::Mutex<Timestamp>,
}

#[cfg(any(test, feature = "testing"))]
impl ManualClock {
    /// A clock standing at `now`.
    pub fn new(now: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            now: std::sync::Mutex::new(now),
        })
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: jiff::SignedDuration) {
        let mut now = self
            .now
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
    }
}

#[cfg(any(test, feature = "testing"))]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self
            .now
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn uuid(&self) -> Uuid {
        // Ids stay unique and ordered even while the clock stands still.
        Uuid::now_v7()
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_below_one() {
        assert!((0..1_000).all(|_| (0.0..1.0).contains(&SystemClock.jitter())));
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        clock.advance(jiff::SignedDuration::from_secs(5));
        assert_eq!(clock.now().as_second(), 5);
    }
}

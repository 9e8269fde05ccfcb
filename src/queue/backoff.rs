//! How long a row waits before it is tried again.

use jiff::SignedDuration;

use crate::clock::Clock;

/// The waits after the first, second, … failed try, in seconds; the last one
/// repeats.
const SCHEDULE: [i64; 8] = [1, 2, 5, 15, 30, 60, 120, 300];

/// How many tries a row has before it is dead.
const TRIES: i64 = 12;

/// How much jitter lengthens a wait at most, as a fraction of it: rows that failed
/// together do not come back together.
const JITTER: f64 = 0.2;

/// When a row is tried again. Only real failures count as tries: a row that had to
/// wait for its turn (pacing, a channel that is down) is postponed instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// How many tries a row has.
    tries: i64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { tries: TRIES }
    }
}

impl Backoff {
    /// For a row that can never be worked: the first try is the last.
    pub const ONCE: Self = Self { tries: 1 };

    /// How long to wait after a try failed, when `failed` tries failed before it.
    /// `None` = that was the last: the row is dead.
    pub fn after(self, failed: i64, clock: &dyn Clock) -> Option<SignedDuration> {
        if failed.saturating_add(1) >= self.tries {
            return None;
        }
        Some(Self::wait(failed, clock))
    }

    /// The same without an end, for waits that count no tries (an outage).
    pub fn wait(failed: i64, clock: &dyn Clock) -> SignedDuration {
        let last = SCHEDULE.len().saturating_sub(1);
        let step = usize::try_from(failed.max(0)).unwrap_or(last).min(last);
        let seconds = SCHEDULE.get(step).copied().unwrap_or(300);
        let wait = SignedDuration::from_secs(seconds);
        let jitter = wait.as_secs_f64() * JITTER * clock.jitter();
        wait + SignedDuration::try_from_secs_f64(jitter).unwrap_or(SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn waits_follow_the_schedule_and_end_after_twelve_tries() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let waits: Vec<Option<i64>> = (0..13)
            .map(|failed| {
                Backoff::default()
                    .after(failed, clock.as_ref())
                    .map(|wait| wait.as_secs())
            })
            .collect();
        assert_eq!(
            waits,
            [
                Some(1),
                Some(2),
                Some(5),
                Some(15),
                Some(30),
                Some(60),
                Some(120),
                Some(300),
                Some(300),
                Some(300),
                Some(300),
                None,
                None,
            ]
        );
    }

    #[test]
    fn a_row_that_can_never_be_worked_has_one_try() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        assert_eq!(Backoff::ONCE.after(0, clock.as_ref()), None);
    }

    #[test]
    fn an_outage_is_waited_for_without_an_end() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        assert_eq!(
            Backoff::wait(1_000_000, clock.as_ref()),
            SignedDuration::from_secs(300)
        );
        assert_eq!(
            Backoff::wait(-5, clock.as_ref()),
            SignedDuration::from_secs(1)
        );
    }

    /// A clock whose randomness is always just below one.
    #[derive(Debug)]
    struct Jittery(Arc<ManualClock>);

    impl Clock for Jittery {
        fn now(&self) -> Timestamp {
            self.0.now()
        }

        fn uuid(&self) -> Uuid {
            self.0.uuid()
        }

        fn jitter(&self) -> f64 {
            0.999_999
        }
    }

    #[test]
    fn jitter_lengthens_a_wait_by_a_fifth_at_most() {
        let clock = Jittery(ManualClock::new(Timestamp::UNIX_EPOCH));
        let wait = Backoff::wait(4, &clock);
        assert!(wait > SignedDuration::from_millis(35_999), "{wait:?}");
        assert!(wait < SignedDuration::from_secs(36), "{wait:?}");
    }
}

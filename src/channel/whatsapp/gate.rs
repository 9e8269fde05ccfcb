//! Whether the account takes anything at all.
//!
//! When Meta says that nothing goes until somebody acts (a token that has run out),
//! every line would hear the same; when Meta does not answer, nobody would know of any
//! line what became of it. So the gate shuts for all of them, and one line at a time
//! is let through to try: every minute, or sooner when it was only a lost answer. In
//! memory: after a start the first answer tells.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How long until the next try, when somebody has to act; the most in any other case.
const SHUT: SignedDuration = SignedDuration::from_mins(1);

/// How long until the next try after a first lost answer; twice as long after each
/// further one.
const FALTER: SignedDuration = SignedDuration::from_secs(2);

/// How long a try may take at most, before there is another one.
const TRY: SignedDuration = SignedDuration::from_secs(30);

/// How long the others wait while one tries: an answer comes soon.
const SOON: SignedDuration = SignedDuration::from_secs(5);

/// Who goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Everything goes.
    Open,
    /// Nothing goes before this.
    Shut(Timestamp),
    /// One has gone to try; the next may at this time.
    Trying(Timestamp),
}

/// What is known.
#[derive(Debug)]
struct State {
    /// Who goes through.
    way: Way,
    /// How many answers were lost one after another.
    lost: u32,
}

/// The gate of one account.
#[derive(Debug)]
pub(super) struct Gate {
    /// What is known.
    state: Mutex<State>,
}

impl Gate {
    /// Open: nothing is known yet.
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                way: Way::Open,
                lost: 0,
            }),
        }
    }

    /// How long to wait; `None` = nothing is in the way, or it is time for a try.
    pub(super) fn wait(&self, now: Timestamp) -> Option<SignedDuration> {
        self.lock().wait(now)
    }

    /// Goes through; `Some` = another one has just gone to try, wait so long.
    pub(super) fn enter(&self, now: Timestamp) -> Option<SignedDuration> {
        let mut state = self.lock();
        let wait = state.wait(now);
        if wait.is_none() && state.way != Way::Open {
            state.way = Way::Trying(later(now, TRY));
        }
        wait
    }

    /// Nothing goes through for a while, at least as long as was `asked` for.
    pub(super) fn shut(&self, asked: Option<SignedDuration>, now: Timestamp) {
        let wait = asked.unwrap_or_default().max(SHUT);
        self.lock().way = Way::Shut(later(now, wait));
    }

    /// An answer was lost, or nobody was there: longer each time. What was under way
    /// together counts once.
    pub(super) fn falter(&self, now: Timestamp) {
        let mut state = self.lock();
        if matches!(state.way, Way::Shut(next) if next > now) {
            return;
        }
        let longer = 2_i32.saturating_pow(state.lost);
        state.lost = state.lost.saturating_add(1);
        let wait = FALTER.checked_mul(longer).unwrap_or(SHUT).min(SHUT);
        state.way = Way::Shut(later(now, wait));
    }

    /// The account takes messages.
    pub(super) fn open(&self) {
        let mut state = self.lock();
        state.way = Way::Open;
        state.lost = 0;
    }

    /// The state; a panic elsewhere leaves it usable.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How long to wait; `None` = nothing is in the way, or it is time for a try.
    fn wait(&self, now: Timestamp) -> Option<SignedDuration> {
        let (next, most) = match self.way {
            Way::Open => return None,
            Way::Shut(next) => (next, SignedDuration::MAX),
            Way::Trying(next) => (next, SOON),
        };
        let rest = next.duration_since(now);
        rest.is_positive().then(|| rest.min(most))
    }
}

/// `time` and `by`, at most the end of time.
fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second `seconds`.
    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    /// Seconds to wait when one wants to go through.
    fn enter(gate: &Gate, seconds: i64) -> Option<i64> {
        gate.enter(at(seconds)).map(|wait| wait.as_secs())
    }

    #[test]
    fn one_a_minute_tries_while_the_others_wait() {
        let gate = Gate::new();
        assert_eq!((enter(&gate, 0), enter(&gate, 0)), (None, None));
        gate.shut(None, at(0));
        assert_eq!((enter(&gate, 0), enter(&gate, 59)), (Some(60), Some(1)));
        assert_eq!(enter(&gate, 60), None, "the try");
        assert_eq!((enter(&gate, 60), enter(&gate, 61)), (Some(5), Some(5)));
        gate.shut(None, at(62));
        assert_eq!((enter(&gate, 62), enter(&gate, 122)), (Some(60), None));
        gate.open();
        assert_eq!((enter(&gate, 122), enter(&gate, 122)), (None, None));
    }

    #[test]
    fn a_try_that_never_ends_is_followed_by_another() {
        let gate = Gate::new();
        gate.shut(None, at(0));
        assert_eq!(enter(&gate, 60), None);
        assert_eq!((enter(&gate, 88), enter(&gate, 90)), (Some(2), None));
    }

    #[test]
    fn lost_answers_keep_it_shut_for_longer_and_longer_up_to_a_minute() {
        let gate = Gate::new();
        let mut now = 0;
        let waits: Vec<i64> = (0..8)
            .map(|_| {
                gate.falter(at(now));
                gate.falter(at(now));
                let wait = enter(&gate, now).unwrap();
                now += wait;
                assert_eq!(enter(&gate, now), None, "the try");
                wait
            })
            .collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
        gate.open();
        gate.falter(at(now));
        assert_eq!(enter(&gate, now), Some(2));
    }

    #[test]
    fn what_meta_asks_for_is_the_least() {
        let gate = Gate::new();
        gate.shut(Some(SignedDuration::from_mins(10)), at(0));
        assert_eq!(enter(&gate, 60), Some(540));
        gate.shut(Some(SignedDuration::MAX), at(0));
        assert!(enter(&gate, 1_000_000).is_some());
    }

    #[test]
    fn looking_is_not_going_through() {
        let gate = Gate::new();
        gate.shut(None, at(0));
        assert_eq!(gate.wait(at(60)), None);
        assert_eq!(enter(&gate, 60), None);
        assert_eq!(gate.wait(at(60)), Some(SOON));
    }
}

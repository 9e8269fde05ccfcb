//! How fast we may send.
//!
//! Two buckets: one for our number, which all processes share and which is kept in the
//! database ([`NUMBER`] says its size), one for each customer. When Meta says that we
//! are too fast all the same, the number or the customer is held for longer and longer.
//! Order is the lanes' business: a held line holds its lane.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::contact::Address;
use crate::domain::delivery::Rate;
use crate::meta::errors::Scope;

/// 80 messages a second and number, what customers write included; some room is
/// left for that in the burst.
/// Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/overview>
/// (read 2026-11-21).
pub(super) const NUMBER: Rate = Rate {
    every: SignedDuration::from_micros(12_500),
    burst: 20,
};

/// One message every six seconds to one customer, after a burst of 45.
/// Source: as above.
const PAIR: Rate = Rate {
    every: SignedDuration::from_secs(6),
    burst: 45,
};

/// How many customers are remembered before those whose bucket is full again
/// are forgotten.
const FORGET_FROM: usize = 1024;

/// A bucket: when it will be full again.
#[derive(Debug, Clone, Copy)]
struct Bucket(Timestamp);

impl Bucket {
    /// How long until `limit` lets one through; `None` = now.
    fn wait(self, limit: &Rate, now: Timestamp) -> Option<SignedDuration> {
        let ahead = self.0.duration_since(now) - limit.every * (limit.burst - 1);
        ahead.is_positive().then_some(ahead)
    }

    /// Takes one out.
    fn take(&mut self, limit: &Rate, now: Timestamp) {
        self.0 = later(self.0.max(now), limit.every);
    }
}

/// A time in which nothing goes, longer each time.
#[derive(Debug, Clone, Copy)]
struct Hold {
    /// Its end.
    until: Timestamp,
    /// How many there were without a success between them.
    strikes: u32,
}

impl Hold {
    /// Nothing held.
    const NONE: Self = Self {
        until: Timestamp::UNIX_EPOCH,
        strikes: 0,
    };

    /// How long it still lasts; `None` = over.
    fn wait(self, now: Timestamp) -> Option<SignedDuration> {
        let rest = self.until.duration_since(now);
        rest.is_positive().then_some(rest)
    }

    /// Begins another one, unless one is in force: sends that were under way
    /// together count once.
    fn strike(&mut self, scope: Scope, asked: Option<SignedDuration>, now: Timestamp) {
        if self.wait(now).is_none() {
            self.strikes = self.strikes.saturating_add(1);
        }
        let time = penalty(scope, self.strikes).max(asked.unwrap_or_default());
        self.until = self.until.max(later(now, time));
    }
}

/// How long the `n`th hold lasts, from 1.
fn penalty(scope: Scope, n: u32) -> SignedDuration {
    let (first, factor, longest) = match scope {
        // Meta's own advice: 4^n seconds.
        Scope::Pair => (4_i64, 4_i64, 3600),
        Scope::Number => (2, 2, 300),
        // Limits of an hour.
        Scope::App | Scope::Business => (60, 2, 3600),
    };
    let seconds = first.saturating_mul(factor.saturating_pow(n.saturating_sub(1)));
    SignedDuration::from_secs(seconds.min(longest))
}

/// `time` and `by`, at most the end of time.
fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// What is known of one customer.
#[derive(Debug, Clone, Copy)]
struct Lane {
    /// The rate.
    bucket: Bucket,
    /// The punishment.
    hold: Hold,
}

impl Lane {
    /// Fresh.
    const NEW: Self = Self {
        bucket: Bucket(Timestamp::UNIX_EPOCH),
        hold: Hold::NONE,
    };

    /// How long to wait.
    fn wait(self, limit: &Rate, now: Timestamp) -> Option<SignedDuration> {
        self.hold.wait(now).max(self.bucket.wait(limit, now))
    }

    /// Whether forgetting it changes nothing. The strikes are kept for a while
    /// after a hold, or it would never get longer.
    fn is_over(self, now: Timestamp) -> bool {
        let strikes_over = later(self.hold.until, SignedDuration::from_hours(2)) < now;
        self.bucket.0 <= now && (self.hold.strikes == 0 || strikes_over)
    }
}

/// Everything known.
#[derive(Debug)]
struct State {
    /// The punishment of our number.
    number: Hold,
    /// The customers written to of late.
    pairs: HashMap<Address, Lane>,
    /// How many there may be before some are forgotten.
    forget_at: usize,
}

/// The pace towards the customers of one number. In memory: after a start it is learned
/// again.
#[derive(Debug)]
pub(super) struct Pacer {
    /// What is known.
    state: Mutex<State>,
}

impl Pacer {
    /// Nothing sent yet.
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                number: Hold::NONE,
                pairs: HashMap::new(),
                forget_at: FORGET_FROM,
            }),
        }
    }

    /// How long to wait before sending to `to`; `None` = now, and it is counted.
    pub(super) fn pace(&self, to: &Address, now: Timestamp) -> Option<SignedDuration> {
        let mut state = self.lock();
        let pair = state.pairs.get(to).copied().unwrap_or(Lane::NEW);
        let wait = state.number.wait(now).max(pair.wait(&PAIR, now));
        if wait.is_none() {
            state.pair(to, now).bucket.take(&PAIR, now);
        }
        wait
    }

    /// Notes that Meta found us too fast; answers how long to wait.
    pub(super) fn slow(
        &self,
        scope: Scope,
        to: &Address,
        asked: Option<SignedDuration>,
        now: Timestamp,
    ) -> SignedDuration {
        let mut state = self.lock();
        let hold = match scope {
            Scope::Pair => &mut state.pair(to, now).hold,
            Scope::Number | Scope::App | Scope::Business => &mut state.number,
        };
        hold.strike(scope, asked, now);
        hold.wait(now).unwrap_or_default()
    }

    /// Notes that a send to `to` was accepted.
    pub(super) fn accepted(&self, to: &Address) {
        let mut state = self.lock();
        state.number.strikes = 0;
        if let Some(pair) = state.pairs.get_mut(to) {
            pair.hold.strikes = 0;
        }
    }

    /// The state; a panic elsewhere leaves it usable.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The customer's lane; makes room before a new one is added. At 80 a second
    /// and 4.5 minutes to a full bucket, what stays is bounded.
    fn pair(&mut self, to: &Address, now: Timestamp) -> &mut Lane {
        if self.pairs.len() >= self.forget_at && !self.pairs.contains_key(to) {
            self.pairs.retain(|_, lane| !lane.is_over(now));
            self.forget_at = FORGET_FROM.max(self.pairs.len() * 2);
        }
        self.pairs.entry(to.clone()).or_insert(Lane::NEW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact::AddressKind;

    /// A customer.
    fn customer(n: usize) -> Address {
        Address {
            kind: AddressKind::Phone,
            value: format!("62812{n}").into(),
        }
    }

    /// A moment.
    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_000_000_000 + millis).unwrap()
    }

    /// Milliseconds to wait.
    fn wait(pacer: &Pacer, n: usize, millis: i64) -> Option<i128> {
        let wait = pacer.pace(&customer(n), at(millis));
        wait.map(|wait| wait.as_millis())
    }

    #[test]
    fn one_customer_gets_45_at_once_and_then_one_every_six_seconds() {
        let pacer = Pacer::new();
        // A second apart would refill; 13 ms only keeps to the number's rate.
        let refused: Vec<i64> = (0..60)
            .filter(|n| wait(&pacer, 1, n * 13).is_some())
            .collect();
        assert_eq!(refused, (45..60).collect::<Vec<_>>());
        assert_eq!(wait(&pacer, 1, 1_000), Some(5_000));
        assert_eq!(wait(&pacer, 2, 1_000), None);
        assert_eq!(wait(&pacer, 1, 6_000), None);
        assert_eq!(wait(&pacer, 1, 6_100), Some(5_900));
    }

    #[test]
    fn a_customer_held_by_131056_holds_no_other() {
        let pacer = Pacer::new();
        let slow = |millis| {
            let hold = pacer.slow(Scope::Pair, &customer(1), None, at(millis));
            hold.as_millis()
        };
        assert_eq!(slow(0), 4_000);
        assert_eq!(wait(&pacer, 1, 1_000), Some(3_000));
        assert_eq!(wait(&pacer, 2, 1_000), None);
        assert_eq!(slow(4_000), 16_000);
        assert_eq!(slow(20_000), 64_000);
        pacer.accepted(&customer(1));
        assert_eq!(slow(84_000), 4_000);
    }

    #[test]
    fn sends_under_way_together_are_punished_once() {
        let pacer = Pacer::new();
        let slow = |millis| {
            let hold = pacer.slow(Scope::Number, &customer(1), None, at(millis));
            hold.as_millis()
        };
        assert_eq!((slow(0), slow(10), slow(20)), (2_000, 2_000, 2_000));
        assert_eq!(slow(3_000), 4_000);
    }

    #[test]
    fn what_meta_asks_for_is_the_least() {
        let pacer = Pacer::new();
        let asked = Some(SignedDuration::from_secs(90));
        let hold = pacer.slow(Scope::Business, &customer(1), asked, at(0));
        assert_eq!(hold, SignedDuration::from_secs(90));
        assert_eq!(wait(&pacer, 2, 30_000), Some(60_000));
        assert_eq!(penalty(Scope::Pair, 40), SignedDuration::from_hours(1));
    }

    #[test]
    fn customers_are_forgotten_when_it_changes_nothing() {
        let pacer = Pacer::new();
        for n in 0..5_000 {
            let millis = i64::try_from(n).unwrap() * 100;
            assert_eq!(wait(&pacer, n, millis), None);
        }
        assert!(pacer.lock().pairs.len() <= FORGET_FROM);
    }
}

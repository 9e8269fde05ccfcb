//! Who has written how much lately.
//!
//! A number carries so many messages a second, both directions together; a
//! number and a customer 1 in 6 seconds, after a burst of 45.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

/// Milliseconds a message from a number to one customer costs.
const PAIR_COST: i64 = 6_000;

/// What a number may spend on one customer at once.
const PAIR_BURST: i64 = 45 * PAIR_COST;

/// How many pairs are remembered before rested ones are forgotten.
const MAX_PAIRS: usize = 20_000;

/// Budgets of numbers and of pairs.
#[derive(Debug, Default)]
pub(in crate::simulator) struct Pace {
    /// When each number's messages of the last second passed, milliseconds.
    numbers: HashMap<String, VecDeque<i64>>,
    /// What each number has spent on each customer.
    pairs: HashMap<(String, String), Spent>,
}

/// What a number has spent on a customer.
#[derive(Debug, Clone, Copy)]
struct Spent {
    /// Milliseconds spent, at `at`; they come back as time passes.
    millis: i64,
    /// When that was, milliseconds.
    at: i64,
}

impl Spent {
    /// What is still spent at `now`.
    fn left(self, now: i64) -> i64 {
        (self.millis - (now - self.at).max(0)).max(0)
    }
}

impl Pace {
    /// Whether the number may carry one more message in this second.
    pub(super) fn number_may(&mut self, number: &str, per_second: u32, now: Timestamp) -> bool {
        let now = now.as_millisecond();
        let Some(passed) = self.numbers.get_mut(number) else {
            return true;
        };
        while passed.front().is_some_and(|at| now - at >= 1_000) {
            passed.pop_front();
        }
        usize::try_from(per_second).is_ok_and(|most| passed.len() < most)
    }

    /// Counts a message, in or out, for its number.
    pub(in crate::simulator) fn count(&mut self, number: &str, now: Timestamp) {
        let now = now.as_millisecond();
        let passed = self.numbers.entry(number.to_owned()).or_default();
        while passed.front().is_some_and(|at| now - at >= 1_000) {
            passed.pop_front();
        }
        passed.push_back(now);
    }

    /// Whether the number may write to this address once more.
    pub(super) fn pair_may(&self, number: &str, address: &str, now: Timestamp) -> bool {
        let key = (number.to_owned(), address.to_owned());
        let spent = self
            .pairs
            .get(&key)
            .map_or(0, |s| s.left(now.as_millisecond()));
        spent + PAIR_COST <= PAIR_BURST
    }

    /// Counts a message to this address.
    pub(super) fn count_pair(&mut self, number: &str, address: &str, now: Timestamp) {
        let at = now.as_millisecond();
        if self.pairs.len() >= MAX_PAIRS {
            self.pairs.retain(|_, spent| spent.left(at) > 0);
        }
        let key = (number.to_owned(), address.to_owned());
        let spent = self.pairs.entry(key).or_insert(Spent { millis: 0, at });
        *spent = Spent {
            millis: spent.left(at) + PAIR_COST,
            at,
        };
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_pair_has_a_burst_of_45_and_then_one_message_in_6_seconds() {
        let mut pace = Pace::default();
        let mut now = Timestamp::UNIX_EPOCH;
        for sent in 0..45 {
            assert!(pace.pair_may("111", "62811", now), "message {sent}");
            pace.count_pair("111", "62811", now);
        }
        assert!(!pace.pair_may("111", "62811", now));
        assert!(pace.pair_may("111", "62822", now));
        now += SignedDuration::from_millis(5_999);
        assert!(!pace.pair_may("111", "62811", now));
        now += SignedDuration::from_millis(1);
        assert!(pace.pair_may("111", "62811", now));
    }

    #[test]
    fn a_number_carries_80_a_second_both_ways_together() {
        let mut pace = Pace::default();
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..80 {
            assert!(pace.number_may("111", 80, now));
            pace.count("111", now);
        }
        assert!(!pace.number_may("111", 80, now));
        assert!(pace.number_may("222", 80, now));
        assert!(pace.number_may("111", 80, now + SignedDuration::from_secs(1)));
    }
}

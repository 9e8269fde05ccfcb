//! How often webhooks without a right signature are told of: strangers may send any
//! number of them, and must not fill the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::ids::AccountId;

/// How long an account's refusals are only counted after they were told of.
const QUIET: SignedDuration = SignedDuration::from_mins(1);

/// What was refused, by account. Only accounts of the configuration have a webhook: it
/// does not grow.
#[derive(Debug, Default)]
pub(super) struct Refused(Mutex<HashMap<AccountId, Account>>);

/// What was refused for an account.
#[derive(Debug)]
struct Account {
    /// When it was told last.
    told_at: Timestamp,
    /// How many have come since.
    since: u64,
}

impl Refused {
    /// Counts one; how many there were since it was told last, if it is to be told now.
    /// The first is told at once. What comes after the last that is told is told with
    /// the next one, if there is one.
    pub(super) fn count(&self, account: &AccountId, now: Timestamp) -> Option<u64> {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = accounts.get_mut(account) else {
            let first = Account {
                told_at: now,
                since: 0,
            };
            accounts.insert(account.clone(), first);
            return Some(1);
        };
        known.since += 1;
        if now.duration_since(known.told_at) < QUIET {
            return None;
        }
        known.told_at = now;
        Some(std::mem::take(&mut known.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_once_a_minute_for_each_account_with_their_number() {
        let refused = Refused::default();
        let count = |account: &str, seconds: i64| {
            let now = Timestamp::from_second(1_700_000_000 + seconds).unwrap();
            refused.count(&account.into(), now)
        };
        assert_eq!(count("wa", 0), Some(1));
        for seconds in 1..60 {
            assert_eq!(count("wa", seconds), None);
        }
        assert_eq!(count("other", 59), Some(1));
        assert_eq!(count("wa", 60), Some(60));
        assert_eq!(count("wa", 61), None);
        assert_eq!(count("wa", 500), Some(2));
    }
}

//! How fast an account may send: one bucket for all processes on the database.
//!
//! The row is written last in the transaction that starts an attempt, and only when
//! there is a turn to take: at 80 a second it is free nearly always.

use jiff::{SignedDuration, Timestamp};

use super::error::StoreError;
use super::tx::Tx;
use super::value::{statements, values};
use crate::domain::delivery::Rate;
use crate::domain::ids::AccountId;

statements! {
    /// What is known of an account.
    FIND = "SELECT full_at, hold_until FROM pace WHERE account = $1";
    /// Takes one out of the bucket, if one is in it and nothing holds the account.
    TAKE = "
        INSERT INTO pace (account, full_at, hold_until) VALUES ($1, $2, 0)
        ON CONFLICT (account) DO UPDATE SET full_at =
            CASE WHEN pace.full_at > $3 THEN pace.full_at + $4 ELSE excluded.full_at END
        WHERE pace.full_at <= $5 AND pace.hold_until <= $6";
    /// Holds an account, and not for shorter than it is.
    HOLD = "
        INSERT INTO pace (account, full_at, hold_until) VALUES ($1, 0, $2)
        ON CONFLICT (account) DO UPDATE SET hold_until = excluded.hold_until
        WHERE pace.hold_until < excluded.hold_until";
}

impl Tx {
    /// How long until the account may send again; `None` = now, and nobody's turn is
    /// taken yet.
    pub async fn turn_wait(
        &mut self,
        account: &AccountId,
        rate: &Rate,
        now: Timestamp,
    ) -> Result<Option<SignedDuration>, StoreError> {
        let Some(row) = self.row(FIND, values![account]).await? else {
            return Ok(None);
        };
        let held = row.time("hold_until")?.duration_since(now);
        let full = row.int("full_at")?;
        let ahead = SignedDuration::from_micros(full.saturating_sub(latest(rate, now)));
        let wait = held.max(ahead);
        Ok(wait.is_positive().then_some(wait))
    }

    /// Takes the account's next turn; `false` if somebody else was faster, or the
    /// account is held.
    pub async fn take_turn(
        &mut self,
        account: &AccountId,
        rate: &Rate,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (micros, every) = (now.as_microsecond(), micros(rate.every));
        let after = micros.saturating_add(every);
        let values = values![account, after, micros, every, latest(rate, now), now];
        self.touch(TAKE, values).await
    }

    /// Nobody sends on the account before `until`.
    pub async fn hold_account(
        &mut self,
        account: &AccountId,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(HOLD, values![account, until]).await?;
        Ok(())
    }
}

/// The latest time at which a bucket may be full again that has something in it now.
fn latest(rate: &Rate, now: Timestamp) -> i64 {
    let rest = rate.every * (rate.burst - 1);
    now.as_microsecond().saturating_add(micros(rest))
}

/// A time in microseconds.
fn micros(time: SignedDuration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

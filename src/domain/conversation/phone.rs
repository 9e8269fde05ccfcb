//! The business's phone app: lines that were written on it, not here.

use jiff::{SignedDuration, Timestamp};

use super::super::ids::MessageId;
use super::apply::Turn;
use super::window::later;
use super::{Echo, Effect, Owner, Status, Timer};

/// How soon after a customer's line an answer is an automatic one of the app.
const AUTOMATIC: SignedDuration = SignedDuration::from_secs(5);

impl Turn<'_> {
    /// A line that was written on the phone: shown, and whoever writes there has the
    /// open case. An automatic answer of the app changes nothing.
    pub(super) fn phone_said(&mut self, message: MessageId, at: Timestamp) {
        self.then(Effect::ShowPhone { message });
        let is_open = self.state.status != Status::Solved;
        if !is_open || self.is_automatic(at) || self.is_overtaken(at) {
            return;
        }
        match self.policy.echo {
            Echo::Show => {}
            Echo::Takeover => self.phone_has_it(),
            Echo::Pause(pause) => {
                self.phone_has_it();
                let (at, timer) = (later(self.now, pause), Timer::PhoneQuiet);
                self.then(Effect::Timer { at, timer });
            }
        }
    }

    /// Nobody has written on the phone for a while: the case is free again. Called for
    /// each of its lines; only the last one counts.
    pub(super) fn phone_quiet(&mut self) {
        let pause = match self.policy.echo {
            Echo::Pause(pause) => pause,
            // The configuration has changed since: nothing else would free the case.
            Echo::Show => SignedDuration::ZERO,
            Echo::Takeover => return,
        };
        let over = |since| later(since, pause) <= self.now;
        if self.state.owner != Owner::Phone || !self.state.owner_since.is_some_and(over) {
            return;
        }
        self.set_owner(Owner::Queue);
        if self.state.waiting_since.is_some() && self.state.status == Status::Open {
            self.then(Effect::CallHumans);
        }
    }

    /// The phone has the case from now on, and nobody waits.
    fn phone_has_it(&mut self) {
        self.set_owner(Owner::Phone);
        self.state.owner_since = Some(self.now);
        self.state.waiting_since = None;
    }

    /// Whether more has happened since a line was written: the customer wrote again, or
    /// somebody took the case. A webhook may come hours late.
    fn is_overtaken(&self, at: Timestamp) -> bool {
        let taken = self.state.owner_since;
        self.last_line().is_some_and(|last| at < last) || taken.is_some_and(|taken| at < taken)
    }

    /// Whether a line came so soon after the customer's last one that no person wrote
    /// it.
    fn is_automatic(&self, at: Timestamp) -> bool {
        let last = self.last_line();
        last.is_some_and(|last| last <= at && at <= later(last, AUTOMATIC))
    }

    /// When the customer wrote last, where the channel has a window that tells.
    fn last_line(&self) -> Option<Timestamp> {
        let (end, window) = self.state.window_expires_at.zip(self.policy.window)?;
        end.checked_sub(window).ok()
    }
}

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
        if self.is_automatic(at) || self.state.status == Status::Solved {
            return;
        }
        match self.policy.echo {
            Echo::Show => {}
            Echo::Takeover => self.phone_has_it(),
            Echo::Pause(pause) => {
                self.phone_has_it();
                let timer = Timer::PhoneQuiet;
                self.then(Effect::Timer {
                    at: later(self.now, pause),
                    timer,
                });
            }
        }
    }

    /// Nobody has written on the phone for a while: the case is free again. Called for
    /// each of its lines; only the last one counts.
    pub(super) fn phone_quiet(&mut self) {
        let Echo::Pause(pause) = self.policy.echo else {
            return;
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

    /// Whether a line came so soon after the customer's last one that no person wrote
    /// it.
    fn is_automatic(&self, at: Timestamp) -> bool {
        let last = self
            .state
            .window_expires_at
            .zip(self.policy.window)
            .and_then(|(end, window)| end.checked_sub(window).ok());
        last.is_some_and(|last| last <= at && at <= later(last, AUTOMATIC))
    }
}

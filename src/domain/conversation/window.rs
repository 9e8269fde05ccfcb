//! Times: the channel's window, undo windows, and how long things wait.

use jiff::{SignedDuration, Timestamp};

use super::super::message::OpenState;
use super::apply::Turn;
use super::{Conversation, Policy};

/// How long a line that is held for a passing reason waits for its writer.
pub(super) const HOLD: SignedDuration = SignedDuration::from_mins(10);

/// How long after solving a customer's "thanks" belongs to the solved case.
pub(super) const CHATTER: SignedDuration = SignedDuration::from_mins(10);

/// How long after the end of its undo window a line may take to be accepted before
/// the room shows ⏳.
pub const ACCEPTANCE: SignedDuration = SignedDuration::from_secs(10);

/// How old an agent's line may be when its turn comes; older ones are asked about.
pub const MAX_AGE: SignedDuration = SignedDuration::from_mins(30);

/// Whether a queued line is too old to be sent unasked.
///
/// Its age counts from our receipt, or from `due` if that is later: a line that its
/// writer has let go by ✅, or that was planned for later, is young again.
pub fn is_too_old(received_at: Timestamp, due: Timestamp, now: Timestamp) -> bool {
    now.duration_since(received_at.max(due)) > MAX_AGE
}

/// `at` moved by `by`; the end of time if there is nothing so late.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Conversation {
    /// Whether the channel lets us write freely at `now`.
    pub fn window_open(&self, now: Timestamp, policy: &Policy) -> bool {
        !policy.has_window() || self.window_expires_at.is_some_and(|end| now < end)
    }
}

impl Turn<'_> {
    /// Opens or prolongs the channel's window after a customer's line of `at`.
    pub(super) fn refresh_window(&mut self, at: Timestamp) {
        let Some(window) = self.policy.window else {
            return;
        };
        let end = later(at, window);
        let end = self.state.window_expires_at.map_or(end, |old| old.max(end));
        self.state.window_expires_at = Some(end);
    }

    /// When a line may start that would like to at `wish`: not before those that
    /// are queued already.
    pub(super) fn due_after_queued(&self, wish: Timestamp) -> Timestamp {
        self.state
            .lines
            .iter()
            .filter_map(|line| due_of(line.state))
            .fold(wish, Timestamp::max)
    }
}

/// When a queued line may start; `None` for a held one.
pub(super) fn due_of(state: OpenState) -> Option<Timestamp> {
    match state {
        OpenState::Queued { due } => Some(due),
        OpenState::Held { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_too_old_after_half_an_hour() {
        let received = Timestamp::UNIX_EPOCH;
        let due = later(received, SignedDuration::from_secs(5));
        let at = |seconds| later(due, SignedDuration::from_secs(seconds));
        assert!(!is_too_old(received, due, at(1_800)));
        assert!(is_too_old(received, due, at(1_801)));
    }

    #[test]
    fn a_line_that_was_let_go_is_young_again() {
        let received = Timestamp::UNIX_EPOCH;
        let due = later(received, SignedDuration::from_hours(6));
        assert!(!is_too_old(received, due, due));
    }
}

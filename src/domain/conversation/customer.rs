//! The customer's side: a line that comes in.

use jiff::{SignedDuration, Timestamp};

use super::super::ids::{MessageId, UserId};
use super::apply::Turn;
use super::window::{CHATTER, later};
use super::{Effect, Owner, Status, chatter};

/// How often a customer who writes line after line makes us ask about a held line.
const ASK_PAUSE: SignedDuration = SignedDuration::from_mins(1);

impl Turn<'_> {
    /// A customer's line: it opens a case where none is open, wakes a snoozed one,
    /// and rings the owner.
    pub(super) fn customer_said(&mut self, message: MessageId, text: Option<&str>, at: Timestamp) {
        let was_open = self.state.window_open(self.now, self.policy);
        self.refresh_window(at);
        if self.is_chatter(text, at) {
            self.show(message);
        } else {
            let called = self.bring_back();
            self.state.waiting_since.get_or_insert(at.min(self.now));
            self.show(message);
            if called {
                self.then(Effect::CallHumans);
            }
        }
        self.ask_again(ASK_PAUSE);
        if !was_open && self.state.window_open(self.now, self.policy) {
            self.tell_kept_lines();
        }
    }

    /// Shows the line, ringing the owner if that is an agent.
    fn show(&mut self, message: MessageId) {
        let ring = self.owning_agent().cloned().into_iter().collect();
        self.then(Effect::ShowCustomer { message, ring });
    }

    /// Makes sure that a case is open; whether humans have to be called.
    fn bring_back(&mut self) -> bool {
        match self.state.status {
            Status::Open => false,
            Status::Snoozed(_) => {
                self.state.status = Status::Open;
                self.state.owner == Owner::Queue
            }
            Status::Solved => {
                self.open_case();
                self.replace_owner(Owner::Queue);
                true
            }
        }
    }

    /// Whether the line is a "thanks" that belongs to the case just solved.
    fn is_chatter(&self, text: Option<&str>, at: Timestamp) -> bool {
        self.state.status == Status::Solved
            && self
                .state
                .solved_at
                .is_some_and(|solved| at <= later(solved, CHATTER))
            && text.is_some_and(chatter::is_closing)
    }

    /// The agent who owns the conversation.
    fn owning_agent(&self) -> Option<&UserId> {
        match &self.state.owner {
            Owner::Agent(agent) => Some(agent),
            Owner::Assistant | Owner::Script | Owner::Queue | Owner::Phone => None,
        }
    }
}

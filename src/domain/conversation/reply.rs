//! An agent's line on its way out: due times, claims, reopening.

use jiff::Timestamp;

use super::super::ids::{MessageId, UserId};
use super::super::message::{Hold, OpenLine, OpenState};
use super::apply::Turn;
use super::window::{ACCEPTANCE, later};
use super::{Before, Effect, ForeignReply, Mark, NewLine, Outward, Owner, Refusal, Status, Timer};
use crate::saying;

impl Turn<'_> {
    /// A line that the leak rules let out, or hold. Rules 10 and 11 are asked a
    /// second time here, for whoever comes by another way than a plain line.
    pub(super) fn agent_replied(&mut self, line: Outward) -> Result<(), Refusal> {
        if self.find_line(&line.message).is_some() {
            return Ok(());
        }
        let hold = match line.hold {
            Some(hold) => Some(hold),
            None => self.needs_hold(&line.agent, None)?,
        };
        match hold {
            Some(hold) => self.hold_new(line, hold),
            None => self.queue(line),
        }
        Ok(())
    }

    /// Why a line of `agent` must be held now, apart from what they have confirmed.
    pub(super) fn needs_hold(
        &self,
        agent: &UserId,
        confirmed: Option<Hold>,
    ) -> Result<Option<Hold>, Refusal> {
        if let Some(owner) = self.state.owned_by_other(agent) {
            match self.policy.foreign_reply {
                ForeignReply::Refuse => {
                    let agent = owner.title();
                    return Err(Refusal(saying!("not-sent-foreign", owner = agent)));
                }
                ForeignReply::Ask if confirmed != Some(Hold::Foreign) => {
                    return Ok(Some(Hold::Foreign));
                }
                ForeignReply::Ask | ForeignReply::Allow => {}
            }
        }
        let open = self.state.window_open(self.now, self.policy);
        Ok((!open).then_some(Hold::Window))
    }

    /// Queues a new line behind those that are queued already.
    fn queue(&mut self, line: Outward) {
        let took_from = self.set_out(&line.agent);
        let undo = self.undo_window(took_from.as_ref());
        let due = self.due_after_queued(later(line.received_at, undo));
        self.state.lines.push(OpenLine {
            message: line.message.clone(),
            event: line.event.clone(),
            writer: line.agent.clone(),
            text: line.text.clone(),
            state: OpenState::Queued { due },
            received_at: line.received_at,
            took_from,
        });
        let message = line.message.clone();
        self.then(Effect::Queue {
            line: new_line(line),
            due,
        });
        self.wait_for_acceptance(message, due);
    }

    /// Lets a held line go, behind those that are queued already. Its writer has
    /// just decided: there is no undo window.
    pub(super) fn release(&mut self, line: &OpenLine) {
        let due = self.due_after_queued(self.now);
        if let Some(line) = self.find_line_mut(&line.message) {
            line.state = OpenState::Queued { due };
        }
        self.set_out(&line.writer);
        self.unmark(&line.event, &[Mark::Held, Mark::Done, Mark::Drop]);
        self.then(Effect::Release {
            message: line.message.clone(),
            due,
        });
        self.wait_for_acceptance(line.message.clone(), due);
    }

    /// What a human's line does to the conversation: it takes it where nobody has
    /// it, and the customer waits no longer.
    pub(super) fn set_out(&mut self, agent: &UserId) -> Option<Before> {
        let took_from = self.take_by_line(agent);
        self.state.waiting_since = None;
        took_from
    }

    /// How long a line can be taken back: longer if it took the conversation from
    /// assistant or script.
    pub(super) fn undo_window(&self, took_from: Option<&Before>) -> jiff::SignedDuration {
        let takes_over = took_from.is_some_and(|before| {
            before.status != Status::Solved
                && matches!(before.owner, Owner::Assistant | Owner::Script)
        });
        if takes_over {
            self.policy.takeover_undo_window
        } else {
            self.policy.undo_window
        }
    }

    /// Has ⏳ shown if the line is not accepted in time.
    pub(super) fn wait_for_acceptance(&mut self, message: MessageId, due: Timestamp) {
        self.then(Effect::Timer {
            at: later(due, ACCEPTANCE),
            timer: Timer::StillWaiting { message },
        });
    }
}

/// A line as the store takes it.
pub(super) fn new_line(line: Outward) -> NewLine {
    NewLine {
        message: line.message,
        event: line.event,
        writer: line.agent,
        text: line.text,
        reply_to: line.reply_to,
        received_at: line.received_at,
    }
}

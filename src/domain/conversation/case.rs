//! Cases: how they are opened and closed; notes and the composer's mode.

use super::super::ids::{EventId, UserId};
use super::super::message::Hold;
use super::super::rich::Rich;
use super::apply::Turn;
use super::{Effect, Mark, Note, Owner, Refusal, Status};
use crate::saying;

impl Turn<'_> {
    /// Opens a case; who owns it is the caller's to say.
    pub(super) fn open_case(&mut self) {
        self.state.status = Status::Open;
        self.state.solved_at = None;
        self.then(Effect::OpenCase);
    }

    /// `!solve`, ✅: closes the case. Nobody owns a solved conversation: the next
    /// line, whoever writes it, finds it free. What is queued still goes; what the
    /// case's lines waited for (an open window, a late decision) is over.
    pub(super) fn solve(&mut self, agent: &UserId, reason: Option<String>) -> Result<(), Refusal> {
        if self.state.status == Status::Solved {
            return Err(Refusal(saying!("already-solved")));
        }
        if self.state.owner == Owner::Queue {
            self.then(Effect::Claimed {
                agent: agent.clone(),
            });
        }
        self.close_case(Some(agent), reason);
        self.drop_held(agent, |hold| match hold {
            Hold::Window | Hold::Age => true,
            Hold::Foreign | Hold::Doubt => false,
        });
        self.set_owner(Owner::Queue);
        Ok(())
    }

    /// Closes the open case.
    pub(super) fn close_case(&mut self, by: Option<&UserId>, reason: Option<String>) {
        self.state.status = Status::Solved;
        self.state.solved_at = Some(self.now);
        self.state.waiting_since = None;
        self.then(Effect::CloseCase {
            by: by.cloned(),
            reason,
        });
    }

    /// A note: kept and marked as such, so that its writer sees that it stayed here.
    pub(super) fn note_written(&mut self, event: &EventId, agent: UserId, text: Rich) {
        self.then(Effect::KeepNote(Note {
            event: event.clone(),
            agent,
            text,
        }));
        self.mark(event, &[Mark::Note]);
    }

    /// `!mode`: what an agent's plain lines are here.
    pub(super) fn set_mode(&mut self, agent: UserId, note: bool) {
        if note {
            self.state.note_mode.insert(agent);
        } else {
            self.state.note_mode.remove(&agent);
        }
    }
}

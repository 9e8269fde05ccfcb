//! Changes of lines that exist: edits, redactions, `!undo`, `!resend`.

use jiff::Timestamp;

use super::super::ids::{EventId, MessageId, UserId};
use super::super::message::{Hold, LineState, OpenLine, OpenState};
use super::super::rich::Rich;
use super::super::saying::Saying;
use super::apply::Turn;
use super::window::{due_of, later};
use super::{Effect, Mark, Refusal, Status, Target};
use crate::saying;

impl Turn<'_> {
    /// An agent changed a line's text. An open line takes the new text, or is taken
    /// back if that is internal; of any other the agent is told where it stands.
    pub(super) fn line_edited(
        &mut self,
        target: &Target,
        agent: &UserId,
        text: Option<Rich>,
        event: &EventId,
    ) -> Result<(), Refusal> {
        if target.writer != *agent {
            let writer = target.writer.title();
            return Err(Refusal(saying!("edit-not-yours", agent = writer)));
        }
        match (self.find_line(&target.message).cloned(), text) {
            (Some(line), Some(text)) => self.amend(&line, &text),
            (Some(line), None) => {
                self.take_back(&line);
                self.answer(event, saying!("edit-internal"));
            }
            (None, text) => {
                let told = edit_too_late(target.state, text.is_none());
                self.answer(event, told);
            }
        }
        Ok(())
    }

    /// Gives an open line a new text. A queued one gets its undo window again, and
    /// what is queued behind it goes on waiting for it.
    fn amend(&mut self, line: &OpenLine, text: &Rich) {
        if let Some(line) = self.find_line_mut(&line.message) {
            line.text = text.clone();
        }
        let Some(old) = due_of(line.state) else {
            // A held line has no due time: what is given here counts for nothing.
            return self.then(Effect::Amend {
                message: line.message.clone(),
                text: text.clone(),
                due: self.now,
            });
        };
        let undo = self.undo_window(line.took_from.as_ref());
        let due = later(self.now, undo).max(old);
        let behind = self.postpone_from(old, due, &line.message);
        self.put_off(&line.message, due);
        self.then(Effect::Amend {
            message: line.message.clone(),
            text: text.clone(),
            due,
        });
        self.wait_for_acceptance(line.message.clone(), due);
        self.effects.extend(behind);
    }

    /// Puts queued lines due at `old` or after, but for `except`, off until `due`.
    fn postpone_from(&mut self, old: Timestamp, due: Timestamp, except: &MessageId) -> Vec<Effect> {
        let queue = self.state.lines.iter_mut();
        queue
            .filter(|line| line.message != *except)
            .filter(|line| due_of(line.state).is_some_and(|own| old <= own && own < due))
            .map(|line| {
                line.state = OpenState::Queued { due };
                Effect::Amend {
                    message: line.message.clone(),
                    text: line.text.clone(),
                    due,
                }
            })
            .collect()
    }

    /// Gives a queued line a new due time.
    fn put_off(&mut self, message: &MessageId, due: Timestamp) {
        if let Some(line) = self.find_line_mut(message) {
            line.state = OpenState::Queued { due };
        }
    }

    /// A line was redacted: an open one is taken back; of one that went the agent is
    /// told so.
    pub(super) fn line_redacted(&mut self, target: &Target) {
        if let Some(line) = self.find_line(&target.message).cloned() {
            self.unmark(
                &line.event,
                &[Mark::Held, Mark::Done, Mark::Drop, Mark::Waiting],
            );
            return self.cancel(&line);
        }
        if let Some(told) = redacted_too_late(target.state) {
            self.answer(&target.event, told);
        }
    }

    /// `!undo`: takes back the agent's newest open line.
    pub(super) fn undo(&mut self, agent: &UserId) -> Result<(), Refusal> {
        let newest = self.state.lines.iter().rfind(|line| line.writer == *agent);
        let Some(line) = newest.cloned() else {
            return Err(Refusal(saying!("nothing-to-undo")));
        };
        self.take_back(&line);
        Ok(())
    }

    /// `!resend`, 🔁: sends a line that has been attempted once more.
    pub(super) fn resend(&mut self, target: Target, agent: UserId) -> Result<(), Refusal> {
        if !target.writer.as_str().starts_with('@') {
            // Written on the phone, and nothing of it was ever given to us to be sent.
            return Err(Refusal(saying!("resend-phone")));
        }
        let open = self.find_line(&target.message).map(|line| line.state);
        if let Some(refused) = resend_refused(open, target.state) {
            return Err(Refusal(refused));
        }
        // The command itself is the confirmation that another agent's case needs.
        if self.needs_hold(&agent, Some(Hold::Foreign))?.is_some() {
            return Err(Refusal(saying!("resend-window-closed")));
        }
        if self.state.status != Status::Solved {
            // A case that is solved stays so: the line belonged to it.
            self.set_out(&agent);
        }
        self.unmark(&target.event, &[Mark::Failed, Mark::Again]);
        self.then(Effect::Resend {
            message: target.message.clone(),
            agent,
        });
        self.wait_for_acceptance(target.message, self.now);
        Ok(())
    }
}

/// Why a line cannot be sent again; `None` if it can.
fn resend_refused(open: Option<OpenState>, state: LineState) -> Option<Saying> {
    match (open, state) {
        (Some(OpenState::Held { .. }), _) | (None, LineState::Held) => Some(saying!("resend-held")),
        (Some(OpenState::Queued { .. }), _) | (None, LineState::Queued | LineState::Started) => {
            Some(saying!("resend-under-way"))
        }
        (None, LineState::Cancelled) => Some(saying!("resend-cancelled")),
        (
            None,
            LineState::Accepted
            | LineState::Delivered
            | LineState::Read
            | LineState::Failed
            | LineState::Unknown,
        ) => None,
    }
}

/// What an agent is told whose edit came too late to change what the customer gets.
fn edit_too_late(state: LineState, internal: bool) -> Saying {
    match state {
        LineState::Cancelled | LineState::Failed => saying!("edit-not-sent"),
        LineState::Unknown => saying!("edit-unknown"),
        LineState::Held
        | LineState::Queued
        | LineState::Started
        | LineState::Accepted
        | LineState::Delivered
        | LineState::Read => {
            if internal {
                saying!("edit-internal-too-late")
            } else {
                saying!("edit-too-late")
            }
        }
    }
}

/// What an agent is told who took a line back too late; `None` if it never went.
fn redacted_too_late(state: LineState) -> Option<Saying> {
    match state {
        LineState::Cancelled | LineState::Failed => None,
        LineState::Unknown => Some(saying!("redacted-unknown")),
        LineState::Held
        | LineState::Queued
        | LineState::Started
        | LineState::Accepted
        | LineState::Delivered
        | LineState::Read => Some(saying!("redacted-too-late")),
    }
}

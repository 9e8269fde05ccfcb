//! Held lines: how they are held, asked about, decided and dropped.

use jiff::{SignedDuration, Timestamp};

use super::super::ids::{MessageId, UserId};
use super::super::message::{Hold, OpenLine, OpenState};
use super::super::saying::Saying;
use super::apply::Turn;
use super::handover::ago;
use super::reply::new_line;
use super::window::{HOLD, due_of, later};
use super::{Decision, Effect, Mark, NewLine, Outward, Refusal, Say, Status, Timer};
use crate::saying;

/// What a held line carries: that it is held, and the two buttons.
const HELD: [Mark; 3] = [Mark::Held, Mark::Done, Mark::Drop];

impl Turn<'_> {
    /// Holds a new line. One that only waits for the window is a reply all the same:
    /// it claims the conversation.
    pub(super) fn hold_new(&mut self, line: Outward, hold: Hold) {
        let claims = hold == Hold::Window
            && self.state.status != Status::Solved
            && self.state.owned_by_other(&line.agent).is_none();
        if claims {
            // What it found is forgotten: a held line has no undo window.
            self.take_by_line(&line.agent);
        }
        let until = self.until(hold);
        let open = OpenLine {
            message: line.message.clone(),
            event: line.event.clone(),
            writer: line.agent.clone(),
            text: line.text.clone(),
            state: OpenState::Held { hold, until },
            received_at: line.received_at,
            took_from: None,
        };
        self.then(Effect::Hold {
            line: new_line(line),
            hold,
            until,
        });
        self.mark(&open.event, &HELD);
        self.ask(&open, self.why_held(&open, hold));
        self.expire(&open.message, until);
        self.state.lines.push(open);
    }

    /// Holds a line that is known already, for another reason or for longer.
    fn hold_known(&mut self, line: &OpenLine, hold: Hold) {
        let until = self.until(hold);
        if let Some(line) = self.find_line_mut(&line.message) {
            line.state = OpenState::Held { hold, until };
            // A held line has no undo window in which to give anything back.
            line.took_from = None;
        }
        self.then(Effect::Hold {
            line: known_line(line),
            hold,
            until,
        });
        self.expire(&line.message, until);
    }

    /// ✅ or ❌ on a held line. Only its writer decides.
    pub(super) fn decided(
        &mut self,
        message: &MessageId,
        agent: &UserId,
        decision: Decision,
    ) -> Result<(), Refusal> {
        let Some((line, hold)) = self.find_held(message) else {
            return Ok(());
        };
        if line.writer != *agent {
            let writer = line.writer.title();
            return Err(Refusal(saying!("held-not-yours", agent = writer)));
        }
        match decision {
            Decision::Drop => self.take_back(&line),
            Decision::Send => match self.needs_hold(agent, Some(hold))? {
                None => self.release(&line),
                Some(next) if next == hold => return Err(Refusal(self.why_held(&line, hold))),
                Some(next) => {
                    self.hold_known(&line, next);
                    self.ask(&line, self.why_held(&line, next));
                }
            },
        }
        Ok(())
    }

    /// The channel's lane found a line too old: its writer is asked, and rung, for
    /// they have long gone on to other things.
    pub(super) fn hold_for_age(&mut self, message: &MessageId) {
        let line = self.find_line(message).cloned();
        let Some(line) = line.filter(|line| due_of(line.state).is_some()) else {
            return;
        };
        self.hold_known(&line, Hold::Age);
        self.unmark(&line.event, &[Mark::Waiting]);
        self.mark(&line.event, &HELD);
        self.ring_writer(&line, self.why_held(&line, Hold::Age));
    }

    /// The timer of a held line: drops it, unless it was asked about again since.
    pub(super) fn hold_expired(&mut self, message: &MessageId) {
        let Some(line) = self.find_line(message).cloned() else {
            return;
        };
        match line.state {
            OpenState::Held {
                until: Some(until), ..
            } if until <= self.now => {
                self.cancel(&line);
                self.unmark(&line.event, &HELD);
                self.mark(&line.event, &[Mark::Failed]);
                self.ring_writer(&line, saying!("not-sent-undecided"));
            }
            OpenState::Held { .. } | OpenState::Queued { .. } => {}
        }
    }

    /// Asks again about lines held for a passing reason that were last asked about at
    /// least `pause` ago, and gives them their full time again. Nobody is rung: the
    /// writer is about to decide, or has gone on.
    pub(super) fn ask_again(&mut self, pause: SignedDuration) {
        let latest = later(self.now, HOLD).checked_sub(pause).unwrap_or(self.now);
        for (line, hold) in self.held_for(Hold::expires) {
            let until = match line.state {
                OpenState::Held { until, .. } => until,
                OpenState::Queued { .. } => None,
            };
            if until.is_some_and(|until| until > latest) {
                continue;
            }
            self.hold_known(&line, hold);
            let text = match hold {
                Hold::Foreign => saying!("held-foreign-again"),
                Hold::Doubt | Hold::Window | Hold::Age => saying!("held-doubt-again"),
            };
            self.ask(&line, text);
        }
    }

    /// Tells the writers of lines kept for the window that it is open now.
    pub(super) fn tell_kept_lines(&mut self) {
        for (line, _) in self.held_for(|hold| hold == Hold::Window) {
            self.ring_writer(&line, saying!("kept-window-open"));
        }
    }

    /// Drops the lines held for one of some reasons because their case is solved by
    /// `by`, who need not be rung for lines of their own.
    pub(super) fn drop_held(&mut self, by: &UserId, which: impl Fn(Hold) -> bool) {
        for (line, _) in self.held_for(which) {
            self.cancel(&line);
            self.unmark(&line.event, &HELD);
            self.mark(&line.event, &[Mark::Failed]);
            let say = Say::notice(saying!("not-sent-solved")).in_reply_to(line.event.clone());
            self.say(if line.writer == *by {
                say
            } else {
                say.ringing(line.writer.clone())
            });
        }
    }

    /// Takes a line back and shows that: ❌ stays on it.
    pub(super) fn take_back(&mut self, line: &OpenLine) {
        self.unmark(&line.event, &[Mark::Held, Mark::Done, Mark::Waiting]);
        self.mark(&line.event, &[Mark::Drop]);
        self.cancel(line);
    }

    /// Takes a line out for good.
    pub(super) fn cancel(&mut self, line: &OpenLine) {
        self.state
            .lines
            .retain(|other| other.message != line.message);
        self.then(Effect::Cancel {
            message: line.message.clone(),
        });
        self.give_back(line);
    }

    /// A held line and why it is held; `None` if there is none.
    fn find_held(&self, message: &MessageId) -> Option<(OpenLine, Hold)> {
        let line = self.find_line(message)?;
        Some((line.clone(), hold_of(line.state)?))
    }

    /// The lines held for one of some reasons, oldest first.
    fn held_for(&self, which: impl Fn(Hold) -> bool) -> Vec<(OpenLine, Hold)> {
        let lines = self.state.lines.iter();
        lines
            .filter_map(|line| Some((line.clone(), hold_of(line.state)?)))
            .filter(|(_, hold)| which(*hold))
            .collect()
    }

    /// Until when a line held now is held.
    fn until(&self, hold: Hold) -> Option<Timestamp> {
        hold.expires().then(|| later(self.now, HOLD))
    }

    /// Has a held line dropped at `until`.
    fn expire(&mut self, message: &MessageId, until: Option<Timestamp>) {
        if let Some(at) = until {
            self.then(Effect::Timer {
                at,
                timer: Timer::HoldExpired {
                    message: message.clone(),
                },
            });
        }
    }

    /// Says something to a line's writer, in reply to it; the line's buttons work on
    /// the answer too.
    fn ask(&mut self, line: &OpenLine, text: Saying) {
        self.say(Say::about(line.message.clone(), &line.event, text));
    }

    /// The same, and rings the writer.
    fn ring_writer(&mut self, line: &OpenLine, text: Saying) {
        let say = Say::about(line.message.clone(), &line.event, text);
        self.say(say.ringing(line.writer.clone()));
    }

    /// Why a line is held, and what its writer can do.
    fn why_held(&self, line: &OpenLine, hold: Hold) -> Saying {
        match hold {
            Hold::Foreign => match self.state.owned_by_other(&line.writer) {
                Some(owner) => saying!("held-foreign", agent = owner.title()),
                None => saying!("held-foreign-again"),
            },
            Hold::Doubt => saying!("held-doubt"),
            Hold::Window => self.why_window(),
            Hold::Age => saying!("held-age", ago = ago(line.received_at, self.now)),
        }
    }

    /// Why a line waits for the window.
    fn why_window(&self) -> Saying {
        match (self.policy.window, self.state.window_expires_at) {
            (Some(window), Some(_)) => saying!("kept-window", hours = window.as_hours()),
            _ => saying!("kept-never-wrote"),
        }
    }
}

/// Why a line is held; `None` if it is queued.
fn hold_of(state: OpenState) -> Option<Hold> {
    match state {
        OpenState::Held { hold, .. } => Some(hold),
        OpenState::Queued { .. } => None,
    }
}

/// A line that the store knows already. What it answers is stored with it.
fn known_line(line: &OpenLine) -> NewLine {
    NewLine {
        message: line.message.clone(),
        event: line.event.clone(),
        writer: line.writer.clone(),
        text: line.text.clone(),
        reply_to: None,
        received_at: line.received_at,
    }
}

//! The one way in: [`Conversation::apply`]. What each input means stands in this
//! module's neighbours; what holds for all of them stands here: nothing changes on
//! a refusal, the epoch moves, the room is brought up to date.

use jiff::Timestamp;

use super::super::ids::{EventId, MessageId};
use super::super::message::OpenLine;
use super::super::saying::Saying;
use super::{Conversation, Effect, Input, Mark, Owner, Policy, Refusal, Say, Status};

impl Conversation {
    /// Takes in what happened at `now` and returns what must be done about it, in
    /// order.
    ///
    /// # Errors
    /// A [`Refusal`], to be shown to whoever asked; the state has not changed.
    pub fn apply(
        &mut self,
        input: Input,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Vec<Effect>, Refusal> {
        let mut turn = Turn {
            state: self.clone(),
            now,
            policy,
            effects: Vec::new(),
        };
        turn.take(input)?;
        turn.close(self);
        *self = turn.state;
        Ok(turn.effects)
    }
}

/// One input being taken in: the state to be, and the effects so far.
pub(super) struct Turn<'a> {
    /// The state to be.
    pub(super) state: Conversation,
    /// The time.
    pub(super) now: Timestamp,
    /// The team's rules.
    pub(super) policy: &'a Policy,
    /// What must be done, in order.
    pub(super) effects: Vec<Effect>,
}

impl Turn<'_> {
    /// Hands the input to its rule.
    fn take(&mut self, input: Input) -> Result<(), Refusal> {
        match input {
            Input::CustomerSaid { message, text, at } => {
                self.customer_said(message, text.as_deref(), at);
                Ok(())
            }
            Input::PhoneSaid { message, at } => {
                self.phone_said(message, at);
                Ok(())
            }
            Input::PhoneQuiet => {
                self.phone_quiet();
                Ok(())
            }
            Input::AgentReplied(line) => self.agent_replied(line),
            Input::NoteWritten { event, agent, text } => {
                self.note_written(&event, agent, text);
                Ok(())
            }
            Input::LineEdited {
                target,
                agent,
                text,
                event,
            } => self.line_edited(&target, &agent, text, &event),
            Input::LineRedacted { target, agent: _ } => {
                self.line_redacted(&target);
                Ok(())
            }
            Input::Decided {
                message,
                agent,
                decision,
            } => self.decided(&message, &agent, decision),
            Input::TakeOver { agent, force } => self.take_over(agent, force),
            Input::Solve { agent, reason } => self.solve(&agent, reason),
            Input::SetMode { agent, note } => {
                self.set_mode(agent, note);
                Ok(())
            }
            Input::Undo { agent } => self.undo(&agent),
            Input::Resend { target, agent } => self.resend(target, agent),
            Input::OwnerGone { agent } => {
                self.owner_gone(&agent);
                Ok(())
            }
            Input::HoldExpired { message } => {
                self.hold_expired(&message);
                Ok(())
            }
            Input::HoldForAge { message } => {
                self.hold_for_age(&message);
                Ok(())
            }
        }
    }

    /// What holds for every input: the epoch moves on a human's outward line and on
    /// a change of owner or status, and what the room shows follows the state.
    fn close(&mut self, before: &Conversation) {
        let outward = self.effects.iter().any(is_outward);
        if outward || self.state.owner != before.owner || self.state.status != before.status {
            self.state.handover_epoch += 1;
        }
        let opened = self.effects.contains(&Effect::OpenCase);
        if opened || self.shown(before) != self.shown(&self.state) {
            self.effects.push(Effect::Project);
        }
    }

    /// The part of a state that name, topic and state event are made of.
    fn shown<'s>(&self, state: &'s Conversation) -> (&'s Owner, Status, bool) {
        let open = state.window_open(self.now, self.policy);
        (&state.owner, state.status, open)
    }

    /// Adds an effect.
    pub(super) fn then(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Adds a line of the desk.
    pub(super) fn say(&mut self, say: Say) {
        self.effects.push(Effect::Say(say));
    }

    /// Adds a quiet answer to `event`.
    pub(super) fn answer(&mut self, event: &EventId, text: Saying) {
        self.say(Say::notice(text).in_reply_to(event.clone()));
    }

    /// Puts marks on an event.
    pub(super) fn mark(&mut self, target: &EventId, marks: &[Mark]) {
        for &mark in marks {
            self.effects.push(Effect::Mark {
                target: target.clone(),
                mark,
            });
        }
    }

    /// Takes marks from an event.
    pub(super) fn unmark(&mut self, target: &EventId, marks: &[Mark]) {
        for &mark in marks {
            self.effects.push(Effect::Unmark {
                target: target.clone(),
                mark,
            });
        }
    }

    /// An open line by its message.
    pub(super) fn find_line(&self, message: &MessageId) -> Option<&OpenLine> {
        self.state
            .lines
            .iter()
            .find(|line| line.message == *message)
    }

    /// The same, to be changed.
    pub(super) fn find_line_mut(&mut self, message: &MessageId) -> Option<&mut OpenLine> {
        self.state
            .lines
            .iter_mut()
            .find(|line| line.message == *message)
    }
}

/// Whether an effect is a human's line on its way to the customer.
fn is_outward(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Queue { .. } | Effect::Release { .. } | Effect::Resend { .. }
    )
}

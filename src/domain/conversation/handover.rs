//! Handovers: who answers now, and how that changes.

use jiff::{SignedDuration, Timestamp};

use super::super::ids::UserId;
use super::super::message::OpenLine;
use super::super::saying::Saying;
use super::apply::Turn;
use super::window::due_of;
use super::{Before, Conversation, Effect, Owner, Refusal, Say, Status};
use crate::saying;

impl Conversation {
    /// The other agent who owns the open case, seen from `agent`.
    pub fn owned_by_other(&self, agent: &UserId) -> Option<&UserId> {
        match &self.owner {
            Owner::Agent(owner) if owner != agent && self.status != Status::Solved => Some(owner),
            Owner::Agent(_) | Owner::Assistant | Owner::Script | Owner::Queue | Owner::Phone => {
                None
            }
        }
    }
}

impl Turn<'_> {
    /// Changes the owner. Held lines are asked about again: what their writers saw
    /// has changed.
    pub(super) fn set_owner(&mut self, owner: Owner) {
        if self.replace_owner(owner) {
            self.ask_again(SignedDuration::ZERO);
        }
    }

    /// Changes the owner and nothing else. Returns whether it is another one.
    pub(super) fn replace_owner(&mut self, owner: Owner) -> bool {
        let changed = self.state.owner != owner;
        if changed {
            self.state.owner = owner;
            self.state.owner_since = Some(self.now);
        }
        changed
    }

    /// `!takeover`, ✋.
    pub(super) fn take_over(&mut self, agent: UserId, force: bool) -> Result<(), Refusal> {
        if self.state.status == Status::Solved {
            return Err(Refusal(saying!("takeover-solved")));
        }
        if self.state.owner == Owner::Agent(agent.clone()) {
            return Ok(());
        }
        if let Some(owner) = self.state.owned_by_other(&agent)
            && !force
        {
            return Err(Refusal(self.has_it(owner)));
        }
        self.then(Effect::Invite {
            agent: agent.clone(),
        });
        self.hand_to(agent);
        Ok(())
    }

    /// The owner has left the room: nobody would see the customer's next line there.
    pub(super) fn owner_gone(&mut self, agent: &UserId) {
        let owns = self.state.owner == Owner::Agent(agent.clone());
        if owns && self.state.status != Status::Solved {
            self.set_owner(Owner::Queue);
            self.then(Effect::CallHumans);
        }
    }

    /// A line of `agent` takes what no other agent has: reopens a solved case,
    /// claims from the queue or the phone, takes over from assistant or script.
    /// What it found, for giving it back; `None` if it took nothing.
    pub(super) fn take_by_line(&mut self, agent: &UserId) -> Option<Before> {
        let before = Before {
            owner: self.state.owner.clone(),
            status: self.state.status,
            waiting_since: self.state.waiting_since,
        };
        if self.state.status == Status::Solved {
            self.open_case();
            self.set_owner(Owner::Agent(agent.clone()));
            return Some(before);
        }
        if matches!(self.state.owner, Owner::Agent(_)) {
            return None;
        }
        self.hand_to(agent.clone());
        Some(before)
    }

    /// Gives an open case to `agent`, and says so where somebody else had it.
    fn hand_to(&mut self, agent: UserId) {
        let from = self.state.owner.clone();
        let name = agent.title();
        match &from {
            Owner::Queue => self.then(Effect::Claimed {
                agent: agent.clone(),
            }),
            Owner::Phone => {}
            Owner::Assistant | Owner::Script => self.say(Say::notice(saying!(
                "taken-over",
                agent = name,
                from = named(&from)
            ))),
            Owner::Agent(_) => self.say(Say::notice(saying!(
                "taken-over-from-agent",
                agent = name,
                from = named(&from)
            ))),
        }
        self.set_owner(Owner::Agent(agent));
    }

    /// Undoes what a cancelled line took, if it is still in its undo window, its
    /// writer still owns the conversation and no other line of theirs is on its way.
    pub(super) fn give_back(&mut self, line: &OpenLine) {
        let Some(before) = &line.took_from else {
            return;
        };
        let in_undo_window = due_of(line.state).is_some_and(|due| self.now < due);
        let other_line = self
            .state
            .lines
            .iter()
            .any(|other| other.writer == line.writer && due_of(other.state).is_some());
        if !in_undo_window || other_line || self.state.owner != Owner::Agent(line.writer.clone()) {
            return;
        }
        self.restore(before, &line.writer);
    }

    /// Puts back what a line found.
    fn restore(&mut self, before: &Before, writer: &UserId) {
        let was_solved = before.status == Status::Solved;
        if was_solved && self.state.waiting_since.is_none() {
            self.close_case(Some(writer), None);
            return self.set_owner(Owner::Queue);
        }
        // A solved case into which the customer has written since stays open.
        let owner = if was_solved {
            Owner::Queue
        } else {
            before.owner.clone()
        };
        let waiting = [before.waiting_since, self.state.waiting_since];
        self.state.waiting_since = waiting.into_iter().flatten().min();
        self.set_owner(owner.clone());
        match &owner {
            Owner::Queue if self.state.status == Status::Open => self.then(Effect::CallHumans),
            Owner::Assistant | Owner::Script => self.say(Say::notice(saying!(
                "given-back",
                agent = writer.title(),
                to = named(&owner)
            ))),
            Owner::Queue | Owner::Agent(_) | Owner::Phone => {}
        }
    }

    /// The refusal that names who has the conversation, and since when.
    fn has_it(&self, owner: &UserId) -> Saying {
        let agent = owner.title();
        match self.state.owner_since {
            Some(since) => saying!("has-it", agent = agent, ago = ago(since, self.now)),
            None => saying!("has-it-undated", agent = agent),
        }
    }
}

/// An owner in words.
pub(super) fn named(owner: &Owner) -> Saying {
    match owner {
        Owner::Assistant => saying!("owner-assistant"),
        Owner::Script => saying!("owner-script"),
        Owner::Queue => saying!("owner-queue"),
        Owner::Phone => saying!("owner-phone"),
        Owner::Agent(agent) => saying!("owner-agent", agent = agent.title()),
    }
}

/// How long ago something was, in the largest whole unit.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> Saying {
    let minutes = now.duration_since(then).as_mins().max(0);
    match (minutes / (24 * 60), minutes / 60) {
        (0, 0) => saying!("ago-minutes", n = minutes),
        (0, hours) => saying!("ago-hours", n = hours),
        (days, _) => saying!("ago-days", n = days),
    }
}

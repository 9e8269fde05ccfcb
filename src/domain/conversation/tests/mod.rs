//! The rules of a conversation, one sentence each. Expected values come from the
//! product's specification, written by hand.

mod customer;
mod edit;
mod handover;
mod held;
mod phone;
mod property;
mod reply;

use jiff::{SignedDuration, Timestamp};

use super::super::ids::{ConversationId, EventId, MessageId, UserId};
use super::super::message::{Hold, LineState, OpenState};
use super::super::rich::{Block, Inline, Rich};
use super::*;

/// A conversation, a clock and a policy.
struct Desk {
    state: Conversation,
    now: Timestamp,
    policy: Policy,
}

/// What the last input brought.
type Outcome = Result<Vec<Effect>, Refusal>;

impl Desk {
    /// Before the customer's first line.
    fn new() -> Self {
        Self {
            state: Conversation::new(ConversationId::from("cnv_1"), "idn_1".into(), "wa".into()),
            now: "2026-11-21T10:00:00Z".parse().unwrap(),
            policy: policy(),
        }
    }

    /// With an open case in the queue.
    fn open() -> Self {
        let mut desk = Self::new();
        desk.says("msg_first", "halo").unwrap();
        desk
    }

    /// With an open case that `agent` has.
    fn owned_by(agent: &str) -> Self {
        let mut desk = Self::open();
        desk.take_over(agent, false).unwrap();
        desk
    }

    fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// The time `seconds` from now.
    fn at(&self, seconds: i64) -> Timestamp {
        self.now + SignedDuration::from_secs(seconds)
    }

    fn apply(&mut self, input: Input) -> Outcome {
        self.state.apply(input, self.now, &self.policy)
    }

    fn says(&mut self, message: &str, text: &str) -> Outcome {
        self.apply(Input::CustomerSaid {
            message: message.into(),
            text: Some(text.to_owned()),
            at: self.now,
        })
    }

    fn replies(&mut self, agent: &str, message: &str) -> Outcome {
        self.writes(agent, message, None)
    }

    fn writes(&mut self, agent: &str, message: &str, hold: Option<Hold>) -> Outcome {
        self.apply(Input::AgentReplied(Outward {
            message: message.into(),
            event: event_of(message),
            agent: user(agent),
            text: text("baik"),
            reply_to: None,
            received_at: self.now,
            hold,
        }))
    }

    fn take_over(&mut self, agent: &str, force: bool) -> Outcome {
        self.apply(Input::TakeOver {
            agent: user(agent),
            force,
        })
    }

    fn solve(&mut self, agent: &str) -> Outcome {
        self.apply(Input::Solve {
            agent: user(agent),
            reason: None,
        })
    }

    fn decides(&mut self, agent: &str, message: &str, decision: Decision) -> Outcome {
        self.apply(Input::Decided {
            message: message.into(),
            agent: user(agent),
            decision,
        })
    }

    fn redacts(&mut self, agent: &str, message: &str, state: LineState) -> Outcome {
        self.apply(Input::LineRedacted {
            target: target(agent, message, state),
            agent: user(agent),
        })
    }

    /// What the worker does when an attempt has started.
    fn starts(&mut self, message: &str) {
        let message = MessageId::from(message);
        self.state.lines.retain(|line| line.message != message);
    }

    fn due(&self, message: &str) -> Option<Timestamp> {
        let message = MessageId::from(message);
        let line = self.state.lines.iter().find(|l| l.message == message)?;
        match line.state {
            OpenState::Queued { due } => Some(due),
            OpenState::Held { .. } => None,
        }
    }
}

fn policy() -> Policy {
    Policy {
        undo_window: SignedDuration::from_secs(5),
        takeover_undo_window: SignedDuration::from_secs(10),
        foreign_reply: ForeignReply::Ask,
        plain_line_while_assistant: PlainLine::Takeover,
        window: Some(SignedDuration::from_hours(24)),
        echo: Echo::Pause(SignedDuration::from_mins(30)),
    }
}

fn user(name: &str) -> UserId {
    UserId::from(format!("@{name}:localhost"))
}

fn agent(name: &str) -> Owner {
    Owner::Agent(user(name))
}

fn event_of(message: &str) -> EventId {
    EventId::from(format!("${message}"))
}

fn text(plain: &str) -> Rich {
    Rich {
        blocks: vec![Block::Paragraph(vec![Inline::Text(plain.to_owned())])],
    }
}

fn target(writer: &str, message: &str, state: LineState) -> Target {
    Target {
        message: message.into(),
        event: event_of(message),
        state,
        writer: user(writer),
    }
}

fn queue(writer: &str, message: &str, received_at: Timestamp, due: Timestamp) -> Effect {
    Effect::Queue {
        line: line(writer, message, received_at),
        due,
    }
}

fn line(writer: &str, message: &str, received_at: Timestamp) -> NewLine {
    NewLine {
        message: message.into(),
        event: event_of(message),
        writer: user(writer),
        text: text("baik"),
        reply_to: None,
        received_at,
    }
}

fn still_waiting(message: &str, at: Timestamp) -> Effect {
    Effect::Timer {
        at,
        timer: Timer::StillWaiting {
            message: message.into(),
        },
    }
}

fn expires(message: &str, at: Timestamp) -> Effect {
    Effect::Timer {
        at,
        timer: Timer::HoldExpired {
            message: message.into(),
        },
    }
}

fn marks(message: &str, marks: &[Mark]) -> Vec<Effect> {
    let of = |mark: &Mark| Effect::Mark {
        target: event_of(message),
        mark: *mark,
    };
    marks.iter().map(of).collect()
}

fn unmarks(message: &str, marks: &[Mark]) -> Vec<Effect> {
    let of = |mark: &Mark| Effect::Unmark {
        target: event_of(message),
        mark: *mark,
    };
    marks.iter().map(of).collect()
}

fn answer(message: &str, text: Saying) -> Effect {
    Effect::Say(Say::notice(text).in_reply_to(event_of(message)))
}

fn ringing_answer(message: &str, text: Saying, whom: &str) -> Effect {
    let say = Say::notice(text).in_reply_to(event_of(message));
    Effect::Say(say.ringing(user(whom)))
}

/// An answer about a line, on which the line's buttons work.
fn asks(message: &str, text: Saying) -> Effect {
    Effect::Say(Say::about(message.into(), &event_of(message), text))
}

/// The same, ringing somebody.
fn asks_ringing(message: &str, text: Saying, whom: &str) -> Effect {
    let say = Say::about(message.into(), &event_of(message), text);
    Effect::Say(say.ringing(user(whom)))
}

/// The key of a refusal.
fn refused(outcome: Outcome) -> String {
    outcome.unwrap_err().0.key.into_owned()
}

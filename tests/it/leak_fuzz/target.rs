//! What is known of the event that another points at.

use jiff::{SignedDuration, Timestamp};
use loket::domain::conversation::Target;
use loket::domain::ids::{EventId, MessageId, UserId};
use loket::domain::leak::Known;
use loket::domain::message::{Hold, LineState, OpenLine, OpenState};
use loket::domain::room_event::EventKind;

use super::case::Relation;
use super::dice::Dice;
use super::scene::Scene;
use super::write;

/// All kinds, the public ones more often.
const KINDS: &[EventKind] = &[
    EventKind::Customer,
    EventKind::Customer,
    EventKind::Agent,
    EventKind::Agent,
    EventKind::Note,
    EventKind::Command,
    EventKind::Draft,
    EventKind::Card,
    EventKind::Notice,
    EventKind::Mark,
    EventKind::Claim,
    EventKind::Other,
];

/// All states of a line.
const STATES: &[LineState] = &[
    LineState::Held,
    LineState::Held,
    LineState::Queued,
    LineState::Queued,
    LineState::Started,
    LineState::Accepted,
    LineState::Accepted,
    LineState::Delivered,
    LineState::Read,
    LineState::Failed,
    LineState::Unknown,
    LineState::Cancelled,
];

/// What is known of the event pointed at.
pub(crate) fn known(
    dice: &mut Dice,
    relation: Relation,
    scene: &mut Scene<'_>,
    customer: &UserId,
) -> Known {
    let kind = match relation {
        Relation::Edit | Relation::Reaction | Relation::Redaction if dice.chance(35) => {
            EventKind::Agent
        }
        _ => *dice.pick(KINDS),
    };
    let has_line = match kind {
        EventKind::Agent => dice.chance(94),
        EventKind::Notice | EventKind::Note => dice.chance(40),
        EventKind::Customer
        | EventKind::Command
        | EventKind::Draft
        | EventKind::Card
        | EventKind::Mark
        | EventKind::Claim
        | EventKind::Other => false,
    };
    let line = has_line.then(|| target(dice, scene, kind, customer));
    Known {
        event: EventId::from("$target"),
        kind,
        line,
    }
}

/// A line, put into the conversation if it is held or waits for its turn.
fn target(dice: &mut Dice, scene: &mut Scene<'_>, kind: EventKind, customer: &UserId) -> Target {
    let event = match kind {
        EventKind::Notice => "$line",
        _ => "$target",
    };
    let writer = match dice.below(10) {
        0..=5 => scene.sender.clone(),
        6 => customer.clone(),
        _ => dice.pick(scene.colleagues).user.clone(),
    };
    let target = Target {
        message: MessageId::from("msg_1"),
        event: EventId::from(event),
        state: match kind {
            EventKind::Note => LineState::Cancelled,
            _ => *dice.pick(STATES),
        },
        writer,
    };
    if let Some(state) = open_state(dice, target.state, scene.now) {
        scene.conversation.lines.push(OpenLine {
            message: target.message.clone(),
            event: target.event.clone(),
            writer: target.writer.clone(),
            text: write::plain("tadi").text,
            state,
            received_at: scene.now - SignedDuration::from_secs(3),
            took_from: None,
        });
    }
    target
}

/// What the conversation knows of a line in `state`; `None` if nothing.
fn open_state(dice: &mut Dice, state: LineState, now: Timestamp) -> Option<OpenState> {
    match state {
        LineState::Held => {
            let hold = *dice.pick(&[Hold::Foreign, Hold::Doubt, Hold::Window, Hold::Age]);
            let until = hold.expires().then_some(now + SignedDuration::from_mins(8));
            Some(OpenState::Held { hold, until })
        }
        LineState::Queued => Some(OpenState::Queued {
            due: now + SignedDuration::from_secs(2),
        }),
        LineState::Started
        | LineState::Accepted
        | LineState::Delivered
        | LineState::Read
        | LineState::Failed
        | LineState::Unknown
        | LineState::Cancelled => None,
    }
}

//! Reactions and redactions.

use unicode_segmentation::UnicodeSegmentation;

use super::super::conversation::{Decision, Owner, Target};
use super::super::ids::UserId;
use super::super::message::LineState;
use super::super::rich::Rich;
use super::super::room_event::EventKind;
use super::{Context, Known, Verdict};

/// Reactions that are the desk's buttons and marks: they never reach a customer.
const OURS: [&str; 14] = [
    "✋", "🤖", "✅", "❌", "💤", "📝", "🔁", "⏸", "👀", "⏳", "⚠", "1⃣", "2⃣", "3⃣",
];

/// What a reaction of an agent is.
pub(super) fn reaction(sender: &UserId, key: &str, context: &Context<'_>) -> Verdict {
    let Some(target) = context.target else {
        return Verdict::Ignore;
    };
    let bare = bare(key);
    if OURS.contains(&bare.as_str()) {
        return button(sender, &bare, target);
    }
    let may_leave = context.conversation.owner == Owner::Agent(sender.clone())
        && context.window_open()
        && is_known_to_the_customer(target)
        && is_emoji(&bare);
    if may_leave {
        Verdict::React {
            target: target.event.clone(),
            key: key.trim().to_owned(),
        }
    } else {
        Verdict::Ignore
    }
}

/// What a redaction by an agent is: only the writer takes a line back.
pub(super) fn redaction(sender: &UserId, context: &Context<'_>) -> Verdict {
    let line = context
        .target
        .filter(|known| known.kind == EventKind::Agent)
        .and_then(|known| known.line.as_ref())
        .filter(|line| line.writer == *sender);
    line.map_or(Verdict::Ignore, |line| Verdict::Redact {
        target: line.clone(),
    })
}

/// What a button does.
fn button(sender: &UserId, key: &str, target: &Known) -> Verdict {
    match (key, line_of(target)) {
        ("✋", _) => command("takeover"),
        ("✅", Some(line)) => decide(sender, line, Decision::Send),
        ("❌", Some(line)) => decide(sender, line, Decision::Drop),
        ("✅", None) if target.kind == EventKind::Card => command("solve"),
        ("🔁", Some(line)) if may_be_repeated(line.state) => command("resend"),
        _ => Verdict::Ignore,
    }
}

/// The line that an event carries or speaks of.
fn line_of(target: &Known) -> Option<&Target> {
    let has_buttons = matches!(target.kind, EventKind::Agent | EventKind::Notice);
    target.line.as_ref().filter(|_| has_buttons)
}

/// The decision about a held line, if it is held and theirs.
fn decide(sender: &UserId, line: &Target, decision: Decision) -> Verdict {
    if line.state == LineState::Held && line.writer == *sender {
        Verdict::Decide {
            message: line.message.clone(),
            decision,
        }
    } else {
        Verdict::Ignore
    }
}

/// A button in place of a command.
fn command(name: &str) -> Verdict {
    Verdict::Command {
        text: name.to_owned(),
        rich: Rich::from_plain(name),
    }
}

/// Whether a line has been sent, or failed to be.
fn may_be_repeated(state: LineState) -> bool {
    match state {
        LineState::Accepted
        | LineState::Delivered
        | LineState::Read
        | LineState::Failed
        | LineState::Unknown => true,
        LineState::Held | LineState::Queued | LineState::Started | LineState::Cancelled => false,
    }
}

/// Whether the customer has the event that was reacted to.
fn is_known_to_the_customer(target: &Known) -> bool {
    let was_accepted = |line: &Target| {
        matches!(
            line.state,
            LineState::Accepted | LineState::Delivered | LineState::Read
        )
    };
    match target.kind {
        EventKind::Customer => true,
        EventKind::Agent => target.line.as_ref().is_some_and(was_accepted),
        EventKind::Note
        | EventKind::Command
        | EventKind::Draft
        | EventKind::Card
        | EventKind::Notice
        | EventKind::Mark
        | EventKind::Claim
        | EventKind::Other => false,
    }
}

/// A reaction's key without what only chooses its look: variation selectors and
/// skin tones.
fn bare(key: &str) -> String {
    key.trim()
        .chars()
        .filter(|c| !matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}'))
        .collect()
}

/// Whether a reaction's key is one emoji: clients let people react with any text,
/// and text could say something internal.
fn is_emoji(key: &str) -> bool {
    let is_one = key.graphemes(true).count() == 1;
    let is_text =
        |c: char| c.is_alphanumeric() || c.is_ascii() || c.is_whitespace() || c.is_control();
    is_one && (!key.starts_with(is_text) || key.ends_with('\u{20E3}'))
}

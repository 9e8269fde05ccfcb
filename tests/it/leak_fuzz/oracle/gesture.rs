//! Reactions and redactions.

use loket::domain::conversation::{Owner, Target};
use loket::domain::leak::{Context, Known};
use loket::domain::message::LineState;
use loket::domain::room_event::{EventKind, RoomEvent};

use super::read::{self, Lead};
use super::{Fate, Ruling, own_line};

/// Emoji that are the desk's buttons and marks; they never leave.
const OURS: &[&str] = &[
    "✋", "🤖", "✅", "❌", "💤", "📝", "🔁", "⏸", "👀", "⏳", "⚠", "1⃣", "2⃣", "3⃣",
];

/// Rules about a reaction.
pub(super) fn reaction(event: &RoomEvent, key: &str, context: &Context<'_>) -> Ruling {
    let emoji: String = key.chars().filter(|sign| !is_style(*sign)).collect();
    let decision = match emoji.as_str() {
        "✅" => Some(Fate::DecideSend),
        "❌" => Some(Fate::DecideDrop),
        _ => None,
    };
    let held = context.target.and_then(held_line);
    if let (Some(decision), Some(line)) = (decision, held)
        && line.writer == event.sender
    {
        return Ruling::only("held: its writer decides", &[decision]);
    }
    let never = |why| Ruling::only(why, &[Fate::Ignore, Fate::Command, Fate::Refuse]);
    if OURS.contains(&emoji.as_str()) {
        return never("a button or mark of the desk");
    }
    let lead = read::lead(
        &read::squeeze(key),
        context.prefix,
        context.commands,
        context.colleagues,
    );
    if emoji.is_empty() || lead != Lead::Plain {
        return never("a reaction of internal text").or(&[Fate::Note]);
    }
    if context.conversation.owner != Owner::Agent(event.sender.clone()) {
        return never("reactions only from the owner");
    }
    let has_it = match context.target {
        Some(known) if known.kind == EventKind::Customer => Some(true),
        Some(known) if known.kind == EventKind::Agent => {
            known.line.as_ref().map_or(Some(false), is_sent)
        }
        Some(_) | None => Some(false),
    };
    if has_it == Some(false) {
        return never("a reaction on an internal or unsent event");
    }
    let is_word = key.contains(|sign: char| sign.is_ascii_alphabetic());
    reach(event, context, has_it == Some(true) && !is_word)
}

/// A reaction of the owner on what the customer has, or (not `sure`) may have.
fn reach(event: &RoomEvent, context: &Context<'_>, sure: bool) -> Ruling {
    let ruling = Ruling::only("a reaction of the owner", &[Fate::React]);
    let end = context.conversation.window_expires_at;
    let closed = context.policy.has_window() && end.is_none_or(|end| end <= context.now);
    if closed || !sure || context.conversation.note_mode.contains(&event.sender) {
        return ruling.or(&[Fate::Ignore, Fate::Refuse, Fate::AskWindow]);
    }
    ruling
}

/// Whether `sign` only changes how an emoji is drawn.
fn is_style(sign: char) -> bool {
    matches!(sign, '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// The held line that an agent's event is, or that a notice speaks of.
fn held_line(known: &Known) -> Option<&Target> {
    let speaks = matches!(known.kind, EventKind::Agent | EventKind::Notice);
    let line = known.line.as_ref().filter(|_| speaks);
    line.filter(|line| line.state == LineState::Held)
}

/// Whether the customer has got `line`; `None` if nobody knows.
fn is_sent(line: &Target) -> Option<bool> {
    match line.state {
        LineState::Accepted | LineState::Delivered | LineState::Read => Some(true),
        LineState::Held | LineState::Queued | LineState::Cancelled => Some(false),
        LineState::Started | LineState::Failed | LineState::Unknown => None,
    }
}

/// Rules about a redaction.
pub(super) fn redaction(event: &RoomEvent, context: &Context<'_>) -> Ruling {
    let line = context
        .target
        .filter(|known| known.kind == EventKind::Agent);
    let line = line.and_then(|known| known.line.as_ref());
    match (own_line(event, context.target), line) {
        (Some(_), _) => Ruling::only("redaction of an own line", &[Fate::Redact]),
        (None, Some(_)) => Ruling::only(
            "redaction of another's line",
            &[Fate::Ignore, Fate::Refuse, Fate::Redact],
        ),
        (None, None) => Ruling::only("redaction of no line", &[Fate::Ignore, Fate::Refuse]),
    }
}

//! Rules 2 to 13: messages.

use super::super::conversation::{ForeignReply, Owner, PlainLine};
use super::super::ids::UserId;
use super::super::message::Hold;
use super::super::rich::Rich;
use super::super::room_event::{EventKind, Line};
use super::lead::{Lead, lead, looks_internal};
use super::mention::{calls_colleague, names_colleague};
use super::prepare::{Sketch, trimmed};
use super::{Context, Verdict};
use crate::saying;

/// What a message of an agent is.
pub(super) fn classify(sender: &UserId, line: &Line, context: &Context<'_>) -> Verdict {
    if line.replaces.is_some() {
        return edit(sender, line, context);
    }
    // Rule 2.
    if line.msgtype == "m.notice" {
        return Verdict::Ignore;
    }
    let reading = Reading::of(line);
    if reading.is_empty() && !is_file(line) {
        return Verdict::Ignore;
    }
    if let Some(verdict) = internal(sender, line, &reading, context) {
        return verdict;
    }
    if line.msgtype != "m.text" {
        return Verdict::Refuse(if is_file(line) {
            saying!("not-sent-file")
        } else {
            saying!("not-sent-kind")
        });
    }
    outward(sender, reading.outward(context), context)
}

/// What `!send` makes of its text: outward by its writer's own word, so that
/// rules 3 to 8 do not look at it; rules 9 to 13 do.
pub fn explicit(sender: &UserId, text: Rich, context: &Context<'_>) -> Verdict {
    outward(sender, trimmed(text.without_quotes()), context)
}

/// An edit: the new text of a line of theirs is read by rules 2 to 8. Edits of
/// anything else, or of something unknown, go nowhere.
fn edit(sender: &UserId, line: &Line, context: &Context<'_>) -> Verdict {
    let target = context
        .target
        .filter(|known| known.kind == EventKind::Agent)
        .and_then(|known| known.line.as_ref())
        .filter(|target| target.writer == *sender);
    let Some(target) = target else {
        return Verdict::Ignore;
    };
    // What the line answers was decided when it was first written; in a thread
    // nothing is outward.
    let line = Line {
        reply_to: None,
        ..line.clone()
    };
    let reading = Reading::of(&line);
    let is_text = line.msgtype == "m.text";
    let text = match internal(sender, &line, &reading, context) {
        None if is_text => Some(leaving(reading.outward(context))),
        Some(_) | None => None,
    };
    Verdict::Edit {
        target: target.clone(),
        text: text.filter(|text| !text.is_blank()),
    }
}

/// Rules 3 to 8, and what looks as if they were meant: what never goes out as it is.
/// `None` if none of them applies.
fn internal(
    sender: &UserId,
    line: &Line,
    reading: &Reading,
    context: &Context<'_>,
) -> Option<Verdict> {
    // Rules 3 to 5.
    if let Some(verdict) = reading.led(context) {
        return Some(verdict);
    }
    let note = || {
        Some(Verdict::Note {
            text: reading.whole.clone(),
        })
    };
    // Rule 6.
    if line.thread.is_some() || (line.reply_to.is_some() && !answers_outward(context)) {
        return note();
    }
    // What is no text is never sent, not even confirmed.
    let doubt = |looks: fn(&str, &Context<'_>) -> bool| {
        let is_doubtful =
            line.msgtype == "m.text" && reading.sketches().any(|text| looks(text, context));
        is_doubtful.then(|| ask(Hold::Doubt, leaving(reading.outward(context))))
    };
    if let Some(held) = doubt(looks_internal) {
        return Some(held);
    }
    // Rules 7 and 8.
    if names_colleague(line, reading, context) || context.conversation.note_mode.contains(sender) {
        return note();
    }
    doubt(calls_colleague)
}

/// Whether what a reply answers lets it be outward: what the customer knows of, or
/// a draft. Something unknown does not.
fn answers_outward(context: &Context<'_>) -> bool {
    context
        .target
        .is_some_and(|target| target.kind.is_public() || target.kind == EventKind::Draft)
}

/// Rules 9 to 13.
fn outward(sender: &UserId, text: Rich, context: &Context<'_>) -> Verdict {
    let leaving = leaving(text.clone());
    if leaving.is_blank() {
        return Verdict::Refuse(saying!("not-sent-empty"));
    }
    match &context.conversation.owner {
        // Rule 9.
        Owner::Assistant | Owner::Script => match context.policy.plain_line_while_assistant {
            PlainLine::Takeover => {}
            PlainLine::Refuse => return Verdict::Refuse(saying!("not-sent-assistant-owns")),
            PlainLine::Note => return Verdict::Note { text },
        },
        // Rule 10.
        Owner::Agent(owner) if owner != sender => match context.policy.foreign_reply {
            ForeignReply::Ask => return ask(Hold::Foreign, leaving),
            ForeignReply::Allow => {}
            ForeignReply::Refuse => {
                return Verdict::Refuse(saying!(
                    "not-sent-foreign",
                    owner = context.name_of(owner)
                ));
            }
        },
        Owner::Queue | Owner::Phone | Owner::Agent(_) => {}
    }
    // Rule 11.
    if !context.window_open() {
        return ask(Hold::Window, leaving);
    }
    // Rules 12 and 13.
    Verdict::Send { text: leaving }
}

/// Outward once its writer confirms.
fn ask(hold: Hold, text: Rich) -> Verdict {
    Verdict::Ask { hold, text }
}

/// The text as it may leave: no mention is left in it.
fn leaving(text: Rich) -> Rich {
    trimmed(text.without_mentions())
}

/// Whether the message is a file or the like, whose text is a caption.
fn is_file(line: &Line) -> bool {
    matches!(
        line.msgtype.as_str(),
        "m.image" | "m.file" | "m.audio" | "m.video" | "m.sticker"
    )
}

/// A message as the rules read it. Its plain and its formatted text are both
/// looked at: if either looks internal, the message is.
pub(super) struct Reading {
    /// The formatted text, trimmed, with quotations: what a note keeps.
    pub(super) whole: Rich,
    /// The formatted text and the plain one, trimmed, without quotations.
    forms: Vec<Form>,
}

/// One of a message's two texts.
struct Form {
    /// The text, trimmed, without quotations.
    rich: Rich,
    /// What the rules see of it.
    sketch: Sketch,
}

impl Reading {
    /// Reads a message.
    fn of(line: &Line) -> Self {
        // A file without caption has its name as its body.
        let captionless = is_file(line) && line.text.is_blank();
        let body = if captionless { "" } else { &line.body };
        let text = trimmed(line.text.clone());
        let plain = trimmed(Rich::from_plain(body));
        let whole = if text.is_blank() { plain.clone() } else { text };
        let forms = [whole.clone(), plain].map(|rich| {
            let rich = trimmed(rich.without_quotes());
            let sketch = Sketch::of(&rich.plain());
            Form { rich, sketch }
        });
        Self {
            whole,
            forms: forms.into(),
        }
    }

    /// What the rules see of the formatted text, then of the plain one.
    pub(super) fn sketches(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(|form| form.sketch.text.as_str())
    }

    /// Whether it holds nothing at all.
    fn is_empty(&self) -> bool {
        self.whole.is_blank()
    }

    /// The formatted text without quotations, and without the sign that makes a
    /// command prefix literal.
    fn outward(&self, context: &Context<'_>) -> Rich {
        let Some(form) = self.forms.first() else {
            return Rich::default();
        };
        match lead(&form.sketch.text, context) {
            Lead::Literal => form.without_first(super::fold(context.prefix).chars().count()),
            Lead::Prose | Lead::Command(_) | Lead::Note(_) => form.rich.clone(),
        }
    }

    /// Rules 3 to 5. A command in either text wins over a note in the other.
    fn led(&self, context: &Context<'_>) -> Option<Verdict> {
        let leads = || {
            self.forms
                .iter()
                .map(|form| (form, lead(&form.sketch.text, context)))
        };
        let command = leads().find_map(|(form, lead)| match lead {
            Lead::Command(n) => {
                let rich = form.without_first(n);
                let text = rich.plain();
                Some(Verdict::Command { text, rich })
            }
            Lead::Note(_) | Lead::Literal | Lead::Prose => None,
        });
        command.or_else(|| {
            leads().find_map(|(form, lead)| match lead {
                Lead::Note(n) => Some(Verdict::Note {
                    text: form.without_first(n),
                }),
                Lead::Command(_) | Lead::Literal | Lead::Prose => None,
            })
        })
    }
}

impl Form {
    /// The text after the first `n` characters of the sketch.
    fn without_first(&self, n: usize) -> Rich {
        self.sketch.original(n).map_or_else(Rich::default, |n| {
            trimmed(self.rich.clone().without_first(n))
        })
    }
}

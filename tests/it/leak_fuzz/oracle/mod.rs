//! A second reading of the specification, made from its text alone: which
//! verdicts it allows for an event, and which text may leave.
//!
//! It shares nothing with the code under test but the types. Where the text
//! leaves room, every reading of it that keeps internal things inside is allowed.

mod gesture;
mod line;
mod read;

use loket::domain::conversation::{Decision, Target};
use loket::domain::leak::{Context, Known, Role, Verdict};
use loket::domain::message::Hold;
use loket::domain::room_event::{EventKind, RoomContent, RoomEvent};

pub(crate) use read::{is_clean, is_note, shown, squeeze};

/// A verdict without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Nothing to do.
    Ignore,
    /// A command.
    Command,
    /// A note.
    Note,
    /// Never sent, and said so.
    Refuse,
    /// Held, because a later line looks internal.
    AskDoubt,
    /// Held, because another agent owns.
    AskForeign,
    /// Kept, because the window is closed.
    AskWindow,
    /// Held for age.
    AskAge,
    /// To the customer.
    Send,
    /// A line's new text, for the customer.
    EditTo,
    /// A line that became internal.
    EditAway,
    /// A line taken back.
    Redact,
    /// ✅ on a held line.
    DecideSend,
    /// ❌ on a held line.
    DecideDrop,
    /// A reaction for the customer.
    React,
}

impl Fate {
    /// The fate that `verdict` is.
    pub(crate) fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Ignore => Self::Ignore,
            Verdict::Command { .. } => Self::Command,
            Verdict::Note { .. } => Self::Note,
            Verdict::Refuse(_) => Self::Refuse,
            Verdict::Ask { hold, .. } => match hold {
                Hold::Doubt => Self::AskDoubt,
                Hold::Foreign => Self::AskForeign,
                Hold::Window => Self::AskWindow,
                Hold::Age => Self::AskAge,
            },
            Verdict::Send { .. } => Self::Send,
            Verdict::Edit { text: Some(_), .. } => Self::EditTo,
            Verdict::Edit { text: None, .. } => Self::EditAway,
            Verdict::Redact { .. } => Self::Redact,
            Verdict::Decide { decision, .. } => match decision {
                Decision::Send => Self::DecideSend,
                Decision::Drop => Self::DecideDrop,
            },
            Verdict::React { .. } => Self::React,
        }
    }

    /// Whether something can reach the customer by it.
    pub(crate) fn is_outward(self) -> bool {
        match self {
            Self::Ignore
            | Self::Command
            | Self::Note
            | Self::Refuse
            | Self::EditAway
            | Self::Redact
            | Self::DecideDrop => false,
            Self::AskDoubt
            | Self::AskForeign
            | Self::AskWindow
            | Self::AskAge
            | Self::Send
            | Self::EditTo
            | Self::DecideSend
            | Self::React => true,
        }
    }
}

/// What the specification says of an event.
#[derive(Debug, Clone)]
pub(crate) struct Ruling {
    /// The sentence that decided, in a few words.
    pub(crate) why: &'static str,
    /// The fates that are allowed, the first as the text puts it.
    pub(crate) allowed: Vec<Fate>,
    /// The lines of text that may leave; `None` if the text is not looked at.
    pub(crate) text: Option<Vec<String>>,
}

impl Ruling {
    /// Only `allowed`; any text.
    fn only(why: &'static str, allowed: &[Fate]) -> Self {
        Self {
            why,
            allowed: allowed.to_vec(),
            text: None,
        }
    }

    /// The same, and `more` too.
    fn or(mut self, more: &[Fate]) -> Self {
        self.allowed.extend_from_slice(more);
        self
    }

    /// The same, but not `less`.
    fn not(mut self, less: Fate) -> Self {
        self.allowed.retain(|fate| *fate != less);
        self
    }
}

/// Rules about `event`.
pub(crate) fn rule(event: &RoomEvent, context: &Context<'_>) -> Ruling {
    let ruling = match context.sender {
        Role::Ours => return Ruling::only("1: ours", &[Fate::Ignore]),
        Role::Stranger => return Ruling::only("1: stranger", &[Fate::Ignore, Fate::Refuse]),
        Role::Agent => match &event.content {
            RoomContent::Line(line) => line::rule(event, line, context),
            RoomContent::Reaction { key, .. } => gesture::reaction(event, key, context),
            RoomContent::Redaction { .. } => gesture::redaction(event, context),
            RoomContent::Member { .. }
            | RoomContent::EncryptionOn
            | RoomContent::Encrypted
            | RoomContent::Other { .. } => {
                Ruling::only("other types never leave", &[Fate::Ignore, Fate::Refuse])
            }
        },
    };
    if event.loket_id.is_some() {
        return ruling.or(&[Fate::Ignore]);
    }
    ruling
}

/// The line that an event of kind `Agent` carries, if `event`'s sender wrote it.
fn own_line<'a>(event: &RoomEvent, known: Option<&'a Known>) -> Option<&'a Target> {
    let known = known.filter(|known| known.kind == EventKind::Agent)?;
    known
        .line
        .as_ref()
        .filter(|line| line.writer == event.sender)
}

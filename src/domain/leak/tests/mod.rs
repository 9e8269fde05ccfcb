//! Every rule with cases by hand. [`Desk`] is a conversation of Ayu's with her
//! colleagues Sari and Budi and the desk; what a rule says is compared as text.

mod edits;
mod gestures;
mod lines;
mod lists;
mod owners;

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::super::conversation::{Echo, ForeignReply, PlainLine};
use super::super::message::LineState;
use super::super::rich::{Block, Inline};
use super::super::room_event::Line;
use super::*;

/// The agent who writes.
const AYU: &str = "@ayu:desk.id";
/// Her colleague.
const SARI: &str = "@sari:desk.id";
/// The time of every test.
const NOW: &str = "2026-11-21T09:00:00Z";
/// The commands of the tests, as the registry would list them.
const COMMANDS: [&str; 6] = ["takeover", "ambil", "solve", "note", "send", "assign-ai"];

/// What the rules look at.
struct Desk {
    /// Who the sender is.
    role: Role,
    /// What starts a command.
    prefix: &'static str,
    /// The conversation.
    conversation: Conversation,
    /// The team's rules.
    policy: Policy,
    /// What the event points at.
    target: Option<Known>,
}

/// A conversation that Ayu owns, with an open window.
fn desk() -> Desk {
    let mut conversation = Conversation::new("cnv_1".into(), "idn_1".into(), "wa".into());
    conversation.owner = Owner::Agent(AYU.into());
    conversation.status = Status::Open;
    conversation.window_expires_at = Some("2026-11-21T10:00:00Z".parse().unwrap());
    Desk {
        role: Role::Agent,
        prefix: "!",
        conversation,
        policy: Policy {
            undo_window: SignedDuration::from_secs(5),
            takeover_undo_window: SignedDuration::from_secs(10),
            foreign_reply: ForeignReply::Ask,
            plain_line_while_assistant: PlainLine::Takeover,
            window: Some(SignedDuration::from_hours(24)),
            echo: Echo::Pause(SignedDuration::from_mins(30)),
        },
        target: None,
    }
}

/// A message of Ayu's without formatting.
fn line(text: &str) -> Line {
    Line {
        msgtype: "m.text".into(),
        body: text.into(),
        text: Rich::from_plain(text),
        mentions: Vec::new(),
        reply_to: None,
        thread: None,
        replaces: None,
    }
}

/// A message whose formatted text is `inlines`.
fn formatted(body: &str, inlines: Vec<Inline>) -> Line {
    Line {
        text: Rich {
            blocks: vec![Block::Paragraph(inlines)],
        },
        ..line(body)
    }
}

/// Plain text in a formatted one.
fn text(text: &str) -> Inline {
    Inline::Text(text.into())
}

/// A pill.
fn pill(user: &str, name: &str) -> Inline {
    Inline::Pill {
        user: user.into(),
        name: name.into(),
    }
}

/// An event that we know.
fn known(kind: EventKind) -> Known {
    Known {
        event: "$target".into(),
        kind,
        line: None,
    }
}

/// An event that carries a line of `writer`.
fn carrying(kind: EventKind, state: LineState, writer: &str) -> Known {
    let line = Target {
        message: "msg_1".into(),
        event: "$target".into(),
        state,
        writer: writer.into(),
    };
    Known {
        line: Some(line),
        ..known(kind)
    }
}

impl Desk {
    /// The same with another owner.
    fn owned_by(mut self, owner: Owner) -> Self {
        self.conversation.owner = owner;
        self
    }

    /// The same, the event pointing at `target`.
    fn pointing_at(mut self, target: Known) -> Self {
        self.target = Some(target);
        self
    }

    /// The same with Ayu's composer in note mode.
    fn in_note_mode(mut self) -> Self {
        self.conversation.note_mode = BTreeSet::from([AYU.into()]);
        self
    }

    /// What the rules need to know.
    fn with_context<T>(&self, check: impl FnOnce(&Context<'_>) -> T) -> T {
        let colleague = |user: &str, names: &[&str]| Colleague {
            user: user.into(),
            names: names.iter().copied().map(str::to_owned).collect(),
        };
        let colleagues = [
            colleague(AYU, &["ayu", "Ayu Lestari"]),
            colleague(SARI, &["sari", "Sari"]),
            colleague("@b.santoso:desk.id", &["b.santoso", "Budi Santoso"]),
            colleague("@loket:desk.id", &["loket", "Loket"]),
        ];
        check(&Context {
            sender: self.role,
            prefix: self.prefix,
            commands: &COMMANDS,
            colleagues: &colleagues,
            conversation: &self.conversation,
            policy: &self.policy,
            target: self.target.as_ref(),
            now: NOW.parse().unwrap(),
        })
    }

    /// What the rules say of an event of Ayu's.
    fn content(&self, content: RoomContent) -> String {
        let event = RoomEvent {
            id: "$event".into(),
            room: "!room".into(),
            sender: AYU.into(),
            at: NOW.parse().unwrap(),
            loket_id: None,
            content,
        };
        shown(&self.with_context(|context| classify(&event, context)))
    }

    /// What the rules say of a message of Ayu's.
    fn line(&self, line: Line) -> String {
        self.content(RoomContent::Line(line))
    }

    /// What the rules say of a message without formatting.
    fn says(&self, text: &str) -> String {
        self.line(line(text))
    }

    /// What the rules say of an answer without formatting.
    fn answers(&self, text: &str) -> String {
        self.line(Line {
            reply_to: Some("$target".into()),
            ..line(text)
        })
    }

    /// What the rules say of a reaction.
    fn reacts(&self, key: &str) -> String {
        self.content(RoomContent::Reaction {
            target: "$target".into(),
            key: key.into(),
        })
    }
}

/// A verdict as text.
fn shown(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Ignore => "ignore".into(),
        Verdict::Command { text, rich } => {
            assert_eq!(*text, rich.plain());
            format!("command {text}")
        }
        Verdict::Note { text } => format!("note {}", text.plain()),
        Verdict::Ask { hold, text } => format!("ask {hold:?} {}", text.plain()),
        Verdict::Refuse(saying) => format!("refuse {}", saying.key),
        Verdict::Send { text } => format!("send {}", text.plain()),
        Verdict::Edit { text, .. } => match text {
            Some(text) => format!("edit {}", text.plain()),
            None => "edit away".into(),
        },
        Verdict::Redact { target } => format!("redact {}", target.message),
        Verdict::Decide { message, decision } => format!("decide {message} {decision:?}"),
        Verdict::React { target, key } => format!("react {target} {key}"),
    }
}

/// Compares what the rules say of messages with what is expected.
fn expect(desk: &Desk, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(desk.says(text), *expected, "{text:?}");
    }
}

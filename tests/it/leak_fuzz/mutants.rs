//! Breaches planted on purpose: the judge must find each of them.

use loket::domain::conversation::{Owner, Target};
use loket::domain::ids::MessageId;
use loket::domain::leak::{Context, Known, Role, Verdict, classify};
use loket::domain::message::{Hold, LineState};
use loket::domain::rich::{Block, Inline, Rich};
use loket::domain::room_event::{EventKind, Line, RoomContent, RoomEvent};
use loket::domain::saying::Saying;

use super::judge::Classifier;

/// Classifiers that let something out.
pub(crate) const LEAKING: &[(&str, Classifier)] = &[
    ("sends every line", |event, context| match &event.content {
        RoomContent::Line(line) => Verdict::Send {
            text: line.text.clone(),
        },
        _ => classify(event, context),
    }),
    ("trusts strangers and itself", |event, context| {
        let context = Context {
            sender: Role::Agent,
            ..*context
        };
        classify(event, &context)
    }),
    ("reads notices", |event, context| {
        classify(
            &changed(event, |line| "m.text".clone_into(&mut line.msgtype)),
            context,
        )
    }),
    ("forgets threads", |event, context| {
        classify(&changed(event, |line| line.thread = None), context)
    }),
    ("trusts unknown targets", |event, context| {
        let unknown = context.target.is_none();
        let event = changed(event, |line| {
            line.reply_to = line.reply_to.take().filter(|_| !unknown);
        });
        classify(&event, context)
    }),
    (
        "takes every target for the customer's line",
        |event, context| with_target(event, context, |known| known.kind = EventKind::Customer),
    ),
    ("forgets full-width signs", |event, context| {
        let event = spelled(event, |letter| match letter {
            '\u{ff01}'..='\u{ff5e}' => '¤',
            _ => letter,
        });
        classify(&event, context)
    }),
    ("forgets invisible characters", |event, context| {
        let event = spelled(event, |letter| match letter {
            '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' => '¤',
            _ => letter,
        });
        classify(&event, context)
    }),
    ("forgets capital letters", |event, context| {
        let event = spelled(event, |letter| match letter {
            'A'..='Z' => 'é',
            _ => letter,
        });
        classify(&event, context)
    }),
    ("reads the formatted text alone", |event, context| {
        classify(&changed(event, |line| line.body.clear()), context)
    }),
    (
        "knows no command in later lines",
        |event, context| match classify(event, context) {
            Verdict::Ask {
                hold: Hold::Doubt,
                text,
            } => Verdict::Send { text },
            other => other,
        },
    ),
    ("forgets bullets", |event, context| {
        let event = spelled(event, |letter| match letter {
            '-' | '*' | '•' | '–' => '¤',
            _ => letter,
        });
        classify(&event, context)
    }),
    ("forgets colleagues", |event, context| {
        let context = Context {
            colleagues: &[],
            ..*context
        };
        classify(event, &context)
    }),
    ("forgets note mode", |event, context| {
        let mut conversation = context.conversation.clone();
        conversation.note_mode.clear();
        let context = Context {
            conversation: &conversation,
            ..*context
        };
        classify(event, &context)
    }),
    ("takes every agent for the owner", |event, context| {
        let mut conversation = context.conversation.clone();
        conversation.owner = Owner::Agent(event.sender.clone());
        let context = Context {
            conversation: &conversation,
            ..*context
        };
        classify(event, &context)
    }),
    ("forgets the window", |event, context| {
        match classify(event, context) {
            Verdict::Ask {
                hold: Hold::Window,
                text,
            } => Verdict::Send { text },
            other => other,
        }
    }),
    ("keeps quotations and mentions", |event, context| {
        match (classify(event, context), &event.content) {
            (Verdict::Send { .. }, RoomContent::Line(line)) => Verdict::Send {
                text: line.text.clone(),
            },
            (other, _) => other,
        }
    }),
    ("lets everybody decide", |event, context| {
        let sender = event.sender.clone();
        with_target(event, context, |known| {
            if let Some(line) = &mut known.line {
                line.writer = sender;
            }
        })
    }),
    ("lets every line be decided", |event, context| {
        with_target(event, context, |known| {
            if let Some(line) = &mut known.line {
                line.state = LineState::Held;
            }
        })
    }),
    ("reacts with everything", |event, context| {
        match &event.content {
            RoomContent::Reaction { target, key } => Verdict::React {
                target: target.clone(),
                key: key.clone(),
            },
            _ => classify(event, context),
        }
    }),
    ("edits everything", |event, context| {
        let own = Target {
            message: MessageId::from("msg_1"),
            event: event.id.clone(),
            state: LineState::Queued,
            writer: event.sender.clone(),
        };
        with_target(event, context, |known| {
            known.kind = EventKind::Agent;
            known.line.get_or_insert(own);
        })
    }),
];

/// Classifiers that keep ordinary prose back.
pub(crate) const REFUSING: &[(&str, Classifier)] = &[
    ("holds everything", |event, context| {
        match classify(event, context) {
            Verdict::Send { text } => Verdict::Ask {
                hold: Hold::Doubt,
                text,
            },
            other => other,
        }
    }),
    ("takes half a prefix for a note", |event, context| {
        match (classify(event, context), &event.content) {
            (Verdict::Send { text }, RoomContent::Line(line))
                if line.body.to_lowercase().starts_with("note") =>
            {
                Verdict::Note { text }
            }
            (other, _) => other,
        }
    }),
    ("takes any slash for a command", |event, context| {
        match (classify(event, context), &event.content) {
            (Verdict::Send { .. }, RoomContent::Line(line)) if line.body.contains('/') => {
                Verdict::Refuse(Saying::new("unknown"))
            }
            (other, _) => other,
        }
    }),
    (
        "takes a later exclamation for a command",
        |event, context| match (classify(event, context), &event.content) {
            (Verdict::Send { text }, RoomContent::Line(line)) if line.body.contains(" !") => {
                Verdict::Ask {
                    hold: Hold::Doubt,
                    text,
                }
            }
            (other, _) => other,
        },
    ),
];

/// `event` with its message changed.
fn changed(event: &RoomEvent, change: impl FnOnce(&mut Line)) -> RoomEvent {
    let mut event = event.clone();
    if let RoomContent::Line(line) = &mut event.content {
        change(line);
    }
    event
}

/// The verdict when what is known of the target is changed.
fn with_target(
    event: &RoomEvent,
    context: &Context<'_>,
    change: impl FnOnce(&mut Known),
) -> Verdict {
    let mut known = context.target.cloned();
    if let Some(known) = &mut known {
        change(known);
    }
    let context = Context {
        target: known.as_ref(),
        ..*context
    };
    classify(event, &context)
}

/// `event` with every letter of its message put through `spell`.
fn spelled(event: &RoomEvent, spell: fn(char) -> char) -> RoomEvent {
    changed(event, |line| {
        line.body = line.body.chars().map(spell).collect();
        respell_all(&mut line.text, spell);
    })
}

/// Puts every letter of `text` through `spell`.
fn respell_all(text: &mut Rich, spell: fn(char) -> char) {
    /// Puts the letters of a piece through `spell`.
    fn inline(piece: &mut Inline, spell: fn(char) -> char) {
        match piece {
            Inline::Text(text) | Inline::Code(text) => *text = text.chars().map(spell).collect(),
            Inline::Bold(inner)
            | Inline::Italic(inner)
            | Inline::Strike(inner)
            | Inline::Link { text: inner, .. } => {
                for piece in inner {
                    inline(piece, spell);
                }
            }
            Inline::Pill { .. } | Inline::Break => {}
        }
    }
    /// Puts the letters of a block through `spell`.
    fn block(piece: &mut Block, spell: fn(char) -> char) {
        match piece {
            Block::Paragraph(pieces) => pieces.iter_mut().for_each(|piece| inline(piece, spell)),
            Block::Quote(inner) => inner.iter_mut().for_each(|piece| block(piece, spell)),
            Block::List { items, .. } => {
                items
                    .iter_mut()
                    .flatten()
                    .for_each(|piece| block(piece, spell));
            }
            Block::Code(code) => *code = code.chars().map(spell).collect(),
        }
    }
    text.blocks.iter_mut().for_each(|piece| block(piece, spell));
}

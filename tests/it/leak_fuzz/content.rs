//! What is written: content made with an intent, which the judge knows and the
//! oracle does not.

use loket::domain::ids::UserId;
use loket::domain::leak::Colleague;
use loket::domain::rich::{Block, Inline};

use super::dice::Dice;
use super::write::{self, Wrap, Written};
use super::{guise, quote, words};

/// What a case was made to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Intent {
    /// Ordinary prose: no line starts with a prefix, no colleague is named.
    Prose,
    /// Prose that starts with an `@name` that is nobody's here.
    Handle,
    /// A command, existing or not.
    Command,
    /// A slash command.
    Slash,
    /// `!!text`.
    Literal,
    /// A note by its prefix.
    Note,
    /// A later line starts with a known command, a note's prefix or a colleague's
    /// `@name`.
    Later,
    /// A colleague is called, by pill or by a leading `@name`.
    Called,
    /// Prose with a quotation or a customer's pill in it.
    Quoting,
    /// A quotation, and something internal below it.
    QuotedCommand,
    /// `body` and formatted text disagree, and one of them is internal.
    TwoFaces,
    /// A reaction.
    Reaction,
    /// A redaction.
    Redaction,
    /// Not a message: state, encrypted, calls, …
    Silent,
}

/// What is written in a message.
pub(crate) struct Content {
    /// What it was made to be.
    pub(crate) intent: Intent,
    /// What the client sends.
    pub(crate) written: Written,
    /// Who is mentioned.
    pub(crate) mentions: Vec<UserId>,
    /// What must not be part of any text that leaves.
    pub(crate) secrets: Vec<String>,
    /// The command's word, if it is one.
    pub(crate) word: Option<String>,
}

/// What words mean here.
#[derive(Clone, Copy)]
pub(crate) struct Language<'a> {
    /// What starts a command.
    pub(crate) prefix: &'a str,
    /// The commands.
    pub(crate) commands: &'a [&'a str],
    /// The team.
    pub(crate) colleagues: &'a [Colleague],
    /// The customer.
    pub(crate) customer: &'a UserId,
}

/// Content of an intent that is about a message.
pub(crate) fn content(dice: &mut Dice, intent: Intent, here: Language<'_>) -> Content {
    let mut content = Content {
        intent,
        written: write::plain(""),
        mentions: Vec::new(),
        secrets: Vec::new(),
        word: None,
    };
    match intent {
        Intent::Prose => {
            let lines = words::lines(dice);
            content.written = write::prose(dice, &lines);
        }
        Intent::Handle => content.written = handle(dice),
        Intent::Command => {
            let (word, text) = guise::command(dice, here.prefix, here.commands);
            content.word = Some(word);
            content.written = internal(dice, &text);
        }
        Intent::Slash => {
            let (_, text) = guise::slash(dice, here.commands);
            content.written = internal(dice, &text);
        }
        Intent::Literal => {
            let marks = guise::signs(dice, &here.prefix.repeat(2));
            let text = format!("{marks}{}", words::sentence(dice));
            content.written = write::plain(&(guise::unseen(dice) + &text));
        }
        Intent::Note => {
            let text = guise::note(dice);
            content.written = internal(dice, &text);
        }
        Intent::Later => content.written = later(dice, here),
        Intent::Called => called(dice, here, &mut content),
        Intent::Quoting => quote::quoting(dice, here, &mut content),
        Intent::QuotedCommand => quote::quoted_command(dice, here, &mut content),
        Intent::TwoFaces => content.written = two_faces(dice, here),
        Intent::Reaction | Intent::Redaction | Intent::Silent => {}
    }
    content
}

/// Prose that starts with the name of somebody who is not here.
fn handle(dice: &mut Dice) -> Written {
    let name = *dice.pick(&[
        "@tokokita_id",
        "@ayunda",
        "@sarimi",
        "@budiman99",
        "@instagram",
        "@ bandung",
        "@loketku",
        "@9 pagi",
        "@ayu.shop",
        "@ayu_official",
        "@sari.id",
        "@nia__shop",
        "@cs_1.store",
    ]);
    write::plain(&format!("{name} {}", words::sentence(dice)))
}

/// Internal text from its first line on, formatted in one of all ways, sometimes
/// with prose below.
fn internal(dice: &mut Dice, text: &str) -> Written {
    let unseen = guise::unseen(dice);
    if dice.chance(10) {
        let gap = unseen.replace('\n', "");
        return write::plain(&format!("{}{gap}{text}", guise::bullet(dice)));
    }
    let text = unseen + text;
    let ways = if dice.chance(70) {
        write::FLAT
    } else {
        write::ALL
    };
    let how = *dice.pick(ways);
    let mut parts = vec![write::wrap(dice, how, &text)];
    if dice.chance(15) {
        let more = words::line(dice);
        parts.push(write::wrap(dice, Wrap::Plain, &more));
    }
    let mut written = write::stack(parts);
    if dice.chance(10) {
        written.body = String::new();
    }
    written
}

/// Something internal as it may stand in a later line.
pub(crate) fn marker(dice: &mut Dice, here: Language<'_>) -> String {
    if dice.chance(55) {
        let command = guise::known_command(dice, here.prefix, here.commands);
        let after = *dice.pick(&["", " force", " dulu ya"]);
        format!("{command}{after}")
    } else {
        guise::note(dice)
    }
}

/// The same, or a colleague's `@name`.
fn later_marker(dice: &mut Dice, here: Language<'_>) -> String {
    let colleague = dice.pick(here.colleagues);
    let name = dice.pick(&colleague.names).trim();
    if dice.chance(80) || name.is_empty() {
        return marker(dice, here);
    }
    let after = *dice.pick(&[" tolong cek", ", cek", ": cek", "", ". Cek"]);
    format!(
        "{}{}{after}",
        guise::signs(dice, "@"),
        guise::cased(dice, name)
    )
}

/// Prose with something internal in a later line.
fn later(dice: &mut Dice, here: Language<'_>) -> Written {
    let marker = guise::unseen(dice).replace('\n', "") + &later_marker(dice, here);
    let above = words::lines(dice);
    let below = words::line(dice);
    match dice.below(10) {
        8..=9 => {
            let item = |dice: &mut Dice, line: &str| format!("{}{line}", guise::bullet(dice));
            let lines = [item(dice, &below), item(dice, &marker), item(dice, &below)];
            let list = lines.join("\n");
            match dice.below(2) {
                0 => write::plain(&list),
                _ => write::plain(&format!("{}\n{list}", above.join("\n"))),
            }
        }
        0..=2 => write::plain(&format!("{}\n{marker}\n{below}", above.join("\n"))),
        3 => {
            let turn = *dice.pick(&["\u{2028}", "\u{2029}", "\r", "\u{85}", "\u{b}", "\u{c}"]);
            write::plain(&format!("{}{turn}{marker}", above.join("\n")))
        }
        4 => {
            let item = |line: &str| vec![write::paragraph(line)];
            let list = write::list(None, vec![item(&below), item(&marker)]);
            let body = format!("- {below}\n- {marker}");
            write::stack(vec![
                (above.join("\n"), write::paragraph(&above.join("\n"))),
                (body, list),
            ])
        }
        5 => {
            let code = format!("{below}\n{marker}");
            let block = (format!("```\n{code}\n```"), Block::Code(code));
            write::stack(vec![
                (above.join("\n"), write::paragraph(&above.join("\n"))),
                block,
            ])
        }
        _ => {
            let how = *dice.pick(write::ALL);
            let mut parts: Vec<_> = above
                .iter()
                .map(|line| (line.clone(), write::paragraph(line)))
                .collect();
            parts.push(write::wrap(dice, how, &marker));
            write::stack(parts)
        }
    }
}

/// A message that calls a colleague.
fn called(dice: &mut Dice, here: Language<'_>, content: &mut Content) {
    let colleague = dice.pick(here.colleagues);
    let line = words::line(dice);
    let names: Vec<&String> = colleague
        .names
        .iter()
        .filter(|name| !name.trim().is_empty())
        .collect();
    if dice.chance(45) || names.is_empty() {
        let name = names.last().map_or("?", |name| name.as_str());
        let mut pieces = write::pieces(&words::sentence(dice));
        let pill = write::pill(&colleague.user, name);
        let body = if dice.chance(50) {
            pieces.insert(0, Inline::Text(" ".to_owned()));
            pieces.insert(0, pill);
            format!("{name} {line}")
        } else {
            pieces.push(Inline::Bold(vec![pill]));
            format!("{line} {name}")
        };
        let block = match dice.below(3) {
            0 => write::list(None, vec![vec![Block::Paragraph(pieces)]]),
            _ => Block::Paragraph(pieces),
        };
        content.written = write::stack(vec![(body, block)]);
        content.mentions = vec![colleague.user.clone()];
        content.secrets = vec![colleague.user.as_str().to_owned()];
        return;
    }
    if dice.chance(10) {
        content.written = write::plain(&line);
        content.mentions = vec![colleague.user.clone()];
        return;
    }
    let name = (*dice.pick(&names)).clone();
    let name = guise::cased(dice, &name);
    let name = if dice.chance(15) {
        colleague.user.as_str().trim_start_matches('@').to_owned()
    } else {
        name
    };
    let at = guise::signs(dice, "@");
    let after = *dice.pick(&[" ", ", ", ": ", "! ", "\n", "\u{a0}"]);
    let text = format!("{}{at}{name}{after}{line}", guise::unseen(dice));
    let how = *dice.pick(write::FLAT);
    content.written = write::stack(vec![write::wrap(dice, how, &text)]);
}

/// A message whose `body` and formatted text disagree.
fn two_faces(dice: &mut Dice, here: Language<'_>) -> Written {
    let marker = guise::unseen(dice) + &marker(dice, here);
    let prose = words::line(dice);
    let below = format!("{prose}\n{}", marker.trim_start());
    let (body, text) = match dice.below(4) {
        0 => (&marker, &prose),
        1 => (&below, &prose),
        2 => (&prose, &below),
        _ => (&prose, &marker),
    };
    Written {
        body: body.clone(),
        text: write::plain(text).text,
    }
}

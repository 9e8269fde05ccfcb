//! Composers: how lines become a `body` and a formatted text.

use loket::domain::ids::UserId;
use loket::domain::rich::{Block, Inline, Rich};

use super::dice::Dice;
use super::guise;

/// What a client sends: the plain body and what its formatting says.
#[derive(Clone)]
pub(crate) struct Written {
    /// The plain `body`.
    pub(crate) body: String,
    /// The formatted text.
    pub(crate) text: Rich,
}

/// How a line is formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// Not at all.
    Plain,
    /// Bold.
    Bold,
    /// Italic inside struck through.
    Nested,
    /// Cut into pieces, one of them bold.
    Pieces,
    /// A link's text.
    Link,
    /// Inline code.
    Code,
    /// A code block.
    CodeBlock,
    /// A bulleted list of one.
    Bullet,
    /// A numbered list inside a list.
    Numbers,
}

/// Wraps that keep a line a paragraph's beginning.
pub(crate) const FLAT: &[Wrap] = &[
    Wrap::Plain,
    Wrap::Plain,
    Wrap::Plain,
    Wrap::Bold,
    Wrap::Nested,
    Wrap::Pieces,
];

/// All wraps.
pub(crate) const ALL: &[Wrap] = &[
    Wrap::Plain,
    Wrap::Bold,
    Wrap::Nested,
    Wrap::Pieces,
    Wrap::Link,
    Wrap::Code,
    Wrap::CodeBlock,
    Wrap::Bullet,
    Wrap::Numbers,
];

/// Plain text as one piece of a paragraph.
fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

/// Text that may hold line breaks, as pieces of a paragraph.
pub(crate) fn pieces(lines: &str) -> Vec<Inline> {
    let mut pieces = Vec::new();
    for (index, line) in lines.split('\n').enumerate() {
        if index > 0 {
            pieces.push(Inline::Break);
        }
        if !line.is_empty() {
            pieces.push(text(line));
        }
    }
    pieces
}

/// A paragraph of text that may hold line breaks.
pub(crate) fn paragraph(lines: &str) -> Block {
    Block::Paragraph(pieces(lines))
}

/// A message without formatting.
pub(crate) fn plain(body: &str) -> Written {
    Written {
        body: body.to_owned(),
        text: Rich {
            blocks: vec![paragraph(body)],
        },
    }
}

/// `line` cut at two places, the middle bold.
fn cut(dice: &mut Dice, line: &str) -> Vec<Inline> {
    let first = dice.below(4);
    let second = first + 1 + dice.below(3);
    let mut parts = [String::new(), String::new(), String::new()];
    for (index, letter) in (0..).zip(line.chars()) {
        let part = usize::from(index >= first) + usize::from(index >= second);
        parts[part].push(letter);
    }
    let [start, middle, end] = parts.map(|part| pieces(&part));
    [start, vec![Inline::Bold(middle)], end].concat()
}

/// A line as a block of its own, and its markdown.
pub(crate) fn wrap(dice: &mut Dice, wrap: Wrap, line: &str) -> (String, Block) {
    match wrap {
        Wrap::Plain => (line.to_owned(), paragraph(line)),
        Wrap::Bold => (
            format!("**{line}**"),
            Block::Paragraph(vec![Inline::Bold(pieces(line))]),
        ),
        Wrap::Nested => (
            format!("~~*{line}*~~"),
            Block::Paragraph(vec![Inline::Strike(vec![Inline::Italic(pieces(line))])]),
        ),
        Wrap::Pieces => (line.to_owned(), Block::Paragraph(cut(dice, line))),
        Wrap::Link => (
            format!("[{line}](https://toko.example/)"),
            Block::Paragraph(vec![Inline::Link {
                text: pieces(line),
                url: "https://toko.example/".to_owned(),
            }]),
        ),
        Wrap::Code => (
            format!("`{line}`"),
            Block::Paragraph(vec![Inline::Code(line.replace('\n', " "))]),
        ),
        Wrap::CodeBlock => (format!("```\n{line}\n```"), Block::Code(line.to_owned())),
        Wrap::Bullet => (format!("- {line}"), list(None, vec![vec![paragraph(line)]])),
        Wrap::Numbers => (
            format!("- 1. {line}"),
            list(None, vec![vec![list(Some(1), vec![vec![paragraph(line)]])]]),
        ),
    }
}

/// A list.
pub(crate) fn list(start: Option<u64>, items: Vec<Vec<Block>>) -> Block {
    Block::List { start, items }
}

/// A mention.
pub(crate) fn pill(user: &UserId, name: &str) -> Inline {
    Inline::Pill {
        user: user.clone(),
        name: name.to_owned(),
    }
}

/// Blocks below one another.
pub(crate) fn stack(parts: Vec<(String, Block)>) -> Written {
    let (bodies, blocks): (Vec<String>, Vec<Block>) = parts.into_iter().unzip();
    Written {
        body: bodies.join("\n\n"),
        text: Rich { blocks },
    }
}

/// Lines of prose in one of the forms that composers make of them.
pub(crate) fn prose(dice: &mut Dice, lines: &[String]) -> Written {
    match dice.below(10) {
        0 => {
            let flat = |dice: &mut Dice, line: &String| {
                let how = *dice.pick(ALL);
                wrap(dice, how, line)
            };
            stack(lines.iter().map(|line| flat(dice, line)).collect())
        }
        1 => stack(
            lines
                .iter()
                .map(|line| (line.clone(), paragraph(line)))
                .collect(),
        ),
        2 => {
            let items = lines.iter().map(|line| vec![paragraph(line)]).collect();
            let body: Vec<String> = lines.iter().map(|line| format!("* {line}")).collect();
            stack(vec![(body.join("\n"), list(None, items))])
        }
        3 if dice.chance(50) => {
            let item = |dice: &mut Dice, line: &String| format!("{}{line}", guise::bullet(dice));
            let items: Vec<String> = lines.iter().map(|line| item(dice, line)).collect();
            plain(&items.join("\n"))
        }
        3 => plain(&lines.join("\n\n")),
        4 => {
            let mut written = plain(&lines.join("\n"));
            written.body = format!(" {}\n", written.body);
            written
        }
        _ => plain(&lines.join("\n")),
    }
}

//! [`Rich`] ↔ plain text.

use crate::domain::rich::{Block, Inline, Rich};

/// Plain text as one paragraph; every line break is kept.
pub fn from_plain(text: &str) -> Rich {
    let mut line = Vec::new();
    for (number, piece) in text.split('\n').enumerate() {
        if number > 0 {
            line.push(Inline::Break);
        }
        let piece = piece.strip_suffix('\r').unwrap_or(piece);
        if !piece.is_empty() {
            line.push(Inline::Text(piece.to_owned()));
        }
    }
    let blocks = if line.is_empty() {
        Vec::new()
    } else {
        vec![Block::Paragraph(line)]
    };
    Rich { blocks }
}

/// The text without formatting, for `body` and notifications: paragraphs apart by
/// an empty line, `> ` before quotes, `- ` or numbers before items, a link's
/// address behind its text.
pub fn plain(rich: &Rich) -> String {
    blocks(&rich.blocks, "\n\n").replace('\0', "")
}

/// A container's blocks, one below the other.
fn blocks(all: &[Block], apart: &str) -> String {
    let texts: Vec<String> = all.iter().map(block).collect();
    texts.join(apart)
}

/// One block.
fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(line) => {
            let mut text = String::new();
            inlines(line, &mut text);
            text
        }
        Block::Quote(quoted) => indent(&blocks(quoted, "\n\n"), "> ", "> "),
        Block::List { start, items } => {
            let items: Vec<String> = (0_u64..)
                .zip(items)
                .map(|(n, item)| {
                    let mark = match start {
                        Some(start) => format!("{}. ", start.saturating_add(n)),
                        None => "- ".to_owned(),
                    };
                    indent(&blocks(item, "\n"), &mark, "  ")
                })
                .collect();
            items.join("\n")
        }
        Block::Code(code) => code.clone(),
    }
}

/// Puts `first` before the first line and `rest` before the others.
fn indent(text: &str, first: &str, rest: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .enumerate()
        .map(|(n, line)| format!("{}{line}", if n == 0 { first } else { rest }))
        .collect();
    lines.join("\n")
}

/// The pieces of a paragraph.
fn inlines(line: &[Inline], text: &mut String) {
    for inline in line {
        match inline {
            Inline::Text(piece) | Inline::Code(piece) => text.push_str(piece),
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => {
                inlines(inner, text);
            }
            Inline::Link { text: inner, url } => link(inner, url, text),
            Inline::Pill { name, .. } => text.push_str(name),
            Inline::Break => text.push('\n'),
        }
    }
}

/// A link's text, and its address if the text does not say it.
fn link(inner: &[Inline], url: &str, text: &mut String) {
    let mut shown = String::new();
    inlines(inner, &mut shown);
    text.push_str(&shown);
    let bare = url.trim_start_matches("mailto:").trim_start_matches("tel:");
    if shown != url && shown != bare {
        text.push_str(" (");
        text.push_str(url);
        text.push(')');
    }
}

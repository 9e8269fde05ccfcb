//! Tells HTML that is safe to parse from HTML made to hurt the parser.
//!
//! HTML's error recovery can turn a few kilobytes of unclosed tags into millions
//! of nodes, and a tree of thousands of levels overflows the stack when it is
//! dropped. Clients never write such HTML; whoever does is read by the plain
//! `body` instead.

/// The most tags that are parsed.
const MOST_TAGS: usize = 1_000;

/// The most formatting tags that may be left open when what they stand in is
/// closed: the parser opens each of them again in every block that follows.
const MOST_LEFT_OPEN: usize = 16;

/// Elements that have no closing tag.
const VOID: [&str; 8] = ["area", "br", "col", "hr", "img", "input", "link", "wbr"];

/// Elements that the parser opens again after a block that left them open.
const FORMATTING: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Whether `html` can be parsed at a cost in proportion to its length.
pub(super) fn is_tame(html: &str) -> bool {
    let mut open: Vec<String> = Vec::new();
    let mut left_open = 0_usize;
    let mut tags = 0_usize;
    for piece in html.split('<').skip(1) {
        let (closes, rest) = match piece.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, piece),
        };
        let name = tag_name(rest);
        if name.is_empty() {
            continue;
        }
        tags += 1;
        if closes {
            left_open += close(&mut open, &name);
        } else if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
        if tags > MOST_TAGS || left_open > MOST_LEFT_OPEN {
            return false;
        }
    }
    left_open + formatting(&open) <= MOST_LEFT_OPEN
}

/// The name that a tag starts with, in lower case; empty if it is no tag.
fn tag_name(text: &str) -> String {
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return String::new();
    }
    text.chars()
        .take_while(|letter| !letter.is_ascii_whitespace() && *letter != '>' && *letter != '/')
        .take(32)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Closes the innermost `name`; returns how many formatting elements inside it
/// were left open. A tag that closes nothing is ignored, as parsers do.
fn close(open: &mut Vec<String>, name: &str) -> usize {
    let Some(at) = open.iter().rposition(|element| element == name) else {
        return 0;
    };
    let inside = open.split_off(at);
    formatting(inside.get(1..).unwrap_or_default())
}

/// How many of `elements` are formatting elements.
fn formatting(elements: &[String]) -> usize {
    elements
        .iter()
        .filter(|element| FORMATTING.contains(&element.as_str()))
        .count()
}

//! Taking out what must not leave: quotations and mentions.

use super::plain::text_of;
use super::{Block, Inline, Rich};

impl Rich {
    /// Without quotations: quote blocks, and lines that start with `> ` as
    /// composers without formatting write them.
    #[must_use]
    pub fn without_quotes(self) -> Self {
        Self {
            blocks: unquoted(self.blocks),
        }
    }

    /// With pills turned into plain names and links to Matrix users and rooms into
    /// their text.
    #[must_use]
    pub fn without_mentions(self) -> Self {
        Self {
            blocks: unmentioned(self.blocks),
        }
    }

    /// Calls `see` with every pill and link, in order.
    pub fn each_reference(&self, see: &mut impl FnMut(Reference<'_>)) {
        references(&self.blocks, see);
    }
}

/// Something that a text points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference<'a> {
    /// A user, by pill.
    User(&'a super::UserId),
    /// An address.
    Url(&'a str),
}

/// The blocks without quotations.
fn unquoted(blocks: Vec<Block>) -> Vec<Block> {
    blocks
        .into_iter()
        .filter_map(|block| match block {
            Block::Quote(_) => None,
            Block::Paragraph(inlines) => Some(Block::Paragraph(unquoted_lines(inlines))),
            Block::List { start, items } => Some(Block::List {
                start,
                items: items.into_iter().map(unquoted).collect(),
            }),
            Block::Code(code) => Some(Block::Code(code)),
        })
        .collect()
}

/// The lines of a paragraph without those that are quotations.
fn unquoted_lines(inlines: Vec<Inline>) -> Vec<Inline> {
    let lines = inlines.split(|inline| matches!(inline, Inline::Break));
    if !lines.clone().any(is_quoted) {
        return inlines;
    }
    let kept: Vec<_> = lines.filter(|line| !is_quoted(line)).collect();
    kept.join(&Inline::Break)
}

/// Whether a line is a quotation: `> text`. "> 5 kg" is a comparison.
fn is_quoted(line: &[Inline]) -> bool {
    let text = text_of(line);
    let Some(rest) = text.trim_start().strip_prefix('>') else {
        return false;
    };
    rest.starts_with(char::is_whitespace)
        && !rest.trim_start().starts_with(|c: char| c.is_ascii_digit())
}

/// The blocks without mentions.
fn unmentioned(blocks: Vec<Block>) -> Vec<Block> {
    blocks
        .into_iter()
        .map(|block| match block {
            Block::Paragraph(inlines) => Block::Paragraph(named(inlines)),
            Block::Quote(inner) => Block::Quote(unmentioned(inner)),
            Block::List { start, items } => Block::List {
                start,
                items: items.into_iter().map(unmentioned).collect(),
            },
            Block::Code(code) => Block::Code(code),
        })
        .collect()
}

/// The inlines with pills as names and Matrix links as text.
fn named(inlines: Vec<Inline>) -> Vec<Inline> {
    inlines
        .into_iter()
        .flat_map(|inline| match inline {
            Inline::Pill { name, .. } => vec![Inline::Text(spoken(&name))],
            Inline::Link { text, url } if is_matrix(&url) => named(text),
            Inline::Link { text, url } => vec![Inline::Link {
                text: named(text),
                url,
            }],
            Inline::Bold(inner) => vec![Inline::Bold(named(inner))],
            Inline::Italic(inner) => vec![Inline::Italic(named(inner))],
            Inline::Strike(inner) => vec![Inline::Strike(named(inner))],
            Inline::Text(_) | Inline::Code(_) | Inline::Break => vec![inline],
        })
        .collect()
}

/// A pill's name as it may leave. A bare user id is ours alone: nothing remains
/// of it.
fn spoken(name: &str) -> String {
    let name = name.trim();
    match name.strip_prefix('@') {
        Some(id) if id.contains(':') => String::new(),
        Some(bare) => bare.to_owned(),
        None => name.to_owned(),
    }
}

/// Whether an address leads to something on Matrix.
fn is_matrix(url: &str) -> bool {
    let url = url.trim().to_ascii_lowercase();
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or(&url);
    rest.starts_with("matrix.to/") || rest.starts_with("matrix:")
}

/// Calls `see` with what some blocks point at.
fn references(blocks: &[Block], see: &mut impl FnMut(Reference<'_>)) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => inline_references(inlines, see),
            Block::Quote(inner) => references(inner, see),
            Block::List { items, .. } => {
                for item in items {
                    references(item, see);
                }
            }
            Block::Code(_) => {}
        }
    }
}

/// Calls `see` with what some inlines point at.
fn inline_references(inlines: &[Inline], see: &mut impl FnMut(Reference<'_>)) {
    for inline in inlines {
        match inline {
            Inline::Pill { user, .. } => see(Reference::User(user)),
            Inline::Link { text, url } => {
                see(Reference::Url(url));
                inline_references(text, see);
            }
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => {
                inline_references(inner, see);
            }
            Inline::Text(_) | Inline::Code(_) | Inline::Break => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_go_and_comparisons_stay() {
        let cases = [
            ("> <@sari:hs> rahasia\n> lagi\n\nbaik", "\nbaik"),
            ("ya\n> itu\nini", "ya\nini"),
            ("> 5 kg\n>3", "> 5 kg\n>3"),
            ("> semua", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(Rich::from_plain(text).without_quotes().plain(), expected);
        }
        let block = Rich {
            blocks: vec![Block::Quote(Rich::from_plain("rahasia").blocks)],
        };
        assert_eq!(block.without_quotes(), Rich::default());
    }

    #[test]
    fn pills_become_names_and_links_to_matrix_their_text() {
        let pill = |name: &str| Inline::Pill {
            user: "@budi:hs".into(),
            name: name.into(),
        };
        let link = |url: &str| Inline::Link {
            text: vec![Inline::Text("ini".into())],
            url: url.into(),
        };
        let before = vec![
            Inline::Bold(vec![pill("@Budi")]),
            pill("@budi:hs"),
            link("https://matrix.to/#/!room"),
            link("https://toko.id"),
        ];
        let after = vec![
            Inline::Bold(vec![Inline::Text("Budi".into())]),
            Inline::Text(String::new()),
            Inline::Text("ini".into()),
            link("https://toko.id"),
        ];
        let rich = |inlines| Rich {
            blocks: vec![Block::Paragraph(inlines)],
        };
        assert!(rich(before).without_mentions() == rich(after));
    }
}

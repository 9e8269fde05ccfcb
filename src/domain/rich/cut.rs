//! Taking characters off the ends of formatted text.
//!
//! Positions count the characters of the *leaves*: the text as it is read, a line
//! break counting one, without the marks and empty lines that
//! [`Rich::plain`] adds between blocks.

use std::ops::Range;

use super::plain::push_text;
use super::{Block, Inline, Rich};

impl Rich {
    /// The characters of all leaves, one after another.
    pub fn leaves(&self) -> String {
        let mut text = String::new();
        push_blocks(&self.blocks, &mut text);
        text
    }

    /// Without leading characters of which `first` is true and trailing ones of
    /// which `last` is true.
    #[must_use]
    pub fn trimmed(self, first: impl Fn(char) -> bool, last: impl Fn(char) -> bool) -> Self {
        let leaves = self.leaves();
        let total = leaves.chars().count();
        let start = leaves.chars().take_while(|c| first(*c)).count();
        let tail = leaves.chars().rev().take_while(|c| last(*c)).count();
        self.kept(start..total.saturating_sub(tail))
    }

    /// Without the first `n` characters.
    #[must_use]
    pub fn without_first(self, n: usize) -> Self {
        self.kept(n..usize::MAX)
    }

    /// Only the characters of `range`; what holds none of them goes.
    fn kept(self, range: Range<usize>) -> Self {
        let mut cut = Cut { range, position: 0 };
        Self {
            blocks: cut.blocks(self.blocks),
        }
    }
}

/// Appends the leaves of some blocks.
fn push_blocks(blocks: &[Block], text: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => push_text(inlines, text),
            Block::Quote(inner) => push_blocks(inner, text),
            Block::List { items, .. } => {
                for item in items {
                    push_blocks(item, text);
                }
            }
            Block::Code(code) => text.push_str(code),
        }
    }
}

/// A walk over the leaves that keeps a range of them.
struct Cut {
    /// What is kept.
    range: Range<usize>,
    /// How many characters have been passed.
    position: usize,
}

impl Cut {
    /// The kept part of some blocks.
    fn blocks(&mut self, blocks: Vec<Block>) -> Vec<Block> {
        blocks
            .into_iter()
            .filter_map(|block| self.block(block))
            .collect()
    }

    /// The kept part of a block; `None` if nothing is.
    fn block(&mut self, block: Block) -> Option<Block> {
        match block {
            Block::Paragraph(inlines) => filled(self.inlines(inlines)).map(Block::Paragraph),
            Block::Quote(blocks) => filled(self.blocks(blocks)).map(Block::Quote),
            Block::Code(code) => self.text(&code).map(Block::Code),
            Block::List { start, items } => {
                let items: Vec<_> = items
                    .into_iter()
                    .filter_map(|item| filled(self.blocks(item)))
                    .collect();
                filled(items).map(|items| Block::List { start, items })
            }
        }
    }

    /// The kept part of some inlines.
    fn inlines(&mut self, inlines: Vec<Inline>) -> Vec<Inline> {
        inlines
            .into_iter()
            .filter_map(|inline| self.inline(inline))
            .collect()
    }

    /// The kept part of an inline; `None` if nothing is. Pills stay whole.
    fn inline(&mut self, inline: Inline) -> Option<Inline> {
        match inline {
            Inline::Text(text) => self.text(&text).map(Inline::Text),
            Inline::Code(code) => self.text(&code).map(Inline::Code),
            Inline::Bold(inner) => filled(self.inlines(inner)).map(Inline::Bold),
            Inline::Italic(inner) => filled(self.inlines(inner)).map(Inline::Italic),
            Inline::Strike(inner) => filled(self.inlines(inner)).map(Inline::Strike),
            Inline::Link { text, url } => {
                filled(self.inlines(text)).map(|text| Inline::Link { text, url })
            }
            Inline::Pill { user, name } => self
                .text(&name)
                .is_some()
                .then_some(Inline::Pill { user, name }),
            Inline::Break => self.text("\n").is_some().then_some(Inline::Break),
        }
    }

    /// The kept part of a leaf; `None` if nothing is.
    fn text(&mut self, leaf: &str) -> Option<String> {
        let start = self.position;
        let kept: String = leaf
            .chars()
            .enumerate()
            .filter(|(n, _)| self.range.contains(&(start + n)))
            .map(|(_, c)| c)
            .collect();
        self.position += leaf.chars().count();
        (!kept.is_empty()).then_some(kept)
    }
}

/// The list, unless it is empty.
fn filled<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `<p><b>;; </b>ada <code>x</code></p><p> akhir</p>`
    fn sample() -> Rich {
        Rich {
            blocks: vec![
                Block::Paragraph(vec![
                    Inline::Bold(vec![Inline::Text(";; ".into())]),
                    Inline::Text("ada ".into()),
                    Inline::Code("x".into()),
                ]),
                Block::Paragraph(vec![Inline::Text(" akhir ".into())]),
            ],
        }
    }

    #[test]
    fn what_is_cut_off_leaves_no_empty_shell() {
        let rich = sample().without_first(3);
        assert_eq!(rich.plain(), "ada x\n\n akhir ");
        let Some(Block::Paragraph(inlines)) = rich.blocks.first() else {
            panic!("a paragraph comes first");
        };
        assert!(matches!(inlines.first(), Some(Inline::Text(text)) if text == "ada "));
    }

    #[test]
    fn trimming_reaches_through_blocks() {
        let rich = sample().trimmed(|c| c == ';' || c == ' ', |c| " akhir".contains(c));
        assert_eq!(rich.plain(), "ada x");
        assert_eq!(rich.blocks.len(), 1);
        assert_eq!(sample().trimmed(|_| true, |_| true), Rich::default());
    }
}

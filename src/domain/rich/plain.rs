//! Formatted text to plain text and back.

use super::{Block, Inline, Rich};

impl Rich {
    /// The text as it came from a composer without formatting: one paragraph,
    /// every line break kept. Empty text has no block.
    pub fn from_plain(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        let text = text.replace("\r\n", "\n");
        let mut inlines = Vec::new();
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                inlines.push(Inline::Break);
            }
            if !line.is_empty() {
                inlines.push(Inline::Text(line.to_owned()));
            }
        }
        Self {
            blocks: vec![Block::Paragraph(inlines)],
        }
    }

    /// What a reader sees, without formatting: blocks apart by an empty line,
    /// list items led by `- ` or their number, quotations by `> `. Links are their
    /// text, pills their name.
    pub fn plain(&self) -> String {
        lines_of(&self.blocks, true).join("\n")
    }

    /// Whether there is nothing to see: no text but white space.
    pub fn is_blank(&self) -> bool {
        self.leaves().trim().is_empty()
    }
}

/// The lines of some blocks; `apart` puts an empty line between two blocks.
fn lines_of(blocks: &[Block], apart: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        if apart && n > 0 {
            lines.push(String::new());
        }
        lines.extend(block_lines(block));
    }
    lines
}

/// The lines of a block.
fn block_lines(block: &Block) -> Vec<String> {
    match block {
        Block::Paragraph(inlines) => split(&text_of(inlines)),
        Block::Code(code) => split(code),
        Block::Quote(blocks) => lines_of(blocks, true)
            .into_iter()
            .map(|line| format!("> {line}"))
            .collect(),
        Block::List { start, items } => (0_u64..)
            .zip(items)
            .flat_map(|(n, item)| item_lines(start.map(|start| start.saturating_add(n)), item))
            .collect(),
    }
}

/// The lines of a list item: the first is led by its number or a dash, the others
/// stand below it.
fn item_lines(number: Option<u64>, item: &[Block]) -> Vec<String> {
    let mark = number.map_or_else(|| "- ".to_owned(), |number| format!("{number}. "));
    let indent = " ".repeat(mark.len());
    lines_of(item, false)
        .into_iter()
        .enumerate()
        .map(|(n, line)| match n {
            0 => format!("{mark}{line}"),
            _ => format!("{indent}{line}"),
        })
        .collect()
}

/// The lines of a text.
fn split(text: &str) -> Vec<String> {
    text.split('\n').map(str::to_owned).collect()
}

/// The text of some inlines, a line break for each [`Inline::Break`].
pub(super) fn text_of(inlines: &[Inline]) -> String {
    let mut text = String::new();
    push_text(inlines, &mut text);
    text
}

/// Appends the text of some inlines.
pub(super) fn push_text(inlines: &[Inline], text: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(part) | Inline::Code(part) => text.push_str(part),
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => {
                push_text(inner, text);
            }
            Inline::Link { text: inner, .. } => push_text(inner, text),
            Inline::Pill { name, .. } => text.push_str(name),
            Inline::Break => text.push('\n'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A paragraph of one text.
    fn paragraph(text: &str) -> Block {
        Block::Paragraph(vec![Inline::Text(text.into())])
    }

    #[test]
    fn plain_text_survives_the_way_there_and_back() {
        for text in ["", "halo", "satu\n\ndua\n", "\n", "  spasi  "] {
            assert_eq!(Rich::from_plain(text).plain(), text);
        }
        assert_eq!(Rich::from_plain("a\r\nb").plain(), "a\nb");
    }

    #[test]
    fn marks_of_blocks_are_written_out() {
        let rich = Rich {
            blocks: vec![
                Block::Quote(vec![paragraph("dulu")]),
                Block::Paragraph(vec![
                    Inline::Bold(vec![Inline::Text("Ini".into())]),
                    Inline::Break,
                    Inline::Link {
                        text: vec![Inline::Text("toko".into())],
                        url: "https://example.com".into(),
                    },
                ]),
                Block::List {
                    start: Some(9),
                    items: vec![
                        vec![paragraph("a")],
                        vec![
                            paragraph("b"),
                            Block::List {
                                start: None,
                                items: vec![vec![paragraph("c")]],
                            },
                        ],
                    ],
                },
                Block::Code("x\ny".into()),
            ],
        };
        let expected = "> dulu\n\nIni\ntoko\n\n9. a\n10. b\n    - c\n\nx\ny";
        assert_eq!(rich.plain(), expected);
    }

    #[test]
    fn text_of_spaces_and_breaks_is_blank() {
        assert!(Rich::default().is_blank());
        assert!(Rich::from_plain(" \n \u{3000}").is_blank());
        assert!(!Rich::from_plain(" .").is_blank());
    }
}

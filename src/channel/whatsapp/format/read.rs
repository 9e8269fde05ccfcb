//! A text with marks, read into blocks.

use super::inline::inlines;
use crate::domain::rich::{Block, Inline, Rich};

/// A run of three backticks.
pub(super) const FENCE: &str = "```";

/// Reads a text as WhatsApp shows it. Blank lines separate paragraphs.
pub fn read(text: &str) -> Rich {
    let text = text.replace("\r\n", "\n");
    let mut reader = Reader::default();
    for segment in segments(&text) {
        match segment {
            Segment::Code(code) => reader.block(Block::Code(code)),
            Segment::Plain(plain) => plain.split('\n').for_each(|line| reader.line(line)),
        }
    }
    reader.close();
    Rich {
        blocks: reader.blocks,
    }
}

/// A stretch of the text.
enum Segment {
    /// Lines to be read.
    Plain(String),
    /// Between fences that stand alone or span lines.
    Code(String),
}

/// Cuts the text at its fences; a fence inside a line is left for [`inlines`].
fn segments(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once(FENCE) {
        let Some((code, after)) = tail.split_once(FENCE) else {
            break;
        };
        plain.push_str(before);
        let alone = (plain.is_empty() || plain.ends_with('\n'))
            && (after.is_empty() || after.starts_with('\n'));
        if (alone || code.contains('\n')) && !code.trim().is_empty() {
            segments.push(Segment::Plain(std::mem::take(&mut plain)));
            let code = code.strip_prefix('\n').unwrap_or(code);
            let code = code.strip_suffix('\n').unwrap_or(code);
            segments.push(Segment::Code(code.to_owned()));
        } else {
            plain.extend([FENCE, code, FENCE]);
        }
        rest = after;
    }
    plain.push_str(rest);
    segments.push(Segment::Plain(plain));
    segments
}

/// Collects lines into blocks.
#[derive(Default)]
struct Reader {
    /// What is finished.
    blocks: Vec<Block>,
    /// What the next line may continue.
    open: Open,
}

/// A block that is not finished.
#[derive(Default)]
enum Open {
    /// None.
    #[default]
    Nothing,
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A quote, one paragraph.
    Quote(Vec<Inline>),
    /// A list.
    List {
        /// The first number.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
        /// The number that continues it.
        next: Option<u64>,
    },
}

impl Reader {
    /// Takes a line.
    fn line(&mut self, line: &str) {
        if line.trim().is_empty() {
            self.close();
        } else if let Some(quoted) = line.strip_prefix("> ") {
            self.quoted(quoted);
        } else if let Some(item) = bullet(line) {
            self.item(None, item);
        } else if let Some((number, item)) = numbered(line) {
            self.item(Some(number), item);
        } else {
            self.plain(line);
        }
    }

    /// Takes a line of a paragraph.
    fn plain(&mut self, line: &str) {
        if let Open::Paragraph(content) = &mut self.open {
            content.push(Inline::Break);
            content.extend(inlines(line));
        } else {
            self.close();
            self.open = Open::Paragraph(inlines(line));
        }
    }

    /// Takes a line of a quote.
    fn quoted(&mut self, line: &str) {
        if let Open::Quote(content) = &mut self.open {
            content.push(Inline::Break);
            content.extend(inlines(line));
        } else {
            self.close();
            self.open = Open::Quote(inlines(line));
        }
    }

    /// Takes an item of a list; a number out of turn begins another list.
    fn item(&mut self, number: Option<u64>, line: &str) {
        let item = vec![Block::Paragraph(inlines(line))];
        let following = number.and_then(|number| number.checked_add(1));
        if let Open::List { items, next, .. } = &mut self.open
            && *next == number
        {
            items.push(item);
            *next = following;
            return;
        }
        self.close();
        self.open = Open::List {
            start: number,
            items: vec![item],
            next: following,
        };
    }

    /// Takes a finished block.
    fn block(&mut self, block: Block) {
        self.close();
        self.blocks.push(block);
    }

    /// Finishes what is open.
    fn close(&mut self) {
        self.blocks.extend(match std::mem::take(&mut self.open) {
            Open::Nothing => None,
            Open::Paragraph(content) => Some(Block::Paragraph(content)),
            Open::Quote(content) => Some(Block::Quote(vec![Block::Paragraph(content)])),
            Open::List { start, items, .. } => Some(Block::List { start, items }),
        });
    }
}

/// The item after a bullet.
fn bullet(line: &str) -> Option<&str> {
    line.strip_prefix("- ")
        .or_else(|| line.strip_prefix("* "))
        .filter(|item| !item.trim().is_empty())
}

/// The number and the item after it. A year with a full stop is no number, nor is
/// what would be written differently.
fn numbered(line: &str) -> Option<(u64, &str)> {
    let (digits, item) = line.split_once(". ")?;
    let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let plain = plain && (digits == "0" || !digits.starts_with('0'));
    if !plain || item.trim().is_empty() {
        return None;
    }
    Some((digits.parse().ok()?, item))
}

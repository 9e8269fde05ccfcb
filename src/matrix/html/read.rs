//! HTML → [`Rich`].

use ruma::html::{Html, NodeRef};

use super::line::{Line, attribute, element, raw_text};
use super::soup;
use crate::domain::rich::{Block, Inline, Rich};

/// The deepest nesting that is read. Kept as JSON each level becomes two, and what is
/// nested deeper than 127 there could not be read again.
pub(super) const DEEPEST: usize = 48;

/// Elements that start on a line of their own; what they mean besides is read
/// where they are met.
pub(super) const BLOCKS: [&str; 36] = [
    "p",
    "div",
    "section",
    "article",
    "aside",
    "header",
    "footer",
    "main",
    "nav",
    "figure",
    "figcaption",
    "details",
    "summary",
    "center",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "caption",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "address",
];

/// Reads a `formatted_body`. Unknown elements keep their text; scripts, styles and
/// the quoted fallback of rich replies vanish.
///
/// `None` if it is nested too deep or built to hurt a parser: use the plain `body`.
pub fn read(html: &str) -> Option<Rich> {
    if !soup::is_tame(html) {
        return None;
    }
    let html = Html::parse(html);
    let mut reader = Reader::default();
    for node in html.children() {
        reader.block(&node, 0)?;
    }
    Some(Rich {
        blocks: reader.finish(),
    })
}

/// Collects the blocks of one container.
#[derive(Default)]
struct Reader {
    /// What is finished.
    blocks: Vec<Block>,
    /// The paragraph that is being read.
    line: Line,
}

impl Reader {
    /// The blocks of a container's children.
    fn inside(node: &NodeRef, depth: usize) -> Option<Vec<Block>> {
        let mut reader = Self::default();
        for child in node.children() {
            reader.block(&child, depth + 1)?;
        }
        Some(reader.finish())
    }

    /// Reads a node where blocks may stand.
    fn block(&mut self, node: &NodeRef, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let Some((name, element)) = element(node) else {
            return self.line.node(node, depth);
        };
        if !BLOCKS.contains(&name.as_str()) {
            return self.line.node(node, depth);
        }
        self.flush();
        match name.as_str() {
            "blockquote" => {
                let quoted = Self::inside(node, depth)?;
                self.push(!quoted.is_empty(), Block::Quote(quoted));
            }
            "ul" => self.list(node, None, depth)?,
            "ol" => {
                let start = attribute(element, "start").and_then(|start| start.parse().ok());
                self.list(node, Some(start.unwrap_or(1)), depth)?;
            }
            "pre" => {
                let code = raw_text(node);
                let code = code.strip_suffix('\n').unwrap_or(&code).to_owned();
                self.push(!code.is_empty(), Block::Code(code));
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let title = Line::of(node, depth)?;
                let filled = !title.is_empty();
                self.push(filled, Block::Paragraph(vec![Inline::Bold(title)]));
            }
            "hr" => self.push(true, Block::Paragraph(vec![Inline::Text("———".into())])),
            "tr" => {
                let row = cells(node, depth)?;
                self.push(!row.is_empty(), Block::Paragraph(row));
            }
            _ => self.blocks.extend(Self::inside(node, depth)?),
        }
        Some(())
    }

    /// Reads a list's items. What stands between items belongs to the one before.
    fn list(&mut self, node: &NodeRef, start: Option<u64>, depth: usize) -> Option<()> {
        let mut items: Vec<Vec<Block>> = Vec::new();
        for child in node.children() {
            let mut reader = Self::default();
            reader.block(&child, depth + 1)?;
            let blocks = reader.finish();
            let is_item = element(&child).is_some_and(|(name, _)| name == "li");
            match items.last_mut() {
                Some(last) if !is_item => last.extend(blocks),
                _ if !blocks.is_empty() => items.push(blocks),
                _ => {}
            }
        }
        self.push(!items.is_empty(), Block::List { start, items });
        Some(())
    }

    /// Adds a block if it is `filled`.
    fn push(&mut self, filled: bool, block: Block) {
        if filled {
            self.blocks.push(block);
        }
    }

    /// Ends the paragraph that is being read.
    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line).finish();
        self.push(!line.is_empty(), Block::Paragraph(line));
    }

    /// Everything read.
    fn finish(mut self) -> Vec<Block> {
        self.flush();
        self.blocks
    }
}

/// A table row's cells, side by side.
fn cells(row: &NodeRef, depth: usize) -> Option<Vec<Inline>> {
    let mut line = Vec::new();
    for cell in row.children() {
        let text = Line::of(&cell, depth + 1)?;
        if text.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(Inline::Text(" | ".into()));
        }
        line.extend(text);
    }
    Some(line)
}

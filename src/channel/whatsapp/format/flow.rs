//! Blocks as lines, each with what stands before it.

use super::cells::{Cell, Style, push};
use super::read::FENCE;
use crate::domain::rich::{Block, Inline, Rich};

/// A line.
pub(super) struct Line<'a> {
    /// Whether a blank line stands before it.
    pub(super) apart: bool,
    /// What stands before it: a bullet, a number, the sign of a quote.
    pub(super) lead: String,
    /// What stands before the rest of it, when it is cut.
    pub(super) rest_lead: String,
    /// The number of the code block that it belongs to.
    pub(super) code: Option<usize>,
    /// The line.
    pub(super) cells: Vec<Cell<'a>>,
}

/// The lines of a text.
pub(super) fn lines(text: &Rich) -> Vec<Line<'_>> {
    let mut flow = Flow::default();
    let mut last: Option<&Block> = None;
    for block in &text.blocks {
        flow.apart = last.is_some_and(|last| same_kind(last, block));
        let before = flow.lines.len();
        flow.block(block, &mut Lead::default());
        if flow.lines.len() > before {
            last = Some(block);
        }
    }
    flow.lines
}

/// Whether two blocks would run into each other without a blank line.
fn same_kind(one: &Block, other: &Block) -> bool {
    match (one, other) {
        (Block::List { start: one, .. }, Block::List { start: other, .. }) => {
            one.is_some() == other.is_some()
        }
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// What stands before the next line, and before those after it.
#[derive(Clone, Default)]
struct Lead {
    /// The next.
    first: String,
    /// Those after it.
    rest: String,
}

impl Lead {
    /// Takes what stands before the next line.
    fn take(&mut self) -> String {
        std::mem::replace(&mut self.first, self.rest.clone())
    }

    /// The lead of what is inside: `first` before its first line.
    fn inside(&mut self, first: &str, rest: &str) -> Self {
        Self {
            first: format!("{}{first}", self.take()),
            rest: format!("{}{rest}", self.rest),
        }
    }
}

/// Collects lines.
#[derive(Default)]
struct Flow<'a> {
    /// The lines.
    lines: Vec<Line<'a>>,
    /// Whether the next line stands apart.
    apart: bool,
    /// How many code blocks there were.
    codes: usize,
}

impl<'a> Flow<'a> {
    /// Adds a block.
    fn block(&mut self, block: &'a Block, lead: &mut Lead) {
        match block {
            Block::Paragraph(content) => self.paragraph(content, lead),
            Block::Quote(blocks) => {
                // One sign, however deep: more would be shown as they are.
                let sign = if lead.first.starts_with("> ") {
                    ""
                } else {
                    "> "
                };
                let mut inside = lead.inside(sign, sign);
                for block in blocks {
                    self.block(block, &mut inside);
                }
            }
            Block::List { start, items } => self.list(*start, items, lead),
            Block::Code(code) => self.code(code, lead),
        }
    }

    /// Adds a list.
    fn list(&mut self, start: Option<u64>, items: &'a [Vec<Block>], lead: &mut Lead) {
        let mut number = start;
        for item in items {
            let sign = number.map_or_else(|| "- ".to_owned(), |number| format!("{number}. "));
            let mut inside = lead.inside(&sign, "  ");
            for block in item {
                self.block(block, &mut inside);
            }
            number = number.map(|number| number.saturating_add(1));
        }
    }

    /// Adds a code block; one that holds a fence goes without.
    fn code(&mut self, code: &'a str, lead: &mut Lead) {
        let fenced = !code.contains(FENCE) && !code.trim().is_empty() && lead.rest.is_empty();
        self.codes += 1;
        for text in code.trim_end_matches('\n').split('\n') {
            let cells = &mut self.line(lead, fenced).cells;
            push(cells, text, Style::PLAIN);
        }
    }

    /// Adds a paragraph.
    fn paragraph(&mut self, content: &'a [Inline], lead: &mut Lead) {
        if content.is_empty() {
            return;
        }
        self.line(lead, false);
        self.inlines(content, Style::PLAIN, lead);
    }

    /// Begins a line.
    fn line(&mut self, lead: &mut Lead, fenced: bool) -> &mut Line<'a> {
        let line = Line {
            apart: std::mem::take(&mut self.apart),
            lead: lead.take(),
            rest_lead: lead.rest.clone(),
            code: fenced.then_some(self.codes),
            cells: Vec::new(),
        };
        self.lines.push(line);
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    /// Adds pieces to the last line.
    fn inlines(&mut self, content: &'a [Inline], style: Style, lead: &mut Lead) {
        for inline in content {
            match inline {
                Inline::Text(text) => self.text(text, style, lead),
                Inline::Bold(inner) => self.inlines(inner, style.and(Style::BOLD), lead),
                Inline::Italic(inner) => self.inlines(inner, style.and(Style::ITALIC), lead),
                Inline::Strike(inner) => self.inlines(inner, style.and(Style::STRIKE), lead),
                Inline::Code(code) => self.text(code, style.and(Style::CODE), lead),
                Inline::Link { text, url } => self.link(text, url, style, lead),
                Inline::Pill { name, .. } => self.text(name, style, lead),
                Inline::Break => {
                    self.line(lead, false);
                }
            }
        }
    }

    /// Adds text; a line break in it is one all the same.
    fn text(&mut self, text: &'a str, style: Style, lead: &mut Lead) {
        for (n, part) in text.split('\n').enumerate() {
            if n > 0 {
                self.line(lead, false);
            }
            if let Some(line) = self.lines.last_mut() {
                push(&mut line.cells, part.trim_end_matches('\r'), style);
            }
        }
    }

    /// Adds a link: its text, and its address unless the text says it.
    fn link(&mut self, text: &'a [Inline], url: &'a str, style: Style, lead: &mut Lead) {
        let shown = plain(text);
        let shown = shown.trim();
        if shown.is_empty() || bare(shown) == bare(url) {
            // The address itself where the phone can open it.
            let opens = url.starts_with("http://") || url.starts_with("https://");
            if opens || shown.is_empty() {
                self.text(url, Style::PLAIN, lead);
                return;
            }
        }
        self.inlines(text, style, lead);
        if bare(shown) != bare(url) {
            self.text(" (", Style::PLAIN, lead);
            self.text(url, Style::PLAIN, lead);
            self.text(")", Style::PLAIN, lead);
        }
    }
}

/// An address without what people leave out when they write it.
fn bare(url: &str) -> &str {
    let url = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme))
        .unwrap_or(url);
    url.strip_suffix('/').unwrap_or(url)
}

/// The text of pieces, without marks.
fn plain(content: &[Inline]) -> String {
    content
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Bold(inner)
            | Inline::Italic(inner)
            | Inline::Strike(inner)
            | Inline::Link { text: inner, .. } => plain(inner),
            Inline::Pill { name, .. } => name.clone(),
            Inline::Break => "\n".to_owned(),
        })
        .collect()
}

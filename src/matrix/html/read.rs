//! HTML → [`Rich`].

use ruma::html::{ElementData, Html, NodeData, NodeRef};
use ruma::matrix_uri::MatrixId;
use ruma::{MatrixToUri, MatrixUri};

use super::soup;
use crate::domain::ids::UserId;
use crate::domain::rich::{Block, Inline, Rich};

/// The deepest nesting that is read.
const DEEPEST: usize = 64;

/// Elements that vanish with everything in them.
const VANISH: [&str; 11] = [
    "script", "style", "mx-reply", "template", "head", "title", "iframe", "noembed", "noframes",
    "object", "textarea",
];

/// Elements that start on a line of their own; what they mean besides is read
/// where they are met.
const BLOCKS: [&str; 36] = [
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

/// Schemes that a link may have; others keep their text only.
const SCHEMES: [&str; 6] = ["http:", "https:", "mailto:", "tel:", "ftp:", "magnet:"];

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

/// A paragraph that is being read.
struct Line {
    /// What is finished.
    inlines: Vec<Inline>,
    /// Whether white space that comes now is not shown: the line has just begun,
    /// or white space has gone before.
    after_space: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            inlines: Vec::new(),
            after_space: true,
        }
    }
}

impl Line {
    /// The inlines of a block that holds only text.
    fn of(node: &NodeRef, depth: usize) -> Option<Vec<Inline>> {
        let mut line = Self::default();
        for child in node.children() {
            line.node(&child, depth + 1)?;
        }
        Some(line.finish())
    }

    /// Reads a node where only text may stand.
    fn node(&mut self, node: &NodeRef, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        if let NodeData::Text(text) = node.data() {
            self.text(&text.borrow());
            return Some(());
        }
        let Some((name, element)) = element(node) else {
            return Some(());
        };
        match name.as_str() {
            "br" => self.line_break(),
            "b" | "strong" => self.wrap(node, depth, Inline::Bold)?,
            "i" | "em" | "cite" => self.wrap(node, depth, Inline::Italic)?,
            "s" | "del" | "strike" => self.wrap(node, depth, Inline::Strike)?,
            "code" | "tt" | "kbd" | "samp" => self.code(node),
            "a" => self.link(node, attribute(element, "href"), depth)?,
            "img" => {
                let alt = attribute(element, "alt").or_else(|| attribute(element, "title"));
                self.text(&alt.unwrap_or_default());
            }
            vanishing if VANISH.contains(&vanishing) => {}
            block if BLOCKS.contains(&block) => {
                self.new_line();
                self.children(node, depth)?;
                self.new_line();
            }
            _ => self.children(node, depth)?,
        }
        Some(())
    }

    /// Reads all children of a node.
    fn children(&mut self, node: &NodeRef, depth: usize) -> Option<()> {
        node.children()
            .try_for_each(|child| self.node(&child, depth + 1))
    }

    /// Adds text; runs of white space count as one space.
    fn text(&mut self, text: &str) {
        let mut shown = String::with_capacity(text.len());
        for letter in text.chars() {
            let is_space = matches!(letter, ' ' | '\t' | '\n' | '\r' | '\x0c');
            if !is_space {
                shown.push(letter);
            } else if !self.after_space {
                shown.push(' ');
            }
            self.after_space = is_space;
        }
        if shown.is_empty() {
            return;
        }
        match self.inlines.last_mut() {
            Some(Inline::Text(before)) => before.push_str(&shown),
            _ => self.inlines.push(Inline::Text(shown)),
        }
    }

    /// Adds a line break.
    fn line_break(&mut self) {
        trim_end(&mut self.inlines);
        self.inlines.push(Inline::Break);
        self.after_space = true;
    }

    /// Begins a new line unless one has just begun.
    fn new_line(&mut self) {
        if !matches!(self.inlines.last(), None | Some(Inline::Break)) {
            self.line_break();
        }
    }

    /// Adds a node's children inside `kind`.
    fn wrap(
        &mut self,
        node: &NodeRef,
        depth: usize,
        kind: fn(Vec<Inline>) -> Inline,
    ) -> Option<()> {
        let inner = self.inner(node, depth)?;
        if !inner.is_empty() {
            self.inlines.push(kind(inner));
        }
        Some(())
    }

    /// A node's children, as they continue this line.
    fn inner(&mut self, node: &NodeRef, depth: usize) -> Option<Vec<Inline>> {
        let mut inner = Self {
            inlines: Vec::new(),
            after_space: self.after_space,
        };
        inner.children(node, depth)?;
        self.after_space = inner.after_space;
        Some(inner.inlines)
    }

    /// Adds inline code.
    fn code(&mut self, node: &NodeRef) {
        let code = raw_text(node).replace('\n', " ");
        if !code.is_empty() {
            self.inlines.push(Inline::Code(code));
            self.after_space = false;
        }
    }

    /// Adds a link: to a Matrix user it is a pill; other links into Matrix and
    /// links of unknown schemes keep their text only.
    fn link(&mut self, node: &NodeRef, url: Option<String>, depth: usize) -> Option<()> {
        let text = self.inner(node, depth)?;
        let url = url.map(|url| url.trim().to_owned()).unwrap_or_default();
        match matrix_link(&url) {
            Some(MatrixId::User(user)) => {
                let name = raw_text(node);
                self.inlines.push(Inline::Pill {
                    user: UserId::from(user.as_str()),
                    name: name.split_whitespace().collect::<Vec<_>>().join(" "),
                });
                self.after_space = false;
            }
            None if !text.is_empty() && has_known_scheme(&url) => {
                self.inlines.push(Inline::Link { text, url });
            }
            _ => self.inlines.extend(text),
        }
        Some(())
    }

    /// The paragraph, without white space and line breaks at its end.
    fn finish(mut self) -> Vec<Inline> {
        loop {
            trim_end(&mut self.inlines);
            match self.inlines.last() {
                Some(Inline::Break) => self.inlines.pop(),
                _ => return self.inlines,
            };
        }
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

/// Takes away white space at the end of a line.
fn trim_end(inlines: &mut Vec<Inline>) {
    while let Some(last) = inlines.last_mut() {
        let emptied = match last {
            Inline::Text(text) => {
                text.truncate(text.trim_end_matches(' ').len());
                text.is_empty()
            }
            Inline::Bold(inner)
            | Inline::Italic(inner)
            | Inline::Strike(inner)
            | Inline::Link { text: inner, .. } => {
                trim_end(inner);
                inner.is_empty()
            }
            Inline::Code(_) | Inline::Pill { .. } | Inline::Break => false,
        };
        if !emptied {
            return;
        }
        inlines.pop();
    }
}

/// A node's element and its name, if it is one.
fn element(node: &NodeRef) -> Option<(String, &ElementData)> {
    let element = node.as_element()?;
    Some((element.name.local.to_string(), element))
}

/// The value of an element's attribute.
fn attribute(element: &ElementData, name: &str) -> Option<String> {
    element
        .attrs
        .borrow()
        .iter()
        .find(|attribute| &*attribute.name.local == name)
        .map(|attribute| attribute.value.to_string())
}

/// The text inside a node, as it is; `<br>` is a line break.
fn raw_text(node: &NodeRef) -> String {
    let mut text = String::new();
    let mut waiting: Vec<NodeRef> = vec![node.clone()];
    while let Some(node) = waiting.pop() {
        if let NodeData::Text(piece) = node.data() {
            text.push_str(&piece.borrow());
            continue;
        }
        match element(&node) {
            Some((name, _)) if name == "br" => text.push('\n'),
            Some((name, _)) if VANISH.contains(&name.as_str()) => {}
            _ => {
                let children: Vec<NodeRef> = node.children().collect();
                waiting.extend(children.into_iter().rev());
            }
        }
    }
    text
}

/// What a link into Matrix names; `None` if it leads elsewhere.
fn matrix_link(url: &str) -> Option<MatrixId> {
    if let Ok(uri) = MatrixToUri::parse(url) {
        return Some(uri.id().clone());
    }
    MatrixUri::parse(url).ok().map(|uri| uri.id().clone())
}

/// Whether a link has one of the [`SCHEMES`].
pub(super) fn has_known_scheme(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    SCHEMES.iter().any(|scheme| lower.starts_with(scheme))
}

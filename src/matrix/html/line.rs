//! The text of one paragraph: HTML's inline elements → [`Inline`]s.

use ruma::html::{ElementData, NodeData, NodeRef};
use ruma::matrix_uri::MatrixId;
use ruma::{MatrixToUri, MatrixUri};

use super::read::{BLOCKS, DEEPEST};
use crate::domain::ids::UserId;
use crate::domain::rich::Inline;

/// Elements that vanish with everything in them.
const VANISH: [&str; 11] = [
    "script", "style", "mx-reply", "template", "head", "title", "iframe", "noembed", "noframes",
    "object", "textarea",
];

/// Schemes that a link may have; others keep their text only.
const SCHEMES: [&str; 6] = ["http:", "https:", "mailto:", "tel:", "ftp:", "magnet:"];

/// A paragraph that is being read.
pub(super) struct Line {
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
    pub(super) fn of(node: &NodeRef, depth: usize) -> Option<Vec<Inline>> {
        let mut line = Self::default();
        for child in node.children() {
            line.node(&child, depth + 1)?;
        }
        Some(line.finish())
    }

    /// Reads a node where only text may stand.
    pub(super) fn node(&mut self, node: &NodeRef, depth: usize) -> Option<()> {
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
    pub(super) fn finish(mut self) -> Vec<Inline> {
        loop {
            trim_end(&mut self.inlines);
            match self.inlines.last() {
                Some(Inline::Break) => self.inlines.pop(),
                _ => return self.inlines,
            };
        }
    }
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
pub(super) fn element(node: &NodeRef) -> Option<(String, &ElementData)> {
    let element = node.as_element()?;
    Some((element.name.local.to_string(), element))
}

/// The value of an element's attribute.
pub(super) fn attribute(element: &ElementData, name: &str) -> Option<String> {
    element
        .attrs
        .borrow()
        .iter()
        .find(|attribute| &*attribute.name.local == name)
        .map(|attribute| attribute.value.to_string())
}

/// The text inside a node, as it is; `<br>` is a line break.
pub(super) fn raw_text(node: &NodeRef) -> String {
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

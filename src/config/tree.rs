//! YAML as a tree that remembers where each value was written.
//!
//! Scalars keep the text they were written with: a token such as `12345e67` or
//! an id with a leading zero must not turn into a number. What a text means is
//! decided where the key is read. Anchors, aliases and tags are refused: they
//! make a short file hard to read and a long one easy to hide.

use std::fmt;
use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};

use super::error::{Errors, Place};

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Where it was written.
    pub(super) place: Place,
    /// Its bytes in the text; empty for what does not come from a text.
    pub(super) span: Range<usize>,
    /// What was written.
    pub(super) value: Value,
}

/// What can be written.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A word, number or text.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// Keys with values, in the order written.
    Map(Vec<Entry>),
}

impl fmt::Debug for Value {
    /// Without scalars: some of them are secrets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Scalar(_) => out.write_str("…"),
            Self::List(items) => out.debug_list().entries(items).finish(),
            Self::Map(entries) => out.debug_list().entries(entries).finish(),
        }
    }
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where the key was written.
    pub(super) place: Place,
    /// Its value.
    pub(super) value: Node,
}

impl Node {
    /// A scalar that does not come from a text.
    pub(super) fn scalar(text: impl Into<String>, place: Place) -> Self {
        Self {
            place,
            span: 0..0,
            value: Value::Scalar(text.into()),
        }
    }

    /// An empty map that does not come from a text.
    pub(super) fn map(place: Place) -> Self {
        Self {
            place,
            span: 0..0,
            value: Value::Map(Vec::new()),
        }
    }

    /// The value of `key`, if this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| &entry.value),
            Value::Null | Value::Scalar(_) | Value::List(_) => None,
        }
    }

    /// The text, if this is a scalar.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Marks every value of this tree as coming from `place`.
    pub(super) fn moved_to(mut self, place: &Place) -> Self {
        self.place = place.clone();
        match &mut self.value {
            Value::Null | Value::Scalar(_) => {}
            Value::List(items) => {
                *items = std::mem::take(items)
                    .into_iter()
                    .map(|item| item.moved_to(place))
                    .collect();
            }
            Value::Map(entries) => {
                *entries = std::mem::take(entries)
                    .into_iter()
                    .map(|entry| Entry {
                        place: place.clone(),
                        value: entry.value.moved_to(place),
                        key: entry.key,
                    })
                    .collect();
            }
        }
        self
    }
}

/// Reads a YAML text. An empty text is an empty map.
///
/// Mistakes go to `errors`; `None` when there is nothing to go on with.
pub(super) fn parse(text: &str, errors: &Errors) -> Option<Node> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.take(event, span, errors),
            Err(error) => {
                let place = Place::Line(error.marker().line());
                errors.add("", &place, format!("not YAML: {}", error.info()));
                return None;
            }
        }
    }
    Some(builder.root.unwrap_or_else(|| Node::map(Place::Line(1))))
}

/// A list or map that is still being read.
#[derive(Debug)]
struct Open {
    /// The list or map so far.
    node: Node,
    /// In a map, the key whose value comes next.
    key: Option<(String, Place)>,
}

/// Builds the tree from the parser's events.
#[derive(Debug, Default)]
struct Builder {
    /// What is still open, outermost first.
    open: Vec<Open>,
    /// The finished tree.
    root: Option<Node>,
}

impl Builder {
    /// Takes the parser's next event.
    fn take(&mut self, event: Event<'_>, span: Span, errors: &Errors) {
        let place = Place::Line(span.start.line());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                refuse_extras(anchor != 0 || tag.is_some(), &place, errors);
                let plain = matches!(style, ScalarStyle::Plain);
                let value = match &*text {
                    "" | "~" | "null" if plain => Value::Null,
                    other => Value::Scalar(other.to_owned()),
                };
                self.add(node(span, value), errors);
            }
            Event::SequenceStart(_, anchor, tag) => {
                refuse_extras(anchor != 0 || tag.is_some(), &place, errors);
                self.open(node(span, Value::List(Vec::new())));
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_extras(anchor != 0 || tag.is_some(), &place, errors);
                self.open(node(span, Value::Map(Vec::new())));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut done) = self.open.pop() {
                    done.node.span.end = bytes(span).end;
                    self.add(done.node, errors);
                }
            }
            Event::Alias(_) => {
                refuse_extras(true, &place, errors);
                self.add(node(span, Value::Null), errors);
            }
            // Streams, documents, comments.
            _ => {}
        }
    }

    /// Opens a list or map.
    fn open(&mut self, node: Node) {
        self.open.push(Open { node, key: None });
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node, errors: &Errors) {
        let Some(parent) = self.open.last_mut() else {
            if self.root.is_some() {
                errors.add("", &node.place, "a second document: remove the line `---`");
            } else {
                self.root = Some(node);
            }
            return;
        };
        match &mut parent.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => {
                if let Some((key, place)) = parent.key.take() {
                    insert(entries, key, place, node, errors);
                } else {
                    parent.key = Some(key_of(&node, errors));
                }
            }
            Value::Null | Value::Scalar(_) => {}
        }
    }
}

/// Notes an anchor, an alias or a tag.
fn refuse_extras(found: bool, place: &Place, errors: &Errors) {
    if found {
        errors.add(
            "",
            place,
            "anchors (&), aliases (*) and tags (!) are not supported: \
             write the value itself, in quotes if it begins with such a sign",
        );
    }
}

/// The text of a map's key.
fn key_of(node: &Node, errors: &Errors) -> (String, Place) {
    let text = node.as_text().unwrap_or_else(|| {
        errors.add("", &node.place, "a key must be a word");
        ""
    });
    (text.to_owned(), node.place.clone())
}

/// Adds a key to a map, once.
fn insert(entries: &mut Vec<Entry>, key: String, place: Place, value: Node, errors: &Errors) {
    if let Some(first) = entries.iter().find(|entry| entry.key == key) {
        let problem = match first.place {
            Place::Line(line) => format!("written twice, first on line {line}: remove one"),
            Place::Variable(_) | Place::Default => "written twice: remove one".to_owned(),
        };
        errors.add(key, &place, problem);
        return;
    }
    entries.push(Entry { key, place, value });
}

/// A node at a span of the text.
fn node(span: Span, value: Value) -> Node {
    Node {
        place: Place::Line(span.start.line()),
        span: bytes(span),
        value,
    }
}

/// A span in bytes.
fn bytes(span: Span) -> Range<usize> {
    let start = span.start.byte_offset().unwrap_or_default();
    let end = span.end.byte_offset().unwrap_or(start);
    start..end
}

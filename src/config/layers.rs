//! One configuration from three: the environment over the file over the
//! defaults.

use std::path::Path;

use super::Environment;
use super::error::{Errors, Place};
use super::tree::{Entry, Node, Value, parse};
use super::variables;

/// Sections whose keys are names the operator chooses: the file's replace the
/// default's, and each takes its missing keys from the default's first.
const NAMED: &str = "teams";

/// The suffix of a key that names the file a secret stands in.
pub(super) const FILE_SUFFIX: &str = "_file";

/// Lays the operator's file over the defaults.
pub(super) fn file_over_defaults(defaults: Node, file: &Node) -> Node {
    let defaults = defaults.moved_to(&Place::Default);
    let template = defaults.get(NAMED).and_then(first_value).cloned();
    let file_names = file.get(NAMED).is_some_and(names_any);
    let mut merged = merge(defaults, file.clone());
    if let (true, Some(template), Some(named)) = (file_names, template, file.get(NAMED)) {
        set(&mut merged, NAMED, fill_each(named.clone(), &template));
    }
    merged
}

/// The value of a map's first key.
fn first_value(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Map(entries) => entries.first().map(|entry| &entry.value),
        Value::Null | Value::Scalar(_) | Value::List(_) => None,
    }
}

/// Whether this is a map with at least one key.
fn names_any(node: &Node) -> bool {
    first_value(node).is_some()
}

/// Gives each value of a map the template's keys that it lacks.
fn fill_each(mut node: Node, template: &Node) -> Node {
    if let Value::Map(entries) = &mut node.value {
        for entry in entries {
            let value = std::mem::replace(&mut entry.value, Node::map(Place::Default));
            entry.value = merge(template.clone(), value);
        }
    }
    node
}

/// Lays `over` on `under`: maps key by key, everything else as a whole.
fn merge(under: Node, over: Node) -> Node {
    let place = over.place.clone();
    let span = over.span.clone();
    match (under.value, over.value) {
        // `section:` with nothing but comments under it keeps the defaults.
        (Value::Map(entries), Value::Null) => Node {
            place,
            span,
            value: Value::Map(entries),
        },
        (Value::Map(under), Value::Map(over)) => {
            let mut merged = Node {
                place,
                span,
                value: Value::Map(under),
            };
            for entry in over {
                lay(&mut merged, entry);
            }
            merged
        }
        (_, value) => Node { place, span, value },
    }
}

/// Lays one key on a map.
fn lay(node: &mut Node, entry: Entry) {
    let Value::Map(entries) = &mut node.value else {
        return;
    };
    let rival = rival(&entry.key);
    entries.retain(|other| other.key != rival || other.place != Place::Default);
    match entries.iter_mut().find(|other| other.key == entry.key) {
        Some(other) => {
            let under = std::mem::replace(&mut other.value, Node::map(Place::Default));
            other.place = entry.place;
            other.value = merge(under, entry.value);
        }
        None => entries.push(entry),
    }
}

/// The other way to write the same secret: `token` and `token_file`.
fn rival(key: &str) -> String {
    match key.strip_suffix(FILE_SUFFIX) {
        Some(plain) => plain.to_owned(),
        None => format!("{key}{FILE_SUFFIX}"),
    }
}

/// Sets a key of a map.
fn set(node: &mut Node, key: &str, value: Node) {
    if let Value::Map(entries) = &mut node.value
        && let Some(entry) = entries.iter_mut().find(|entry| entry.key == key)
    {
        entry.place = value.place.clone();
        entry.value = value;
    }
}

/// Lays the environment over the operator's file, before the defaults come
/// under it.
///
/// `LOKET_` and the path, its parts joined by two underscores, in capitals.
/// A variable that begins so and names no key is refused, unless it is one that
/// somebody else writes (see `variables.rs`). `defaults` tells which sections there are.
pub(super) fn environment_over(
    mut file: Node,
    environment: &Environment,
    defaults: &Node,
    errors: &Errors,
) -> Node {
    for (name, value) in environment {
        let Some(path) = name.strip_prefix("LOKET_") else {
            continue;
        };
        let parts: Vec<&str> = path.split("__").collect();
        if parts.len() > 1 || find_key(defaults, path).is_some() {
            let place = Place::Variable(name.clone());
            match value.to_str() {
                Some(text) => put(&mut file, Some(defaults), &parts, text, &place),
                None => errors.add("", &place, "is not text in UTF-8: write it anew"),
            }
        } else if let Some(refusal) = variables::refusal(path, defaults) {
            errors.add("", &Place::Variable(name.clone()), refusal);
        }
    }
    file
}

/// Writes `text` at the path `parts` below `node`; `shape` is the default
/// there, which tells a list from a map.
fn put(node: &mut Node, shape: Option<&Node>, parts: &[&str], text: &str, place: &Place) {
    let Some((first, rest)) = parts.split_first() else {
        *node = written(text, place);
        return;
    };
    if !matches!(node.value, Value::Map(_) | Value::List(_)) {
        *node = Node::map(place.clone());
        if shape.is_some_and(|shape| matches!(shape.value, Value::List(_))) {
            node.value = Value::List(Vec::new());
        }
    }
    if let Value::List(items) = &mut node.value {
        put(item_with_id(items, first, place), None, rest, text, place);
        return;
    }
    let key = find_key(node, first).unwrap_or_else(|| first.to_lowercase());
    let shape = shape.and_then(|shape| shape.get(&key));
    if rest.is_empty() {
        drop_rival(node, &key);
    }
    if let Some(entry) = entry_of(node, key, place) {
        if rest.is_empty() {
            entry.place = place.clone();
        }
        put(&mut entry.value, shape, rest, text, place);
    }
}

/// The entry of `key` in a map; a new one where there is none.
fn entry_of<'a>(node: &'a mut Node, key: String, place: &Place) -> Option<&'a mut Entry> {
    let Value::Map(entries) = &mut node.value else {
        return None;
    };
    let index = entries.iter().position(|entry| entry.key == key);
    let index = index.unwrap_or_else(|| {
        entries.push(Entry {
            key,
            place: place.clone(),
            value: Node {
                value: Value::Null,
                ..Node::map(place.clone())
            },
        });
        entries.len() - 1
    });
    entries.get_mut(index)
}

/// A variable's value: a list or map if it is written as one, else a scalar.
fn written(text: &str, place: &Place) -> Node {
    let errors = Errors::new(Path::new(""));
    let is_structure = text.starts_with(['{', '[']) && text.ends_with(['}', ']']);
    match parse(text, &errors).filter(|_| is_structure && errors.is_empty()) {
        Some(node) => node.moved_to(place),
        None => Node::scalar(text, place.clone()),
    }
}

/// Removes the other way to write the same secret, unless it comes from the
/// environment too.
fn drop_rival(node: &mut Node, key: &str) {
    let rival = rival(key);
    if let Value::Map(entries) = &mut node.value {
        entries.retain(|entry| entry.key != rival || matches!(entry.place, Place::Variable(_)));
    }
}

/// The key of `node` whose name in the environment is `name`.
fn find_key(node: &Node, name: &str) -> Option<String> {
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .find(|entry| variable_name(&entry.key) == name)
            .map(|entry| entry.key.clone()),
        Value::Null | Value::Scalar(_) | Value::List(_) => None,
    }
}

/// The item of a list whose id is called `name` in the environment; a new one
/// where there is none.
fn item_with_id<'a>(items: &'a mut Vec<Node>, name: &str, place: &Place) -> &'a mut Node {
    let has_name = |item: &Node| {
        let id = item.get("id").and_then(Node::as_text);
        id.is_some_and(|id| variable_name(id) == name)
    };
    let index = items.iter().position(has_name).unwrap_or_else(|| {
        let mut item = Node::map(place.clone());
        if let Value::Map(entries) = &mut item.value {
            entries.push(Entry {
                key: "id".to_owned(),
                place: place.clone(),
                value: Node::scalar(name.to_lowercase(), place.clone()),
            });
        }
        items.push(item);
        items.len() - 1
    });
    &mut items[index]
}

/// How a key or id is written in a variable's name.
pub(super) fn variable_name(key: &str) -> String {
    let letter = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' => letter.to_ascii_uppercase(),
        _ => '_',
    };
    key.chars().map(letter).collect()
}

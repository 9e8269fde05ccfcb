//! Reads typed keys out of a section and notes every mistake on the way.
//!
//! A reader returns `None` where it has noted a mistake, and goes on with the
//! next key, so that the operator sees all of them at once. [`Section::finish`]
//! notes the keys nobody asked for.

use std::cell::RefCell;
use std::fs;

use secrecy::SecretString;

use super::error::{Errors, Place};
use super::layers::FILE_SUFFIX;
use super::tree::{Entry, Node, Value};

/// A value that was read, with where it was written, for later checks.
#[derive(Debug, Clone)]
pub(super) struct Found<T> {
    /// The key's path.
    pub(super) key: String,
    /// Where it was written.
    pub(super) place: Place,
    /// The value.
    pub(super) value: T,
}

/// A section that is being read.
#[derive(Debug)]
pub(super) struct Section<'a> {
    /// Its path; empty at the top.
    path: String,
    /// Where it begins.
    place: Place,
    /// Its keys.
    entries: &'a [Entry],
    /// The keys that were asked for.
    asked: RefCell<Vec<&'static str>>,
    /// Where mistakes go.
    errors: &'a Errors,
}

impl<'a> Section<'a> {
    /// Begins to read `node` at `path`; `None` if it is not a map.
    pub(super) fn open(
        path: impl Into<String>,
        node: &'a Node,
        errors: &'a Errors,
    ) -> Option<Self> {
        let path = path.into();
        let entries: &[Entry] = match &node.value {
            Value::Map(entries) => entries,
            Value::Null => &[],
            Value::Scalar(_) | Value::List(_) => {
                errors.add(path, &node.place, "must be keys with values");
                return None;
            }
        };
        Some(Self {
            path,
            place: node.place.clone(),
            entries,
            asked: RefCell::default(),
            errors,
        })
    }

    /// The section under `key`, which must be there.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        let entry = self.require(key)?;
        Self::open(self.path_of(key), &entry.value, self.errors)
    }

    /// Its path.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Notes a mistake in `key`, where the key is written.
    pub(super) fn fault(&self, key: &str, problem: impl Into<String>) {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        let place = entry.map_or(&self.place, |entry| &entry.value.place);
        self.errors.add(self.path_of(key), place, problem);
    }

    /// The text of `key`, which must be there; may be empty.
    pub(super) fn text(&self, key: &'static str) -> Option<Found<String>> {
        let entry = self.require(key)?;
        let text = match &entry.value.value {
            Value::Scalar(text) => text.clone(),
            Value::Null => String::new(),
            Value::List(_) | Value::Map(_) => {
                self.fault(key, "must be one value");
                return None;
            }
        };
        Some(Found {
            key: self.path_of(key),
            place: entry.value.place.clone(),
            value: text,
        })
    }

    /// The value of `key` as `read` understands it; `read` says in words what
    /// to write instead.
    pub(super) fn value<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.found(key, read).map(|found| found.value)
    }

    /// As [`Section::value`], with where it was written.
    pub(super) fn found<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Found<T>> {
        let Found { key, place, value } = self.text(key)?;
        match read(&value) {
            Ok(value) => Some(Found { key, place, value }),
            Err(problem) => {
                self.errors.add(key, &place, problem);
                None
            }
        }
    }

    /// As [`Section::value`]; `default` where the key is missing.
    pub(super) fn value_or<T>(
        &self,
        key: &'static str,
        default: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.entry(key).is_some() {
            return self.value(key, read);
        }
        read(default).ok()
    }

    /// A secret: the text of `key`, or of the file that `key_file` names.
    ///
    /// Both key names are given, because keys are literals.
    pub(super) fn secret(
        &self,
        key: &'static str,
        key_file: &'static str,
        how: &str,
    ) -> Option<Found<SecretString>> {
        debug_assert_eq!(key_file, format!("{key}{FILE_SUFFIX}"));
        let direct = self.entry(key).is_some();
        let by_file = self.entry(key_file).is_some();
        if direct && by_file {
            self.fault(key, format!("write either {key} or {key_file}, not both"));
            return None;
        }
        let text = if by_file {
            let path = self.text(key_file)?;
            Found {
                value: self.contents(&path)?,
                ..path
            }
        } else {
            self.text(key)?
        };
        match secret_problem(&text.value) {
            Some(problem) => {
                let problem = format!("{problem}: {how}");
                self.errors.add(text.key, &text.place, problem);
                None
            }
            None => Some(Found {
                key: text.key,
                place: text.place,
                value: SecretString::from(text.value),
            }),
        }
    }

    /// A secret file's text, without the line end most editors add.
    fn contents(&self, path: &Found<String>) -> Option<String> {
        match fs::read_to_string(&path.value) {
            Ok(text) => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => {
                let problem = format!("cannot read {}: {error}", path.value);
                self.errors.add(&path.key, &path.place, problem);
                None
            }
        }
    }

    /// The items of the list `key`; in a variable they may be joined by commas.
    pub(super) fn list(&self, key: &'static str) -> Option<Vec<Node>> {
        let entry = self.require(key)?;
        match (&entry.value.value, &entry.value.place) {
            (Value::List(items), _) => Some(items.clone()),
            (Value::Null, _) => Some(Vec::new()),
            (Value::Scalar(text), place @ Place::Variable(_)) => {
                let words = text
                    .split(',')
                    .map(str::trim)
                    .filter(|word| !word.is_empty());
                Some(
                    words
                        .map(|word| Node::scalar(word, place.clone()))
                        .collect(),
                )
            }
            (Value::Scalar(_) | Value::Map(_), _) => {
                self.fault(key, "must be a list: [one, two]");
                None
            }
        }
    }

    /// The words of the list `key`, each as `read` understands it. Items that
    /// are not understood are noted and left out.
    pub(super) fn words<T>(
        &self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<Found<T>>> {
        let items = self.list(key)?;
        let word = |item: &Node| {
            let text = item
                .as_text()
                .ok_or_else(|| "must be a list of words".to_owned());
            match text.and_then(&read) {
                Ok(value) => Some(Found {
                    key: self.path_of(key),
                    place: item.place.clone(),
                    value,
                }),
                Err(problem) => {
                    self.errors.add(self.path_of(key), &item.place, problem);
                    None
                }
            }
        };
        Some(items.iter().filter_map(word).collect())
    }

    /// The keys of the map `key`, whatever they are called.
    pub(super) fn entries(&self, key: &'static str) -> Option<&'a [Entry]> {
        let entry = self.require(key)?;
        match &entry.value.value {
            Value::Map(entries) => Some(entries),
            Value::Null => Some(&[]),
            Value::Scalar(_) | Value::List(_) => {
                self.fault(key, "must be keys with values");
                None
            }
        }
    }

    /// Notes every key nobody asked for.
    pub(super) fn finish(&self) {
        self.finish_except(&[]);
    }

    /// As [`Section::finish`]; keys of `later` exist in later versions.
    pub(super) fn finish_except(&self, later: &[&str]) {
        let asked = self.asked.borrow();
        for entry in self.entries {
            let key = entry.key.as_str();
            if !asked.contains(&key) {
                let problem = if later.contains(&key) {
                    "this version does not have this yet: remove it".to_owned()
                } else {
                    unknown(key, &asked)
                };
                self.errors
                    .add(self.path_of(&entry.key), &entry.place, problem);
            }
        }
    }

    /// The entry of `key`, noted as asked for.
    fn entry(&self, key: &'static str) -> Option<&'a Entry> {
        self.asked.borrow_mut().push(key);
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The entry of `key`, which must be there.
    fn require(&self, key: &'static str) -> Option<&'a Entry> {
        let entry = self.entry(key);
        if entry.is_none() {
            self.errors
                .add(self.path_of(key), &self.place, "is missing");
        }
        entry
    }

    /// The path of `key`.
    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// What is wrong with a secret, without showing it.
fn secret_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("has a space or another character that no secret has")
    } else {
        None
    }
}

/// What to say about a key nobody knows.
fn unknown(key: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(key, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    if let Some((_, near)) = near {
        return format!("is not a key here: did you mean {near}?");
    }
    let mut known = known.to_vec();
    known.sort_unstable();
    known.dedup();
    format!(
        "is not a key here: remove it (known are: {})",
        known.join(", ")
    )
}

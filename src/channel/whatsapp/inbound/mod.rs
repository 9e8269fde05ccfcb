//! Reads a webhook's body. Pure: bytes in, [`Update`]s out, in the body's order.
//!
//! Nothing in a body is an error: what is not understood is named in `unparsed`
//! and kept. What a list of `messages`, `calls` and the like holds becomes an update
//! each; every other field of the account one update per change. A body is taken to pieces before it is
//! read (`envelope`), so that what is odd about one spoils no other.

mod account;
mod contact;
mod content;
mod envelope;
mod message;
mod person;
mod status;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::ids::ProviderId;
use crate::domain::inbound::{Event, Update};
use crate::json;
pub use crate::json::NotJson;
use crate::meta::wire;

use contact::Contacts;

pub(super) use contact::Contact;
pub(super) use envelope::read;

/// The longest name of a type or field that is carried on; they become labels.
const LONGEST_NAME: usize = 48;

/// The longest id of Meta's that is taken for one, in bytes: theirs have less than a
/// hundred. What is kept by an index must end somewhere.
pub(super) const LONGEST_ID: usize = 512;

/// The most pieces of one body that are read at once; Meta puts at most a thousand into
/// one. The rest waits in the body, which is kept.
const MOST_PIECES: usize = 10_000;

/// A body, read, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What it holds, in its order.
    pub updates: Vec<Update>,
    /// What of the envelope was not understood, by name; `None` if all was.
    pub unparsed: Option<String>,
    /// The number of the piece from which on there are more; `None` if these are all.
    pub next: Option<usize>,
}

/// Reads a body from its first piece on. Bytes that are no text become U+FFFD, and are
/// named.
///
/// # Errors
/// [`NotJson`]: keep the body, nothing in it can be told apart.
pub fn parse(body: &[u8]) -> Result<Parsed, NotJson> {
    parse_from(0, body)
}

/// As [`parse`], from the piece with this number on.
///
/// # Errors
/// As [`parse`].
pub fn parse_from(first: usize, body: &[u8]) -> Result<Parsed, NotJson> {
    let next = first.saturating_add(MOST_PIECES);
    let range = first..next;
    let mut updates = Vec::new();
    let mut take = |piece: Piece| updates.push(piece.update);
    let envelope = match read(body, range.clone(), &mut take) {
        Err(NotJson) => {
            let Cow::Owned(text) = String::from_utf8_lossy(body) else {
                return Err(NotJson);
            };
            let mut envelope = read(text.as_bytes(), range, &mut take)?;
            let mut missed = Missed::default();
            missed.add("encoding");
            missed.add_all(envelope.unparsed.as_deref());
            envelope.unparsed = missed.names();
            envelope
        }
        Ok(envelope) => envelope,
    };
    Ok(Parsed {
        updates,
        unparsed: envelope.unparsed,
        next: envelope.has_more.then_some(next),
    })
}

/// Puts updates into the order in which they happened: by their time, and where
/// that is equal or missing, as they came.
pub fn in_order(updates: Vec<Update>) -> Vec<Update> {
    let mut last = None;
    let mut timed: Vec<(Option<Timestamp>, Update)> = updates
        .into_iter()
        .map(|update| {
            last = update.timestamp.or(last);
            (last, update)
        })
        .collect();
    timed.sort_by_key(|(time, _)| *time);
    timed.into_iter().map(|(_, update)| update).collect()
}

/// A piece of a body with what `explain` prints beyond an [`Update`].
#[derive(Debug)]
pub(super) struct Piece {
    /// The update.
    pub(super) update: Update,
    /// Who, unchecked.
    pub(super) contact: Contact,
    /// Its text or caption.
    pub(super) text: Option<String>,
    /// The message it acts on, speaks of or answers.
    pub(super) target: Option<String>,
    /// Its file.
    pub(super) media: Option<Media>,
}

/// A file of a message, as the webhook names it.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Media {
    /// Meta's id of it, good for seven days.
    id: Option<String>,
    /// Its type.
    mime_type: Option<String>,
    /// The digest of its bytes, base64.
    sha256: Option<String>,
    /// Its name, as the customer's device tells it.
    filename: Option<String>,
    /// Where it is for five minutes.
    url: Option<String>,
    /// Whether it was spoken for this conversation.
    voice: Option<bool>,
    /// Whether it moves.
    animated: Option<bool>,
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Media(…)")
    }
}

/// A change of the envelope, around its pieces.
struct Change<'a> {
    /// The field.
    field: &'a str,
    /// The provider's id of our account.
    account: String,
    /// When the envelope was made, if it says so.
    time: Option<Timestamp>,
    /// The customers it names.
    contacts: Contacts,
}

/// What a piece is made of.
struct Item<'a> {
    /// As it came.
    text: &'a str,
    /// As far as it could be read.
    value: Value,
    /// Whether something in it could not.
    is_spoiled: bool,
}

impl<'a> Item<'a> {
    /// Reads what a piece is made of.
    fn read(text: &'a str) -> Self {
        let (value, is_spoiled) = json::value(text);
        Self {
            text,
            value,
            is_spoiled,
        }
    }

    /// What is kept of it.
    fn fragment(&self) -> String {
        if self.is_spoiled {
            self.text.to_owned()
        } else {
            self.value.to_string()
        }
    }
}

/// Names of what was not understood, each once.
#[derive(Debug, Default)]
struct Missed(Vec<String>);

impl Missed {
    /// Adds a name.
    fn add(&mut self, name: &str) {
        if !self.0.iter().any(|known| known == name) {
            self.0.push(name.to_owned());
        }
    }

    /// Adds names that are in one text.
    fn add_all(&mut self, names: Option<&str>) {
        for name in names.into_iter().flat_map(|names| names.split(", ")) {
            self.add(name);
        }
    }

    /// The names in one text.
    fn names(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }
}

impl Change<'_> {
    /// A piece of this change that names nobody and nothing; its key is the hash
    /// of account, kind and value.
    fn piece(&self, kind: &str, item: &Item<'_>, event: Event) -> Piece {
        let fragment = item.fragment();
        let mut digest = Sha256::new();
        for part in [self.account.as_str(), kind, fragment.as_str()] {
            digest.update(part);
            digest.update([0]);
        }
        Piece {
            update: Update {
                account: self.account.clone(),
                kind: kind.to_owned(),
                id: None,
                dedupe_key: format!("{kind}|{}", hex::encode(digest.finalize())),
                timestamp: self.time,
                sender: None,
                event,
                unparsed: None,
                fragment,
            },
            contact: Contact::default(),
            text: None,
            target: None,
            media: None,
        }
    }
}

/// A name as it may become a label and a key: short, lower case, plain.
fn name(text: Option<String>) -> String {
    let plain = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | '_' | '-' | '.') => c,
        _ => '_',
    };
    let name: String = text
        .unwrap_or_default()
        .trim()
        .chars()
        .take(LONGEST_NAME)
        .map(plain)
        .collect();
    if name.is_empty() {
        "unknown".to_owned()
    } else {
        name
    }
}

/// A time in seconds of Unix; nothing happened before 1970.
fn time(seconds: Option<i64>) -> Option<Timestamp> {
    let seconds = seconds.filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(seconds).ok()
}

/// The provider's id at `path`; none is as long as all that.
fn id(value: &Value, path: &str) -> Option<ProviderId> {
    wire::filled(value, path)
        .filter(|id| id.len() <= LONGEST_ID)
        .map(ProviderId::from)
}

#[cfg(test)]
mod tests;

//! Reads a webhook's body. Pure: bytes in, [`Update`]s out, in the body's order.
//!
//! Nothing in a body is an error: what is not understood is named in `unparsed`
//! and kept. `messages` and `statuses` become an update each; every other field
//! of the account one update per change.

mod account;
mod contact;
mod message;
mod status;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::ids::ProviderId;
use crate::domain::inbound::{Event, Update};
use crate::meta::wire::{self, Unreadable};

pub(super) use contact::Contact;

/// What Meta calls our kind of webhook.
const OBJECT: &str = "whatsapp_business_account";

/// The longest name of a type or field that is carried on; they become labels.
const LONGEST_NAME: usize = 48;

/// A body, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What it holds, in its order.
    pub updates: Vec<Update>,
    /// What of the envelope was not understood, by name; `None` if all was.
    pub unparsed: Option<String>,
}

/// The body is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not JSON")]
pub struct NotJson;

/// Reads a body.
///
/// # Errors
/// [`NotJson`]: keep the body, nothing in it can be told apart.
pub fn parse(body: &[u8]) -> Result<Parsed, NotJson> {
    let (pieces, unparsed) = pieces(body)?;
    Ok(Parsed {
        updates: pieces.into_iter().map(|piece| piece.update).collect(),
        unparsed,
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
    /// What it tells.
    value: &'a Value,
    /// The customers it names.
    contacts: Vec<Contact>,
}

/// Names of what was not understood.
#[derive(Debug, Default)]
struct Missed(Vec<String>);

impl Missed {
    /// Adds a name.
    fn add(&mut self, name: impl Into<String>) {
        self.0.push(name.into());
    }

    /// The names in one text.
    fn names(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }
}

/// The pieces of a body, and what of the envelope was not understood.
pub(super) fn pieces(body: &[u8]) -> Result<(Vec<Piece>, Option<String>), NotJson> {
    let envelope = match wire::read(body) {
        Ok(envelope) => envelope,
        Err(Unreadable::NotJson) => return Err(NotJson),
        Err(Unreadable::Beyond) => return Ok((Vec::new(), Some("body".to_owned()))),
    };
    let mut missed = Missed::default();
    let mut pieces = Vec::new();
    if wire::text(&envelope, "object").is_some_and(|object| object != OBJECT) {
        missed.add("object");
    } else if let Some(entries) = wire::at(&envelope, "entry").and_then(Value::as_array) {
        for entry in entries {
            read_entry(entry, &mut pieces, &mut missed);
        }
    } else {
        missed.add("entry");
    }
    Ok((pieces, missed.names()))
}

/// Reads one entry.
fn read_entry(entry: &Value, pieces: &mut Vec<Piece>, missed: &mut Missed) {
    let Some(changes) = wire::at(entry, "changes").and_then(Value::as_array) else {
        missed.add("entry.changes");
        return;
    };
    for change in changes {
        let Some(value) = change.get("value") else {
            missed.add("change.value");
            continue;
        };
        let field = name(wire::text(change, "field"));
        let account = ["metadata.phone_number_id", "recipient.phone_number_id"]
            .iter()
            .find_map(|path| wire::filled(value, path))
            .or_else(|| wire::filled(entry, "id"))
            .unwrap_or_default();
        let change = Change {
            field: &field,
            account,
            time: time(entry, "time"),
            value,
            contacts: Contact::all(value),
        };
        read_change(&change, pieces);
    }
}

/// Reads one change.
fn read_change(change: &Change<'_>, pieces: &mut Vec<Piece>) {
    if change.field != "messages" {
        pieces.push(account::field(change));
        return;
    }
    let before = pieces.len();
    let list = |key| wire::items(change.value, key).iter();
    pieces.extend(list("messages").map(|item| message::piece(change, item)));
    pieces.extend(list("statuses").map(|item| status::piece(change, item)));
    pieces.extend(list("errors").map(|item| account::error(change, item)));
    if pieces.len() == before {
        let mut piece = change.piece("field.messages", change.value, Event::Kept);
        piece.update.unparsed = Some("value".to_owned());
        pieces.push(piece);
    }
}

impl Change<'_> {
    /// A piece of this change that names nobody and nothing; its key is the hash
    /// of account, kind and value.
    fn piece(&self, kind: &str, fragment: &Value, event: Event) -> Piece {
        let fragment = fragment.to_string();
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

/// The time at `path`, in seconds of Unix.
fn time(value: &Value, path: &str) -> Option<Timestamp> {
    Timestamp::from_second(wire::integer(value, path)?).ok()
}

/// The provider's id at `path`.
fn id(value: &Value, path: &str) -> Option<ProviderId> {
    wire::filled(value, path).map(ProviderId::from)
}

#[cfg(test)]
mod tests;

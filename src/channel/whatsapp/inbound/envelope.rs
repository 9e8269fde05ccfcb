//! Takes a body to pieces: entries, changes, and what stands in them.
//!
//! Each piece is read alone. What is of a wrong type, nested without end or written
//! twice spoils itself and nothing beside it.

use std::ops::Range;

use jiff::Timestamp;
use serde_json::Value;

use super::{Change, Contacts, Item, LONGEST_ID, Missed, NotJson, Piece};
use super::{account, message, name, person, status, time};
use crate::domain::inbound::Event;
use crate::json;
use crate::meta::wire;

/// What Meta calls our kind of webhook.
const OBJECT: &str = "whatsapp_business_account";

/// The lists of a field whose value holds several things, in the order in which they are
/// read; empty for a field whose value is one thing.
fn lists_of(field: &str) -> &'static [&'static str] {
    match field {
        "messages" => &["messages", "statuses", "errors"],
        "calls" => &["calls", "statuses"],
        "smb_message_echoes" => &["message_echoes"],
        "user_id_update" => &["user_id_update"],
        "user_preferences" => &["user_preferences"],
        _ => &[],
    }
}

/// Reads a body, handing out those of its pieces, numbered from 0, that are in `range`.
pub(in crate::channel::whatsapp) fn read(
    body: &[u8],
    range: Range<usize>,
    see: &mut dyn FnMut(Piece),
) -> Result<Envelope, NotJson> {
    let text = json::body(body)?;
    let mut walk = Walk {
        see,
        range,
        count: 0,
        missed: Missed::default(),
    };
    walk.body(&text);
    Ok(Envelope {
        has_more: walk.count > walk.range.end,
        unparsed: walk.missed.names(),
    })
}

/// What a body is beside its pieces.
#[derive(Debug)]
pub(in crate::channel::whatsapp) struct Envelope {
    /// What of it was not understood.
    pub(in crate::channel::whatsapp) unparsed: Option<String>,
    /// Whether there are pieces behind those that were handed out.
    pub(in crate::channel::whatsapp) has_more: bool,
}

/// The way through a body.
struct Walk<'f> {
    /// Takes the pieces.
    see: &'f mut dyn FnMut(Piece),
    /// Which of them are wanted.
    range: Range<usize>,
    /// How many there were.
    count: usize,
    /// What of the envelope was not understood.
    missed: Missed,
}

/// What an entry says about its changes.
struct Entry {
    /// Meta's id of the account.
    id: String,
    /// When it was made.
    time: Option<Timestamp>,
}

impl Walk<'_> {
    /// Reads the outermost object.
    fn body(&mut self, text: &str) {
        let mut is_foreign = false;
        let mut entries = Vec::new();
        json::members(text, &mut |key, piece| match key {
            "object" => {
                let object = wire::words(&json::value(piece).0);
                is_foreign |= object.is_some_and(|object| object != OBJECT);
            }
            "entry" if !json::is_null(piece) => entries.push(piece),
            _ => {}
        });
        if is_foreign {
            return self.missed.add("object");
        }
        if entries.is_empty() {
            self.missed.add("entry");
        }
        for list in entries {
            if !json::elements(list, &mut |entry| self.entry(entry)) {
                self.missed.add("entry");
            }
        }
    }

    /// Reads an entry.
    fn entry(&mut self, text: &str) {
        let mut entry = Entry {
            id: String::new(),
            time: None,
        };
        let mut changes = Vec::new();
        json::members(text, &mut |key, piece| match key {
            "id" => entry.id = account_id(&json::value(piece).0).unwrap_or_default(),
            "time" => entry.time = time(wire::whole(&json::value(piece).0)),
            "changes" if !json::is_null(piece) => changes.push(piece),
            _ => {}
        });
        if changes.is_empty() {
            self.missed.add("entry.changes");
        }
        for list in changes {
            if !json::elements(list, &mut |change| self.change(change, &entry)) {
                self.missed.add("entry.changes");
            }
        }
    }

    /// Reads a change.
    fn change(&mut self, text: &str, entry: &Entry) {
        let mut field = None;
        let mut values = Vec::new();
        json::members(text, &mut |key, piece| match key {
            "field" => field = wire::words(&json::value(piece).0),
            "value" => values.push(piece),
            _ => {}
        });
        if values.is_empty() {
            self.missed.add("change.value");
        }
        let field = name(field);
        for value in values {
            if lists_of(&field).is_empty() {
                self.whole(&field, value, entry);
            } else {
                self.listed(&field, value, entry);
            }
        }
    }

    /// Reads a value that is one thing.
    fn whole(&mut self, field: &str, text: &str, entry: &Entry) {
        if !self.is_next_wanted() {
            return;
        }
        let item = Item::read(text);
        let change = Change {
            field,
            account: named_account(&item.value).unwrap_or_else(|| entry.id.clone()),
            time: entry.time,
            contacts: Contacts::default(),
        };
        self.push(account::field(&change, &item), &item);
    }

    /// Reads a value that holds several things: a piece for each element of its lists.
    fn listed(&mut self, field: &str, text: &str, entry: &Entry) {
        let mut change = Change {
            field,
            account: entry.id.clone(),
            time: entry.time,
            contacts: Contacts::default(),
        };
        let mut lists = Vec::new();
        let mut number = None;
        json::members(text, &mut |key, piece| match key {
            "metadata" | "recipient" if number.is_none() => {
                let about = json::value(piece).0;
                number = about.get("phone_number_id").and_then(account_id);
            }
            "contacts" => {
                json::elements(piece, &mut |one| change.contacts.add(&json::value(one).0));
            }
            _ => lists.extend(
                lists_of(field)
                    .iter()
                    .position(|list| *list == key)
                    .filter(|_| !json::is_null(piece))
                    .map(|place| (place, piece)),
            ),
        });
        if let Some(number) = number {
            change.account = number;
        }
        // Stable: the same list written twice stays in its order.
        lists.sort_by_key(|(place, _)| *place);
        self.lists(text, &lists, &change);
    }

    /// Reads the lists of a change, and names what is none.
    fn lists(&mut self, value: &str, lists: &[(usize, &str)], change: &Change<'_>) {
        let mut is_empty = true;
        let mut odd = Missed::default();
        for (place, list) in lists {
            let known = lists_of(change.field);
            let key = known.get(*place).copied().unwrap_or_default();
            let is_list = json::elements(list, &mut |text| {
                is_empty = false;
                self.element(key, text, change);
            });
            if !is_list {
                odd.add(key);
            }
        }
        let odd = odd.names().or_else(|| is_empty.then(|| "value".to_owned()));
        if odd.is_some() && self.is_next_wanted() {
            let item = Item::read(value);
            let kind = format!("field.{}", change.field);
            let mut piece = change.piece(&kind, &item, Event::Kept);
            piece.update.unparsed = odd;
            self.push(piece, &item);
        }
    }

    /// Reads an element of the list `key`.
    fn element(&mut self, key: &str, text: &str, change: &Change<'_>) {
        if !self.is_next_wanted() {
            return;
        }
        let item = Item::read(text);
        let piece = match (change.field, key) {
            ("messages", "messages") => message::piece(change, &item),
            ("messages", "statuses") => status::piece(change, &item),
            ("messages", _) => account::error(change, &item),
            ("smb_message_echoes", _) => message::echo(change, &item),
            ("user_id_update", _) => person::new_id(change, &item),
            ("user_preferences", _) => person::preference(change, &item),
            ("calls", "calls") => person::call(change, &item),
            _ => account::field(change, &item),
        };
        self.push(piece, &item);
    }

    /// Counts a piece; whether it is wanted.
    fn is_next_wanted(&mut self) -> bool {
        let number = self.count;
        self.count += 1;
        self.range.contains(&number)
    }

    /// Hands out a piece.
    fn push(&mut self, mut piece: Piece, item: &Item<'_>) {
        if item.is_spoiled {
            let mut missed = Missed::default();
            missed.add_all(piece.update.unparsed.as_deref());
            missed.add("shape");
            piece.update.unparsed = missed.names();
        }
        (self.see)(piece);
    }
}

/// The number of ours that a value of any field names.
fn named_account(value: &Value) -> Option<String> {
    ["metadata.phone_number_id", "recipient.phone_number_id"]
        .iter()
        .find_map(|path| account_id(wire::at(value, path)?))
}

/// Meta's id of an account.
fn account_id(value: &Value) -> Option<String> {
    wire::words(value).filter(|id| !id.trim().is_empty() && id.len() <= LONGEST_ID)
}

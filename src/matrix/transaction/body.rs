//! A transaction's body, taken to pieces: reading them one by one keeps a broken or
//! bottomless event, a field of a wrong type or one written twice from taking the
//! others along.

use jiff::Timestamp;

use super::super::inbound;
use crate::intake::Transaction;
use crate::json;

/// The most pieces that are parked one by one; a transaction has at most a hundred
/// events. If there are more, the whole body is kept as one.
const MOST_PARKED: usize = 100;

/// The name of the list of ephemeral events.
const EPHEMERAL: &str = "ephemeral";

/// The same from homeservers that know only the draft.
const EPHEMERAL_DRAFT: &str = "de.sorunome.msc2409.ephemeral";

/// Reads a body; what cannot be read is parked. Bytes that are no text become
/// U+FFFD.
pub fn read(id: String, body: &[u8], received_at: Timestamp) -> Transaction {
    let mut reading = Reading {
        transaction: Transaction {
            id,
            received_at,
            events: Vec::new(),
            parked: Vec::new(),
            signals: Vec::new(),
        },
        keeps_whole: false,
    };
    let text = String::from_utf8_lossy(body);
    let is_read = json::body(text.as_bytes()).is_ok_and(|body| reading.body(&body));
    if !is_read || reading.keeps_whole {
        reading.transaction.parked = vec![text.into_owned()];
    }
    reading.transaction
}

/// What was read so far.
struct Reading {
    /// The transaction.
    transaction: Transaction,
    /// Whether the body is kept as one: its list of events is none, or more of them
    /// are to be parked than is parked one by one.
    keeps_whole: bool,
}

impl Reading {
    /// Reads the outermost object. `false` if it is none.
    fn body(&mut self, text: &str) -> bool {
        let mut lists = Vec::new();
        if !json::members(text, &mut |key, piece| lists.push((key.to_owned(), piece))) {
            return false;
        }
        let has_final = lists
            .iter()
            .any(|(key, list)| key == EPHEMERAL && !json::is_null(list) && *list != "[]");
        for (key, list) in lists {
            match key.as_str() {
                "events" if json::is_null(list) => {}
                "events" => {
                    self.keeps_whole |= !json::elements(list, &mut |event| self.event(event));
                }
                // Both names at once tell the same thing twice.
                EPHEMERAL => self.ephemeral(list),
                EPHEMERAL_DRAFT if !has_final => self.ephemeral(list),
                _ => {}
            }
        }
        true
    }

    /// Reads an event.
    fn event(&mut self, json: &str) {
        match inbound::room_event(json, self.transaction.received_at) {
            Some(event) => self.transaction.events.push(event),
            None => self.park(json),
        }
    }

    /// Keeps what cannot be read.
    fn park(&mut self, json: &str) {
        if self.transaction.parked.len() < MOST_PARKED {
            self.transaction.parked.push(json.to_owned());
        } else {
            self.keeps_whole = true;
        }
    }

    /// Reads a list of typing and receipts; nobody misses what cannot be read.
    fn ephemeral(&mut self, list: &str) {
        let signals = &mut self.transaction.signals;
        json::elements(list, &mut |event| signals.extend(inbound::signals(event)));
    }
}

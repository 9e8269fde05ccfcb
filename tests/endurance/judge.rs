//! The judge: what was written on both sides against what arrived on both sides.
//!
//! In: [`Evidence`], gathered from the homeserver and from Meta, and what the test
//! itself has written. Out: every breach of the promise, in words. It reads Matrix
//! events as a client does and knows nothing of the daemon's own code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The desk.
const DESK: &str = "@loket:localhost";

/// The room of alarms: what begins and ends again is said again in the same words.
const ALERTS: &str = "Loket alerts";

/// How the daemon's own users are called.
const OURS: &str = "@loket";

/// A customer's line.
#[derive(Debug, Clone)]
pub(crate) struct Inward {
    /// Its text, which nothing else has.
    pub(crate) text: String,
    /// Its turn: a line of a lower turn was acknowledged before one of a higher turn
    /// was delivered. Within a turn, and for a line that has none, no order is promised.
    pub(crate) turn: Option<usize>,
    /// The webhook it came in: the lines of one are in order.
    pub(crate) body: usize,
}

/// An agent's line.
#[derive(Debug, Clone)]
pub(crate) struct Outward {
    /// Its text, which nothing else has.
    pub(crate) text: String,
    /// Its event.
    pub(crate) event: String,
}

/// What a customer has received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Its text.
    pub(crate) text: String,
    /// The attempt that it names.
    pub(crate) attempt: String,
}

/// A customer, and everything about them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Customer {
    /// Their name, which nobody else has.
    pub(crate) name: String,
    /// What they wrote and was acknowledged.
    pub(crate) inward: Vec<Inward>,
    /// What an agent wrote to them.
    pub(crate) outward: Vec<Outward>,
    /// What they received, in order.
    pub(crate) received: Vec<Received>,
}

/// A room, as the homeserver has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    /// Its name.
    pub(crate) name: String,
    /// Its events, oldest first, as clients see them.
    pub(crate) events: Vec<Value>,
}

/// What a run has left.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    /// The customers.
    pub(crate) customers: Vec<Customer>,
    /// The rooms.
    pub(crate) rooms: Vec<Room>,
    /// How many rows the daemon has put aside.
    pub(crate) dead: u64,
    /// What no customer may ever read.
    pub(crate) secrets: Vec<String>,
}

/// Every breach of the promise.
pub(crate) fn judge(evidence: &Evidence) -> Vec<String> {
    let mut found = Vec::new();
    if evidence.dead > 0 {
        found.push(format!("{} rows were put aside", evidence.dead));
    }
    for room in &evidence.rooms {
        doubled(room, &mut found);
    }
    for customer in &evidence.customers {
        let mut portals = evidence.rooms.iter().filter(|room| is_of(room, customer));
        let Some(portal) = portals.next() else {
            found.push(format!("{} has no room", customer.name));
            continue;
        };
        if portals.next().is_some() {
            found.push(format!("{} has two rooms", customer.name));
        }
        inward(customer, portal, &evidence.rooms, &mut found);
        outward(customer, portal, &mut found);
        secrets(customer, &evidence.secrets, &mut found);
    }
    found
}

/// Whether a room is a customer's.
fn is_of(room: &Room, customer: &Customer) -> bool {
    room.name.contains(customer.name.as_str())
}

/// A text of an event.
fn text<'a>(event: &'a Value, path: &str) -> &'a str {
    event
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Whether an event is a line, not the edit of one.
fn is_line(event: &Value) -> bool {
    text(event, "/type") == "m.room.message"
        && text(event, "/content/m.relates_to/rel_type") != "m.replace"
}

/// Whether an event was written by the daemon.
fn is_ours(event: &Value) -> bool {
    text(event, "/sender").starts_with(OURS)
}

/// What the daemon wrote twice: by its own id, or the same words in the same place.
fn doubled(room: &Room, found: &mut Vec<String>) {
    let mut ids = BTreeSet::new();
    let mut words = BTreeSet::new();
    for event in room.events.iter().filter(|event| is_ours(event)) {
        let id = text(event, "/content/org.loket.id");
        if !id.is_empty() && !ids.insert(id) {
            found.push(format!("«{}»: {id} stands there twice", room.name));
        }
        if is_line(event) && room.name != ALERTS {
            let answers = text(event, "/content/m.relates_to/m.in_reply_to/event_id");
            let said = (
                text(event, "/sender"),
                text(event, "/content/body"),
                answers,
            );
            if !words.insert(said) {
                found.push(format!("«{}»: «{}» stands there twice", room.name, said.1));
            }
        }
    }
}

/// Every line of a customer stands in their room once, in order, and nowhere else.
fn inward(customer: &Customer, portal: &Room, rooms: &[Room], found: &mut Vec<String>) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, event) in portal.events.iter().enumerate() {
        if is_line(event) && is_ours(event) && text(event, "/sender") != DESK {
            let body = text(event, "/content/body");
            places.entry(body).or_default().push(place);
        }
    }
    let mut latest: BTreeMap<usize, usize> = BTreeMap::new();
    let mut bodies: BTreeMap<usize, usize> = BTreeMap::new();
    for line in &customer.inward {
        match places.get(line.text.as_str()).map(Vec::as_slice) {
            None => found.push(format!("lost: «{}»", line.text)),
            Some([place]) => {
                let Some(turn) = line.turn else { continue };
                let before = latest.range(..turn).map(|(_, place)| *place).max();
                let before = before.max(bodies.insert(line.body, *place));
                if before.is_some_and(|before| before > *place) {
                    found.push(format!("out of order: «{}»", line.text));
                }
                let last = latest.entry(turn).or_default();
                *last = (*last).max(*place);
            }
            Some(_) => found.push(format!("doubled: «{}»", line.text)),
        }
    }
    for room in rooms.iter().filter(|room| !is_of(room, customer)) {
        for event in room.events.iter().filter(|event| is_line(event)) {
            let body = text(event, "/content/body");
            if customer.inward.iter().any(|line| line.text == body) {
                found.push(format!("in the wrong room: «{body}»"));
            }
        }
    }
}

/// Every line of an agent reached the customer once and in order, or was announced,
/// once.
fn outward(customer: &Customer, portal: &Room, found: &mut Vec<String>) {
    let mut attempts = BTreeSet::new();
    for received in &customer.received {
        if !attempts.insert(received.attempt.as_str()) {
            found.push(format!("sent again: {}", received.attempt));
        }
    }
    let mut next = 0;
    for line in &customer.outward {
        let told = warnings(portal, &line.event);
        let mut all = customer.received.iter().enumerate();
        let arrived: Vec<usize> = all
            .by_ref()
            .filter(|(_, received)| received.text == line.text)
            .map(|(place, _)| place)
            .collect();
        match arrived.as_slice() {
            [] if told == 0 => found.push(format!("lost and not announced: «{}»", line.text)),
            [] => {}
            [place] if *place < next => found.push(format!("overtaken: «{}»", line.text)),
            [place] => next = place + 1,
            [_, ..] => found.push(format!("sent twice: «{}»", line.text)),
        }
        if told > 1 {
            found.push(format!("announced {told} times: «{}»", line.text));
        }
    }
}

/// How often the desk said at an event that it was not sent, or perhaps not.
fn warnings(portal: &Room, event: &str) -> usize {
    let answers = portal.events.iter().filter(|said| {
        is_line(said)
            && text(said, "/sender") == DESK
            && text(said, "/content/m.relates_to/m.in_reply_to/event_id") == event
            && text(said, "/content/body").contains('⚠')
    });
    answers.count()
}

/// Nothing internal reached the customer, and nothing that nobody wrote to them.
fn secrets(customer: &Customer, secrets: &[String], found: &mut Vec<String>) {
    for received in &customer.received {
        let text = &received.text;
        if secrets.iter().any(|secret| text.contains(secret.as_str())) {
            found.push(format!("internal: «{text}»"));
        } else if !customer.outward.iter().any(|line| line.text == *text) {
            found.push(format!("from nowhere: «{text}»"));
        }
    }
}

//! Every statement there is.

use crate::store::dialect::Dialect;
use crate::store::{
    ahead, alarms, attempts, bodies, cases, contacts, contents, conversations, counters, echoes,
    events, gaps, generation, inbox, kept, known, lanes, marks, messages, notes, outbox, pace,
    parts, portals, rooms, timers, traces, waiting,
};

/// Every statement of every noun and of a dialect, by name.
pub(super) fn statements(dialect: &Dialect) -> Vec<(String, &'static str)> {
    [
        ("ahead", ahead::STATEMENTS),
        ("alarms", alarms::STATEMENTS),
        ("attempts", attempts::STATEMENTS),
        ("bodies", bodies::STATEMENTS),
        ("cases", cases::STATEMENTS),
        ("contacts", contacts::STATEMENTS),
        ("contents", contents::STATEMENTS),
        ("conversations", conversations::STATEMENTS),
        ("counters", counters::STATEMENTS),
        ("echoes", echoes::STATEMENTS),
        ("events", events::STATEMENTS),
        ("gaps", gaps::STATEMENTS),
        ("generation", generation::STATEMENTS),
        ("inbox", inbox::STATEMENTS),
        ("kept", kept::STATEMENTS),
        ("known", known::STATEMENTS),
        ("lanes", lanes::STATEMENTS),
        ("marks", marks::STATEMENTS),
        ("messages", messages::STATEMENTS),
        ("notes", notes::STATEMENTS),
        ("outbox", outbox::STATEMENTS),
        ("pace", pace::STATEMENTS),
        ("parts", parts::STATEMENTS),
        ("portals", portals::STATEMENTS),
        ("rooms", rooms::STATEMENTS),
        ("timers", timers::STATEMENTS),
        ("traces", traces::STATEMENTS),
        ("waiting", waiting::STATEMENTS),
    ]
    .into_iter()
    .flat_map(|(noun, list)| {
        list.iter()
            .map(move |(name, sql)| (format!("{noun}::{name}"), *sql))
    })
    .chain(
        dialect
            .statements()
            .into_iter()
            .map(|(name, sql)| (format!("dialect::{name}"), sql)),
    )
    .collect()
}

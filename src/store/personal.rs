//! Which tables hold what belongs to a person. Purge, export and retention reach all
//! of those; a test compares this list with the schema.

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Something about a customer, or written by one or to one.
    Personal,
    /// Nothing about any customer.
    Plain,
}

/// Every table of the schema, by name.
pub const TABLES: &[(&str, Table)] = &[
    // Its text can name a customer's account or number.
    ("alarm", Table::Personal),
    ("address", Table::Personal),
    ("attempt", Table::Personal),
    ("case", Table::Personal),
    ("contact", Table::Personal),
    ("content", Table::Personal),
    ("conversation", Table::Personal),
    ("counter", Table::Plain),
    ("event", Table::Personal),
    // Ids of a room and of places in its history; ends when it has been read.
    ("gap", Table::Personal),
    ("identity", Table::Personal),
    ("inbox", Table::Personal),
    // A conversation's id and times, nothing else; ends with the conversation.
    ("lane", Table::Personal),
    // Ids of events; ends with the events.
    ("mark", Table::Personal),
    ("matrix_generation", Table::Plain),
    ("message", Table::Personal),
    ("note", Table::Personal),
    ("outbox", Table::Personal),
    ("pace", Table::Plain),
    ("part", Table::Personal),
    ("portal", Table::Personal),
    ("room", Table::Plain),
    ("timer", Table::Personal),
    ("webhook_body", Table::Personal),
];

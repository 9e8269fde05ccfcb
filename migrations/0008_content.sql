-- What a customer's message holds beyond its text: one that is plain text has no row.

CREATE TABLE content (
    message_id TEXT NOT NULL PRIMARY KEY,
    said TEXT NOT NULL
);

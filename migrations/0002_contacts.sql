-- People, the customers they are on each channel, and how channels name those.

CREATE TABLE contact (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE identity (
    id TEXT NOT NULL PRIMARY KEY,
    contact_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    username TEXT NOT NULL,
    shown_name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX identity_contact ON identity (contact_id);

CREATE TABLE address (
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    current BOOLEAN NOT NULL,
    PRIMARY KEY (channel, kind, value)
);

CREATE INDEX address_identity ON address (identity_id, kind);

-- Conversations, their cases and notes, and the rooms that show them.

CREATE TABLE conversation (
    id TEXT NOT NULL PRIMARY KEY,
    identity_id TEXT NOT NULL,
    account TEXT NOT NULL,
    version BIGINT NOT NULL,
    handover_epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    owner TEXT NOT NULL,
    owner_since BIGINT NOT NULL,
    status TEXT NOT NULL,
    snoozed_until BIGINT NOT NULL,
    case_number BIGINT NOT NULL,
    solved_at BIGINT NOT NULL,
    waiting_since BIGINT NOT NULL,
    window_expires_at BIGINT NOT NULL,
    note_mode TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (identity_id, account)
);

CREATE INDEX conversation_queue ON conversation (account, waiting_since, id)
    WHERE owner = 'queue' AND status = 'open';

CREATE TABLE "case" (
    number BIGINT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    solved_at BIGINT NOT NULL,
    solved_by TEXT NOT NULL,
    reason TEXT NOT NULL
);

CREATE INDEX case_conversation ON "case" (conversation_id);

CREATE TABLE note (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX note_conversation ON note (conversation_id, created_at, id);

CREATE TABLE portal (
    conversation_id TEXT NOT NULL PRIMARY KEY,
    room_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    state TEXT NOT NULL,
    wanted_rev BIGINT NOT NULL,
    shown_rev BIGINT NOT NULL,
    shown_face TEXT NOT NULL,
    encrypted BOOLEAN NOT NULL
);

CREATE UNIQUE INDEX portal_room ON portal (room_id) WHERE room_id <> '';

CREATE TABLE room (
    id TEXT NOT NULL PRIMARY KEY,
    room_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    state TEXT NOT NULL
);

CREATE INDEX room_room ON room (room_id) WHERE room_id <> '';

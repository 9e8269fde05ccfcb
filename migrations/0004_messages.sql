-- Messages, their parts, the attempts to send them, and the events that show
-- them.

CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    direction TEXT NOT NULL,
    author TEXT NOT NULL,
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    kind TEXT NOT NULL,
    event_id TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    hold TEXT NOT NULL,
    hold_until BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    took_from TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    case_number BIGINT NOT NULL,
    UNIQUE (conversation_id, seq)
);

CREATE INDEX message_event ON message (event_id, seq) WHERE event_id <> '';
CREATE INDEX message_open ON message (conversation_id, seq) WHERE state IN ('held', 'queued');

CREATE TABLE part (
    message_id TEXT NOT NULL,
    n BIGINT NOT NULL,
    body TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (message_id, n)
);

CREATE INDEX part_provider ON part (provider_id) WHERE provider_id <> '';

CREATE TABLE attempt (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    n BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE INDEX attempt_message ON attempt (message_id, started_at, id);
CREATE INDEX attempt_started ON attempt (started_at, id) WHERE outcome = 'started';

CREATE TABLE event (
    id TEXT NOT NULL PRIMARY KEY,
    room_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    message_id TEXT NOT NULL,
    loket_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX event_loket ON event (loket_id) WHERE loket_id <> '';
CREATE INDEX event_message ON event (message_id, at, id) WHERE message_id <> '';

CREATE TABLE mark (
    target_event TEXT NOT NULL,
    mark TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (target_event, mark)
);

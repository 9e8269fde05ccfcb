-- Durable work: what came in, what goes out, and who works on which lane.
-- Times are unix milliseconds; 9223372036854775807 stands for "never" or "none".
-- Portable between SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, BYTEA only.

CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counter (name, value) VALUES ('position', 0);
INSERT INTO counter (name, value) VALUES ('case', 0);

CREATE TABLE lane (
    lane TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    rewake_at BIGINT NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    epoch BIGINT NOT NULL
);

CREATE INDEX lane_due ON lane (kind, due_at);

CREATE TABLE inbox (
    id TEXT NOT NULL PRIMARY KEY,
    lane TEXT NOT NULL,
    position BIGINT NOT NULL,
    dedupe_key TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    payload TEXT NOT NULL,
    body_id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    state BIGINT NOT NULL,
    waiting_for TEXT NOT NULL,
    waited BOOLEAN NOT NULL,
    tries BIGINT NOT NULL,
    error TEXT NOT NULL
);

CREATE INDEX inbox_pending ON inbox (lane, position, id) WHERE state = 0;
CREATE INDEX inbox_waiting ON inbox (waiting_for) WHERE state = 3;
CREATE INDEX inbox_waiting_due ON inbox (due_at) WHERE state = 3;
CREATE INDEX inbox_over ON inbox (received_at) WHERE state IN (1, 2, 4, 5);
CREATE INDEX inbox_dead ON inbox (id) WHERE state = 2;
CREATE INDEX inbox_unrouted ON inbox (id) WHERE state = 4;
CREATE INDEX inbox_unparsed ON inbox (id) WHERE state = 5;

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    lane TEXT NOT NULL,
    position BIGINT NOT NULL,
    payload TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    state BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    error TEXT NOT NULL,
    message_id TEXT NOT NULL
);

CREATE INDEX outbox_pending ON outbox (lane, position, id) WHERE state = 0;
CREATE INDEX outbox_message ON outbox (message_id) WHERE message_id <> '';
CREATE INDEX outbox_over ON outbox (created_at) WHERE state IN (1, 2, 3);
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 2;

CREATE TABLE timer (
    id TEXT NOT NULL PRIMARY KEY,
    due_at BIGINT NOT NULL,
    lane TEXT NOT NULL,
    payload TEXT NOT NULL
);

CREATE INDEX timer_due ON timer (due_at);

CREATE TABLE webhook_body (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    body BYTEA NOT NULL
);

CREATE INDEX webhook_body_received ON webhook_body (received_at);

CREATE TABLE alarm (
    key TEXT NOT NULL PRIMARY KEY,
    raised_at BIGINT NOT NULL,
    cleared_at BIGINT NOT NULL,
    says TEXT NOT NULL
);

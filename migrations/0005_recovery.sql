-- What the homeserver has not delivered: how far we know that nothing is missing,
-- and the stretches of rooms that are still to be read.

CREATE TABLE matrix_generation (
    id TEXT NOT NULL PRIMARY KEY,
    raised BIGINT NOT NULL,
    recovered BIGINT NOT NULL,
    after_position BIGINT NOT NULL,
    token TEXT NOT NULL
);

INSERT INTO matrix_generation (id, raised, recovered, after_position, token)
VALUES ('matrix', 0, 0, 0, '');

CREATE TABLE gap (
    room_id TEXT NOT NULL PRIMARY KEY,
    from_token TEXT NOT NULL,
    to_token TEXT NOT NULL,
    position BIGINT NOT NULL,
    found_at BIGINT NOT NULL
);

-- The event that a row has written, if the homeserver told that before its answer did.
ALTER TABLE outbox ADD COLUMN event_id TEXT NOT NULL DEFAULT '';

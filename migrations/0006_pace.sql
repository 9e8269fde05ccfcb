-- How fast an account may send, for all processes together.
-- `full_at` is in unix microseconds: at 80 a second, milliseconds are too coarse.

CREATE TABLE pace (
    account TEXT NOT NULL PRIMARY KEY,
    full_at BIGINT NOT NULL,
    hold_until BIGINT NOT NULL
);

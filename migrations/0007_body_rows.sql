-- The rows that wait for the same whole body to be understood: replaying a body ends
-- them all, and should not look through everybody else's.

CREATE INDEX inbox_body ON inbox (body_id) WHERE state = 5;

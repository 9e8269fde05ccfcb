//! What `PostgreSQL` says in its own way.

use crate::store::dialect::{Dialect, Shared, dialect};

/// Rows that another process is taking are passed over. The rows are chosen once: of an
/// `IN (SELECT … LIMIT …)` the server may run the part in brackets again for each row of
/// the table, which passes over what it has just locked and so takes them all.
pub(in crate::store) const DIALECT: Dialect = dialect!(
    " = ANY (ARRAY(",
    " FOR UPDATE SKIP LOCKED))",
    // Drawn as the row is stored, without asking for it first.
    "CASE WHEN $3 = 9223372036854775807 THEN nextval('loket_position') * 1000000 ELSE $3 END",
    Some(Shared {
        // A sequence and not the counter's row: nobody waits for the end of
        // another's commit. Of two commits one after the other, the second draws the
        // higher numbers; of two at the same time either may be the first.
        draw_positions: "
            SELECT nextval('loket_position') AS value
            FROM generate_series(CAST(1 AS BIGINT), $1)",
        // The claim wants the lane `FOR UPDATE` and passes it over; what wakes a lane
        // does not.
        hold_lane: "
            SELECT lane.lease_until AS lease_until FROM conversation, lane
            WHERE lane.lane = $1 AND lane.lease_owner = $2 AND lane.epoch = $3
                AND conversation.id = $4
            FOR UPDATE OF conversation FOR KEY SHARE OF lane",
        lock_lane: "
            SELECT lane FROM lane
            WHERE lane = $1 AND lease_owner = $2 AND epoch = $3 FOR NO KEY UPDATE",
        lock_conversation: "SELECT id FROM conversation WHERE id = $1 FOR UPDATE",
        lock_name: "
            SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL AS locked",
    })
);

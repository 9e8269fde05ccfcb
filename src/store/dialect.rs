//! The statements that differ between the engines: `dialect!` writes them, the
//! engines' folders say how, [`Tx::dialect`](super::tx::Tx) chooses.
//!
//! Where several processes write at once, rows that somebody else is taking are
//! passed over, and what is looked up before it is written is locked first.

/// How an engine says what the engines do not say alike.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Stores a row of the inbox unless its key is known. The position that never is
    /// means: after everything so far.
    pub(super) insert_inbox: &'static str,
    /// The same for a row of the outbox and its id.
    pub(super) insert_outbox: &'static str,
    /// Takes the leases of lanes that are due and nobody's: owner, until, kind, now,
    /// limit.
    pub(super) claim: &'static str,
    /// Takes timers that are due out of their table, oldest first: now, limit.
    pub(super) take_timers: &'static str,
    /// Forgets old rows of the inbox: before, limit.
    pub(super) delete_old_inbox: &'static str,
    /// Forgets old rows of the outbox: before, limit.
    pub(super) delete_old_outbox: &'static str,
    /// Forgets old bodies: before, limit.
    pub(super) delete_old_bodies: &'static str,
    /// What only an engine needs where several processes write at once.
    pub(super) shared: Option<Shared>,
}

/// What an engine needs where several processes write at once.
#[derive(Debug)]
pub(super) struct Shared {
    /// Draws so many numbers at once, in order, without waiting for anybody's
    /// commit: count.
    pub(super) draw_positions: &'static str,
    /// Keeps others from changing a conversation and from taking over the lease of a
    /// lane of it until the commit, but not from waking the lane: lane, owner, epoch,
    /// conversation. Until when the lease is held.
    pub(super) hold_lane: &'static str,
    /// Keeps others also from waking it: lane, owner, epoch.
    pub(super) lock_lane: &'static str,
    /// Keeps others from changing a conversation until the commit: its id.
    pub(super) lock_conversation: &'static str,
    /// Keeps others from taking the same name until the commit: the name.
    pub(super) lock_name: &'static str,
}

impl Dialect {
    /// Every statement by name, for tests.
    #[cfg(test)]
    pub(super) fn statements(&self) -> Vec<(&'static str, &'static str)> {
        let mut all = vec![
            ("INSERT_INBOX", self.insert_inbox),
            ("INSERT_OUTBOX", self.insert_outbox),
            ("CLAIM", self.claim),
            ("TAKE_TIMERS", self.take_timers),
            ("DELETE_OLD_INBOX", self.delete_old_inbox),
            ("DELETE_OLD_OUTBOX", self.delete_old_outbox),
            ("DELETE_OLD_BODIES", self.delete_old_bodies),
        ];
        if let Some(shared) = &self.shared {
            all.push(("DRAW_POSITIONS", shared.draw_positions));
            all.push(("HOLD_LANE", shared.hold_lane));
            all.push(("LOCK_LANE", shared.lock_lane));
            all.push(("LOCK_CONVERSATION", shared.lock_conversation));
            all.push(("LOCK_NAME", shared.lock_name));
        }
        all
    }
}

/// A [`Dialect`] whose lists of chosen rows begin with `$chosen` and end with `$passing`,
/// and that stores a row at `$position`.
macro_rules! dialect {
    ($chosen:literal, $passing:literal, $position:literal, $shared:expr) => {
        $crate::store::dialect::Dialect {
            insert_inbox: concat!(
                "INSERT INTO inbox (id, lane, position, dedupe_key, source, account, payload,
                    body_id, received_at, due_at, state, waiting_for, waited, tries, error)
                VALUES ($1, $2, ",
                $position,
                ", $4, $5, $6, $7, $8, $9, $9, $10, '', $11, 0, '')
                ON CONFLICT (dedupe_key) DO NOTHING"
            ),
            insert_outbox: concat!(
                "INSERT INTO outbox (id, lane, position, payload, due_at, created_at, begun_at,
                    state, tries, error, message_id)
                VALUES ($1, $2, ",
                $position,
                ", $4, $5, $6, 9223372036854775807, 0, 0, '', $7)
                ON CONFLICT (id) DO NOTHING"
            ),
            claim: concat!(
                "UPDATE lane SET lease_owner = $1, lease_until = $2, epoch = epoch + 1,
                    rewake_at = 9223372036854775807
                WHERE lane",
                $chosen,
                "SELECT lane FROM lane
                    WHERE kind = $3 AND due_at <= $4 AND lease_until <= $4
                    ORDER BY due_at LIMIT $5",
                $passing,
                "
                RETURNING lane, epoch"
            ),
            take_timers: concat!(
                "DELETE FROM timer WHERE id",
                $chosen,
                "SELECT id FROM timer WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
                $passing,
                "
                RETURNING id, due_at, lane, payload"
            ),
            delete_old_inbox: concat!(
                "DELETE FROM inbox WHERE id",
                $chosen,
                "SELECT id FROM inbox WHERE state IN (1, 2, 4, 5) AND received_at < $1
                    ORDER BY received_at LIMIT $2",
                $passing,
            ),
            delete_old_outbox: concat!(
                "DELETE FROM outbox WHERE id",
                $chosen,
                "SELECT id FROM outbox WHERE state IN (1, 2, 3) AND created_at < $1
                    ORDER BY created_at LIMIT $2",
                $passing,
            ),
            delete_old_bodies: concat!(
                "DELETE FROM webhook_body WHERE id",
                $chosen,
                "SELECT id FROM webhook_body WHERE received_at < $1
                    ORDER BY received_at LIMIT $2",
                $passing,
            ),
            shared: $shared,
        }
    };
}

pub(super) use dialect;

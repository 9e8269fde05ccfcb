//! Lanes: who works on which stream of work, and when it is due.
//!
//! A lane is worked on by whoever holds its lease. The lease is on the lane's row,
//! never on rows of inbox or outbox, and its `epoch` moves with every claim: a
//! commit whose lease was taken over in the meantime is refused by [`Tx::fence`].
//!
//! Completing a piece of work is one transaction in this order: fence, the work's
//! own rows, the row done, release.

use jiff::{SignedDuration, Timestamp};

use super::error::StoreError;
use super::lane::{Lane, LaneKind, Lease};
use super::tx::Tx;
use super::value::{NEVER, statements, values};
use crate::domain::ids::ConversationId;

statements! {
    /// Makes a lane due, and not later than it is.
    WAKE = "
        INSERT INTO lane (lane, kind, due_at, rewake_at, lease_owner, lease_until, epoch)
        VALUES ($1, $2, $3, $3, '', 0, 0)
        ON CONFLICT (lane) DO UPDATE SET
            due_at = CASE WHEN excluded.due_at < lane.due_at
                     THEN excluded.due_at ELSE lane.due_at END,
            rewake_at = CASE WHEN excluded.rewake_at < lane.rewake_at
                        THEN excluded.rewake_at ELSE lane.rewake_at END";
    /// Takes the lease of a lane that nothing makes due, if it is nobody's.
    TAKE = "
        INSERT INTO lane (lane, kind, due_at, rewake_at, lease_owner, lease_until, epoch)
        VALUES ($1, $2, 9223372036854775807, 9223372036854775807, $3, $4, 1)
        ON CONFLICT (lane) DO UPDATE SET lease_owner = excluded.lease_owner,
            lease_until = excluded.lease_until, epoch = lane.epoch + 1
        WHERE lane.lease_until <= $5
        RETURNING epoch";
    /// Prolongs a lease that is still held.
    FENCE = "
        UPDATE lane SET lease_until = $4
        WHERE lane = $1 AND lease_owner = $2 AND epoch = $3";
    /// Gives a lease up before its time: the lane stays due.
    YIELD = "
        UPDATE lane SET lease_owner = '', lease_until = $4
        WHERE lane = $1 AND lease_owner = $2 AND epoch = $3";
    /// Gives a lease up; the lane's next row says when it is due.
    RELEASE_INBOX = "
        UPDATE lane SET lease_owner = '', lease_until = 0, due_at = COALESCE(
            (SELECT inbox.due_at FROM inbox WHERE inbox.lane = $1 AND inbox.state = 0
             ORDER BY inbox.position, inbox.id LIMIT 1), 9223372036854775807)
        WHERE lane = $1 AND lease_owner = $2 AND epoch = $3";
    /// The same for lanes that read the outbox.
    RELEASE_OUTBOX = "
        UPDATE lane SET lease_owner = '', lease_until = 0, due_at = COALESCE(
            (SELECT outbox.due_at FROM outbox WHERE outbox.lane = $1 AND outbox.state = 0
             ORDER BY outbox.position, outbox.id LIMIT 1), 9223372036854775807)
        WHERE lane = $1 AND lease_owner = $2 AND epoch = $3";
    /// Gives the lease of a projection up: due at `$4`, or when it was woken for
    /// since the lease was taken.
    RELEASE_PROJECTION = "
        UPDATE lane SET lease_owner = '', lease_until = 0,
            due_at = CASE WHEN rewake_at < $4 THEN rewake_at ELSE $4 END
        WHERE lane = $1 AND lease_owner = $2 AND epoch = $3";
    /// When the lane's next row of the inbox is due.
    HEAD_DUE_INBOX = "
        SELECT due_at FROM inbox WHERE lane = $1 AND state = 0
        ORDER BY position, id LIMIT 1";
    /// When the lane's next row of the outbox is due.
    HEAD_DUE_OUTBOX = "
        SELECT due_at FROM outbox WHERE lane = $1 AND state = 0
        ORDER BY position, id LIMIT 1";
    /// When the next lane of a kind that is nobody's is due.
    NEXT_DUE = "
        SELECT due_at FROM lane
        WHERE kind = $1 AND due_at < 9223372036854775807 AND lease_until <= $2
        ORDER BY due_at LIMIT 1";
    /// Takes every lease away.
    CLEAR_LEASES = "UPDATE lane SET lease_owner = '', lease_until = 0 WHERE lease_until > 0";
    /// How much waits in the inbox, since when.
    DEPTH_INBOX = "
        SELECT COUNT(*) AS n, COALESCE(MIN(received_at), 9223372036854775807) AS oldest
        FROM inbox WHERE state = 0";
    /// How much waits in the outbox for lanes whose names are like this, since when.
    DEPTH_OUTBOX = "
        SELECT COUNT(*) AS n, COALESCE(MIN(created_at), 9223372036854775807) AS oldest
        FROM outbox WHERE state = 0 AND lane LIKE $1";
    /// How many lanes of a kind are due, since when.
    DEPTH_LANES = "
        SELECT COUNT(*) AS n, COALESCE(MIN(due_at), 9223372036854775807) AS oldest
        FROM lane WHERE kind = $1 AND due_at <= $2";
}

/// By how much a lease of [`Tx::hold`] may be shorter than it should be before that is
/// written down.
const NEARLY: SignedDuration = SignedDuration::from_secs(2);

/// How much waits in lanes of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Rows (for projections: lanes that are due).
    pub rows: i64,
    /// Since when the oldest waits; `None` when nothing does.
    pub oldest: Option<Timestamp>,
}

impl Tx {
    /// Makes a lane due at `due`, or earlier if it already is: at the commit.
    pub fn wake(&mut self, lane: &Lane, due: Timestamp) {
        let notes = self.notes();
        let earliest = notes.wakes.entry(lane.clone()).or_insert(due);
        *earliest = due.min(*earliest);
        notes.woken.insert(lane.kind);
    }

    /// Wakes the lanes that were noted to be.
    pub(super) async fn wake_noted(&mut self) -> Result<(), StoreError> {
        for (lane, due) in std::mem::take(&mut self.notes().wakes) {
            self.execute(WAKE, values![&lane, lane.kind.name(), due])
                .await?;
        }
        Ok(())
    }

    /// Takes the leases of up to `limit` lanes that are due, until `until`. Leases
    /// that have run out are taken over.
    pub async fn claim(
        &mut self,
        kind: LaneKind,
        limit: usize,
        now: Timestamp,
        owner: &str,
        until: Timestamp,
    ) -> Result<Vec<Lease>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(NEVER);
        let claim = self.dialect().claim;
        let rows = self
            .rows(claim, values![owner, until, kind.name(), now, limit])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Lease {
                    lane: row.lane("lane")?,
                    epoch: row.int("epoch")?,
                    owner: owner.to_owned(),
                })
            })
            .collect()
    }

    /// Takes the lease of this lane until `until`, due or not; `None` if somebody holds it.
    /// For work that is no row's and must not be done twice at the same time.
    pub async fn take_lane(
        &mut self,
        lane: &Lane,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        let values = values![lane, lane.kind.name(), owner, until, now];
        let row = self.row(TAKE, values).await?;
        row.map(|row| {
            Ok(Lease {
                lane: lane.clone(),
                epoch: row.int("epoch")?,
                owner: owner.to_owned(),
            })
        })
        .transpose()
    }

    /// Prolongs a lease to `until`, and makes sure that it is still held: the first
    /// statement of every commit of a lane's work. [`StoreError::Stale`] if somebody
    /// took it over: drop the work. The lane's conversation is locked before: whoever
    /// works for one in several lanes never waits in a circle.
    pub async fn fence(&mut self, lease: &Lease, until: Timestamp) -> Result<(), StoreError> {
        if let Some(conversation) = lease.lane.conversation() {
            if self.hold(lease, &conversation, until).await? {
                return Ok(());
            }
            self.lock_stream(&conversation).await?;
        }
        let values = values![&lease.lane, lease.owner.as_str(), lease.epoch, until];
        self.touch_lease(FENCE, values).await
    }

    /// The same for a lane that is woken by what comes from outside, where others write
    /// at the same time: nobody takes it over until the commit, but what comes in wakes
    /// it. Whether the lease is held, and runs until `until` or nearly.
    async fn hold(
        &mut self,
        lease: &Lease,
        conversation: &ConversationId,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let shared = self.dialect().shared.as_ref();
        let Some(shared) = shared.filter(|_| lease.lane.kind == LaneKind::In) else {
            return Ok(false);
        };
        let owner = lease.owner.as_str();
        let values = values![&lease.lane, owner, lease.epoch, conversation];
        let Some(row) = self.row(shared.hold_lane, values).await? else {
            return Ok(false);
        };
        self.notes().locked.insert(conversation.clone());
        Ok(until.duration_since(row.time("lease_until")?) < NEARLY)
    }

    /// Gives a lease up without having finished: the lane is taken again, not before
    /// `not_before`.
    pub async fn yield_lease(
        &mut self,
        lease: &Lease,
        not_before: Timestamp,
    ) -> Result<(), StoreError> {
        let values = values![&lease.lane, lease.owner.as_str(), lease.epoch, not_before];
        self.touch_lease(YIELD, values).await
    }

    /// Gives a lease up: the lane is due when its next row is. For lanes without
    /// rows see [`Tx::release_projection`], which this is with no time.
    pub async fn release(&mut self, lease: &Lease) -> Result<(), StoreError> {
        let values = || values![&lease.lane, lease.owner.as_str(), lease.epoch];
        let sql = match lease.lane.kind {
            LaneKind::In => {
                // A row that was stored before this is seen by the release; one that is
                // stored later wakes the lane after the commit.
                if let Some(shared) = &self.dialect().shared {
                    self.row(shared.lock_lane, values()).await?;
                }
                RELEASE_INBOX
            }
            LaneKind::Matrix | LaneKind::Channel => RELEASE_OUTBOX,
            LaneKind::Recover | LaneKind::Portal => {
                return self.release_projection(lease, None).await;
            }
        };
        self.touch_lease(sql, values()).await
    }

    /// Gives the lease of a lane without rows up: it is due at `next` (`None` =
    /// when woken), or earlier if it was woken since the lease was taken.
    pub async fn release_projection(
        &mut self,
        lease: &Lease,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let values = values![&lease.lane, lease.owner.as_str(), lease.epoch, next];
        self.touch_lease(RELEASE_PROJECTION, values).await
    }

    /// Releases the lane unless its next row is due already; whether it did. Saves
    /// the last step that would find nothing.
    pub async fn release_if_idle(
        &mut self,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if self
            .head_due(&lease.lane)
            .await?
            .is_some_and(|due| due <= now)
        {
            return Ok(false);
        }
        self.release(lease).await?;
        Ok(true)
    }

    /// When the lane's next row is due; `None` without rows.
    pub(super) async fn head_due(&mut self, lane: &Lane) -> Result<Option<Timestamp>, StoreError> {
        let sql = match lane.kind {
            LaneKind::In => HEAD_DUE_INBOX,
            LaneKind::Matrix | LaneKind::Channel => HEAD_DUE_OUTBOX,
            LaneKind::Recover | LaneKind::Portal => return Ok(None),
        };
        let row = self.row(sql, values![lane]).await?;
        row.map_or(Ok(None), |row| row.time_or_none("due_at"))
    }

    /// When the next lane of a kind is due that nobody works on; `None` = when woken.
    pub async fn next_due(
        &mut self,
        kind: LaneKind,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let row = self.row(NEXT_DUE, values![kind.name(), now]).await?;
        row.map_or(Ok(None), |row| row.time_or_none("due_at"))
    }

    /// How much waits in lanes of a kind, for metrics.
    pub async fn depth_and_age(
        &mut self,
        kind: LaneKind,
        now: Timestamp,
    ) -> Result<Depth, StoreError> {
        let of_kind = format!("{}:%", kind.name());
        let row = match kind {
            LaneKind::In => self.row(DEPTH_INBOX, values![]).await?,
            LaneKind::Matrix | LaneKind::Channel => {
                self.row(DEPTH_OUTBOX, values![of_kind]).await?
            }
            LaneKind::Recover | LaneKind::Portal => {
                self.row(DEPTH_LANES, values![kind.name(), now]).await?
            }
        };
        let row = row.ok_or(StoreError::Missing { what: "depth" })?;
        Ok(Depth {
            rows: row.int("n")?,
            oldest: row.time_or_none("oldest")?,
        })
    }

    /// Takes every lease away: for the start of the only process on the database.
    pub(super) async fn clear_leases(&mut self) -> Result<(), StoreError> {
        self.execute(CLEAR_LEASES, values![]).await?;
        Ok(())
    }

    /// Runs a statement on a lease that must still be held.
    async fn touch_lease(
        &mut self,
        sql: &'static str,
        values: Vec<super::value::Value>,
    ) -> Result<(), StoreError> {
        if self.touch(sql, values).await? {
            return Ok(());
        }
        Err(StoreError::Stale)
    }
}

//! Rows that no lane works on any more, for `!retry`, `loket replay` and metrics.

use super::error::StoreError;
use super::inbox::{InboxRow, InboxState};
use super::outbox::OutboxRow;
use super::tx::Tx;
use super::value::{statements, values};
use crate::domain::ids::RowId;

statements! {
    /// How many rows are dead.
    COUNT_DEAD = "
        SELECT (SELECT COUNT(*) FROM inbox WHERE state = 2)
             + (SELECT COUNT(*) FROM outbox WHERE state = 2) AS n";
    /// How many rows are dead, unrouted and unparsed.
    COUNT_KEPT = "
        SELECT (SELECT COUNT(*) FROM inbox WHERE state = 2)
             + (SELECT COUNT(*) FROM outbox WHERE state = 2) AS dead,
            (SELECT COUNT(*) FROM inbox WHERE state = 4) AS unrouted,
            (SELECT COUNT(*) FROM inbox WHERE state = 5)
             + (SELECT COUNT(*) FROM webhook_body b
                WHERE b.reason = 'unparsed'
                    AND NOT EXISTS (SELECT 1 FROM inbox i
                                    WHERE i.body_id = b.id AND i.state = 5)) AS unparsed";
    /// Dead rows of the inbox after one, by id.
    INBOX_DEAD = "
        SELECT id, lane, position, dedupe_key, source, account, payload, body_id, received_at,
            due_at, state, waited, tries, error
        FROM inbox WHERE state = 2 AND id > $1 ORDER BY id LIMIT $2";
    /// Unrouted rows after one, by id.
    INBOX_UNROUTED = "
        SELECT id, lane, position, dedupe_key, source, account, payload, body_id, received_at,
            due_at, state, waited, tries, error
        FROM inbox WHERE state = 4 AND id > $1 ORDER BY id LIMIT $2";
    /// Unparsed rows after one, by id.
    INBOX_UNPARSED = "
        SELECT id, lane, position, dedupe_key, source, account, payload, body_id, received_at,
            due_at, state, waited, tries, error
        FROM inbox WHERE state = 5 AND id > $1 ORDER BY id LIMIT $2";
    /// Dead rows of the outbox after one, by id.
    OUTBOX_DEAD = "
        SELECT id, lane, position, payload, due_at, created_at, begun_at, tries, error,
            message_id, event_id
        FROM outbox WHERE state = 2 AND id > $1 ORDER BY id LIMIT $2";
}

/// How many rows no lane works on, and somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// They failed for good.
    pub dead: i64,
    /// They are for none of our accounts.
    pub unrouted: i64,
    /// They were not understood; a whole body without a row of its own counts as one.
    pub unparsed: i64,
}

impl Tx {
    /// How many rows no lane works on, and somebody should look at.
    pub async fn count_kept(&mut self) -> Result<Kept, StoreError> {
        let row = self.row(COUNT_KEPT, values![]).await?;
        let row = row.ok_or(StoreError::Missing { what: "count" })?;
        Ok(Kept {
            dead: row.int("dead")?,
            unrouted: row.int("unrouted")?,
            unparsed: row.int("unparsed")?,
        })
    }

    /// How many rows failed for good.
    pub async fn count_dead(&mut self) -> Result<i64, StoreError> {
        let row = self.row(COUNT_DEAD, values![]).await?;
        row.ok_or(StoreError::Missing { what: "count" })?.int("n")
    }

    /// Rows of the inbox that are kept in `state` (dead, unrouted or unparsed), up to
    /// `limit`, after the row `after` in order of ids. Empty for other states.
    pub async fn list_kept(
        &mut self,
        state: InboxState,
        after: Option<RowId>,
        limit: i64,
    ) -> Result<Vec<InboxRow>, StoreError> {
        let sql = match state {
            InboxState::Dead => INBOX_DEAD,
            InboxState::Unrouted => INBOX_UNROUTED,
            InboxState::Unparsed => INBOX_UNPARSED,
            InboxState::Pending | InboxState::Done | InboxState::Waiting => return Ok(Vec::new()),
        };
        let rows = self.rows(sql, values![&after, limit]).await?;
        rows.iter().map(InboxRow::read).collect()
    }

    /// Rows of the outbox that failed for good, as [`Tx::list_kept`].
    pub async fn list_dead_outbox(
        &mut self,
        after: Option<RowId>,
        limit: i64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = self.rows(OUTBOX_DEAD, values![&after, limit]).await?;
        rows.iter().map(OutboxRow::read).collect()
    }
}

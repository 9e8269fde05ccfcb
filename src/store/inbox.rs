//! The inbox: everything that happened outside, in the order of its commits, until
//! a lane has worked on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::lane::Lane;
use super::tx::Tx;
use super::value::{Row, statements, values, word};
use crate::domain::ids::{AccountId, BodyId, RowId};

statements! {
    /// The lane's next row.
    HEAD = "
        SELECT id, lane, position, dedupe_key, source, account, payload, body_id, received_at,
            due_at, state, waited, tries, error
        FROM inbox WHERE lane = $1 AND state = 0 ORDER BY position, id LIMIT 1";
    /// A row by its id.
    FIND = "
        SELECT id, lane, position, dedupe_key, source, account, payload, body_id, received_at,
            due_at, state, waited, tries, error
        FROM inbox WHERE id = $1";
    /// A row by its key.
    FIND_BY_KEY = "
        SELECT id, lane, position, dedupe_key, source, account, payload, body_id, received_at,
            due_at, state, waited, tries, error
        FROM inbox WHERE dedupe_key = $1";
    /// A row that was for nobody is for one of our accounts now.
    ROUTE = "UPDATE inbox SET account = $2 WHERE id = $1 AND state IN (4, 5)";
    /// A kept row holds nothing that a lane would work on.
    SETTLE = "UPDATE inbox SET state = 1, error = '' WHERE id = $1 AND state IN (4, 5)";
    /// Changes the state of a pending row.
    END = "UPDATE inbox SET state = $2, error = $3 WHERE id = $1 AND state = 0";
    /// Keeps a pending row for another try.
    RETRY = "
        UPDATE inbox SET tries = tries + 1, error = $2, due_at = $3
        WHERE id = $1 AND state = 0";
    /// Lets a pending row wait without counting a try.
    POSTPONE = "UPDATE inbox SET due_at = $2 WHERE id = $1 AND state = 0";
    /// Makes a dead or kept row pending again.
    REPLAY = "
        UPDATE inbox SET state = 0, lane = $2, payload = $3, due_at = $4, tries = 0, error = ''
        WHERE id = $1 AND state <> 0 AND state <> 1";
}

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A channel's webhook.
    Webhook,
    /// A Matrix transaction.
    Matrix,
    /// A timer.
    Timer,
    /// One of our own lanes.
    Internal,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxState {
    /// It waits for its turn.
    Pending,
    /// It has been worked on.
    Done,
    /// It failed too often.
    Dead,
    /// It waits for something that is not known yet.
    Waiting,
    /// It is for none of our accounts; kept.
    Unrouted,
    /// It was not understood; kept.
    Unparsed,
}

impl InboxState {
    /// The number in the table.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Done => 1,
            Self::Dead => 2,
            Self::Waiting => 3,
            Self::Unrouted => 4,
            Self::Unparsed => 5,
        }
    }

    /// The state of a number.
    fn of(number: i64) -> Result<Self, StoreError> {
        [
            Self::Pending,
            Self::Done,
            Self::Dead,
            Self::Waiting,
            Self::Unrouted,
            Self::Unparsed,
        ]
        .into_iter()
        .find(|state| state.number() == number)
        .ok_or_else(|| StoreError::corrupt("inbox.state"))
    }
}

/// A row to be stored.
#[derive(Clone)]
pub struct NewInbox {
    /// Its id: new and time-ordered.
    pub id: RowId,
    /// The lane that works on it.
    pub lane: Lane,
    /// The same for every delivery of the same thing; unique in the whole table.
    pub dedupe_key: String,
    /// Where it comes from.
    pub source: Source,
    /// The account it is for; empty if none.
    pub account: AccountId,
    /// What happened, as JSON.
    pub payload: String,
    /// The whole body it came in, if that is kept.
    pub body: Option<BodyId>,
    /// When it came; also when it is due.
    pub received_at: Timestamp,
    /// `Pending`, or how it is kept.
    pub state: InboxState,
    /// The position of a row that it goes before (see
    /// [`InboxRow::position_before`]); `None` = after everything so far.
    pub position: Option<i64>,
}

impl std::fmt::Debug for NewInbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewInbox({}, {})", self.id, self.lane)
    }
}

/// A stored row.
#[derive(Clone)]
pub struct InboxRow {
    /// Its id.
    pub id: RowId,
    /// Its lane.
    pub lane: Lane,
    /// Its place in the lane.
    pub position: i64,
    /// Its key.
    pub dedupe_key: String,
    /// Where it comes from.
    pub source: Source,
    /// The account it is for; empty if none.
    pub account: AccountId,
    /// What happened, as JSON.
    pub payload: String,
    /// The whole body it came in, if that was kept.
    pub body: Option<BodyId>,
    /// When it came.
    pub received_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// Where it stands.
    pub state: InboxState,
    /// Whether it has waited in vain for something: it must not wait again.
    pub waited: bool,
    /// How often it was tried in vain.
    pub tries: i64,
    /// Why the last try failed; empty before.
    pub error: String,
}

impl std::fmt::Debug for InboxRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InboxRow({}, {})", self.id, self.lane)
    }
}

impl InboxRow {
    /// The position of rows that are found later and go before this one.
    pub fn position_before(&self) -> i64 {
        self.position - 1
    }

    /// Reads a row.
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            lane: row.lane("lane")?,
            position: row.int("position")?,
            dedupe_key: row.text("dedupe_key")?,
            source: row.word("source")?,
            account: row.id("account")?,
            payload: row.text("payload")?,
            body: row.id_or_none("body_id")?,
            received_at: row.time("received_at")?,
            due_at: row.time("due_at")?,
            state: InboxState::of(row.int("state")?)?,
            waited: row.flag("waited")?,
            tries: row.int("tries")?,
            error: row.text("error")?,
        })
    }
}

impl Tx {
    /// Stores rows in this order and wakes their lanes; the ids of those whose keys
    /// were not known.
    pub async fn insert_inbox(&mut self, rows: Vec<NewInbox>) -> Result<Vec<RowId>, StoreError> {
        let positions = self.next_positions(rows.len()).await?;
        let insert = self.dialect().insert_inbox;
        let mut inserted = Vec::with_capacity(rows.len());
        for (row, position) in rows.into_iter().zip(positions) {
            let source = word(&row.source)?;
            let place = row.position.unwrap_or(position);
            let values = values![
                &row.id,
                &row.lane,
                place,
                row.dedupe_key,
                source,
                &row.account,
                row.payload,
                &row.body,
                row.received_at,
                row.state.number(),
                false,
            ];
            if !self.touch(insert, values).await? {
                continue;
            }
            inserted.push(row.id);
            if row.state == InboxState::Pending {
                self.wake(&row.lane, row.received_at);
            }
        }
        Ok(inserted)
    }

    /// The lane's next row, if it is due.
    pub async fn inbox_head(
        &mut self,
        lane: &Lane,
        now: Timestamp,
    ) -> Result<Option<InboxRow>, StoreError> {
        let row = self.row(HEAD, values![lane]).await?;
        let row = row.map(|row| InboxRow::read(&row)).transpose()?;
        Ok(row.filter(|row| row.due_at <= now))
    }

    /// A row by its id.
    pub async fn find_inbox(&mut self, row: &RowId) -> Result<Option<InboxRow>, StoreError> {
        let row = self.row(FIND, values![row]).await?;
        row.map(|row| InboxRow::read(&row)).transpose()
    }

    /// A row by its key.
    pub async fn find_inbox_by_key(&mut self, key: &str) -> Result<Option<InboxRow>, StoreError> {
        let row = self.row(FIND_BY_KEY, values![key]).await?;
        row.map(|row| InboxRow::read(&row)).transpose()
    }

    /// A kept row is for this account. [`StoreError::Stale`] if it is not kept.
    pub async fn route_inbox(
        &mut self,
        row: &RowId,
        account: &AccountId,
    ) -> Result<(), StoreError> {
        self.touch_pending(ROUTE, values![row, account]).await
    }

    /// A kept row is done with. [`StoreError::Stale`] if it is not kept.
    pub async fn settle_inbox(&mut self, row: &RowId) -> Result<(), StoreError> {
        self.touch_pending(SETTLE, values![row]).await
    }

    /// The row has been worked on. [`StoreError::Stale`] if it no longer waits for
    /// that.
    pub async fn inbox_done(&mut self, row: &RowId) -> Result<(), StoreError> {
        self.end_inbox(row, InboxState::Done, "").await
    }

    /// The row failed for good; `error` holds nothing personal.
    pub async fn inbox_dead(&mut self, row: &RowId, error: &str) -> Result<(), StoreError> {
        self.end_inbox(row, InboxState::Dead, error).await
    }

    /// The row is kept as not understood.
    pub async fn inbox_unparsed(&mut self, row: &RowId, error: &str) -> Result<(), StoreError> {
        self.end_inbox(row, InboxState::Unparsed, error).await
    }

    /// The row failed and is tried again at `due`; the lane waits for it. `error`
    /// holds nothing personal.
    pub async fn inbox_retry(
        &mut self,
        row: &RowId,
        error: &str,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        self.touch_pending(RETRY, values![row, error, due]).await
    }

    /// The row is due at `due`; no try is counted.
    pub async fn inbox_postpone(&mut self, row: &RowId, due: Timestamp) -> Result<(), StoreError> {
        self.touch_pending(POSTPONE, values![row, due]).await
    }

    /// Makes a dead, waiting or kept row pending again, in `lane` and with `payload`.
    /// [`StoreError::Stale`] if it is pending or done.
    pub async fn replay_inbox(
        &mut self,
        row: &RowId,
        lane: &Lane,
        payload: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.touch_pending(REPLAY, values![row, lane, payload, now])
            .await?;
        self.wake(lane, now);
        Ok(())
    }

    /// Takes a pending row out of its lane.
    async fn end_inbox(
        &mut self,
        row: &RowId,
        state: InboxState,
        error: &str,
    ) -> Result<(), StoreError> {
        self.touch_pending(END, values![row, state.number(), error])
            .await
    }

    /// Runs a statement on a row that must be there in the right state.
    pub(super) async fn touch_pending(
        &mut self,
        sql: &'static str,
        values: Vec<super::value::Value>,
    ) -> Result<(), StoreError> {
        if self.touch(sql, values).await? {
            return Ok(());
        }
        Err(StoreError::Stale)
    }

    /// Forgets up to `limit` rows that no lane works on any more and that came before `before`; how many. Their
    /// keys are forgotten with them.
    pub async fn delete_old_inbox(
        &mut self,
        before: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        self.execute(self.dialect().delete_old_inbox, values![before, limit])
            .await
    }
}

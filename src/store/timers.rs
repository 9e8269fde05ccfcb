//! Timers: rows of the inbox that are not due yet.

use jiff::Timestamp;

use super::error::StoreError;
use super::lane::Lane;
use super::tx::Tx;
use super::value::{Row, statements, values};

statements! {
    /// Sets a timer unless it is known.
    INSERT = "
        INSERT INTO timer (id, due_at, lane, payload) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO NOTHING";
    /// Timers that are due, oldest first.
    DUE = "
        SELECT id, due_at, lane, payload FROM timer
        WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
    /// When the next timer is due.
    NEXT = "
        SELECT due_at FROM timer WHERE due_at < 9223372036854775807 ORDER BY due_at LIMIT 1";
    /// Forgets a timer.
    DELETE = "DELETE FROM timer WHERE id = $1";
}

/// A timer.
#[derive(Clone, PartialEq, Eq)]
pub struct TimerRow {
    /// Its id: the same at every replay of what sets it.
    pub id: String,
    /// When.
    pub due_at: Timestamp,
    /// The lane that is told.
    pub lane: Lane,
    /// What it is told, as JSON.
    pub payload: String,
}

impl std::fmt::Debug for TimerRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TimerRow({}, {})", self.id, self.lane)
    }
}

impl TimerRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.text("id")?,
            due_at: row.time("due_at")?,
            lane: row.lane("lane")?,
            payload: row.text("payload")?,
        })
    }
}

impl Tx {
    /// Sets a timer; one that is known stays as it is.
    pub async fn insert_timer(&mut self, timer: &TimerRow) -> Result<(), StoreError> {
        let values = values![
            timer.id.as_str(),
            timer.due_at,
            &timer.lane,
            timer.payload.as_str()
        ];
        self.execute(INSERT, values).await?;
        // The inbox's runner looks when the next timer is due.
        self.notes().woken.insert(super::lane::LaneKind::In);
        Ok(())
    }

    /// Up to `limit` timers that are due, oldest first.
    pub async fn due_timers(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<TimerRow>, StoreError> {
        let rows = self.rows(DUE, values![now, limit]).await?;
        rows.iter().map(TimerRow::read).collect()
    }

    /// Takes up to `limit` timers that are due out of the table, oldest first.
    pub async fn take_timers(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<TimerRow>, StoreError> {
        let take = self.dialect().take_timers;
        let rows = self.rows(take, values![now, limit]).await?;
        let mut timers: Vec<TimerRow> = rows
            .iter()
            .map(TimerRow::read)
            .collect::<Result<_, StoreError>>()?;
        timers.sort_by(|a, b| (a.due_at, &a.id).cmp(&(b.due_at, &b.id)));
        Ok(timers)
    }

    /// When the next timer is due; `None` without timers.
    pub async fn next_timer(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let row = self.row(NEXT, values![]).await?;
        row.map_or(Ok(None), |row| row.time_or_none("due_at"))
    }

    /// Forgets a timer; whether there was one.
    pub async fn delete_timer(&mut self, id: &str) -> Result<bool, StoreError> {
        self.touch(DELETE, values![id]).await
    }
}

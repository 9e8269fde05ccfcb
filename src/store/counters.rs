//! Numbers that are drawn one after another, each once.

use jiff::Timestamp;

use super::error::StoreError;
use super::tx::Tx;
use super::value::{NEVER, statements, values};

statements! {
    /// Draws numbers; the row is locked until the commit.
    DRAW = "UPDATE counter SET value = value + $2 WHERE name = $1 RETURNING value";
    /// Writes something that nobody reads.
    PROBE = "
        INSERT INTO counter (name, value) VALUES ('probe', $1)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

/// How far positions of two rows are apart, so that what is found later can be put
/// before one: a million events of one room. `PostgreSQL`'s dialect has the same number.
pub(super) const POSITION_STEP: i64 = 1_000_000;

impl Tx {
    /// Writes one row that nobody reads: whether the database takes anything.
    pub async fn probe(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.execute(PROBE, values![now]).await?;
        Ok(())
    }

    /// Draws `count` numbers of the counter `name`; the first of them.
    async fn draw(&mut self, name: &str, count: i64) -> Result<i64, StoreError> {
        let row = self.row(DRAW, values![name, count]).await?;
        let last = row.ok_or(StoreError::Missing { what: "counter" })?;
        Ok(last.int("value")? - count + 1)
    }

    /// Draws positions for `count` rows of inbox or outbox, in order and at least
    /// [`POSITION_STEP`] apart.
    pub(super) async fn draw_positions(&mut self, count: usize) -> Result<Vec<i64>, StoreError> {
        let count = i64::try_from(count).map_err(|_error| StoreError::corrupt("count"))?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let Some(shared) = &self.dialect().shared else {
            let first = self.draw("position", count).await?;
            return Ok((first..first + count).map(|n| n * POSITION_STEP).collect());
        };
        let rows = self.rows(shared.draw_positions, values![count]).await?;
        rows.iter()
            .map(|row| Ok(row.int("value")? * POSITION_STEP))
            .collect()
    }

    /// Positions for `count` rows that are stored after everything so far, in this
    /// order: [`NEVER`] where the statement that stores a row draws its own.
    pub(super) async fn next_positions(&mut self, count: usize) -> Result<Vec<i64>, StoreError> {
        if self.dialect().shared.is_some() {
            return Ok(vec![NEVER; count]);
        }
        self.draw_positions(count).await
    }

    /// Draws a case's number.
    pub(super) async fn draw_case(&mut self) -> Result<i64, StoreError> {
        self.draw("case", 1).await
    }
}

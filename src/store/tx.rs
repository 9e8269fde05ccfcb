//! A transaction: what every noun's functions are methods of, and the one place
//! where the engine is chosen.

use std::collections::BTreeSet;

use super::error::StoreError;
use super::lane::LaneKind;
use super::sqlite;
use super::value::{Row, Value};

/// A transaction. Its functions are in the files of their nouns.
#[derive(Debug)]
pub struct Tx {
    /// The engine's own transaction.
    engine: Engine,
    /// Kinds of lanes that were woken: told to their runners after the commit.
    pub(super) woken: BTreeSet<LaneKind>,
}

/// The engines.
#[derive(Debug)]
pub(super) enum Engine {
    /// `SQLite`.
    Sqlite(sqlite::driver::Transaction),
}

impl Tx {
    /// A transaction that has begun.
    pub(super) fn new(engine: Engine) -> Self {
        Self {
            engine,
            woken: BTreeSet::new(),
        }
    }

    /// Runs a statement; how many rows it touched.
    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        match &mut self.engine {
            Engine::Sqlite(tx) => Ok(sqlite::driver::execute(tx, sql, values).await?),
        }
    }

    /// Runs a statement that touches one row or none; whether it touched one.
    pub(super) async fn touch(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<bool, StoreError> {
        Ok(self.execute(sql, values).await? > 0)
    }

    /// Runs a statement; the rows it returned.
    pub(super) async fn rows(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        match &mut self.engine {
            Engine::Sqlite(tx) => {
                let rows = sqlite::driver::rows(tx, sql, values).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
        }
    }

    /// Runs a statement that returns one row or none.
    pub(super) async fn row(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Commits; what was woken.
    pub(super) async fn commit(self) -> Result<BTreeSet<LaneKind>, StoreError> {
        match self.engine {
            Engine::Sqlite(tx) => tx.commit().await?,
        }
        Ok(self.woken)
    }

    /// Throws everything away.
    pub(super) async fn roll_back(self) -> Result<(), StoreError> {
        match self.engine {
            Engine::Sqlite(tx) => Ok(tx.rollback().await?),
        }
    }
}

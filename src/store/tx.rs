//! A transaction: what every noun's functions are methods of, and the one place
//! where the engine is chosen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::dialect::Dialect;
use super::error::StoreError;
use super::lane::{Lane, LaneKind};
use super::value::{Row, Value, values};
use super::{postgres, sqlite};
use crate::domain::ids::ConversationId;

/// A transaction. Its functions are in the files of their nouns.
#[derive(Debug)]
pub struct Tx {
    /// The engine's own transaction.
    engine: Engine,
    /// Whether it only reads: then nothing is locked.
    reads_only: bool,
    /// What it told others, and what it keeps from them.
    notes: Notes,
    /// The first error of a statement. On `PostgreSQL` nothing of the transaction is
    /// kept after one, although its commit says that all went well.
    fault: Option<StoreError>,
}

/// What a transaction remembers besides what it writes.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    /// Lanes that are woken at the commit, and when they are due: in one order for
    /// all transactions, so that two never wait for each other in a circle.
    pub(super) wakes: BTreeMap<Lane, Timestamp>,
    /// Kinds of lanes whose runners should look, told after the commit.
    pub(super) woken: BTreeSet<LaneKind>,
    /// Conversations that are locked already.
    pub(super) locked: BTreeSet<ConversationId>,
}

/// The engines.
#[derive(Debug)]
pub(super) enum Engine {
    /// `SQLite`.
    Sqlite(sqlite::driver::Transaction),
    /// `PostgreSQL`.
    Postgres(postgres::driver::Transaction),
}

impl Tx {
    /// A transaction that has begun and writes.
    pub(super) fn new(engine: Engine) -> Self {
        Self {
            engine,
            reads_only: false,
            notes: Notes::default(),
            fault: None,
        }
    }

    /// A transaction that has begun and only reads.
    pub(super) fn reading(engine: Engine) -> Self {
        Self {
            reads_only: true,
            ..Self::new(engine)
        }
    }

    /// How the engine says what engines do not say alike.
    pub(super) fn dialect(&self) -> &'static Dialect {
        match self.engine {
            Engine::Sqlite(_) => &sqlite::DIALECT,
            Engine::Postgres(_) => &postgres::DIALECT,
        }
    }

    /// What it has noted so far.
    pub(super) fn notes(&mut self) -> &mut Notes {
        &mut self.notes
    }

    /// The first error of a statement since it was asked last.
    pub(super) fn take_fault(&mut self) -> Option<StoreError> {
        self.fault.take()
    }

    /// Runs a statement; how many rows it touched.
    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let touched = match &mut self.engine {
            Engine::Sqlite(tx) => sqlite::driver::execute(tx, sql, &values),
            Engine::Postgres(tx) => postgres::driver::execute(tx, sql, values)
                .await
                .map_err(StoreError::from),
        };
        touched.map_err(|error| self.failed(error))
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
        let rows = match &mut self.engine {
            Engine::Sqlite(tx) => sqlite::driver::rows(tx, sql, &values)
                .map(|rows| rows.into_iter().map(Row::Sqlite).collect()),
            Engine::Postgres(tx) => postgres::driver::rows(tx, sql, values)
                .await
                .map(|rows| rows.into_iter().map(Row::Postgres).collect())
                .map_err(StoreError::from),
        };
        rows.map_err(|error| self.failed(error))
    }

    /// Runs a statement that returns one row or none.
    pub(super) async fn row(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Keeps other transactions from changing a conversation and what belongs to it
    /// until this one ends; sees everything that those before it have committed.
    pub async fn lock_stream(&mut self, id: &ConversationId) -> Result<(), StoreError> {
        let shared = self.dialect().shared.as_ref();
        let Some(shared) = shared.filter(|_| !self.reads_only) else {
            return Ok(());
        };
        if !self.notes.locked.contains(id) {
            self.rows(shared.lock_conversation, values![id]).await?;
            self.notes.locked.insert(id.clone());
        }
        Ok(())
    }

    /// Keeps other transactions that ask for the same name waiting until this one
    /// ends: before a look-up whose answer is acted on.
    pub async fn lock_name(&mut self, name: &str) -> Result<(), StoreError> {
        let shared = self.dialect().shared.as_ref();
        if let Some(shared) = shared.filter(|_| !self.reads_only) {
            self.rows(shared.lock_name, values![name]).await?;
        }
        Ok(())
    }

    /// Commits; what was woken.
    pub(super) async fn commit(mut self) -> Result<BTreeSet<LaneKind>, StoreError> {
        if let Some(fault) = self.take_fault() {
            self.roll_back().await?;
            return Err(fault);
        }
        self.wake_noted().await?;
        match self.engine {
            Engine::Sqlite(tx) => tx.commit()?,
            Engine::Postgres(tx) => tx.commit().await?,
        }
        Ok(self.notes.woken)
    }

    /// Throws everything away.
    pub(super) async fn roll_back(self) -> Result<(), StoreError> {
        match self.engine {
            Engine::Sqlite(tx) => tx.roll_back(),
            Engine::Postgres(tx) => Ok(tx.rollback().await?),
        }
    }

    /// Notes that a statement failed.
    fn failed(&mut self, error: StoreError) -> StoreError {
        self.fault.get_or_insert_with(|| error.clone());
        error
    }
}

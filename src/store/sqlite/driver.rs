//! How one statement is run, and what it returns. Where: see
//! [`thread`](crate::store::thread).

use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use rusqlite::{Connection, Statement, ToSql};

use super::connections::Lent;
use crate::store::error::StoreError;
use crate::store::value::Value;

/// Begins a writing transaction. A deferred one that writes later fails at once
/// with "database is locked", whatever the time-out.
const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
/// Begins a transaction that reads.
const BEGIN_READ: &str = "BEGIN";
/// Ends a transaction and keeps what it wrote.
const COMMIT: &str = "COMMIT";
/// Ends a transaction and throws away what it wrote.
const ROLL_BACK: &str = "ROLLBACK";

/// A transaction. Dropped before its end, it is rolled back.
#[derive(Debug)]
pub(in crate::store) struct Transaction {
    /// Its connection.
    lent: Lent,
}

impl Transaction {
    /// Begins one that writes.
    pub(super) fn write(lent: Lent) -> Result<Self, StoreError> {
        lent.get().execute_batch(BEGIN_WRITE)?;
        Ok(Self { lent })
    }

    /// Begins one that reads.
    pub(super) fn read(lent: Lent) -> Result<Self, StoreError> {
        lent.get().execute_batch(BEGIN_READ)?;
        Ok(Self { lent })
    }

    /// Lets the file have so many pages at most.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn limit_pages(&self, pages: i64) -> Result<(), StoreError> {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        Ok(self.alive()?.execute_batch(&pragma)?)
    }

    /// Keeps what it wrote: returns when the disk has it.
    pub(in crate::store) fn commit(self) -> Result<(), StoreError> {
        Ok(self.lent.get().execute_batch(COMMIT)?)
    }

    /// The connection, in this transaction. When the disk is full or broken, SQLite
    /// may have rolled it back by itself: then what follows would be kept without the
    /// rest.
    fn alive(&self) -> Result<&Connection, StoreError> {
        let connection = self.lent.get();
        if connection.is_autocommit() {
            let error = std::io::Error::other("the transaction was rolled back");
            return Err(StoreError::Unavailable(Arc::new(error)));
        }
        Ok(connection)
    }

    /// Throws away what it wrote.
    pub(in crate::store) fn roll_back(self) -> Result<(), StoreError> {
        if self.lent.get().is_autocommit() {
            return Ok(());
        }
        Ok(self.lent.get().execute_batch(ROLL_BACK)?)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let connection = self.lent.get();
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch(ROLL_BACK)
        {
            tracing::warn!(%error, "a connection to the database is given up");
        }
    }
}

/// Runs a statement; how many rows it touched.
pub(in crate::store) fn execute(
    tx: &Transaction,
    sql: &'static str,
    values: &[Value],
) -> Result<u64, StoreError> {
    let connection = tx.alive()?;
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(connection.changes())
}

/// Runs a statement; the rows it returned.
pub(in crate::store) fn rows(
    tx: &Transaction,
    sql: &'static str,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let mut statement = tx.alive()?.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    let mut found = statement.raw_query();
    let mut names = None;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let names = names.get_or_insert_with(|| names_of(row));
        let cells = (0..names.len()).map(|index| row.get(index));
        rows.push(Row {
            names: Arc::clone(names),
            cells: cells.collect::<Result<_, _>>()?,
        });
    }
    Ok(rows)
}

/// Binds `values`, the first to `$1` and so on. For SQLite `$1` is a name, which may
/// stand anywhere in the text and several times.
fn bind(statement: &mut Statement<'_>, values: &[Value]) -> Result<(), StoreError> {
    for place in 1..=statement.parameter_count() {
        let name = statement.parameter_name(place);
        let number = name.and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| StoreError::corrupt("a statement's parameters"))?;
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(())
}

/// The names of a row's columns.
fn names_of(row: &rusqlite::Row<'_>) -> Arc<[String]> {
    let names = row.as_ref().column_names();
    names.into_iter().map(str::to_owned).collect()
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Flag(flag) => ValueRef::Integer(i64::from(*flag)),
        }))
    }
}

/// A row that a statement returned.
pub(in crate::store) struct Row {
    /// The columns' names.
    names: Arc<[String]>,
    /// Their values.
    cells: Vec<Cell>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What stands in it may be anybody's.
        f.debug_list().entries(self.names.iter()).finish()
    }
}

impl Row {
    /// A number.
    pub(in crate::store) fn int(&self, column: &str) -> Result<i64, StoreError> {
        match self.cell(column) {
            Some(Cell::Integer(number)) => Ok(*number),
            _ => Err(StoreError::corrupt(column)),
        }
    }

    /// A text.
    pub(in crate::store) fn text(&self, column: &str) -> Result<String, StoreError> {
        match self.cell(column) {
            Some(Cell::Text(text)) => Ok(text.clone()),
            _ => Err(StoreError::corrupt(column)),
        }
    }

    /// Bytes.
    pub(in crate::store) fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        match self.cell(column) {
            Some(Cell::Blob(bytes)) => Ok(bytes.clone()),
            _ => Err(StoreError::corrupt(column)),
        }
    }

    /// Yes or no.
    pub(in crate::store) fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// The value of a column.
    fn cell(&self, column: &str) -> Option<&Cell> {
        let mut columns = self.names.iter().zip(&self.cells);
        columns
            .find(|(name, _)| *name == column)
            .map(|(_, cell)| cell)
    }
}

//! Moves everything from a `SQLite` file to an empty `PostgreSQL` database.
//!
//! In: two addresses. Out: how many rows of each table were moved. All or nothing:
//! the rows are written in one transaction, read back and compared before it is
//! committed. The file stays as it is, but for a mark that keeps a daemon from
//! going on with it: two desks would answer the same customers.
//!
//! The tables come from [`TABLES`], their columns from the file's schema: a new
//! table needs nothing here. One that a migration puts rows into does: see
//! `target.rs`.

mod source;
mod sums;
mod target;

use jiff::Timestamp;

use super::error::StoreError;
use super::personal::TABLES;
use super::sqlite;
pub(super) use source::IS_MARKED;
use source::Source;
use sums::Sums;
use target::Target;

/// What became of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    /// Its name.
    name: String,
    /// What it holds.
    kind: Kind,
}

/// What a column holds: the four types that mean the same on every engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number.
    Int,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
    /// Yes or no.
    Flag,
}

impl Kind {
    /// The kind that a schema calls `name`.
    fn of(name: &str) -> Result<Self, StoreError> {
        match name {
            "BIGINT" => Ok(Self::Int),
            "TEXT" => Ok(Self::Text),
            "BYTEA" => Ok(Self::Bytes),
            "BOOLEAN" => Ok(Self::Flag),
            _ => Err(StoreError::corrupt("a column's type")),
        }
    }
}

/// Moves everything from the file at `from` to the database at `to`, whose schema is
/// brought up to date first.
///
/// # Errors
/// [`StoreError::InUse`] while a daemon has the file; [`StoreError::NotEmpty`] if the
/// target has rows. After any error the target is as empty as before.
pub async fn move_all(from: &str, to: &str, now: Timestamp) -> Result<Vec<Moved>, StoreError> {
    target::must_be_postgres(to)?;
    let (file, lock) = sqlite::hold(from).await?;
    let mut source = Source::new(file);
    source.must_be_here(from).await?;
    super::Store::migrate(to).await?;
    let mut target = Target::open(to).await?;
    target.must_be_empty().await?;
    let mut moved = Vec::with_capacity(TABLES.len());
    for (table, _) in TABLES {
        let columns = source.columns(table).await?;
        let sent = source.send(table, &columns, &mut target).await?;
        let found = target.sums(table, &columns).await?;
        if sent != found {
            return Err(StoreError::corrupt(format!("the moved table {table}")));
        }
        let rows = sent.rows();
        moved.push(Moved { table, rows });
    }
    target.commit().await?;
    source.mark_as_moved(now).await?;
    source.close().await?;
    drop(lock);
    Ok(moved)
}

/// `"name"`, as both engines quote names.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The names of columns for a statement.
fn list(columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    names.join(", ")
}

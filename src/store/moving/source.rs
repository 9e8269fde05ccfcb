//! The file that is left.

use std::path::PathBuf;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Row as _};

use super::target::{Batch, Target};
use super::{Column, Kind, Sums, list, quoted};
use crate::store::error::StoreError;
use crate::store::value::Value;

/// A table's columns.
const COLUMNS: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";

/// The mark of a file whose desk lives elsewhere now.
const MARK: &str = "INSERT INTO counter (name, value) VALUES ('moved', $1)";

/// Whether a file has the mark.
pub(in crate::store) const IS_MARKED: &str = "SELECT value FROM counter WHERE name = 'moved'";

/// The file, with everybody else kept out.
#[derive(Debug)]
pub(super) struct Source {
    /// The only connection to it.
    file: SqliteConnection,
}

impl Source {
    /// A source.
    pub(super) fn new(file: SqliteConnection) -> Self {
        Self { file }
    }

    /// Refuses a file that was moved already.
    pub(super) async fn must_be_here(&mut self, from: &str) -> Result<(), StoreError> {
        let mark = sqlx::query(IS_MARKED)
            .fetch_optional(&mut self.file)
            .await?;
        match mark {
            None => Ok(()),
            Some(_) => Err(StoreError::Moved {
                path: PathBuf::from(from.trim_start_matches("sqlite:")),
            }),
        }
    }

    /// A table's columns.
    pub(super) async fn columns(&mut self, table: &str) -> Result<Vec<Column>, StoreError> {
        let rows = sqlx::query(COLUMNS)
            .bind(table)
            .fetch_all(&mut self.file)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Column {
                    name: row.try_get("name")?,
                    kind: Kind::of(row.try_get("type")?)?,
                })
            })
            .collect()
    }

    /// Sends a table's rows to `target`, a bounded batch at a time; their sums.
    pub(super) async fn send(
        &mut self,
        table: &str,
        columns: &[Column],
        target: &mut Target,
    ) -> Result<Sums, StoreError> {
        let sql = format!(
            "SELECT {} FROM {} ORDER BY rowid",
            list(columns),
            quoted(table)
        );
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut self.file);
        let mut sums = Sums::default();
        let mut batch = Batch::new(columns.len());
        while let Some(row) = rows.try_next().await? {
            let row = read(&row, columns)?;
            sums.add(&row);
            batch.push(row);
            if batch.is_full() {
                target.insert(table, columns, &mut batch).await?;
            }
        }
        target.insert(table, columns, &mut batch).await?;
        Ok(sums)
    }

    /// Marks the file: its desk lives elsewhere now.
    pub(super) async fn mark_as_moved(&mut self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(MARK)
            .bind(now.as_millisecond())
            .execute(&mut self.file)
            .await?;
        Ok(())
    }

    /// Closes the file.
    pub(super) async fn close(self) -> Result<(), StoreError> {
        Ok(self.file.close().await?)
    }
}

/// A row's values.
fn read(row: &SqliteRow, columns: &[Column]) -> Result<Vec<Value>, StoreError> {
    columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            Ok(match column.kind {
                Kind::Int => Value::Int(row.try_get(place)?),
                Kind::Text => Value::Text(row.try_get(place)?),
                Kind::Bytes => Value::Bytes(row.try_get(place)?),
                Kind::Flag => Value::Flag(row.try_get(place)?),
            })
        })
        .collect()
}

//! The database that is filled.

use std::str::FromStr;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor as _, Postgres, Row as _};

use super::{Column, Kind, Sums, TABLES, list, quoted};
use crate::store::error::StoreError;
use crate::store::value::Value;

/// How many rows go in one statement.
const ROWS: usize = 256;

/// How many bound values go in one statement; the protocol has room for 65,535.
const VALUES: usize = 16_384;

/// How many bytes go in one statement, but for a single larger row.
const BYTES: usize = 4 * 1024 * 1024;

/// The tables that migrations put rows into, and whether those have been used.
const SEEDED: [(&str, &str); 2] = [
    (
        "counter",
        "SELECT name FROM counter WHERE value <> 0 LIMIT 1",
    ),
    (
        "matrix_generation",
        "SELECT id FROM matrix_generation WHERE raised <> 0 LIMIT 1",
    ),
];

/// Refuses an address that is no `PostgreSQL` database's.
pub(super) fn must_be_postgres(url: &str) -> Result<(), StoreError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(());
    }
    Err(StoreError::Url {
        reason: "the target must start with `postgres://`".to_owned(),
    })
}

/// How to connect.
fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    // The driver's own words may hold what was written, a password among it.
    let options = PgConnectOptions::from_str(url).map_err(|_error| StoreError::Url {
        reason: "it must look like `postgres://user@host/database`".to_owned(),
    })?;
    Ok(options.disable_statement_logging())
}

/// Rows that are written together.
pub(super) struct Batch {
    /// The rows.
    rows: Vec<Vec<Value>>,
    /// How many bytes they have.
    bytes: usize,
    /// How many rows there may be.
    limit: usize,
}

impl Batch {
    /// No rows yet, of `columns` columns.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            rows: Vec::new(),
            bytes: 0,
            limit: ROWS.min(VALUES / columns.max(1)),
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: Vec<Value>) {
        self.bytes += row.iter().map(size).sum::<usize>();
        self.rows.push(row);
    }

    /// Whether it should be written now.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= self.limit || self.bytes >= BYTES
    }
}

/// About how many bytes a value has.
fn size(value: &Value) -> usize {
    match value {
        Value::Int(_) | Value::Flag(_) => 8,
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
    }
}

/// The database, in the one transaction that fills it.
#[derive(Debug)]
pub(super) struct Target {
    /// The only connection to it; what is not committed ends with it.
    connection: PgConnection,
}

impl Target {
    /// Begins the transaction, and keeps everybody else from writing.
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let mut connection = options(url)?.connect().await?;
        connection.execute("BEGIN").await?;
        let tables: Vec<String> = TABLES.iter().map(|(table, _)| quoted(table)).collect();
        let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", "));
        connection.execute(AssertSqlSafe(lock)).await?;
        Ok(Self { connection })
    }

    /// Refuses a database that has anything in it, and takes away what the schema
    /// itself brought.
    pub(super) async fn must_be_empty(&mut self) -> Result<(), StoreError> {
        for (table, _) in TABLES {
            let seeded = SEEDED.iter().find(|(seeded, _)| seeded == table);
            let sql = seeded.map_or_else(
                || format!("SELECT 1 FROM {} LIMIT 1", quoted(table)),
                |(_, used)| (*used).to_owned(),
            );
            let found = self.connection.fetch_optional(AssertSqlSafe(sql)).await?;
            if found.is_some() {
                return Err(StoreError::NotEmpty { table });
            }
        }
        for (seeded, _) in SEEDED {
            let clear = format!("DELETE FROM {}", quoted(seeded));
            self.connection.execute(AssertSqlSafe(clear)).await?;
        }
        Ok(())
    }

    /// Writes a batch, which is empty then.
    pub(super) async fn insert(
        &mut self,
        table: &str,
        columns: &[Column],
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        if batch.rows.is_empty() {
            return Ok(());
        }
        let start = format!("INSERT INTO {} ({}) ", quoted(table), list(columns));
        let mut insert = sqlx::QueryBuilder::<Postgres>::new(start);
        insert.push_values(batch.rows.drain(..), |mut place, row| {
            for value in row {
                match value {
                    Value::Int(number) => place.push_bind(number),
                    Value::Text(text) => place.push_bind(text),
                    Value::Bytes(bytes) => place.push_bind(bytes),
                    Value::Flag(flag) => place.push_bind(flag),
                };
            }
        });
        batch.bytes = 0;
        let insert = insert.build().persistent(false);
        insert.execute(&mut self.connection).await?;
        Ok(())
    }

    /// The sums of a table as it is now.
    pub(super) async fn sums(
        &mut self,
        table: &str,
        columns: &[Column],
    ) -> Result<Sums, StoreError> {
        let sql = format!("SELECT {} FROM {}", list(columns), quoted(table));
        let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        let mut rows = query.fetch(&mut self.connection);
        let mut sums = Sums::default();
        while let Some(row) = rows.try_next().await? {
            sums.add(&read(&row, columns)?);
        }
        Ok(sums)
    }

    /// Commits everything.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.connection.execute("COMMIT").await?;
        Ok(self.connection.close().await?)
    }
}

/// A row's values.
fn read(row: &PgRow, columns: &[Column]) -> Result<Vec<Value>, StoreError> {
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

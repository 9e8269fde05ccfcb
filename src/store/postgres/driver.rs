//! How one statement is run.

use sqlx::Postgres;
use sqlx::postgres::PgRow;

use crate::store::value::Value;

pub(in crate::store) use super::resting::Transaction;

/// Binds `values` to `sql`, in order.
fn bound(
    sql: &'static str,
    values: Vec<Value>,
) -> sqlx::query::Query<'static, Postgres, <Postgres as sqlx::Database>::Arguments> {
    let mut query = sqlx::query::<Postgres>(sql);
    for value in values {
        query = match value {
            Value::Int(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
            Value::Bytes(bytes) => query.bind(bytes),
            Value::Flag(flag) => query.bind(flag),
        };
    }
    query
}

/// Runs a statement; how many rows it touched.
pub(in crate::store) async fn execute(
    tx: &mut Transaction,
    sql: &'static str,
    values: Vec<Value>,
) -> Result<u64, sqlx::Error> {
    let done = bound(sql, values).execute(tx.connection()?).await?;
    Ok(done.rows_affected())
}

/// Runs a statement; the rows it returned.
pub(in crate::store) async fn rows(
    tx: &mut Transaction,
    sql: &'static str,
    values: Vec<Value>,
) -> Result<Vec<PgRow>, sqlx::Error> {
    bound(sql, values).fetch_all(tx.connection()?).await
}

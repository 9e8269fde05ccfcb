//! What a database says about itself.

use sqlx::postgres::PgConnection;

use super::{Pools, connect, options};
use crate::store::error::StoreError;
use crate::store::peek::About;

/// The server's version.
const VERSION: &str = "SHOW server_version";

/// How large the database is.
const BYTES: &str = "SELECT pg_database_size(current_database())";

/// Whether there is a list of migrations.
const HAS_LIST: &str = "
    SELECT to_regclass(quote_ident(current_schema()) || '._sqlx_migrations') IS NOT NULL";

/// The number of the newest migration.
const SCHEMA: &str = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success";

impl Pools {
    /// Opens the database at `url` only to read it.
    pub(in crate::store) async fn peek(url: &str) -> Result<Self, StoreError> {
        let options = options(url)?;
        let mut connection = connect::connect(&options).await?;
        let fit = connect::refuse_unfit(&mut connection, &options).await;
        drop(connection);
        fit.map(|()| Self::of(&options, 1))
    }

    /// What the database says about itself.
    pub(in crate::store) async fn about(&self) -> Result<About, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let version: String = sqlx::query_scalar(VERSION).fetch_one(&mut *reader).await?;
        let bytes: i64 = sqlx::query_scalar(BYTES).fetch_one(&mut *reader).await?;
        Ok(About {
            engine: format!("PostgreSQL {version}"),
            schema: schema(&mut reader).await?,
            bytes: u64::try_from(bytes).unwrap_or_default(),
            log_bytes: None,
            advice: Vec::new(),
        })
    }
}

/// The number of the schema; 0 without one.
async fn schema(connection: &mut PgConnection) -> Result<i64, StoreError> {
    let has_list: bool = sqlx::query_scalar(HAS_LIST)
        .fetch_one(&mut *connection)
        .await?;
    if !has_list {
        return Ok(0);
    }
    Ok(sqlx::query_scalar(SCHEMA).fetch_one(connection).await?)
}

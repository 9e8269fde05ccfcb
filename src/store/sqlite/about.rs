//! What a file says about itself.

use super::{Pools, file};
use crate::store::error::StoreError;
use crate::store::moving;
use crate::store::peek::About;
use crate::store::tx::Tx;
use crate::store::value::Row;

/// The library's version.
const VERSION: &str = "SELECT sqlite_version() AS value";

/// How large the file is.
const BYTES: &str =
    "SELECT page_count * page_size AS value FROM pragma_page_count, pragma_page_size";

/// Whether there is a list of migrations.
const HAS_LIST: &str = "
    SELECT COUNT(*) AS value FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";

/// The number of the newest migration.
const SCHEMA: &str =
    "SELECT COALESCE(MAX(version), 0) AS value FROM _sqlx_migrations WHERE success";

impl Pools {
    /// What the file says about itself.
    pub(in crate::store) async fn about(&self) -> Result<About, StoreError> {
        let mut tx = self.begin_read().await?;
        let version = only(&mut tx, VERSION).await?.text("value")?;
        let bytes = only(&mut tx, BYTES).await?.int("value")?;
        let schema = match only(&mut tx, HAS_LIST).await?.int("value")? {
            0 => 0,
            _ => only(&mut tx, SCHEMA).await?.int("value")?,
        };
        let moved = schema > 0 && tx.row(moving::IS_MARKED, Vec::new()).await?.is_some();
        tx.roll_back().await?;
        if moved {
            return Err(StoreError::Moved {
                path: self.readers.path().to_owned(),
            });
        }
        Ok(About {
            engine: format!("SQLite {version}"),
            schema,
            bytes: u64::try_from(bytes).unwrap_or_default(),
            log_bytes: file::log_bytes(self.readers.path()),
            faults: Vec::new(),
            advice: Vec::new(),
        })
    }
}

/// The only row of a statement that always returns one.
async fn only(tx: &mut Tx, sql: &'static str) -> Result<Row, StoreError> {
    let row = tx.row(sql, Vec::new()).await?;
    row.ok_or(StoreError::Missing { what: "row" })
}

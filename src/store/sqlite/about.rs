//! What a file says about itself.

use super::{Pools, file};
use crate::store::error::StoreError;
use crate::store::peek::About;

/// The library's version.
const VERSION: &str = "SELECT sqlite_version()";

/// How large the file is.
const BYTES: &str = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";

/// Whether there is a list of migrations.
const HAS_LIST: &str = "
    SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";

/// The number of the newest migration.
const SCHEMA: &str = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success";

impl Pools {
    /// What the file says about itself.
    pub(in crate::store) async fn about(&self) -> Result<About, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let version: String = sqlx::query_scalar(VERSION).fetch_one(&mut *reader).await?;
        let bytes: i64 = sqlx::query_scalar(BYTES).fetch_one(&mut *reader).await?;
        let lists: i64 = sqlx::query_scalar(HAS_LIST).fetch_one(&mut *reader).await?;
        let schema = if lists > 0 {
            sqlx::query_scalar(SCHEMA).fetch_one(&mut *reader).await?
        } else {
            0
        };
        let path = self.readers.connect_options().get_filename().to_owned();
        Ok(About {
            engine: format!("SQLite {version}"),
            schema,
            bytes: u64::try_from(bytes).unwrap_or_default(),
            log_bytes: file::log_bytes(&path),
            advice: Vec::new(),
        })
    }
}

//! A look at a database from outside: read only, beside a daemon or without one. For
//! `loket doctor`.

use futures_util::future::BoxFuture;

use super::error::StoreError;
use super::tx::Tx;
use super::{Database, postgres, sqlite};

/// What a database says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The engine and its version.
    pub engine: String,
    /// The number of its schema; 0 without one.
    pub schema: i64,
    /// How large it is.
    pub bytes: u64,
    /// How large the log is that is not yet part of it, where there is such a file.
    pub log_bytes: Option<u64>,
    /// What keeps a daemon from working with it, in words.
    pub faults: Vec<String>,
    /// What should be changed about it, in words.
    pub advice: Vec<String>,
}

/// A database that is only read.
#[derive(Debug)]
pub struct Peek {
    /// Its connections.
    database: Database,
    /// Keeps a daemon out while a file is read that nobody else works on.
    _held: Option<sqlite::Reader>,
}

impl Peek {
    /// Opens the database at `url`; `None` if there is none yet. Nothing is made or
    /// changed.
    pub async fn open(url: &str) -> Result<Option<Self>, StoreError> {
        if postgres::takes(url) {
            return Ok(Some(Self {
                database: Database::Postgres(postgres::Pools::peek(url).await?),
                _held: None,
            }));
        }
        let Some((pools, reader)) = sqlite::Pools::peek(url).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            database: Database::Sqlite(pools),
            _held: Some(reader),
        }))
    }

    /// Runs `work` on a snapshot of what is committed.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send,
    {
        let mut tx = self.database.begin_read().await?;
        let result = work(&mut tx).await;
        tx.roll_back().await?;
        result
    }

    /// What it says about itself.
    pub async fn about(&self) -> Result<About, StoreError> {
        match &self.database {
            Database::Sqlite(pools) => pools.about().await,
            Database::Postgres(pools) => pools.about().await,
        }
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

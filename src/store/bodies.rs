//! Whole webhook bodies, kept while something in them is not understood.

use jiff::Timestamp;

use super::error::StoreError;
use super::tx::Tx;
use super::value::{Row, statements, values};
use crate::domain::ids::{AccountId, BodyId};

statements! {
    /// Keeps a body.
    INSERT = "
        INSERT INTO webhook_body (id, account, received_at, reason, body)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO NOTHING";
    /// A body by its id.
    FIND = "SELECT id, account, received_at, reason, body FROM webhook_body WHERE id = $1";
    /// Bodies with something in them that was not understood, after one, by id.
    LIST_UNPARSED = "
        SELECT id, account, received_at, reason, body FROM webhook_body
        WHERE id > $1 AND reason = 'unparsed' ORDER BY id LIMIT $2";
    /// Rows that wait for a body to be understood hold nothing that a lane would work on.
    SETTLE_ROWS = "
        UPDATE inbox SET state = 1, error = '' WHERE body_id = $1 AND state = 5";
    /// Forgets a body.
    DELETE = "DELETE FROM webhook_body WHERE id = $1";
}

/// A whole body.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyRow {
    /// Its id.
    pub id: BodyId,
    /// The account in the URL.
    pub account: AccountId,
    /// When it came.
    pub received_at: Timestamp,
    /// Why it is kept; holds nothing personal.
    pub reason: String,
    /// The bytes as they came.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for BodyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BodyRow({}, {} bytes)", self.id, self.body.len())
    }
}

impl BodyRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id("id")?,
            account: row.id("account")?,
            received_at: row.time("received_at")?,
            reason: row.text("reason")?,
            body: row.bytes("body")?,
        })
    }
}

impl Tx {
    /// Keeps a body.
    pub async fn insert_body(&mut self, body: &BodyRow) -> Result<(), StoreError> {
        let values = values![
            &body.id,
            &body.account,
            body.received_at,
            body.reason.as_str(),
            body.body.as_slice(),
        ];
        self.execute(INSERT, values).await?;
        Ok(())
    }

    /// A body by its id.
    pub async fn find_body(&mut self, id: &BodyId) -> Result<Option<BodyRow>, StoreError> {
        let row = self.row(FIND, values![id]).await?;
        row.map(|row| BodyRow::read(&row)).transpose()
    }

    /// Up to `limit` bodies with something in them that was not understood, after the
    /// body `after` in order of ids.
    pub async fn list_unparsed_bodies(
        &mut self,
        after: &BodyId,
        limit: i64,
    ) -> Result<Vec<BodyRow>, StoreError> {
        let rows = self.rows(LIST_UNPARSED, values![after, limit]).await?;
        rows.iter().map(BodyRow::read).collect()
    }

    /// Everything in a body is understood and taken in: it is forgotten, and rows that
    /// still wait for that are done.
    pub async fn settle_body(&mut self, id: &BodyId) -> Result<(), StoreError> {
        self.execute(SETTLE_ROWS, values![id]).await?;
        self.execute(DELETE, values![id]).await?;
        Ok(())
    }

    /// Forgets up to `limit` bodies that came before `before`; how many.
    pub async fn delete_bodies(
        &mut self,
        before: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        self.execute(self.dialect().delete_old_bodies, values![before, limit])
            .await
    }
}

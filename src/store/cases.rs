//! Cases: opened by a message, closed by solving, numbered through the whole desk.

use jiff::Timestamp;

use super::error::StoreError;
use super::tx::Tx;
use super::value::{statements, values};
use crate::domain::ids::{ConversationId, UserId};

statements! {
    /// Opens a case.
    INSERT = r#"
        INSERT INTO "case" (number, conversation_id, opened_at, solved_at, solved_by, reason)
        VALUES ($1, $2, $3, 9223372036854775807, '', '')"#;
    /// Closes a case that is open.
    CLOSE = r#"
        UPDATE "case" SET solved_at = $2, solved_by = $3, reason = $4
        WHERE number = $1 AND solved_at = 9223372036854775807"#;
    /// A case by its number.
    FIND = r#"
        SELECT number, conversation_id, opened_at, solved_at, solved_by, reason
        FROM "case" WHERE number = $1"#;
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Its number.
    pub number: i64,
    /// Its conversation.
    pub conversation: ConversationId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was solved; `None` while it is open.
    pub solved_at: Option<Timestamp>,
    /// Who solved it; `None` = by itself, or not yet.
    pub solved_by: Option<UserId>,
    /// Why; empty if nobody said.
    pub reason: String,
}

impl Tx {
    /// Opens a case; its number. The conversation's own state is the caller's to
    /// change.
    pub async fn open_case(
        &mut self,
        conversation: &ConversationId,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let number = self.draw_case().await?;
        self.execute(INSERT, values![number, conversation, now])
            .await?;
        Ok(number)
    }

    /// Closes a case; whether it was open.
    pub async fn close_case(
        &mut self,
        number: i64,
        by: Option<&UserId>,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let by = by.map_or("", UserId::as_str);
        self.touch(CLOSE, values![number, now, by, reason]).await
    }

    /// A case by its number.
    pub async fn find_case(&mut self, number: i64) -> Result<Option<CaseRow>, StoreError> {
        let row = self.row(FIND, values![number]).await?;
        row.map(|row| {
            Ok(CaseRow {
                number: row.int("number")?,
                conversation: row.id("conversation_id")?,
                opened_at: row.time("opened_at")?,
                solved_at: row.time_or_none("solved_at")?,
                solved_by: row.id_or_none("solved_by")?,
                reason: row.text("reason")?,
            })
        })
        .transpose()
    }
}

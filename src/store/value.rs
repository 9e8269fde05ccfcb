//! What goes into statements and comes out of rows: the four types that mean the
//! same on every engine.
//!
//! "None" has a value of its own, so that no column is NULL: [`NEVER`] for times,
//! the empty text for texts.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;

use super::error::StoreError;
use super::lane::Lane;
use super::sqlite;
use crate::domain::ids;
use crate::domain::redact::Private;

/// The time that never comes, and the value of a time that is not known.
pub(super) const NEVER: i64 = i64::MAX;

/// A value bound to a statement.
#[derive(Clone)]
pub(super) enum Value {
    /// A number, or a time in unix milliseconds.
    Int(i64),
    /// A text without NUL.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Yes or no.
    Flag(bool),
}

/// The values of a statement, in order: `values![id, now]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::value::Value::from($value)),*]
    };
}

/// The statements of a noun's file, and for tests a list of all of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$doc])* const $name: &str = $text;)+

        /// Every statement of this file by name.
        #[cfg(test)]
        pub(super) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

pub(super) use {statements, values};

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        // PostgreSQL refuses NUL in text; nobody misses it.
        Self::Text(text.replace('\0', ""))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Private> for Value {
    fn from(text: &Private) -> Self {
        Self::from(text.reveal())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(time.as_millisecond())
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Int(time.map_or(NEVER, Timestamp::as_millisecond))
    }
}

impl From<&Lane> for Value {
    fn from(lane: &Lane) -> Self {
        Self::from(lane.to_string())
    }
}

/// Binds our ids as texts; a missing one as the empty text.
macro_rules! bind_ids {
    ($($id:ident)+) => {$(
        impl From<&ids::$id> for Value {
            fn from(id: &ids::$id) -> Self {
                Self::from(id.as_str())
            }
        }

        impl From<&Option<ids::$id>> for Value {
            fn from(id: &Option<ids::$id>) -> Self {
                Self::from(id.as_ref().map_or("", |id| id.as_str()))
            }
        }
    )+};
}

bind_ids!(ContactId IdentityId ConversationId MessageId AttemptId RowId BodyId AccountId);
bind_ids!(ProviderId EventId RoomId UserId);

/// `value` as JSON text.
pub(super) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(error.to_string()))
}

/// `value` as JSON text, the empty text for `None`.
pub(super) fn json_or_empty(value: Option<&impl Serialize>) -> Result<String, StoreError> {
    value.map_or_else(|| Ok(String::new()), json)
}

/// The bare word that serde writes for an enum's variant.
pub(super) fn word(value: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::corrupt("not a word")),
    }
}

/// The time of unix milliseconds; `None` for [`NEVER`].
pub(super) fn time(millis: i64, what: &str) -> Result<Option<Timestamp>, StoreError> {
    if millis == NEVER {
        return Ok(None);
    }
    Timestamp::from_millisecond(millis)
        .map(Some)
        .map_err(|_error| StoreError::corrupt(what))
}

/// A row that a statement returned, of whichever engine.
#[derive(Debug)]
pub(super) enum Row {
    /// Of `SQLite`.
    Sqlite(sqlite::driver::Row),
    /// Of `PostgreSQL`.
    Postgres(sqlx::postgres::PgRow),
}

impl Row {
    /// A number.
    pub(super) fn int(&self, column: &str) -> Result<i64, StoreError> {
        match self {
            Self::Sqlite(row) => row.int(column),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A text.
    pub(super) fn text(&self, column: &str) -> Result<String, StoreError> {
        match self {
            Self::Sqlite(row) => row.text(column),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// Bytes.
    pub(super) fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        match self {
            Self::Sqlite(row) => row.bytes(column),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// Yes or no.
    pub(super) fn flag(&self, column: &str) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(row) => row.flag(column),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A time that is always known.
    pub(super) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.time_or_none(column)?
            .ok_or_else(|| StoreError::corrupt(column))
    }

    /// A time that may not be known.
    pub(super) fn time_or_none(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        time(self.int(column)?, column)
    }

    /// An id of ours.
    pub(super) fn id<T: From<String>>(&self, column: &str) -> Result<T, StoreError> {
        Ok(T::from(self.text(column)?))
    }

    /// An id, or a text, that may be missing.
    pub(super) fn id_or_none<T: From<String>>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        Ok(Some(self.text(column)?)
            .filter(|text| !text.is_empty())
            .map(T::from))
    }

    /// A value kept as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|_error| StoreError::corrupt(column))
    }

    /// A value kept as JSON that may be missing.
    pub(super) fn json_or_none<T: DeserializeOwned>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|_error| StoreError::corrupt(column))
    }

    /// An enum's variant, kept as a bare word.
    pub(super) fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_value(serde_json::Value::String(self.text(column)?))
            .map_err(|_error| StoreError::corrupt(column))
    }

    /// An enum's variant that may be missing.
    pub(super) fn word_or_none<T: DeserializeOwned>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        if self.text(column)?.is_empty() {
            return Ok(None);
        }
        self.word(column).map(Some)
    }

    /// A lane's name.
    pub(super) fn lane(&self, column: &str) -> Result<Lane, StoreError> {
        self.text(column)?
            .parse()
            .map_err(|()| StoreError::corrupt(column))
    }
}

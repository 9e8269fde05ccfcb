//! What the store says when it cannot do as asked.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// The database's own error, kept for the log. Shared, because one failed commit
/// fails every job in it.
pub type Source = Arc<dyn Error + Send + Sync>;

/// `PostgreSQL`'s codes for two transactions that cannot both go on: a circle of
/// waiting, a snapshot that is too old.
const CONTENDED: [&str; 2] = ["40P01", "40001"];

/// `SQLite`'s codes for a rule of the schema: check, foreign key, primary key, unique.
const REFUSALS: [i32; 4] = [275, 787, 1555, 2067];

/// The store cannot do as asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Somebody else has moved on: the lease was taken over, or the row has changed
    /// since it was read. Nothing of this job is stored; read again or let go.
    #[error("somebody else has changed this in the meantime")]
    Stale,
    /// Another process has the database open.
    #[error("the database is in use by another process ({path})", path = path.display())]
    InUse {
        /// The lock file that the other process holds.
        path: PathBuf,
    },
    /// The database's address is not one that this build can open.
    #[error("the database's url cannot be used: {reason}")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// The file is there, but not as a database of ours: nothing was written to it.
    #[error(
        "{path} is a database of another program, nothing was written to it: \
         name a file of Loket's own in database.url",
        path = path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Everything in this file was moved to another database: a daemon on it would
    /// answer the same customers a second time.
    #[error(
        "{path} was moved to another database by `loket move`: name that one in database.url",
        path = path.display()
    )]
    Moved {
        /// The file.
        path: PathBuf,
    },
    /// The database to be filled has rows already.
    #[error("the target database is not empty (table {table}): nothing was moved")]
    NotEmpty {
        /// The first table with rows.
        table: &'static str,
    },
    /// The database's file cannot be opened.
    #[error("cannot open the database {path}{advice}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What to do, with a colon before it; empty if only the cause tells.
        advice: &'static str,
        /// Why.
        source: Source,
    },
    /// A copy of the database cannot be written; the database itself is well.
    #[error("cannot write the copy {path}{advice}", path = path.display())]
    Copy {
        /// The copy.
        path: PathBuf,
        /// What to do, with a colon before it; empty if only the cause tells.
        advice: &'static str,
        /// Why.
        source: Source,
    },
    /// The database's server does not let us in.
    #[error("{what}")]
    Server {
        /// What keeps us out, in the operator's words; never the password.
        what: String,
        /// The server's or the system's own words.
        source: Source,
    },
    /// There are tables in the database, but not ours: nothing was written to it.
    #[error(
        "{database} holds tables of another program, nothing was written to it: \
         name a database of Loket's own in database.url"
    )]
    ForeignTables {
        /// The database.
        database: String,
    },
    /// Another transaction got into the way of this one: nothing of it is stored, and
    /// the same job succeeds when it is run again.
    #[error("another transaction wants the same rows")]
    Contended(#[source] Source),
    /// The database cannot be reached, is full or does not answer: try again later.
    #[error("the database is not available")]
    Unavailable(#[source] Source),
    /// What is on the disk is no longer a sound database. Nothing mends this but a
    /// backup.
    #[error("the database is damaged")]
    Damaged(#[source] Source),
    /// The database refuses the row (a rule of the schema): the same job will fail
    /// again.
    #[error("the database refuses the row")]
    Rejected(#[source] Source),
    /// The schema could not be brought up to date.
    #[error("the database's schema could not be brought up to date")]
    Migration(#[source] Source),
    /// A value in the database is not what was put there.
    #[error("the database holds something that cannot be read: {what}")]
    Corrupt {
        /// The column, or what the value should have been.
        what: String,
    },
    /// A row that must exist does not.
    #[error("there is no such {what} in the database")]
    Missing {
        /// What was looked for.
        what: &'static str,
    },
    /// Something outside the database must be there first: nothing is wrong with the
    /// row, and the same job succeeds later.
    #[error("not yet: {what}")]
    NotYet {
        /// What is missing.
        what: &'static str,
    },
    /// The job panicked; nothing of it is stored.
    #[error("a job of the store panicked")]
    Panicked,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// A value that is not what it should be.
    pub(super) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    /// The database has not said anything for too long.
    pub(super) fn silent() -> Self {
        Self::Unavailable(Arc::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))
    }

    /// Whether the same job may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Contended(_) | Self::Stale | Self::NotYet { .. }
        )
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { index, .. } | sqlx::Error::ColumnNotFound(index) => {
                Self::Corrupt { what: index }
            }
            sqlx::Error::Database(ref source)
                if source.is_unique_violation()
                    || source.is_check_violation()
                    || source.is_foreign_key_violation() =>
            {
                Self::Rejected(Arc::new(error))
            }
            sqlx::Error::Database(ref source)
                if source.code().is_some_and(|code| is_damage(&code)) =>
            {
                Self::Damaged(Arc::new(error))
            }
            sqlx::Error::Database(ref source)
                if source
                    .code()
                    .is_some_and(|code| CONTENDED.contains(&&*code)) =>
            {
                Self::Contended(Arc::new(error))
            }
            other => Self::Unavailable(Arc::new(other)),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error().map(|failure| failure.extended_code) else {
            return Self::corrupt(error.to_string());
        };
        if REFUSALS.contains(&code) {
            return Self::Rejected(Arc::new(error));
        }
        if is_damage(&code.to_string()) {
            return Self::Damaged(Arc::new(error));
        }
        Self::Unavailable(Arc::new(error))
    }
}

/// Whether an engine's code says that its files are damaged: `SQLITE_CORRUPT` and
/// `SQLITE_NOTADB` with what extends them, `data_corrupted` and `index_corrupted`.
fn is_damage(code: &str) -> bool {
    let sqlite = code.parse::<u32>().map(|code| code & 0xff);
    matches!(sqlite, Ok(11 | 26)) || matches!(code, "XX001" | "XX002")
}

#[cfg(test)]
mod tests {
    use super::is_damage;

    #[test]
    fn damage_is_told_from_other_trouble() {
        let all = [
            "11", "26", "267", "779", "XX001", "XX002", "13", "5", "10", "53100", "57P01",
        ];
        let damage: Vec<&str> = all.into_iter().filter(|code| is_damage(code)).collect();
        assert_eq!(damage, ["11", "26", "267", "779", "XX001", "XX002"]);
    }
}

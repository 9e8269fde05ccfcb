//! A copy of the file, made beside whoever works on it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::{advice, file};
use crate::store::error::StoreError;

/// Writes everything that is committed into a new file, compact and in one piece.
/// Only reads the database: a daemon beside it goes on writing.
const COPY: &str = "VACUUM INTO $1";

/// Reads every page and says `ok`, or what is wrong.
const CHECK: &str = "PRAGMA quick_check";

/// The number of the newest migration.
const SCHEMA: &str = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";

/// A copy that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// How many bytes it has.
    pub bytes: u64,
    /// The number of its schema.
    pub schema: i64,
}

/// Copies what is committed in the file of `options` into the new file `to`, for its
/// owner's eyes only. It appears under its name when it is whole and on the disk.
pub(super) async fn copy(options: &SqliteConnectOptions, to: &Path) -> Result<Backup, StoreError> {
    file::refuse_foreign(options).await?;
    let draft = beside(to);
    let made = write(options, &draft, to).await;
    let backup = match made {
        Ok(backup) => backup,
        Err(error) => {
            // What failed is what is told; the draft may not be there.
            fs::remove_file(&draft).unwrap_or_default();
            return Err(error);
        }
    };
    publish(&draft, to).map_err(|error| unwritable(to, error))?;
    Ok(backup)
}

/// Writes the copy `to` under its draft's name and reads it again.
async fn write(
    options: &SqliteConnectOptions,
    draft: &Path,
    to: &Path,
) -> Result<Backup, StoreError> {
    let source = file::reader(options)?;
    let mut connection = source.options.connect().await?;
    new_private(draft).map_err(|error| unwritable(to, error))?;
    let name = draft.to_str().ok_or_else(|| StoreError::Url {
        reason: "the copy's name is not text".to_owned(),
    })?;
    let copied = sqlx::query(COPY).bind(name).execute(&mut connection).await;
    connection.close().await?;
    copied.map_err(|error| uncopied(to, error))?;
    let schema = verify(draft)
        .await
        .map_err(|error| unwritable(to, io::Error::other(error)))?;
    let synced = File::open(draft).and_then(|file| {
        file.sync_all()?;
        file.metadata()
    });
    let found = synced.map_err(|error| unwritable(to, error))?;
    Ok(Backup {
        bytes: found.len(),
        schema,
    })
}

/// Makes sure that every page of a copy can be read; its schema's number.
async fn verify(draft: &Path) -> Result<i64, sqlx::Error> {
    let check = SqliteConnectOptions::new()
        .filename(draft)
        .read_only(true)
        .immutable(true);
    let mut copy = check.connect().await?;
    let schema = read(&mut copy).await;
    copy.close().await?;
    schema
}

/// Reads every page of a copy; its schema's number.
async fn read(copy: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let said: String = sqlx::query_scalar(CHECK).fetch_one(&mut *copy).await?;
    if said != "ok" {
        return Err(io::Error::other("what was written cannot be read again").into());
    }
    sqlx::query_scalar(SCHEMA).fetch_one(copy).await
}

/// Gives the copy its name, which must be free, down to the disk.
fn publish(draft: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is such a file now, and it is left as it is",
        ));
    }
    fs::rename(draft, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// An empty file for its owner only; one that an interrupted copy left is replaced.
fn new_private(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(file::MODE)
        .open(path)
        .map(drop)
}

/// The copy's name while it is made.
fn beside(to: &Path) -> PathBuf {
    let mut draft = to.as_os_str().to_owned();
    draft.push(".part");
    draft.into()
}

/// The copy cannot be written.
fn unwritable(to: &Path, error: io::Error) -> StoreError {
    StoreError::Copy {
        path: to.to_owned(),
        advice: "",
        source: Arc::new(error),
    }
}

/// Copying failed: because of the copy, unless it is the database that cannot be read.
fn uncopied(to: &Path, error: sqlx::Error) -> StoreError {
    match advice::about_copy(&error) {
        None => error.into(),
        Some(advice) => StoreError::Copy {
            path: to.to_owned(),
            advice,
            source: Arc::new(error),
        },
    }
}

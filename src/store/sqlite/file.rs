//! The database's file before it is opened for writing: whose it is, who has it,
//! who may read it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::advice;
use crate::store::error::StoreError;

/// The mode of the file and those beside it: customers' words are for the owner.
pub(super) const MODE: u32 = 0o600;

/// What SQLite keeps beside the file. Made anew, they get the file's mode.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// How many tables and views there are that `migrations/` could have made.
const TABLES: &str = "
    SELECT COUNT(*) FROM sqlite_schema
    WHERE type IN ('table', 'view')
        AND name <> '_sqlx_migrations' AND substr(name, 1, 7) <> 'sqlite_'";

/// Whether there is a list of migrations.
const HAS_LIST: &str = "
    SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";

/// Whether our first migration is in the list. What became of the others is for
/// the migrations to say.
const HAS_FIRST: &str = "
    SELECT COUNT(*) FROM _sqlx_migrations WHERE version = 1 AND description = 'lanes'";

/// Refuses a file with tables that are not ours. Only reads: another program's
/// file stays as it is, to the byte.
pub(super) async fn refuse_foreign(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let path = options.get_filename();
    let is_empty = fs::metadata(path).map_or(true, |found| found.len() == 0);
    if is_empty {
        return Ok(());
    }
    // Even a reader makes files beside a database, unless it is told that nothing
    // changes; which is so while there are none.
    let rests = is_at_rest(path);
    let reading = options.clone().read_only(true).immutable(rests);
    let mut connection = reading.connect().await?;
    let ours = is_ours(&mut connection).await;
    connection.close().await?;
    if ours? {
        return Ok(());
    }
    Err(StoreError::Foreign {
        path: path.to_owned(),
    })
}

/// Whether the tables are ours, or there are none yet.
async fn is_ours(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let mut count = async |sql: &'static str| {
        sqlx::query_scalar::<_, i64>(sql)
            .fetch_one(&mut *connection)
            .await
    };
    if count(TABLES).await? == 0 {
        return Ok(true);
    }
    Ok(count(HAS_LIST).await? > 0 && count(HAS_FIRST).await? > 0)
}

/// Where the file at `path` really is: whoever comes to it by another way meets the same
/// lock. A file that is not there yet is where its folder is; why not, in words.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, &'static str> {
    if let Ok(found) = fs::metadata(path) {
        if !found.is_file() {
            return Err("it must name a file");
        }
        if found.nlink() > 1 {
            return Err("the file has another name, a hard link: two daemons could have it");
        }
    } else if path.is_symlink() {
        return Err("it names a link that leads nowhere");
    }
    if let Ok(found) = fs::canonicalize(path) {
        return Ok(found);
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")));
    Ok(match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    })
}

/// Locks the file beside the database, so that a second process fails clearly
/// instead of taking our leases.
pub(super) fn lock(options: &SqliteConnectOptions) -> Result<File, StoreError> {
    let path = beside(options.get_filename(), ".lock");
    let file = open_private(&path).map_err(unavailable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path }),
        Err(TryLockError::Error(error)) => Err(unavailable(error)),
    }
}

/// Makes the file, if it is missing, and takes it away from everybody's eyes but
/// the owner's; also what an older Loket or a copy left readable.
pub(super) fn keep_private(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let path = options.get_filename();
    open_private(path).map_err(unavailable)?;
    tighten(path).map_err(unavailable)?;
    for suffix in COMPANIONS {
        match tighten(&beside(path, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(unavailable(error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// How to read a file that somebody else may work on.
#[derive(Debug)]
pub(in crate::store) struct Reader {
    /// How to connect.
    pub(super) options: SqliteConnectOptions,
    /// Whether nothing changes it meanwhile.
    pub(super) rests: bool,
    /// If nobody works on it: keeps everybody out until the reading is over.
    _lock: Option<File>,
}

/// A reader of the file, beside a daemon or while there is none. It leaves nothing
/// behind that a daemon of another user could not open.
pub(super) fn reader(options: &SqliteConnectOptions) -> Result<Reader, StoreError> {
    must_exist(options)?;
    let path = options.get_filename();
    let lock = match lock(options) {
        Ok(lock) => Some(lock),
        Err(StoreError::InUse { .. }) => None,
        Err(error) => return Err(error),
    };
    let rests = lock.is_some() && is_at_rest(path);
    let options = options.clone().create_if_missing(false);
    Ok(Reader {
        options: options.read_only(true).immutable(rests),
        rests,
        _lock: lock,
    })
}

/// Refuses a file that is not there: this is no time to make one.
pub(super) fn must_exist(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    if options.get_filename().exists() {
        return Ok(());
    }
    Err(unavailable(io::Error::new(
        ErrorKind::NotFound,
        "there is no such file",
    )))
}

/// Whether nothing lies beside the file that belongs to it.
fn is_at_rest(path: &Path) -> bool {
    let mut companions = COMPANIONS.iter();
    !companions.any(|suffix| beside(path, suffix).exists())
}

/// How large the write-ahead log beside a file is.
pub(super) fn log_bytes(path: &Path) -> Option<u64> {
    let found = fs::metadata(beside(path, "-wal")).ok()?;
    Some(found.len())
}

/// Names the file in what kept it from being opened.
pub(super) fn named(error: StoreError, options: &SqliteConnectOptions) -> StoreError {
    match error {
        StoreError::Unavailable(source) | StoreError::Damaged(source) => StoreError::Open {
            path: options.get_filename().to_owned(),
            advice: advice::about_file(&*source),
            source,
        },
        other => other,
    }
}

/// Opens a file, made if missing, for its owner only.
fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(MODE)
        .open(path)
}

/// Takes everybody's rights but the owner's away.
fn tighten(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & !MODE == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode & MODE))
}

/// The path with `suffix` behind its name.
fn beside(path: &Path, suffix: impl AsRef<OsStr>) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// The file cannot be used.
fn unavailable(error: io::Error) -> StoreError {
    StoreError::Unavailable(Arc::new(error))
}

//! `loket backup` and `loket move`: copies of everything, whole or not at all.

use std::path::Path;

use super::exit::{Exit, Failure};
use super::terminal::Terminal;
use super::{daemon, seams};
use crate::config::Config;

/// `loket backup FILE`.
pub(super) fn backup(
    config: &Config,
    to: &Path,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    if !config.database.url.starts_with("sqlite:") {
        let words = "loket backup copies SQLite files; PostgreSQL brings pg_dump for this \
                     (docs/operations.md, Backup and restore)";
        return Err(Failure::new(Exit::Usage, words));
    }
    let name = to.display();
    if to.exists() {
        let words = format!("{name} exists and is left as it is: name a new file");
        return Err(Failure::new(Exit::Exists, words));
    }
    let backup = daemon::block_on(seams::backup(config, to))?;
    let (bytes, schema) = (backup.bytes, backup.schema);
    Ok(terminal.say(&format!(
        "{name}: written and read again ({bytes} bytes, schema {schema})"
    ))?)
}

/// `loket move --to URL`.
pub(super) fn move_to(
    config: &Config,
    to: &str,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    if !config.database.url.starts_with("sqlite:") {
        let words = "loket move starts from a SQLite file, and database.url names none";
        return Err(Failure::new(Exit::Usage, words));
    }
    let tables = daemon::block_on(seams::move_to(config, to))?;
    let mut all = 0;
    for moved in tables.iter().filter(|moved| moved.rows > 0) {
        terminal.say(&format!("{:>10}  {}", moved.rows, moved.table))?;
        all += moved.rows;
    }
    Ok(terminal.say(&format!(
        "{all} rows moved, read again and compared. Name the new database in database.url, \
         then start Loket. The old file stays, marked as moved."
    ))?)
}

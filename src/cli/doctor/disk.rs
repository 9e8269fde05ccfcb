//! Where the database's file lies: free space, and whose folder it is.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{self, Access};

use super::finding::Tell;
use crate::app;
use crate::config::Config;
use crate::work::care::{self, Room};

/// Looks at the folder of the database's file.
pub(super) fn examine(config: &Config, tell: &Tell) {
    let Some(file) = config.database.file() else {
        return tell.ok("disk", "the database is a server's: look at its disk there");
    };
    let folder = app::folder_of(file);
    match care::room_at(&folder) {
        Ok(room) => space(room, &folder, tell),
        Err(error) => tell.fail("disk", format!("{}: {error}", folder.display())),
    }
    rights(&folder, tell);
    writable(file, &folder, tell);
}

/// Says whether we may write there: the file, and what SQLite keeps beside it.
fn writable(file: &Path, folder: &Path, tell: &Tell) {
    for (path, wanted) in [
        (folder, Access::WRITE_OK | Access::EXEC_OK),
        (file, Access::READ_OK | Access::WRITE_OK),
    ] {
        if path == file && !path.exists() {
            continue;
        }
        if let Err(error) = fs::access(path, wanted) {
            let path = path.display();
            return tell.fail(
                "folder",
                format!(
                    "{path} cannot be written ({error}): give it to the user that Loket runs as, \
                     and run the doctor as that user"
                ),
            );
        }
    }
}

/// Says how much space there is.
fn space(room: Room, folder: &Path, tell: &Tell) {
    let megabytes = room.free / (1024 * 1024);
    let words = format!("{megabytes} MB free in {}", folder.display());
    if room.is_nearly_full() {
        tell.fail(
            "disk",
            format!(
                "{words}: make room, or move the database; what comes in is refused once it is full"
            ),
        );
    } else {
        tell.ok("disk", words);
    }
}

/// Says who else may write there.
fn rights(folder: &Path, tell: &Tell) {
    let mode = match std::fs::metadata(folder) {
        Ok(found) => found.permissions().mode(),
        Err(error) => return tell.fail("folder", format!("{}: {error}", folder.display())),
    };
    // With the sticky bit others can add files, but not replace ours.
    let others_write = mode & 0o022 != 0 && mode & 0o1000 == 0;
    let words = format!("{} has mode {:o}", folder.display(), mode & 0o7777);
    if others_write {
        tell.warn(
            "folder",
            format!("{words}: others may replace the database there. Run: chmod go-w"),
        );
    } else {
        tell.ok("folder", words);
    }
}

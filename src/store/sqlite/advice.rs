//! What an operator can do about a file that `SQLite` cannot work with.

use std::error::Error;

/// `SQLite` could not read a page, or found less of it than there should be.
const UNREADABLE: [i32; 2] = [266, 522];

/// The extended code of an error of `SQLite`, whichever library tells it.
fn code(error: &(dyn Error + 'static)) -> Option<i32> {
    if let Some(error) = error.downcast_ref::<sqlx::Error>() {
        return error.as_database_error()?.code()?.parse().ok();
    }
    let error = error.downcast_ref::<rusqlite::Error>()?;
    error.sqlite_error().map(|failure| failure.extended_code)
}

/// What to do about the database's own file, with a colon before it; empty if only the
/// cause tells.
pub(super) fn about_file(error: &(dyn Error + 'static)) -> &'static str {
    match code(error).map(|code| code & 0xff) {
        Some(5 | 6) => ": another program has it locked. End that, then try again",
        Some(8) => ": it can only be read. Give it to the user that Loket runs as",
        Some(10) => ": its disk cannot be read or written. Look at the system's log and the disk",
        Some(11) => ": it is damaged. Stop Loket and restore a backup",
        Some(13) => ": its disk is full. Make room",
        Some(14) => ": may this user read and write it, and its folder?",
        Some(26) => {
            ": it is no database, or one that is damaged. Does database.url name the \
                     right file? If so, restore a backup"
        }
        _ => "",
    }
}

/// What to do about a copy, with a colon before it; `None` if it is the database that
/// could not be read, of which copying only reads.
pub(super) fn about_copy(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let code = code(error);
    if code.is_some_and(|code| UNREADABLE.contains(&code)) {
        return None;
    }
    match code.map(|code| code & 0xff) {
        Some(5 | 6 | 11 | 26) => None,
        Some(10 | 13) => Some(": is its disk full? Make room, or name another place"),
        Some(8 | 14) => Some(": may this user write in its folder?"),
        _ => Some(""),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Error;
    use rusqlite::ffi;

    use super::*;

    /// SQLite's failure of this code.
    fn failure(code: i32) -> Error {
        Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn each_trouble_with_a_file_comes_with_what_to_do() {
        for (code, advice) in [
            (11, "restore a backup"),
            (14, "may this user read and write it"),
            (26, "it is no database"),
            (266, "Look at the system's log and the disk"),
            (13, "Make room"),
        ] {
            let told = about_file(&failure(code));
            assert!(
                told.starts_with(": ") && told.contains(advice),
                "{code}: {told}"
            );
        }
        assert_eq!(about_file(&std::io::Error::other("odd")), "");
    }

    #[test]
    fn a_copy_fails_because_of_itself_unless_the_database_cannot_be_read() {
        for (code, is_copys) in [
            (13, true),
            (778, true),
            (14, true),
            (266, false),
            (11, false),
        ] {
            assert_eq!(about_copy(&failure(code)).is_some(), is_copys, "{code}");
        }
    }
}

//! Section `database`: where everything is kept.

use std::fmt;
use std::path::Path;

use url::Url;

use super::reader::Section;

/// How a connection to a server may be encrypted.
const MODES: [&str; 6] = [
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// The database.
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    /// Its URL: `sqlite:` and a file, or `postgres://` and a server's database. It may
    /// hold a password.
    pub url: String,
}

impl Database {
    /// The file, if the database is one.
    pub fn file(&self) -> Option<&Path> {
        file_of(&self.url).map(Path::new)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database(…)")
    }
}

/// Reads the section.
pub(super) fn read(top: &Section<'_>) -> Option<Database> {
    let section = top.section("database")?;
    let url = section.value("url", url);
    section.finish();
    Some(Database { url: url? })
}

/// The file that a `sqlite:` URL names.
fn file_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("sqlite:")?;
    Some(rest.strip_prefix("//").unwrap_or(rest))
}

/// The URL of a server's database.
fn server(text: &str) -> Result<String, String> {
    let hint = "write postgres://user:password@host:5432/database, \
                with signs such as @ : / # in the password as %40 %3A %2F %23";
    let url = Url::parse(text).map_err(|_error| format!("cannot be read: {hint}"))?;
    if url.path().trim_matches('/').is_empty() {
        return Err(format!("has no database's name at its end: {hint}"));
    }
    let modes = url.query_pairs();
    let mut modes = modes.filter(|(name, _)| matches!(&**name, "sslmode" | "ssl-mode"));
    if modes.any(|(_, mode)| !MODES.contains(&mode.to_ascii_lowercase().as_str())) {
        let modes = MODES.join(", ");
        return Err(format!("has an sslmode that is not one of: {modes}"));
    }
    Ok(text.to_owned())
}

/// A database URL of a kind this version has. Never shown: a URL may hold a
/// password.
fn url(text: &str) -> Result<String, String> {
    let hint = "write sqlite: and a file, for example sqlite:loket.db";
    if text.starts_with("postgres:") || text.starts_with("postgresql:") {
        return server(text);
    }
    let Some(file) = file_of(text) else {
        return Err(format!(
            "is not a database this version knows: {hint}, or \
             postgres://user:password@host:5432/database"
        ));
    };
    if file.is_empty() || file.contains(":memory:") {
        return Err(format!(
            "a database in memory forgets everything at a restart: {hint}"
        ));
    }
    if file.contains('?') {
        return Err(format!("options after ? are Loket's own business: {hint}"));
    }
    Ok(text.to_owned())
}

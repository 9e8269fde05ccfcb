//! Section `database`: where everything is kept.

use std::path::Path;

use super::reader::Section;

/// The database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its URL: `sqlite:` and a file.
    pub url: String,
}

impl Database {
    /// The file, if the database is one.
    pub fn file(&self) -> Option<&Path> {
        file_of(&self.url).map(Path::new)
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        Path::new(file_of(&self.url).unwrap_or(&self.url))
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

/// A database URL of a kind this version has. Never shown: a URL may hold a
/// password.
fn url(text: &str) -> Result<String, String> {
    let hint = "write sqlite: and a file, for example sqlite:loket.db";
    if text.starts_with("postgres:") || text.starts_with("postgresql:") {
        return Err(format!("PostgreSQL is not in this version yet: {hint}"));
    }
    let Some(file) = file_of(text) else {
        return Err(format!("is not a database this version knows: {hint}"));
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

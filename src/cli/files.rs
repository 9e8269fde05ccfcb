//! Reading the configuration, and writing files that hold secrets.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use crate::config::{Config, Environment};

/// Reads the configuration at `path`.
///
/// # Errors
///
/// Every mistake in it, a line each.
pub(super) fn load_config(path: &Path, environment: &Environment) -> Result<Config, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => ": run `loket setup`, or name the file with --config",
            _ => "",
        };
        Failure::new(Exit::Config, format!("cannot read {shown}: {error}{hint}"))
    })?;
    Config::load(&text, path, environment).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let count = match lines.len() {
            1 => "1 mistake".to_owned(),
            count => format!("{count} mistakes"),
        };
        let words = format!("{count} in the configuration\n{}", lines.join("\n"));
        Failure::new(Exit::Config, words)
    })
}

/// Refuses to overwrite: fails if one of `paths` exists.
pub(super) fn refuse_existing(paths: &[&Path]) -> Result<(), Failure> {
    match paths.iter().find(|path| path.exists()) {
        Some(path) => Err(exists(path)),
        None => Ok(()),
    }
}

/// Refuses what could not all be written: two times the same file, a folder that is
/// missing or closed to us. Tries it, and leaves nothing behind.
pub(super) fn refuse_unwritable(paths: &[&Path]) -> Result<(), Failure> {
    let mut seen = Vec::new();
    for path in paths {
        let whole = std::path::absolute(path)?;
        if seen.contains(&whole) {
            let words = format!("{} cannot be two files at once", path.display());
            return Err(Failure::new(Exit::Usage, words));
        }
        seen.push(whole);
        if path.is_dir() || path.file_name().is_none() {
            return Err(unwritable(path, &io::ErrorKind::IsADirectory.into()));
        }
        let draft = draft_of(path);
        write_new(&draft, "")
            .and_then(|()| fs::remove_file(&draft))
            .map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

/// Writes a file that only its owner may read.
///
/// An existing file is replaced, at once and whole, only with `force`.
pub(super) fn write_private(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    write_private_all(&[(path, text)], force)
}

/// As [`write_private`], all of them or none.
pub(super) fn write_private_all(files: &[(&Path, &str)], force: bool) -> Result<(), Failure> {
    let mut written = Written::default();
    for (path, text) in files {
        let target = if force {
            draft_of(path)
        } else {
            path.to_path_buf()
        };
        written.write(target, text).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return exists(path);
            }
            unwritable(path, &error)
        })?;
    }
    let written = written.keep();
    if force {
        for ((path, _), draft) in files.iter().zip(written) {
            fs::rename(&draft, path).map_err(|error| unwritable(path, &error))?;
        }
    }
    Ok(())
}

/// Files that are removed again unless all of them could be written.
#[derive(Debug, Default)]
struct Written(Vec<PathBuf>);

impl Written {
    /// Writes one more.
    fn write(&mut self, path: PathBuf, text: &str) -> io::Result<()> {
        let written = write_new(&path, text);
        let is_ours =
            !matches!(&written, Err(error) if error.kind() == io::ErrorKind::AlreadyExists);
        if is_ours {
            self.0.push(path);
        }
        written
    }

    /// All are written: they stay.
    fn keep(mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            // What failed before this is what is told; the file may not be there.
            fs::remove_file(path).unwrap_or_default();
        }
    }
}

/// The failure of not writing `path`.
fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let words = format!("cannot write {}: {error}", path.display());
    Failure::new(Exit::Failed, words)
}

/// The failure of not overwriting `path`.
fn exists(path: &Path) -> Failure {
    let path = path.display();
    let words = format!("{path} exists and is left as it is: --force replaces it");
    Failure::new(Exit::Exists, words)
}

/// A name beside `path` to write into first.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

/// Writes a new file with mode 0600 down to the disk.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_file_is_for_its_owner_only_and_replaced_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_private(&path, "one", false).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );

        let failure = write_private(&path, "two", false).unwrap_err();
        assert_eq!(failure.exit, Exit::Exists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");

        write_private(&path, "two", true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn files_that_belong_together_are_written_all_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("no/other"));
        let files = [(one.as_path(), "1"), (other.as_path(), "2")];
        for force in [false, true] {
            let failure = write_private_all(&files, force).unwrap_err();
            assert_eq!(failure.exit, Exit::Failed);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}

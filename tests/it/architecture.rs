//! The house's own rules, read off its sources: who may use whom, which foreign
//! crate belongs where, how large a file may be, what a folder holds.
//!
//! To change who may use whom, change `docs/architecture.md` first, then
//! [`table`].

mod layout;
mod lexer;
mod paths;
mod planted;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use self::paths::Source;

/// The repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder of the repository, by path from it.
fn files(folder: &str) -> Vec<(String, String)> {
    let base = root().join(folder);
    let mut found = Vec::new();
    collect(&base, &base, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no sources below {folder}");
    found
}

/// Adds the Rust files below `folder`.
fn collect(base: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            collect(base, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(base).expect("it is below");
            let name = name.to_str().expect("names are plain").to_owned();
            let text = fs::read_to_string(&path).expect("the file can be read");
            found.push((name, text));
        }
    }
}

/// The daemon's sources.
fn sources() -> Vec<Source> {
    paths::read(files("src"))
}

#[test]
fn modules_use_only_what_the_table_allows() {
    assert_eq!(table::breaches(&sources()), Vec::<String>::new());
}

#[test]
fn every_file_is_short_enough_to_read() {
    let long: Vec<String> = ["src", "tests"]
        .into_iter()
        .flat_map(files)
        .filter(|(_, text)| text.lines().count() > layout::MOST_LINES)
        .map(|(name, text)| format!("{name}: {} lines", text.lines().count()))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn every_file_belongs_to_a_room_of_the_layout() {
    assert_eq!(layout::strangers(&sources()), Vec::<String>::new());
}

#[test]
fn channels_hold_their_neighbours_file_names() {
    assert_eq!(layout::unlike_neighbours(&sources()), Vec::<String>::new());
}

#[test]
fn every_command_has_its_line_in_the_registry() {
    assert_eq!(layout::unlisted_commands(&sources()), Vec::<String>::new());
}

#[test]
fn sql_stands_in_the_store_only() {
    assert_eq!(layout::stray_sql(&sources()), Vec::<String>::new());
}

#[test]
fn every_commit_of_a_worker_has_a_name() {
    assert_eq!(layout::unnamed_commits(&sources()), Vec::<String>::new());
}

#[test]
fn documents_link_only_to_what_exists() {
    let mut dead = Vec::new();
    for folder in ["", "docs", "docs/adr"] {
        let base = root().join(folder);
        for entry in fs::read_dir(&base).expect("the folder can be listed") {
            let path = entry.expect("the entry can be read").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).expect("the file can be read");
                let gone = layout::links(&text).filter(|link| !base.join(link).exists());
                dead.extend(gone.map(|link| format!("{}: {link}", path.display())));
            }
        }
    }
    assert_eq!(dead, Vec::<String>::new());
}

#[test]
fn no_test_is_ignored_and_none_sleeps() {
    let mut all = sources();
    let tests = paths::read_tests(files("tests")).into_iter();
    // The stub homeserver waits as a server does, between two tries; its own tests
    // may not.
    all.extend(
        tests.filter(|source| !source.file.starts_with("stub/") || source.file == "stub/tests.rs"),
    );
    assert_eq!(layout::lazy_tests(&all), Vec::<String>::new());
}

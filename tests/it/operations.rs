//! `docs/operations.md`, command by command, with the built binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The operator's document.
const DOCUMENT: &str = include_str!("../../docs/operations.md");

/// Runs the binary in `folder`.
fn loket(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loket"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

/// What a command printed, and how it ended.
fn said(ran: &Output) -> (String, Option<i32>) {
    let text = [ran.stdout.as_slice(), ran.stderr.as_slice()].concat();
    (String::from_utf8(text).unwrap(), ran.status.code())
}

/// A folder with a configuration whose homeserver is not there, and a database.
fn desk() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = "homeserver: {address: 'http://127.0.0.1:9', domain: localhost}\n\
                  appservice: {as_token: as_0123456789abcdef, hs_token: hs_0123456789abcdef, \
                  listen: '127.0.0.1:0'}\n\
                  public: {listen: '127.0.0.1:0', base_url: 'http://127.0.0.1:9'}\n";
    let config = config.replacen("127.0.0.1:0", "127.0.0.1:1", 1);
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    let ran = loket(folder.path(), &["migrate"]);
    assert!(ran.status.success(), "{ran:?}");
    folder
}

#[test]
fn every_command_of_the_document_exists() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = false;
    let mut commands = 0;
    for line in DOCUMENT.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            shell = fence == "sh";
            continue;
        }
        let Some(arguments) = line.strip_prefix("loket ").filter(|_| shell) else {
            continue;
        };
        commands += 1;
        let mut words: Vec<&str> = arguments.split_whitespace().collect();
        words.push("--help");
        let (text, code) = said(&loket(folder.path(), &words));
        assert_eq!(code, Some(0), "{line}: {text}");
    }
    assert_eq!(commands, 8, "commands in fenced blocks");
}

#[test]
fn the_document_names_every_exit_code_as_help_does() {
    let folder = tempfile::tempdir().unwrap();
    let (help, _) = said(&loket(folder.path(), &["--help"]));
    let codes = help
        .lines()
        .find(|line| line.starts_with("Exit codes: "))
        .unwrap();
    let document = DOCUMENT.replace('\n', " ");
    for code in codes.trim_start_matches("Exit codes: ").split(" · ") {
        let number = code.split(' ').next().unwrap();
        assert!(document.contains(&format!(" {number} ")), "{code}");
    }
}

#[test]
fn a_copy_takes_the_place_of_the_database() {
    let folder = desk();
    let path = folder.path();
    let (text, code) = said(&loket(path, &["backup", "copy.db"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.starts_with("copy.db: written and read again ("),
        "{text}"
    );
    assert_eq!(said(&loket(path, &["backup", "copy.db"])).1, Some(7));
    for file in ["loket.db", "loket.db.lock"] {
        fs::remove_file(path.join(file)).unwrap();
    }
    fs::rename(path.join("copy.db"), path.join("loket.db")).unwrap();
    let (text, code) = said(&loket(path, &["replay"]));
    let none = "unparsed: 0 replayed, 0 left\nunrouted: 0 replayed, 0 left\n\
                dead: 0 replayed, 0 left\n";
    assert_eq!((text.as_str(), code), (none, Some(0)));
    assert_eq!(
        said(&loket(path, &["replay", "--dead"])).0.lines().count(),
        1
    );
}

#[test]
fn what_cannot_be_done_says_why_and_has_an_exit_code_of_its_own() {
    let folder = desk();
    let path = folder.path();
    let lock = fs::File::open(path.join("loket.db.lock")).unwrap();
    lock.try_lock().unwrap();
    let (text, code) = said(&loket(
        path,
        &["move", "--to", "postgres://127.0.0.1:9/loket"],
    ));
    assert_eq!(code, Some(8), "{text}");
    let (text, code) = said(&loket(path, &["replay"]));
    assert_eq!(code, Some(8), "{text}");
    assert!(
        text.contains("cannot be asked: nobody answers at 127.0.0.1:1"),
        "{text}"
    );
    // Reading goes on beside whoever has the database.
    assert_eq!(said(&loket(path, &["backup", "copy.db"])).1, Some(0));
    drop(lock);
    let (text, code) = said(&loket(path, &["move", "--to", "sqlite:other.db"]));
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("must start with `postgres://`"), "{text}");
}

#[test]
fn the_doctor_says_what_does_not_work_and_shows_no_secret() {
    let folder = desk();
    let (text, code) = said(&loket(folder.path(), &["doctor", "-c", "config.yaml"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("FAIL  homeserver      cannot be reached"),
        "{text}"
    );
    assert!(text.contains("ok    database        SQLite 3."), "{text}");
    assert!(
        text.contains("ok    rows            nothing lies about"),
        "{text}"
    );
    assert!(!text.contains("0123456789abcdef"), "{text}");
}

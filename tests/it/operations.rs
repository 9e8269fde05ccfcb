//! `docs/operations.md`, command by command, with the built binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod server;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
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
    // A daemon is not the only one that may have it.
    assert!(
        text.contains("or another command, such as `loket move`"),
        "{text}"
    );
    // Reading goes on beside whoever has the database.
    assert_eq!(said(&loket(path, &["backup", "copy.db"])).1, Some(0));
    drop(lock);
    let (text, code) = said(&loket(path, &["move", "--to", "sqlite:other.db"]));
    assert_eq!(code, Some(2), "{text}");
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

/// Marks the database of a desk as moved.
fn mark_as_moved(folder: &Path) {
    let file = rusqlite::Connection::open(folder.join("loket.db")).unwrap();
    file.execute("INSERT INTO counter (name, value) VALUES ('moved', 1)", [])
        .unwrap();
}

#[test]
fn a_file_that_was_moved_is_refused_by_everybody_but_a_copy() {
    let folder = desk();
    let path = folder.path();
    mark_as_moved(path);
    let moved = "was moved to another database by `loket move`: name that one in database.url";
    for command in [&["run"][..], &["migrate"], &["replay"]] {
        let (text, code) = said(&loket(path, command));
        assert_eq!(code, Some(4), "{command:?}: {text}");
        assert!(text.contains(moved), "{command:?}: {text}");
    }
    let (text, code) = said(&loket(path, &["doctor"]));
    assert_eq!(code, Some(1), "{text}");
    let line = text.lines().find(|line| line.contains(moved));
    assert!(
        line.is_some_and(|line| line.starts_with("FAIL  database ")),
        "{text}"
    );
    assert_eq!(said(&loket(path, &["backup", "copy.db"])).1, Some(0));
}

#[test]
fn replaying_makes_no_database_where_none_is() {
    let folder = desk();
    let path = folder.path();
    let config = fs::read_to_string(path.join("config.yaml")).unwrap();
    let config = format!("{config}database: {{url: 'sqlite:lokt.db'}}\n");
    fs::write(path.join("config.yaml"), config).unwrap();
    let (text, code) = said(&loket(path, &["replay"]));
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("cannot open the database "), "{text}");
    assert!(text.contains("lokt.db: there is no such file"), "{text}");
    assert!(!path.join("lokt.db").exists());
}

/// The binary in `folder`, as somebody who is not root: root may write everywhere.
fn as_nobody(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loket"));
    command.args(arguments).current_dir(folder).env_clear();
    if rustix::process::geteuid().is_root() {
        command.uid(65_534);
    }
    command.output().unwrap()
}

#[test]
fn the_doctor_finds_a_folder_that_cannot_be_written() {
    let folder = desk();
    let path = folder.path();
    for name in ["config.yaml", "loket.db", "loket.db.lock"] {
        let open = fs::Permissions::from_mode(0o666);
        fs::set_permissions(path.join(name), open).unwrap();
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o555)).unwrap();
    let (text, code) = said(&as_nobody(path, &["doctor"]));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(code, Some(1), "{text}");
    let line = text.lines().find(|line| line.contains("cannot be written"));
    assert!(
        line.is_some_and(|line| line.starts_with("FAIL  folder ")),
        "{text}"
    );
}

#[test]
fn a_copy_that_finds_no_room_names_the_copy() {
    let folder = desk();
    let path = folder.path();
    // A limit to the size of files stands in for a full disk.
    let script = "trap '' XFSZ; ulimit -f 32; exec \"$0\" backup copy.db";
    let ran = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_loket")])
        .current_dir(path)
        .env_clear()
        .output()
        .unwrap();
    let (text, code) = said(&ran);
    assert_eq!(code, Some(1), "{text}");
    let told = "loket: cannot write the copy copy.db: is its disk full? Make room, or name \
                another place: ";
    assert!(text.starts_with(told), "{text}");
    for left in ["copy.db", "copy.db.part"] {
        assert!(!path.join(left).exists(), "{left}");
    }
}

#[test]
fn what_is_wrong_with_a_file_comes_with_what_to_do() {
    let folder = desk();
    let path = folder.path();
    let file = path.join("loket.db");
    let good = fs::read(&file).unwrap();
    let cut: Vec<u8> = good.iter().copied().take(good.len() / 2).collect();
    let text = b"These are notes and no database, whatever the name of the file says. ";
    for (bytes, advice) in [
        (
            text.repeat(40),
            "it is no database, or one that is damaged.",
        ),
        (cut, "it is damaged. Stop Loket and restore a backup"),
    ] {
        fs::write(&file, bytes).unwrap();
        let (text, code) = said(&loket(path, &["migrate"]));
        assert_eq!(code, Some(4), "{text}");
        assert!(text.contains(&format!("loket.db: {advice}")), "{text}");
    }
}

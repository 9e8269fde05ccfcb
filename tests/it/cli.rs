//! The built binary, as scripts and operators meet it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the binary in `folder` with something piped in and these variables.
fn loket(folder: &Path, arguments: &[&str], piped: &str, variables: &[(&str, &str)]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_loket"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    if let Err(error) = input.write_all(piped.as_bytes()) {
        // A command that reads nothing may have closed its end already.
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }
    drop(input);
    child.wait_with_output().unwrap()
}

/// The exit code of the binary with nothing piped in.
fn exit_of(folder: &Path, arguments: &[&str]) -> Option<i32> {
    loket(folder, arguments, "", &[]).status.code()
}

/// A folder in which `setup` ran with empty answers.
fn set_up() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ran = loket(folder.path(), &["setup"], "\n\n\n\n\n\n", &[]);
    assert!(ran.status.success(), "{ran:?}");
    folder
}

#[test]
fn setup_check_and_registration_go_together() {
    let folder = set_up();
    for name in ["config.yaml", "registration.yaml"] {
        let mode = fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
    }
    let checked = loket(folder.path(), &["check"], "", &[]);
    assert_eq!(checked.status.code(), Some(0));
    assert!(checked.stderr.is_empty());
    let first = fs::read(folder.path().join("registration.yaml")).unwrap();
    let again = loket(folder.path(), &["registration", "--force"], "", &[]);
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(
        fs::read(folder.path().join("registration.yaml")).unwrap(),
        first
    );
}

#[test]
fn exit_codes_tell_what_was_wrong() {
    let folder = set_up();
    let path = folder.path();
    assert_eq!(exit_of(path, &["version"]), Some(0));
    assert_eq!(exit_of(path, &["--help"]), Some(0));
    assert_eq!(exit_of(path, &[]), Some(2));
    assert_eq!(exit_of(path, &["frobnicate"]), Some(2));
    assert_eq!(exit_of(path, &["check", "-c", "none.yaml"]), Some(3));
    assert_eq!(exit_of(path, &["run", "-c", "none.yaml"]), Some(3));
    assert_eq!(exit_of(path, &["setup"]), Some(7));
    assert_eq!(exit_of(path, &["registration"]), Some(7));
    assert_eq!(exit_of(path, &["setup", "--force"]), Some(2));
}

#[test]
fn the_environment_reaches_the_configuration() {
    let folder = set_up();
    let variables = [("LOKET_TEAMS__MAIN__LANGUAGE", "fr")];
    let checked = loket(folder.path(), &["check"], "", &variables);
    assert_eq!(checked.status.code(), Some(3));
    assert_eq!(
        String::from_utf8(checked.stderr).unwrap(),
        "loket: 1 mistake in the configuration\n\
         LOKET_TEAMS__MAIN__LANGUAGE: teams.main.language: \"fr\" is not one of: id, en\n"
    );
    let variables = [("LOKET_HOMESERVER__DOMAIN", "example.org")];
    let arguments = ["registration", "-o", "-"];
    let shown = loket(folder.path(), &arguments, "", &variables);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains(r#"regex: "^@loket_.*:example\\.org$""#),
        "{shown}"
    );
}

#[test]
fn version_json_is_one_object() {
    let folder = tempfile::tempdir().unwrap();
    let ran = loket(folder.path(), &["version", "--json"], "", &[]);
    let read: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(read["name"], "loket");
    assert_eq!(read["schema"], 8);
    assert!(read["features"].is_array());
}

//! Commands with buffers for a terminal.

use std::fs;

use tempfile::TempDir;

use super::*;

/// What a command did.
struct Ran {
    /// How it ended.
    exit: Exit,
    /// Its answer.
    output: String,
    /// What went wrong.
    complaints: String,
}

/// Runs a command line with something typed in.
fn loket(arguments: &[&str], typed: &str) -> Ran {
    let mut input = typed.as_bytes();
    let (mut output, mut complaints) = (Vec::new(), Vec::new());
    let mut terminal = Terminal {
        input: &mut input,
        output: &mut output,
    };
    let arguments = std::iter::once("loket").chain(arguments.iter().copied());
    let exit = run(
        arguments.map(OsString::from),
        &Environment::new(),
        &mut terminal,
        &mut complaints,
    );
    Ran {
        exit,
        output: String::from_utf8(output).unwrap(),
        complaints: String::from_utf8(complaints).unwrap(),
    }
}

/// A folder and the paths of a configuration and a registration in it.
fn folder() -> (TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (config, registration) = (path("config.yaml"), path("registration.yaml"));
    (folder, config, registration)
}

/// The configuration at `path`.
fn read_config(path: &str) -> config::Config {
    let text = fs::read_to_string(path).unwrap();
    config::Config::load(&text, Path::new(path), &Environment::new()).unwrap()
}

#[test]
fn setup_takes_the_defaults_for_empty_answers() {
    let (_folder, config, registration) = folder();
    let ran = loket(&["setup", "-c", &config], "\n\n\n\n\n\n");
    assert_eq!((ran.exit, ran.complaints.as_str()), (Exit::Success, ""));
    let written = read_config(&config);
    assert_eq!(written.homeserver.domain, "localhost");
    assert_eq!(written.public.base_url.as_str(), "http://127.0.0.1:29331/");
    assert!(written.accounts.is_empty());
    assert!(
        fs::read_to_string(&registration)
            .unwrap()
            .contains("@loket_.*:localhost")
    );
    assert!(ran.output.contains("app_service_config_files"));
    assert!(ran.output.contains(&registration));
}

#[test]
fn setup_writes_what_was_answered() {
    let (_folder, config, _registration) = folder();
    let typed = "https://matrix.example.org\n\n\nen\n\
                 @ayu:example.org, @budi:example.org,@ayu:example.org\n\
                 yes\n100000000000001\n200000000000002\ntoken-of-meta\nsecret-of-meta\n";
    let ran = loket(&["setup", "-c", &config], typed);
    assert_eq!((ran.exit, ran.complaints.as_str()), (Exit::Success, ""));
    let written = read_config(&config);
    assert_eq!(
        written.homeserver.address.as_str(),
        "https://matrix.example.org/"
    );
    assert_eq!(written.homeserver.domain, "example.org");
    assert_eq!(
        written.public.base_url.as_str(),
        "https://chat.example.org/"
    );
    let team = written.team_of(&"wa".into()).unwrap();
    assert_eq!(team.language.code(), "en");
    let agents: Vec<_> = team
        .named_agents()
        .map(|(id, role)| (id.as_str(), role.name()))
        .collect();
    assert_eq!(
        agents,
        [
            ("@ayu:example.org", "admin"),
            ("@budi:example.org", "agent")
        ]
    );
    assert!(ran.output.contains("https://chat.example.org/webhooks/wa"));
    // The terminal's history is no place for secrets.
    assert!(!ran.output.contains("token-of-meta"));
    assert!(written.warnings().is_empty());
}

#[test]
fn setup_asks_again_after_a_bad_answer() {
    let (_folder, config, _registration) = folder();
    let typed = "127.0.0.1\nhttp://127.0.0.1:8008\nexample org\nexample.org\n\
                 http://chat.example.org\n\nfr\n\nayu\n@loket:example.org\n@ayu:example.org\n\
                 maybe\ny\n\n+62\n100\n200\ntoken\nsecret\n";
    let ran = loket(&["setup", "-c", &config], typed);
    assert_eq!((ran.exit, ran.complaints.as_str()), (Exit::Success, ""));
    for problem in [
        "\"127.0.0.1\" is not a URL",
        "\"example org\" is not a server's name",
        "\"http://chat.example.org\" is not encrypted",
        "\"fr\" is not one of: id, en",
        "\"ayu\" is not a Matrix user id",
        "\"@loket:example.org\" is one of Loket's own users",
        "\"maybe\" is not one of: y, yes, n, no",
        "An answer is needed.",
        "\"+62\" is not an id",
    ] {
        assert!(ran.output.contains(problem), "{problem}");
    }
}

#[test]
fn setup_that_ends_too_early_writes_nothing() {
    let (folder, config, _registration) = folder();
    let ran = loket(&["setup", "-c", &config], "\n\n");
    assert_eq!(ran.exit, Exit::Usage);
    assert_eq!(
        ran.complaints,
        "loket: the input ended before this was answered: \
         Loket's public address, for webhooks. Nothing was written\n"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn setup_replaces_only_by_force_and_then_makes_new_tokens() {
    let (_folder, config, registration) = folder();
    fs::write(&registration, "mine").unwrap();
    let ran = loket(&["setup", "-c", &config], "\n\n\n\n\n\n");
    assert_eq!(ran.exit, Exit::Exists);
    assert_eq!(
        ran.complaints,
        format!("loket: {registration} exists and is left as it is: --force replaces it\n")
    );
    assert!(!Path::new(&config).exists());

    let mut texts = Vec::new();
    for _ in 0..2 {
        let ran = loket(&["setup", "-c", &config, "--force"], "\n\n\n\n\n\n");
        assert_eq!(ran.exit, Exit::Success);
        texts.push(fs::read_to_string(&registration).unwrap());
    }
    assert_ne!(texts[0], texts[1]);
}

#[test]
fn setup_looks_at_both_targets_before_it_asks() {
    let (folder, config, _registration) = folder();
    let nowhere = folder.path().join("nodir/r.yaml").display().to_string();
    for force in [&[][..], &["--force"]] {
        let arguments = ["setup", "-c", &config, "--registration", &nowhere];
        let ran = loket(&[&arguments, force].concat(), "\n\n\n\n\n\n");
        assert_eq!((ran.exit, ran.output.as_str()), (Exit::Failed, ""));
        assert_eq!(
            ran.complaints,
            format!("loket: cannot write {nowhere}: No such file or directory (os error 2)\n")
        );
        let arguments = ["setup", "-c", &config, "--registration", &config];
        let ran = loket(&[&arguments, force].concat(), "\n\n\n\n\n\n");
        assert_eq!((ran.exit, ran.output.as_str()), (Exit::Usage, ""));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// A pipe whose reader has gone.
struct Unread;

impl Write for Unread {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_reader_that_has_gone_fails_nothing_but_questions() {
    let (_folder, config, _registration) = folder();
    assert_eq!(
        loket(&["setup", "-c", &config], "\n\n\n\n\n\n").exit,
        Exit::Success
    );
    let run_unread = |arguments: &[&str]| {
        let mut input =
            &br#"{"entry": [{"id": "1", "changes": [{"field": "x", "value": {}}]}]}"#[..];
        let mut complaints = Vec::new();
        let mut terminal = Terminal {
            input: &mut input,
            output: &mut Unread,
        };
        let arguments = std::iter::once("loket").chain(arguments.iter().copied());
        let exit = run(
            arguments.map(OsString::from),
            &Environment::new(),
            &mut terminal,
            &mut complaints,
        );
        (exit, complaints.is_empty())
    };
    for arguments in [
        &["explain", "--kind", "whatsapp"][..],
        &["version"],
        &["--help"],
        &["check", "-c", &config],
        &["registration", "-c", &config, "-o", "-"],
    ] {
        assert_eq!(
            run_unread(arguments),
            (Exit::Success, true),
            "{arguments:?}"
        );
    }
    let exit = run_unread(&["setup", "-c", &config, "--force"]);
    assert_eq!(exit, (Exit::Failed, false));
}

#[test]
fn a_cause_is_told_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("error returned from database: {0}")]
    struct Driver(#[source] io::Error);
    let error = anyhow::Error::from(Driver(io::Error::other("(code: 26) not a database")))
        .context("cannot open the database loket.db");
    assert_eq!(
        Failure::from(error).words(),
        "cannot open the database loket.db: error returned from database: \
         (code: 26) not a database"
    );
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    let (_folder, config, _registration) = folder();
    assert_eq!(
        loket(&["setup", "-c", &config], "\n\n\n\n\n\n").exit,
        Exit::Success
    );
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.contains("sqlite:loket.db"));
    fs::write(
        &config,
        text.replace("sqlite:loket.db", "sqlite:/nope/x.db"),
    )
    .unwrap();
    let environment = Environment::new();
    let config = files::load_config(Path::new(&config), &environment).unwrap();
    let failure = daemon::block_on(seams::migrate(config)).unwrap_err();
    assert_eq!(failure.exit, Exit::Database);
    assert_eq!(
        failure.words(),
        "cannot open the database /nope/x.db: No such file or directory (os error 2)"
    );
}

#[test]
fn registration_is_the_same_as_the_one_setup_wrote() {
    let (folder, config, registration) = folder();
    assert_eq!(
        loket(&["setup", "-c", &config], "\n\n\n\n\n\n").exit,
        Exit::Success
    );
    let again = folder.path().join("again.yaml").display().to_string();
    let ran = loket(&["registration", "-c", &config, "-o", &again], "");
    assert_eq!(ran.exit, Exit::Success);
    let shown = loket(&["registration", "-c", &config, "-o", "-"], "").output;
    assert_eq!(fs::read_to_string(&again).unwrap(), shown);
    assert_eq!(fs::read_to_string(&registration).unwrap(), shown);
    let ran = loket(&["registration", "-c", &config, "-o", &again], "");
    assert_eq!(ran.exit, Exit::Exists);
}

#[test]
fn check_shows_every_mistake_with_its_line() {
    let (_folder, config, _registration) = folder();
    fs::write(&config, "homeserver: {domain: a b}\nmatrx: {}\n").unwrap();
    let ran = loket(&["check", "-c", &config], "");
    assert_eq!(ran.exit, Exit::Config);
    let lines: Vec<&str> = ran.complaints.lines().collect();
    assert_eq!(lines[0], "loket: 4 mistakes in the configuration");
    assert!(lines[1].starts_with(&format!("{config}:1: homeserver.domain: ")));
    assert!(lines[2].starts_with(&format!("{config}:2: matrx: ")));
    assert_eq!(ran.output, "");
}

#[test]
fn check_says_when_all_is_in_order() {
    let (_folder, config, _registration) = folder();
    assert_eq!(
        loket(&["setup", "-c", &config], "\n\n\n\n\n\n").exit,
        Exit::Success
    );
    let ran = loket(&["check", "-c", &config], "");
    assert_eq!(ran.exit, Exit::Success);
    let expected = format!(
        "warning: accounts: there are none, so no customer can write\n\
         warning: teams.main.agents: there are none, so nobody can answer\n\
         {config}: in order (teams: 1, accounts: 0)\n"
    );
    assert_eq!(ran.output, expected);
}

#[test]
fn a_missing_configuration_says_what_to_do() {
    let ran = loket(&["check", "-c", "/nowhere/config.yaml"], "");
    assert_eq!(ran.exit, Exit::Config);
    assert_eq!(
        ran.complaints,
        "loket: cannot read /nowhere/config.yaml: No such file or directory (os error 2): \
         run `loket setup`, or name the file with --config\n"
    );
}

#[test]
fn version_names_the_program() {
    let ran = loket(&["version", "--json"], "");
    let read: serde_json::Value = serde_json::from_str(&ran.output).unwrap();
    assert_eq!(read["name"], "loket");
    assert_eq!(read["version"], "0.1.0");
    assert_eq!(read["rust"], "1.95");
    assert_eq!(loket(&["version"], "").output, "loket 0.1.0\n");
}

#[test]
fn help_is_an_answer_and_an_unknown_option_a_complaint() {
    let help = loket(&["--help"], "");
    assert_eq!((help.exit, help.complaints.as_str()), (Exit::Success, ""));
    assert!(help.output.contains("7 file exists"));
    let wrong = loket(&["check", "--frobnicate"], "");
    assert_eq!((wrong.exit, wrong.output.as_str()), (Exit::Usage, ""));
    assert!(wrong.complaints.contains("--frobnicate"));
    let later = loket(&["explain", "--kind", "instagram"], "{}");
    assert_eq!(later.exit, Exit::Usage);
    assert!(
        later
            .complaints
            .contains("this version does not have the channel instagram yet")
    );
}

#[test]
fn exit_codes_are_all_different() {
    let exits = [
        Exit::Success,
        Exit::Failed,
        Exit::Usage,
        Exit::Config,
        Exit::Database,
        Exit::Homeserver,
        Exit::Listen,
        Exit::Exists,
    ];
    let codes = exits.map(Exit::code);
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7]);
}

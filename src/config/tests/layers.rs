//! The environment over the file over the defaults.

use std::os::unix::ffi::OsStringExt;

use super::*;

#[test]
fn a_variable_overrides_a_key() {
    let variables = [
        ("LOKET_DATABASE__URL", "sqlite:/var/lib/loket/loket.db"),
        ("LOKET_APPSERVICE__DESK__LOCALPART", "counter"),
        ("LOKET_LOGGING__FORMAT", "json"),
    ];
    let config = load_with(GOOD, &variables).unwrap();
    assert_eq!(config.database.url, "sqlite:/var/lib/loket/loket.db");
    assert_eq!(config.appservice.desk.localpart, "counter");
    assert_eq!(config.appservice.desk.display_name, "Loket");
    assert_eq!(config.logging.format, Format::Json);
}

#[test]
fn the_databases_password_comes_from_the_environment_and_is_not_shown() {
    let url = "postgres://loket:hunter2@db.example.org:5432/loket";
    let config = load_with(GOOD, &[("LOKET_DATABASE__URL", url)]).unwrap();
    assert_eq!(config.database.url, url);
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
}

#[test]
fn a_variable_finds_a_team_by_name_and_an_account_by_id() {
    let variables = [
        ("LOKET_TEAMS__SUPPORT__UNDO_WINDOW", "0"),
        ("LOKET_ACCOUNTS__WA__ACCESS_TOKEN", "other-token"),
    ];
    let config = load_with(GOOD, &variables).unwrap();
    assert_eq!(config.teams["support"].undo_window, SignedDuration::ZERO);
    let Kind::Whatsapp(whatsapp) = &config.account(&"wa".into()).unwrap().kind;
    assert_eq!(whatsapp.access_token.expose_secret(), "other-token");
    assert_eq!(whatsapp.app_secret.expose_secret(), "app-secret");
}

#[test]
fn a_dash_in_an_id_is_an_underscore_in_a_variable() {
    let text = GOOD.replace("id: wa", "id: wa-2").replace("[wa]", "[wa-2]");
    let variables = [("LOKET_ACCOUNTS__WA_2__ECHO", "takeover")];
    let config = load_with(&text, &variables).unwrap();
    let Kind::Whatsapp(whatsapp) = &config.account(&"wa-2".into()).unwrap().kind;
    assert_eq!(whatsapp.echo, Echo::Takeover);
}

#[test]
fn lists_and_maps_can_be_written_in_a_variable() {
    let variables = [
        ("LOKET_PUBLIC__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
        ("LOKET_TEAMS__SUPPORT__ACCOUNTS", "wa"),
        (
            "LOKET_TEAMS__SUPPORT__AGENTS",
            r#"{"@siti:example.org": admin}"#,
        ),
    ];
    let config = load_with(GOOD, &variables).unwrap();
    assert_eq!(config.public.trusted_proxies.len(), 2);
    let team = &config.teams["support"];
    assert_eq!(
        team.agents,
        [(AgentKey::User("@siti:example.org".into()), Role::Admin)]
    );
}

#[test]
fn everything_can_come_from_the_environment() {
    let variables = [
        ("LOKET_APPSERVICE__AS_TOKEN", "as_0123456789abcdef"),
        ("LOKET_APPSERVICE__HS_TOKEN", "hs_0123456789abcdef"),
        ("LOKET_TEAMS__SHOP__AGENTS", "{example.org: agent}"),
        ("LOKET_TEAMS__SHOP__ACCOUNTS", "wa"),
        ("LOKET_ACCOUNTS__WA__KIND", "whatsapp"),
        ("LOKET_ACCOUNTS__WA__PHONE_NUMBER_ID", "100"),
        ("LOKET_ACCOUNTS__WA__BUSINESS_ACCOUNT_ID", "200"),
        ("LOKET_ACCOUNTS__WA__ACCESS_TOKEN", "token"),
        ("LOKET_ACCOUNTS__WA__APP_SECRET", "secret"),
        ("LOKET_ACCOUNTS__WA__VERIFY_TOKEN", "verify"),
    ];
    let config = load_with("", &variables).unwrap();
    assert_eq!(config.team_of(&"wa".into()).unwrap().id.as_str(), "shop");
    assert_eq!(config.teams.len(), 1);
}

#[test]
fn variables_of_others_are_left_alone() {
    let variables = [
        ("LOKET_SERVICE_HOST", "10.0.0.1"),
        ("LOKET_PORT", "tcp://10.0.0.1:29330"),
        ("LOKET_PORT_29330_TCP_ADDR", "10.0.0.1"),
        ("LOKET_PUBLIC_SERVICE_PORT_WEBHOOKS", "29331"),
        ("LOKET_TEST_POSTGRES", "postgres://127.0.0.1/postgres"),
        ("LOKET_SEED", "711176"),
        ("PATH", "/bin"),
    ];
    assert_eq!(faults_with(GOOD, &variables), Vec::<String>::new());
}

#[test]
fn a_variable_of_ours_that_names_no_key_is_refused_with_the_nearest_that_does() {
    let variables = [
        ("LOKET_DATABASE_URL", "sqlite:x.db"),
        ("LOKET_LOGING__FORMAT", "json"),
        ("LOKET_NOPE", "1"),
        ("LOKET_PUBLIC_STOP_NOTICE", "5s"),
    ];
    assert_eq!(
        faults_with(GOOD, &variables),
        [
            "LOKET_DATABASE_URL: is no variable that Loket reads: did you mean \
             LOKET_DATABASE__URL?",
            "LOKET_LOGING__FORMAT: loging: is not a key here: did you mean logging?",
            "LOKET_NOPE: is no variable that Loket reads: remove it, or write LOKET_, then the \
             key's path with two underscores between its parts, such as LOKET_DATABASE__URL",
            "LOKET_PUBLIC_STOP_NOTICE: is no variable that Loket reads: did you mean \
             LOKET_PUBLIC__STOP_NOTICE?",
        ]
    );
}

#[test]
fn a_mistake_in_a_variable_names_the_variable() {
    let variables = [
        ("LOKET_ACCOUNTS__WB__ACCESS_TOKEN", "token"),
        ("LOKET_DATABASE", "sqlite:x.db"),
        ("LOKET_MATRIX__ROOM_VERSOIN", "11"),
        ("LOKET_TEAMS__SUPPORT__LANGUAGE", "fr"),
    ];
    assert_eq!(
        faults_with(GOOD, &variables),
        [
            "LOKET_ACCOUNTS__WB__ACCESS_TOKEN: accounts.wb.kind: is missing",
            "LOKET_ACCOUNTS__WB__ACCESS_TOKEN: accounts.wb.id: \"wb\" is in no team: \
             nobody would see its customers. Add it to a team's accounts",
            "LOKET_DATABASE: database: must be keys with values",
            "LOKET_MATRIX__ROOM_VERSOIN: matrix.room_versoin: is not a key here: \
             did you mean room_version?",
            "LOKET_TEAMS__SUPPORT__LANGUAGE: teams.support.language: \
             \"fr\" is not one of: id, en",
        ]
    );
}

#[test]
fn a_variable_that_is_no_text_is_named() {
    let garbled = || OsString::from_vec(b"sqlite:caf\xe9.db".to_vec());
    let environment = BTreeMap::from([
        ("LOKET_DATABASE__URL".to_owned(), garbled()),
        ("LOKET_PORT".to_owned(), garbled()),
        ("OTHER".to_owned(), garbled()),
    ]);
    let errors = Config::load(GOOD, Path::new("config.yaml"), &environment).unwrap_err();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        ["LOKET_DATABASE__URL: is not text in UTF-8: write it anew"]
    );
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "token-from-a-file\n").unwrap();
    let path = file.display().to_string();

    let text = GOOD.replace(
        "access_token: 12345e67",
        &format!("access_token_file: {path}"),
    );
    let by_key = load(&text).unwrap();
    let by_variable = load_with(GOOD, &[("LOKET_ACCOUNTS__WA__ACCESS_TOKEN_FILE", &path)]).unwrap();
    for config in [by_key, by_variable] {
        let Kind::Whatsapp(whatsapp) = &config.account(&"wa".into()).unwrap().kind;
        assert_eq!(whatsapp.access_token.expose_secret(), "token-from-a-file");
    }
    let tokens = GOOD.replace(
        "as_token: as_0123456789abcdef",
        &format!("as_token_file: {path}"),
    );
    let config = load(&tokens).unwrap();
    assert_eq!(
        config.appservice.as_token.expose_secret(),
        "token-from-a-file"
    );
}

#[test]
fn a_secret_is_written_once() {
    let text = GOOD.replace(
        "    app_secret: app-secret",
        "    app_secret: app-secret\n    app_secret_file: /nowhere",
    );
    assert_eq!(
        faults(&text),
        [
            "config.yaml:22: accounts.wa.app_secret: write either app_secret or app_secret_file, not both"
        ]
    );
    let variables = [
        ("LOKET_ACCOUNTS__WA__APP_SECRET", "one"),
        ("LOKET_ACCOUNTS__WA__APP_SECRET_FILE", "/nowhere"),
    ];
    assert_eq!(
        faults_with(GOOD, &variables),
        ["LOKET_ACCOUNTS__WA__APP_SECRET: accounts.wa.app_secret: \
          write either app_secret or app_secret_file, not both"]
    );
}

#[test]
fn a_secret_file_that_cannot_be_read_is_named() {
    let text = GOOD.replace(
        "access_token: 12345e67",
        "access_token_file: /nowhere/token",
    );
    assert_eq!(
        faults(&text),
        ["config.yaml:21: accounts.wa.access_token_file: \
          cannot read /nowhere/token: No such file or directory (os error 2)"]
    );
}

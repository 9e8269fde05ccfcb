//! Every mistake is named with its key, its line and what to do.

use super::*;

/// The one mistake after replacing `from` in the good file.
#[track_caller]
fn fault_of(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} is not in the good file");
    let found = faults(&GOOD.replacen(from, to, 1));
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

/// The one mistake after adding lines to the good file.
#[track_caller]
fn fault_with(lines: &str) -> String {
    fault_of("homeserver:\n", &format!("{lines}\nhomeserver:\n"))
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_the_file() {
    let text = GOOD
        .replace("domain: example.org", "domain: example org")
        .replace("https://desk.example.org", "http://desk.example.org")
        .replace("kind: whatsapp", "kind: sms")
        .replace("[wa]", "[wb]");
    assert_eq!(
        faults(&text),
        [
            "config.yaml:3: homeserver.domain: \"example org\" is not a server's name: \
             write, for example, example.org",
            "config.yaml:8: public.base_url: \"http://desk.example.org\" is not encrypted: \
             write https://… (http is for this machine only)",
            "config.yaml:15: teams.support.accounts: no account has the id \"wb\": \
             add it under accounts, or remove it here",
            "config.yaml:17: accounts.wa.id: \"wa\" is in no team: \
             nobody would see its customers. Add it to a team's accounts",
            "config.yaml:18: accounts.wa.kind: \"sms\" is not one of: whatsapp",
        ]
    );
}

#[test]
fn a_mistake_has_its_line_as_a_number() {
    let errors = load(&GOOD.replace("kind: whatsapp", "kind: sms")).unwrap_err();
    assert_eq!(errors[0].line(), Some(18));
    assert_eq!(errors[0].key, "accounts.wa.kind");
}

#[test]
fn what_is_not_yaml_is_said_with_its_line() {
    let found = faults("homeserver:\n  domain: [example.org\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].contains(": not YAML: "), "{found:?}");
    assert!(found[0].starts_with("config.yaml:"), "{found:?}");
}

#[test]
fn a_key_written_twice_is_an_error() {
    assert_eq!(
        fault_of(
            "  domain: example.org\n",
            "  domain: example.org\n  domain: b.org\n"
        ),
        "config.yaml:4: domain: written twice, first on line 3: remove one"
    );
}

#[test]
fn anchors_and_aliases_are_refused() {
    let found = faults(&GOOD.replace("domain: example.org", "domain: &name example.org"));
    assert!(
        found[0].starts_with("config.yaml:3: anchors (&)"),
        "{found:?}"
    );
}

#[test]
fn unknown_keys_are_errors_at_every_level() {
    assert_eq!(
        fault_with("homserver: {}"),
        "config.yaml:1: homserver: is not a key here: did you mean homeserver?"
    );
    assert_eq!(
        fault_of(
            "  domain: example.org\n",
            "  domain: example.org\n  port: 8008\n"
        ),
        "config.yaml:4: homeserver.port: is not a key here: remove it (known are: address, domain)"
    );
    assert_eq!(
        fault_of("    accounts: [wa]\n", "    accounts: [wa]\n    lang: en\n"),
        "config.yaml:16: teams.support.lang: is not a key here: remove it (known are: accounts, \
         agents, archive_after, foreign_reply, hours, language, membership, \
         plain_line_while_assistant, time_zone, undo_window)"
    );
    assert_eq!(
        fault_of(
            "    kind: whatsapp\n",
            "    kind: whatsapp\n    name: Shop\n"
        ),
        "config.yaml:19: accounts.wa.name: is not a key here: remove it (known are: access_token, \
         access_token_file, app_secret, app_secret_file, business_account_id, echo, graph_url, \
         graph_version, id, kind, phone_number_id, verify_token, verify_token_file)"
    );
}

#[test]
fn sections_of_later_versions_are_named_as_such() {
    assert_eq!(
        fault_with("ai: {}"),
        "config.yaml:1: ai: this version does not have this yet: remove it"
    );
}

#[test]
fn what_this_version_does_not_have_yet_is_refused_in_words() {
    assert_eq!(
        fault_with("matrix: {encrypt_portals: true}"),
        "config.yaml:1: matrix.encrypt_portals: \
         encrypted conversation rooms do not exist yet: write false"
    );
    for kind in ["instagram", "webchat"] {
        assert_eq!(
            fault_of("kind: whatsapp", &format!("kind: {kind}")),
            format!(
                "config.yaml:18: accounts.wa.kind: this version does not have the channel {kind} \
                 yet: remove the account, or put # before its lines"
            )
        );
    }
    assert_eq!(
        fault_of(
            "    accounts: [wa]\n",
            "    accounts: [wa]\n    hours: {mon: 09-17}\n"
        ),
        "config.yaml:16: teams.support.hours: \
         opening hours arrive with a later version: write {} (always open)"
    );
    assert_eq!(
        fault_of("staff.example.org: agent", "\"!room:example.org\": agent"),
        "config.yaml:14: teams.support.agents.!room:example.org: \
         rooms as a list of agents are not in this version: name the agents"
    );
}

#[test]
fn accounts_ids_and_numbers_stand_once() {
    let again = "accounts:\n  - id: wa\n    kind: whatsapp\n    phone_number_id: \"0123450000001\"\n    \
                 business_account_id: \"2\"\n    access_token: a\n    app_secret: b\n    verify_token: c\n";
    assert_eq!(
        faults(&GOOD.replace("accounts:\n  - id", &format!("{again}  - id"))),
        [
            "config.yaml:24: accounts.wa.id: \"wa\" is the id of another account too (line 17)",
            "config.yaml:26: accounts.wa.phone_number_id: \"0123450000001\" is the number of \
             another account too: each number has one account (line 19)",
        ]
    );
}

#[test]
fn an_account_has_one_team() {
    assert_eq!(
        fault_of(
            "accounts:\n  - id",
            "  sales:\n    accounts: [wa]\naccounts:\n  - id"
        ),
        "config.yaml:17: teams.sales.accounts: \
         \"wa\" has a team already: an account has one team (line 15)"
    );
}

#[test]
fn agents_are_people_with_a_role() {
    let cases = [
        (
            "\"@ayu\": agent",
            "@ayu: \"@ayu\" is not a Matrix user id: write, for example, @ayu:example.org",
        ),
        (
            "\"ayu?\": agent",
            "ayu?: \"ayu?\" is neither a Matrix user id (@ayu:example.org) nor a domain (example.org)",
        ),
        (
            "\"@ayu:example.org\": boss",
            "@ayu:example.org: \"boss\" is not one of: agent, supervisor, admin",
        ),
        (
            "\"@loket_wa_1:example.org\": agent",
            "@loket_wa_1:example.org: is one of Loket's own users: name a person",
        ),
        (
            "\"@loket:example.org\": agent",
            "@loket:example.org: is one of Loket's own users: name a person",
        ),
    ];
    for (line, problem) in cases {
        assert_eq!(
            fault_of("\"@ayu:example.org\": agent", line),
            format!("config.yaml:12: teams.support.agents.{problem}")
        );
    }
}

#[test]
fn rules_of_a_team_are_words_durations_and_a_time_zone() {
    let cases = [
        ("language: fr", "language: \"fr\" is not one of: id, en"),
        (
            "membership: some",
            "membership: \"some\" is not one of: auto, all, claim",
        ),
        (
            "plain_line_while_assistant: send",
            "plain_line_while_assistant: \"send\" is not one of: takeover, refuse, note",
        ),
        (
            "foreign_reply: no",
            "foreign_reply: \"no\" is not one of: ask, allow, refuse",
        ),
        (
            "time_zone: Asia/Jakart",
            "time_zone: \"Asia/Jakart\" is not a time zone: write, for example, Asia/Jakarta",
        ),
        (
            "undo_window: five",
            "undo_window: \"five\" is not a duration: write, for example, 5s, 30m, 2h or 3d",
        ),
        (
            "undo_window: -5s",
            "undo_window: \"-5s\" is not a duration: write, for example, 5s, 30m, 2h or 3d",
        ),
        (
            "undo_window: 11m",
            "undo_window: \"11m\" is too long: at most 10m",
        ),
        (
            "archive_after: 1mo",
            "archive_after: \"1mo\" is not a duration: write, for example, 5s, 30m, 2h or 3d",
        ),
    ];
    for (line, problem) in cases {
        assert_eq!(
            fault_of(
                "    accounts: [wa]\n",
                &format!("    accounts: [wa]\n    {line}\n")
            ),
            format!("config.yaml:16: teams.support.{problem}")
        );
    }
}

#[test]
fn tokens_are_there_long_and_different() {
    let how = "run `loket setup`, which makes one, or write at least 16 random characters";
    assert_eq!(
        fault_of("as_token: as_0123456789abcdef", "as_token: short"),
        format!("config.yaml:5: appservice.as_token: is too short: {how}")
    );
    assert_eq!(
        fault_of(
            "hs_token: hs_0123456789abcdef",
            "hs_token: as_0123456789abcdef"
        ),
        "config.yaml:6: appservice.hs_token: is the same as as_token: they must differ"
    );
    assert_eq!(
        fault_of("access_token: 12345e67", "access_token: \"…\""),
        "config.yaml:21: accounts.wa.access_token: has a space or another character that no \
         secret has: copy it from Meta's dashboard"
    );
    assert_eq!(
        fault_of("    app_secret: app-secret\n", ""),
        "config.yaml:17: accounts.wa.app_secret: is missing"
    );
}

#[test]
fn our_own_user_names_are_possible_and_apart() {
    assert_eq!(
        fault_of("appservice:\n", "appservice:\n  ghost_prefix: Loket_\n"),
        "config.yaml:5: appservice.ghost_prefix: \"Loket_\" cannot be in a user name: \
         use a-z, 0-9 and . _ = - / +, at most 64"
    );
    assert_eq!(
        fault_of(
            "appservice:\n",
            "appservice:\n  desk: {localpart: loket_desk}\n"
        ),
        "config.yaml:5: appservice.desk.localpart: \"loket_desk\" begins with ghost_prefix: \
         the desk would be taken for a customer"
    );
}

#[test]
fn addresses_are_addresses() {
    assert_eq!(
        fault_of("appservice:\n", "appservice:\n  listen: localhost:29330\n"),
        "config.yaml:5: appservice.listen: \"localhost:29330\" is not an IP address and port: \
         write, for example, 127.0.0.1:29330"
    );
    assert_eq!(
        fault_of("public:\n", "public:\n  listen: 0.0.0.0:29330\n"),
        "config.yaml:8: public.listen: 0.0.0.0:29330 is appservice.listen's too: \
         choose another port"
    );
    assert_eq!(
        fault_of("address: http://127.0.0.1:8008", "address: 127.0.0.1:8008"),
        "config.yaml:2: homeserver.address: \"127.0.0.1:8008\" is not a URL \
         (relative URL without a base): write, for example, http://127.0.0.1:8008"
    );
    assert_eq!(
        fault_of("https://desk.example.org", "https://me:pw@desk.example.org"),
        "config.yaml:8: public.base_url: must not contain a user name or password"
    );
    assert_eq!(
        fault_of(
            "    kind: whatsapp\n",
            "    kind: whatsapp\n    graph_url: http://graph.example.org\n"
        ),
        "config.yaml:19: accounts.wa.graph_url: \"http://graph.example.org\" is not encrypted: \
         write https://… (http is for this machine only)"
    );
    let local = GOOD.replace("https://desk.example.org", "http://127.0.0.1:29331");
    assert_eq!(faults(&local), Vec::<String>::new());
}

#[test]
fn the_rest_of_an_account_is_checked_too() {
    let cases = [
        (
            "echo: sometimes",
            "echo: \"sometimes\" is not one of: pause 30m, takeover, show",
        ),
        (
            "graph_version: 26",
            "graph_version: \"26\" is not a Graph API version: write, for example, v26.0",
        ),
    ];
    for (line, problem) in cases {
        assert_eq!(
            fault_of(
                "    kind: whatsapp\n",
                &format!("    kind: whatsapp\n    {line}\n")
            ),
            format!("config.yaml:19: accounts.wa.{problem}")
        );
    }
    assert_eq!(
        fault_of("phone_number_id: 0123450000001", "phone_number_id: +62 812"),
        "config.yaml:19: accounts.wa.phone_number_id: \"+62 812\" is not an id: \
         write the digits that Meta's dashboard shows"
    );
}

#[test]
fn rooms_commands_and_logs_are_checked() {
    assert_eq!(
        fault_with("matrix: {command_prefix: /}"),
        "config.yaml:1: matrix.command_prefix: \"/\" cannot begin commands: \
         write one or two signs such as !, but not / ; @ #"
    );
    assert_eq!(
        fault_with("matrix: {room_version: \"v 11\"}"),
        "config.yaml:1: matrix.room_version: \"v 11\" is not a room version: \
         write, for example, \"11\""
    );
    assert_eq!(
        fault_with("logging: {level: loud}"),
        "config.yaml:1: logging.level: \"loud\" is not a level: write error, warn, info, debug \
         or trace, or by part: info,loket::queue=debug"
    );
    assert_eq!(
        fault_with("database: {url: \"sqlite::memory:\"}"),
        "config.yaml:1: database.url: a database in memory forgets everything at a restart: \
         write sqlite: and a file, for example sqlite:loket.db"
    );
    assert_eq!(
        fault_with("database: {url: \"mysql://loket:hunter2@db/loket\"}"),
        "config.yaml:1: database.url: is not a database this version knows: \
         write sqlite: and a file, for example sqlite:loket.db, or \
         postgres://user:password@host:5432/database"
    );
    let hint = "write postgres://user:password@host:5432/database, \
                with signs such as @ : / # in the password as %40 %3A %2F %23";
    assert_eq!(
        fault_with("database: {url: \"postgres://loket:hunter2/3@db/loket\"}"),
        format!("config.yaml:1: database.url: cannot be read: {hint}")
    );
    assert_eq!(
        fault_with("database: {url: \"postgresql://loket:hunter2@db/\"}"),
        format!("config.yaml:1: database.url: has no database's name at its end: {hint}")
    );
    assert_eq!(
        fault_with("database: {url: \"postgres://loket:hunter2@db/loket?sslmode=always\"}"),
        "config.yaml:1: database.url: has an sslmode that is not one of: disable, allow, \
         prefer, require, verify-ca, verify-full"
    );
}

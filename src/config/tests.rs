//! What a configuration means, and what is said about a wrong one.

mod faults;
mod layers;

use jiff::SignedDuration;
use secrecy::ExposeSecret;

use super::*;
use crate::domain::conversation::{Echo, ForeignReply, PlainLine};
use crate::domain::team::{Language, Membership, Role};

/// A file in which nothing is wrong; later tests change a line of it.
const GOOD: &str = r#"homeserver:
  address: http://127.0.0.1:8008
  domain: example.org
appservice:
  as_token: as_0123456789abcdef
  hs_token: hs_0123456789abcdef
public:
  base_url: https://desk.example.org
teams:
  support:
    agents:
      "@ayu:example.org": agent
      "@budi:example.org": supervisor
      staff.example.org: agent
    accounts: [wa]
accounts:
  - id: wa
    kind: whatsapp
    phone_number_id: 0123450000001
    business_account_id: "200000000000002"
    access_token: 12345e67
    app_secret: app-secret
    verify_token: verify-me
"#;

/// Reads a text with nothing in the environment.
fn load(text: &str) -> Result<Config, Vec<ConfigError>> {
    load_with(text, &[])
}

/// Reads a text with these variables.
fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<ConfigError>> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).into());
    let environment = variables.iter().map(own).collect();
    Config::load(text, Path::new("config.yaml"), &environment)
}

/// The mistakes in a text, one line each.
fn faults(text: &str) -> Vec<String> {
    faults_with(text, &[])
}

/// The mistakes in a text with these variables, one line each.
fn faults_with(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let errors = load_with(text, variables).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_short_file_is_filled_up_with_the_defaults() {
    let config = load(GOOD).unwrap();
    assert_eq!(config.homeserver.domain, "example.org");
    assert_eq!(config.appservice.listen.to_string(), "127.0.0.1:29330");
    assert_eq!(
        config.appservice.address.as_str(),
        "http://127.0.0.1:29330/"
    );
    assert_eq!(config.appservice.id, "loket");
    assert_eq!(config.appservice.ghost_prefix, "loket_");
    let desk = Desk {
        localpart: "loket".to_owned(),
        display_name: "Loket".to_owned(),
    };
    assert_eq!(config.appservice.desk, desk);
    let matrix = Matrix {
        room_version: None,
        command_prefix: "!".to_owned(),
    };
    assert_eq!(config.matrix, matrix);
    assert_eq!(config.database.url, "sqlite:loket.db");
    assert_eq!(config.public.listen.to_string(), "127.0.0.1:29331");
    assert_eq!(
        config.public.webhook_url(&"wa".into()),
        "https://desk.example.org/webhooks/wa"
    );
    assert_eq!(config.logging.format, Format::Text);
}

#[test]
fn a_team_of_the_file_replaces_the_default_team_and_takes_its_rules() {
    let config = load(GOOD).unwrap();
    assert_eq!(config.teams.keys().collect::<Vec<_>>(), ["support"]);
    let team = config.team_of(&"wa".into()).unwrap();
    assert_eq!(team.language, Language::Indonesian);
    assert_eq!(team.time_zone.iana_name(), Some("Asia/Jakarta"));
    assert_eq!(team.membership, Membership::Auto);
    assert_eq!(team.undo_window, SignedDuration::from_secs(5));
    assert_eq!(team.plain_line_while_assistant, PlainLine::Takeover);
    assert_eq!(team.foreign_reply, ForeignReply::Ask);
    assert_eq!(team.archive_after, SignedDuration::from_hours(72));
    assert!(config.team_of(&"ig".into()).is_none());
}

#[test]
fn a_user_id_decides_the_role_before_its_domain() {
    let text = GOOD.replace("staff.example.org: agent", "example.org: agent");
    let config = load(&text).unwrap();
    let team = &config.teams["support"];
    let role = |user: &str| team.role_of(&user.into());
    assert_eq!(role("@budi:example.org"), Some(Role::Supervisor));
    assert_eq!(role("@siti:example.org"), Some(Role::Agent));
    assert_eq!(role("@siti:example.org.evil"), None);
    assert_eq!(role("@siti:elsewhere.org"), None);
    assert_eq!(role("example.org"), None);
    let named: Vec<_> = team.named_agents().collect();
    let expected = [
        (&"@ayu:example.org".into(), Role::Agent),
        (&"@budi:example.org".into(), Role::Supervisor),
    ];
    assert_eq!(named, expected);
}

#[test]
fn ids_and_tokens_keep_the_letters_they_were_written_with() {
    let config = load(GOOD).unwrap();
    let Kind::Whatsapp(whatsapp) = &config.account(&"wa".into()).unwrap().kind;
    assert_eq!(whatsapp.phone_number_id, "0123450000001");
    assert_eq!(whatsapp.access_token.expose_secret(), "12345e67");
    assert_eq!(whatsapp.graph_url.as_str(), "https://graph.facebook.com/");
    assert_eq!(whatsapp.graph_version, "v26.0");
    assert_eq!(whatsapp.echo, Echo::Pause(SignedDuration::from_mins(30)));
}

#[test]
fn secrets_are_not_shown_by_debug() {
    let shown = format!("{:?}", load(GOOD).unwrap());
    for secret in ["as_0123", "hs_0123", "12345e67", "app-secret", "verify-me"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn the_defaults_alone_lack_only_the_tokens() {
    let how = "run `loket setup`, which makes one, or write at least 16 random characters";
    assert_eq!(
        faults(""),
        [
            format!("config.yaml: appservice.as_token: is empty: {how}"),
            format!("config.yaml: appservice.hs_token: is empty: {how}"),
        ]
    );
}

/// A text with its commented examples switched on: lines that begin with `#`
/// and three blanks.
fn examples_of(text: &str) -> String {
    let line = |line: &str| {
        let (indent, comment) = line.split_at(line.find('#').unwrap_or(0));
        match comment.strip_prefix("#   ") {
            Some(example) if !example.starts_with("LOKET_") => format!("{indent}{example}\n"),
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

#[test]
fn the_examples_in_the_defaults_comments_are_valid() {
    let tokens = DEFAULTS
        .replace("as_token: \"\"", "as_token: as_0123456789abcdef")
        .replace("hs_token: \"\"", "hs_token: hs_0123456789abcdef")
        .replace("    agents: {}\n", "")
        .replace("    accounts: []\n", "")
        .replace("accounts: []\n", "")
        .replace("\"…\"", "secret");
    let config = load(&examples_of(&tokens)).unwrap();
    assert_eq!(config.teams["main"].agents.len(), 3);
    let Kind::Whatsapp(whatsapp) = &config.account(&"wa".into()).unwrap().kind;
    assert_eq!(
        whatsapp.graph_url.as_str().trim_end_matches('/'),
        accounts::GRAPH_URL
    );
    assert_eq!(whatsapp.graph_version, accounts::GRAPH_VERSION);
    assert_eq!(whatsapp.echo, Echo::Pause(SignedDuration::from_mins(30)));
}

#[test]
fn what_is_allowed_but_not_meant_is_a_warning() {
    assert!(load(GOOD).unwrap().warnings().is_empty());
    let tokens = "appservice: {as_token: as_0123456789abcdef, hs_token: hs_0123456789abcdef}";
    assert_eq!(
        load(tokens).unwrap().warnings(),
        [
            "accounts: there are none, so no customer can write",
            "teams.main.agents: there are none, so nobody can answer",
            "public.base_url: is still the example's",
        ]
    );
}

#[test]
fn a_changed_key_without_effect_is_a_warning() {
    let variables = [
        ("LOKET_PUBLIC__TRUSTED_PROXIES", "127.0.0.1"),
        ("LOKET_TEAMS__SUPPORT__ARCHIVE_AFTER", "5d"),
        ("LOKET_TEAMS__SUPPORT__PLAIN_LINE_WHILE_ASSISTANT", "note"),
        ("LOKET_ACCOUNTS__WA__ECHO", "show"),
    ];
    let environment = variables.map(|(name, value)| (name.to_owned(), value.into()));
    let path = Path::new("config.yaml");
    let config = Config::load(GOOD, path, &environment.into()).unwrap();
    assert_eq!(
        config.warnings(),
        [
            "teams.support.archive_after: has no effect yet",
            "teams.support.plain_line_while_assistant: has no effect yet",
            "public.trusted_proxies: has no effect yet",
        ]
    );
}

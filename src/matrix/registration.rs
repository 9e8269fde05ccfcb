//! The registration file: what the homeserver must know about Loket.
//!
//! From the configuration to the YAML text that Synapse reads; `loket
//! registration` and `loket setup` write it.

use ruma::api::appservice::{Namespace, Namespaces, Registration, RegistrationInit};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::config::{Appservice, Homeserver, quoted};

/// The registration's text. Holds both tokens: write it for the owner only.
///
/// The same configuration always gives the same text.
pub fn text(homeserver: &Homeserver, appservice: &Appservice) -> String {
    let registration = registration(homeserver, appservice);
    let text_line = |key: &str, value: &str| format!("{key}: {}", quoted(value));
    let mut lines = vec![
        "# Tells the homeserver about Loket, and holds secrets. Written by".to_owned(),
        "# `loket registration`; name it in app_service_config_files.".to_owned(),
        text_line("id", &registration.id),
        text_line("url", registration.url.as_deref().unwrap_or_default()),
        text_line("as_token", &registration.as_token),
        text_line("hs_token", &registration.hs_token),
        text_line("sender_localpart", &registration.sender_localpart),
        "rate_limited: false".to_owned(),
        // Typing and receipts. The older name of this key must not stand
        // beside it: each would then come twice in every transaction.
        "receive_ephemeral: true".to_owned(),
        // Lets ghosts have devices, which a re-send after a crash of the
        // homeserver needs to be recognised.
        "io.element.msc4190: true".to_owned(),
        "namespaces:".to_owned(),
    ];
    lines.extend(namespace_lines("users", &registration.namespaces.users));
    lines.extend(namespace_lines("aliases", &registration.namespaces.aliases));
    lines.join("\n") + "\n"
}

/// The registration as the Matrix specification describes it.
///
/// The desk is a user of the namespace and not `sender_localpart`: Synapse
/// refuses some requests of the latter.
pub fn registration(homeserver: &Homeserver, appservice: &Appservice) -> Registration {
    let server = escaped(&homeserver.domain);
    let desk = escaped(&appservice.desk.localpart);
    let prefix = escaped(&appservice.ghost_prefix);
    let exclusive = |regex: String| Namespace::new(true, regex);
    let mut namespaces = Namespaces::new();
    namespaces.users = vec![
        exclusive(format!("^@{desk}:{server}$")),
        exclusive(format!("^@{prefix}.*:{server}$")),
    ];
    namespaces.aliases = vec![exclusive(format!("^#{prefix}.*:{server}$"))];
    let mut registration = Registration::from(RegistrationInit {
        id: appservice.id.clone(),
        url: Some(appservice.address.as_str().trim_end_matches('/').to_owned()),
        as_token: appservice.as_token.expose_secret().to_owned(),
        hs_token: appservice.hs_token.expose_secret().to_owned(),
        sender_localpart: sender_localpart(appservice),
        namespaces,
        rate_limited: Some(false),
        protocols: None,
    });
    registration.receive_ephemeral = true;
    registration
}

/// A user name that nobody has and that stays the same with the same token.
fn sender_localpart(appservice: &Appservice) -> String {
    let mut hash = Sha256::new();
    hash.update(b"loket sender_localpart ");
    hash.update(appservice.as_token.expose_secret().as_bytes());
    let name: String = hex::encode(hash.finalize()).chars().take(20).collect();
    format!("_loket_{name}")
}

/// The lines of a list of namespaces.
fn namespace_lines(name: &str, namespaces: &[Namespace]) -> Vec<String> {
    let lines = namespaces.iter().flat_map(|namespace| {
        [
            format!("    - exclusive: {}", namespace.exclusive),
            format!("      regex: {}", quoted(&namespace.regex)),
        ]
    });
    std::iter::once(format!("  {name}:")).chain(lines).collect()
}

/// A text as a regular expression that means just that text.
fn escaped(text: &str) -> String {
    let letter = |letter: char| match letter {
        '.' | '+' | '[' | ']' => format!("\\{letter}"),
        other => other.to_string(),
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, Environment};

    /// A configuration with a server name that has dots and a port.
    fn config(as_token: &str) -> Config {
        let text = format!(
            "homeserver: {{domain: 'example.org:8448'}}\n\
             appservice: {{as_token: {as_token}, hs_token: hs_0123456789abcdef}}\n"
        );
        Config::load(&text, Path::new("config.yaml"), &Environment::new()).unwrap()
    }

    /// The registration with this token.
    fn text_with(as_token: &str) -> String {
        let config = config(as_token);
        text(&config.homeserver, &config.appservice)
    }

    #[test]
    fn the_registration_is_what_the_homeserver_reads() {
        let text = text_with("as_0123456789abcdef");
        let sender = text
            .lines()
            .find(|line| line.starts_with("sender_localpart"));
        let expected = r#"id: "loket"
url: "http://127.0.0.1:29330"
as_token: "as_0123456789abcdef"
hs_token: "hs_0123456789abcdef"
SENDER
rate_limited: false
receive_ephemeral: true
io.element.msc4190: true
namespaces:
  users:
    - exclusive: true
      regex: "^@loket:example\\.org:8448$"
    - exclusive: true
      regex: "^@loket_.*:example\\.org:8448$"
  aliases:
    - exclusive: true
      regex: "^#loket_.*:example\\.org:8448$"
"#;
        let body: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            body.join("\n") + "\n",
            expected.replace("SENDER", sender.unwrap())
        );
    }

    #[test]
    fn the_text_reads_back_as_the_same_registration() {
        let config = config("as_0123456789abcdef");
        let written = text(&config.homeserver, &config.appservice);
        let read: Registration = serde_saphyr::from_str(&written).unwrap();
        let made = registration(&config.homeserver, &config.appservice);
        assert_eq!(
            serde_json::to_value(read).unwrap(),
            serde_json::to_value(made).unwrap()
        );
    }

    #[test]
    fn the_sender_is_stable_unguessable_and_outside_the_namespace() {
        let name = |token| registration(&config(token).homeserver, &config(token).appservice);
        let first = name("as_0123456789abcdef").sender_localpart;
        assert_eq!(first, name("as_0123456789abcdef").sender_localpart);
        assert_ne!(first, name("as_fedcba9876543210").sender_localpart);
        assert_eq!(first.len(), 27);
        assert!(first.starts_with("_loket_"));
    }
}

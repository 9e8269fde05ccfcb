//! `registration.yaml` beside the configuration, against what the configuration says
//! now. What the homeserver itself has loaded shows in its answers.

use std::path::Path;

use serde_json::{Map, Value};

use super::finding::Tell;
use crate::config::Config;
use crate::matrix::registration;

/// What to do about a difference.
const AGAIN: &str =
    "Run `loket registration --force`, copy the file to the homeserver and restart it";

/// Compares the file with the configuration.
pub(super) fn examine(config: &Config, path: &Path, tell: &Tell) {
    let file = path.with_file_name("registration.yaml");
    let name = file.display();
    let Ok(text) = std::fs::read_to_string(&file) else {
        return tell.ok("registration", format!("no {name} to compare with"));
    };
    let wanted = registration::text(&config.homeserver, &config.appservice);
    match differences(&text, &wanted) {
        None => tell.warn(
            "registration",
            format!("{name} is no registration. {AGAIN}"),
        ),
        Some(keys) if keys.is_empty() => {
            tell.ok("registration", format!("{name} is as config.yaml says"));
        }
        Some(keys) => {
            let keys = keys.join(", ");
            tell.fail(
                "registration",
                format!("{name} differs from config.yaml in: {keys}. {AGAIN}"),
            );
        }
    }
}

/// The keys in which two registrations differ; `None` if the first is none. Only
/// names: the values are secrets.
fn differences(found: &str, wanted: &str) -> Option<Vec<String>> {
    let found: Map<String, Value> = serde_saphyr::from_str(found).ok()?;
    let wanted: Map<String, Value> = serde_saphyr::from_str(wanted).ok()?;
    let mut keys: Vec<String> = wanted
        .iter()
        .filter(|(key, value)| found.get(*key) != Some(value))
        .map(|(key, _)| key.clone())
        .collect();
    let known = ["de.sorunome.msc2409.push_ephemeral", "push_ephemeral"];
    keys.extend(
        found
            .keys()
            .filter(|key| known.contains(&key.as_str()))
            .cloned(),
    );
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn differences_are_named_and_no_value_is_shown() {
        let wanted = "id: loket\nas_token: secret-one\nrate_limited: false\n";
        let same = "rate_limited: false\nas_token: 'secret-one'\nid: loket\nprotocols: []\n";
        assert_eq!(differences(same, wanted), Some(vec![]));
        let other = "id: loket\nas_token: secret-two\nde.sorunome.msc2409.push_ephemeral: true\n";
        assert_eq!(
            differences(other, wanted),
            Some(vec![
                "as_token".to_owned(),
                "rate_limited".to_owned(),
                "de.sorunome.msc2409.push_ephemeral".to_owned(),
            ])
        );
        assert_eq!(differences("- a\n", wanted), None);
    }
}

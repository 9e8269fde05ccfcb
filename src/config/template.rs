//! Writes a first configuration: the defaults with some values replaced, every
//! comment kept.

use std::ops::Range;
use std::path::Path;

use super::DEFAULTS;
use super::error::Errors;
use super::tree::{self, Node};

/// A value to write at a key.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The key's path, such as `homeserver.address`.
    pub(crate) key: &'static str,
    /// YAML to write there; a first line break puts it below the key.
    pub(crate) yaml: String,
}

impl Answer {
    /// A text, in quotes where YAML needs them.
    pub(crate) fn text(key: &'static str, text: &str) -> Self {
        Self {
            key,
            yaml: quoted(text),
        }
    }
}

/// A text as YAML, in double quotes.
///
/// A JSON string is a YAML string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The defaults with `answers` written into them. Keys the defaults do not
/// have are left out.
pub(crate) fn fill(answers: &[Answer]) -> String {
    let errors = Errors::new(Path::new("config.yaml"));
    let tree = tree::parse(DEFAULTS, &errors);
    let mut places: Vec<(Range<usize>, &str)> = answers
        .iter()
        .filter_map(|answer| {
            let node = tree.as_ref().and_then(|tree| find(tree, answer.key))?;
            Some((node.span.clone(), answer.yaml.as_str()))
        })
        .collect();
    places.sort_by_key(|(span, _)| span.start);
    let mut text = DEFAULTS.to_owned();
    for (span, yaml) in places.into_iter().rev() {
        // A value on lines of its own leaves no blank behind its key.
        let blank = usize::from(yaml.starts_with('\n'));
        text.replace_range(span.start - blank..span.end, yaml);
    }
    text
}

/// The value at a path of keys.
fn find<'a>(tree: &'a Node, path: &str) -> Option<&'a Node> {
    path.split('.').try_fold(tree, |node, key| node.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_replace_values_and_nothing_else() {
        let filled = fill(&[
            Answer::text("homeserver.domain", "example.org"),
            Answer {
                key: "accounts",
                yaml: "\n  - id: wa".to_owned(),
            },
            Answer {
                key: "teams.main.language",
                yaml: "en".to_owned(),
            },
        ]);
        let changed: Vec<&str> = filled
            .lines()
            .filter(|line| !DEFAULTS.lines().any(|other| other == *line))
            .collect();
        assert_eq!(
            changed,
            [
                "  domain: \"example.org\"",
                "    language: en",
                "accounts:",
                "  - id: wa"
            ]
        );
        assert_eq!(filled.lines().count(), DEFAULTS.lines().count() + 1);
    }

    #[test]
    fn every_default_can_be_answered() {
        for key in [
            "appservice.as_token",
            "public.base_url",
            "teams.main.agents",
        ] {
            assert!(fill(&[Answer::text(key, "x")]).contains("\"x\""), "{key}");
        }
    }
}

//! Reads JSON objects as strictly as Meta does: no unknown keys, no wrong
//! types, and `null` is a wrong type.

use serde_json::{Map, Value};

use super::answer::GraphError;

/// An object inside a request, with its place for error texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    /// The object.
    map: &'a Map<String, Value>,
    /// Its key; empty for the whole body.
    place: &'static str,
}

impl<'a> Fields<'a> {
    /// The whole body.
    pub(super) fn body(map: &'a Map<String, Value>) -> Self {
        Self { map, place: "" }
    }

    /// Refuses any key that is not `allowed`.
    pub(super) fn only(self, allowed: &[&str]) -> Result<(), GraphError> {
        let mut unknown = self
            .map
            .keys()
            .filter(|key| !allowed.contains(&key.as_str()));
        match (unknown.next(), self.place) {
            (None, _) => Ok(()),
            (Some(key), "") => Err(GraphError::parameter(&format!("Unexpected key \"{key}\"."))),
            (Some(key), place) => Err(GraphError::parameter(&format!(
                "Unexpected key \"{key}\" on param \"{place}\"."
            ))),
        }
    }

    /// Whether there is a key of this name.
    pub(super) fn has(self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The full name of a key, as error texts give it.
    fn name(self, key: &str) -> String {
        match self.place {
            "" => key.to_owned(),
            place => format!("{place}.{key}"),
        }
    }

    /// A key that must be there is not.
    fn missing(self, key: &str) -> GraphError {
        GraphError::parameter(&format!("The parameter {} is required.", self.name(key)))
    }

    /// A key has a value of another type.
    fn not_a(self, key: &str, kind: &str) -> GraphError {
        GraphError::parameter(&format!("Param {} must be {kind}.", self.name(key)))
    }

    /// An optional text.
    pub(super) fn find_text(self, key: &str) -> Result<Option<&'a str>, GraphError> {
        self.map
            .get(key)
            .map(|value| value.as_str().ok_or_else(|| self.not_a(key, "a string")))
            .transpose()
    }

    /// A text.
    pub(super) fn text(self, key: &str) -> Result<&'a str, GraphError> {
        self.find_text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A text that must be one of `choices`.
    pub(super) fn choice(self, key: &str, choices: &[&str]) -> Result<&'a str, GraphError> {
        let text = self.text(key)?;
        if choices.contains(&text) {
            return Ok(text);
        }
        let choices = choices.join(", ");
        Err(self.not_a(key, &format!("one of {{{choices}}} - got \"{text}\"")))
    }

    /// A text of `least` to `most` characters.
    pub(super) fn sized(
        self,
        key: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<&'a str>, GraphError> {
        let Some(text) = self.find_text(key)? else {
            return Ok(None);
        };
        let length = text.chars().count();
        if length < least {
            return Err(self.not_a(key, &format!("at least {least} characters long")));
        }
        if length > most {
            return Err(self.not_a(key, &format!("at most {most} characters long")));
        }
        Ok(Some(text))
    }

    /// A text of `least` to `most` characters that must be there.
    pub(super) fn required_sized(
        self,
        key: &str,
        least: usize,
        most: usize,
    ) -> Result<&'a str, GraphError> {
        self.sized(key, least, most)?
            .ok_or_else(|| self.missing(key))
    }

    /// An optional truth value.
    pub(super) fn find_bool(self, key: &str) -> Result<Option<bool>, GraphError> {
        self.map
            .get(key)
            .map(|value| value.as_bool().ok_or_else(|| self.not_a(key, "a boolean")))
            .transpose()
    }

    /// An optional object.
    pub(super) fn find_object(self, key: &'static str) -> Result<Option<Self>, GraphError> {
        let object = |value: &'a Value| match value {
            Value::Object(map) => Ok(Self { map, place: key }),
            _ => Err(self.not_a(key, "an object")),
        };
        self.map.get(key).map(object).transpose()
    }

    /// An object.
    pub(super) fn object(self, key: &'static str) -> Result<Self, GraphError> {
        self.find_object(key)?.ok_or_else(|| self.missing(key))
    }
}

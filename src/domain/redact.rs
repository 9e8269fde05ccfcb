//! Text that must never reach a log: it prints as `…`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Personal text (a message, a name, a phone number) whose `Debug` is `…`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// The text itself, for storing and sending; never for logs.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The text itself, owned.
    pub fn into_revealed(self) -> String {
        self.0
    }
}

impl From<String> for Private {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_text_prints_as_an_ellipsis() {
        assert_eq!(format!("{:?}", Private::from("0812")), "…");
    }
}

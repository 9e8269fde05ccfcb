//! What the desk says, before it has a language.
//!
//! A [`Saying`] is a key of the catalogs in `text` and its arguments; `text`
//! turns it into English or Indonesian. Made with [`saying!`](crate::saying).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A sentence of the desk: a catalog key and its arguments.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    /// The key in the catalogs.
    pub key: Cow<'static, str>,
    /// The arguments by name; may be personal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<Cow<'static, str>, Arg>,
}

/// An argument of a [`Saying`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arg {
    /// Text, shown as it is.
    Text(String),
    /// A number.
    Number(i64),
    /// Another saying, shown in the same language.
    Saying(Box<Saying>),
}

impl Saying {
    /// A sentence without arguments.
    pub const fn new(key: &'static str) -> Self {
        Self {
            key: Cow::Borrowed(key),
            args: BTreeMap::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.insert(Cow::Borrowed(name), value.into());
        self
    }
}

impl std::fmt::Debug for Saying {
    /// The key alone: arguments may be personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Saying({})", self.key)
    }
}

impl std::fmt::Debug for Arg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Saying> for Arg {
    fn from(saying: Saying) -> Self {
        Self::Saying(Box::new(saying))
    }
}

/// Makes a [`Saying`]: `saying!("taken-over", name = "Ayu")`. The key is a
/// literal, so that a test can find every key in use.
#[macro_export]
macro_rules! saying {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::domain::saying::Saying::new($key)$(.with(stringify!($name), $value))*
    };
}

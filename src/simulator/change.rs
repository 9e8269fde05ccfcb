//! A value in a form that may be left out.

use serde::{Deserialize, Deserializer};

/// What a form says about one value; give it `#[serde(default)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Change<T> {
    /// Left out: it stays as it was.
    #[default]
    Keep,
    /// `null`: it is taken away.
    Clear,
    /// A new value.
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(form: D) -> Result<Self, D::Error> {
        let value = Option::deserialize(form)?;
        Ok(value.map_or(Self::Clear, Self::Set))
    }
}

impl<T> Change<T> {
    /// What is there after the change.
    pub(super) fn over(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Keep => old,
            Self::Clear => None,
            Self::Set(new) => Some(new),
        }
    }
}

//! Formatted text, neutral: what Matrix's HTML and each channel's marks are
//! turned into and made of.

mod cut;
mod plain;
mod strip;

use serde::{Deserialize, Serialize};

pub use strip::Reference;

use super::ids::UserId;

/// Formatted text: a list of blocks.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rich {
    /// The blocks, top to bottom.
    pub blocks: Vec<Block>,
}

/// A block of formatted text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A paragraph; line breaks inside are [`Inline::Break`].
    Paragraph(Vec<Inline>),
    /// A quotation.
    Quote(Vec<Block>),
    /// A list, numbered from `start` or bulleted.
    List {
        /// The first number; `None` for bullets.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// Preformatted text, as it is.
    Code(String),
}

/// A piece of a paragraph.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inline {
    /// Plain text; holds no line break.
    Text(String),
    /// Bold.
    Bold(Vec<Inline>),
    /// Italic.
    Italic(Vec<Inline>),
    /// Struck through.
    Strike(Vec<Inline>),
    /// Inline code, as it is.
    Code(String),
    /// A link with its text.
    Link {
        /// The text.
        text: Vec<Inline>,
        /// Where it leads.
        url: String,
    },
    /// A mention of a Matrix user.
    Pill {
        /// Who.
        user: UserId,
        /// The name shown.
        name: String,
    },
    /// A line break.
    Break,
}

/// Prints as `…`: message text never reaches a log.
macro_rules! private_debug {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("…")
            }
        }
    )+};
}

private_debug!(Rich, Block, Inline);

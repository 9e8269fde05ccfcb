//! Matrix's HTML and our formatted text, in both directions.
//!
//! In: `formatted_body` of a room's event ([`read`]). Out: `formatted_body` of
//! what we write ([`write`](self::write)) and its plain `body` ([`plain`]).
//! HTML from outside is only ever parsed into
//! [`Rich`](crate::domain::rich::Rich) and written anew from it, so no tag,
//! attribute or script of anybody passes through.

mod plain;
mod read;
mod soup;
mod write;

pub use plain::{from_plain, plain};
pub use read::read;
pub use write::{needs_html, write};

#[cfg(test)]
mod tests;

//! Matrix's HTML and our formatted text, in both directions.
//!
//! In: `formatted_body` of a room's event ([`fn@read`]). Out: `formatted_body` of
//! what we write ([`fn@write`]).
//! HTML from outside is only ever parsed into
//! [`Rich`](crate::domain::rich::Rich) and written anew from it, so no tag,
//! attribute or script of anybody passes through.

mod line;
mod read;
mod soup;
mod write;

pub use read::read;
pub use write::{needs_html, write};

#[cfg(test)]
mod tests;

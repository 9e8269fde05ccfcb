//! WhatsApp's marks: `*bold*`, `_italic_`, `~strike~`, `` `code` ``, fences of
//! three backticks, `- ` or `* ` bullets, `1. ` lists, `> ` quotes.
//!
//! [`read()`] turns a customer's text into [`Rich`](crate::domain::rich::Rich),
//! [`write()`] turns an agent's into parts within the limit. WhatsApp has no
//! escapes: text that holds marks of its own looks as the customer's phone
//! decides. It has no links with a text, no headings, no nested lists either.

mod cells;
mod flow;
mod inline;
mod read;
mod split;

pub use read::read;
pub use split::write;

#[cfg(test)]
mod tests;

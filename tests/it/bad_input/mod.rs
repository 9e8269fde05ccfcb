//! Bad input: whatever comes in at a door, nothing panics, nothing is lost, and what
//! is well-formed among malformed neighbors survives.
//!
//! [`walk`] puts every other type at every place of every sample; [`webhook`],
//! [`transaction`] and [`explain`] are properties of the three readers. What becomes of
//! the nastiest things in a room stands in `app/nasty.rs`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod explain;
mod soup;
mod transaction;
mod walk;
mod webhook;

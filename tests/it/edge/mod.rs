//! What anybody can do to the listeners with a bare socket. Every test tries
//! something that no client should do, and asks after it whether others are still
//! answered.
//!
//! [`support`] serves what the daemon serves, with limits of its own and an intake that
//! only keeps; [`process`] is the real daemon, for what a process is bounded by.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bodies;
mod crowd;
mod doors;
mod heads;
mod process;
mod smuggling;
mod support;

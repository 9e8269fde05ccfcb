//! What Meta calls: webhooks, signed and delivered at least once.
//!
//! `body` has their content, `sign` the bytes and the signature, `courier`
//! the deliveries, `shape` the faults between the two, `steps` the statuses
//! of a message.

pub(super) mod body;
pub(super) mod courier;
pub(super) mod handshake;
pub(super) mod shape;
pub(super) mod sign;
pub(super) mod steps;

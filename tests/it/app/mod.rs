//! The whole way through the house, between a homeserver and a channel in memory:
//! a real database, a clock that tests move, no network. Compiled once for each engine,
//! which `super` names.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod acts;
mod care;
mod crash;
mod delivery;
mod desk;
mod faults;
mod graph;
mod halted;
mod held;
mod inbound;
mod nasty;
mod operate;
mod order;
mod outages;
mod parts;
mod phone;
mod points;
mod recovery;
mod replies;
mod rooms;
mod said;
mod soak;
mod status;
mod webhooks;

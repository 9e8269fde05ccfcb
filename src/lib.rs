//! Loket: a Matrix support desk. Every WhatsApp, Instagram and live-chat
//! conversation is a Matrix room; agents answer from any Matrix client.
//!
//! `docs/architecture.md` has the map and the walkthroughs.

pub mod app;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod crash;
pub mod domain;
pub mod http;
pub mod intake;
pub mod json;
pub mod matrix;
pub mod meta;
pub mod queue;
pub mod shutdown;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod work;

//! WhatsApp Business, Cloud API.
//!
//! In: [`webhook`] checks and routes what [`inbound`] reads. Out: [`outbound`]
//! sends, paced by [`pace`] and held up by [`gate`], and says failures in words with [`errors`].
//! [`mod@format`] turns marks into formatting and back. [`mod@explain`] is `loket explain`.

pub mod capabilities;
pub mod config;
pub mod errors;
pub mod explain;
pub mod format;
mod gate;
pub mod inbound;
pub mod outbound;
mod pace;
pub mod webhook;

pub use config::Config;

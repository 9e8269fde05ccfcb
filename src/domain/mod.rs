//! What a support desk is, without any outside world: states, inputs, effects,
//! rules. Pure: no I/O, no clock, no randomness; the time comes as a parameter.
//!
//! In: what channels and rooms say ([`inbound`], [`room_event`]). Out: what must
//! be done about it ([`conversation::Effect`]). The workers in `work` call it.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod contact;
pub mod content;
pub mod conversation;
pub mod delivery;
pub mod ids;
pub mod inbound;
pub mod leak;
pub mod message;
pub mod redact;
pub mod rich;
pub mod room;
pub mod room_event;
pub mod saying;
pub mod team;

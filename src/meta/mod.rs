//! Meta's Graph API as a library: [`client`], [`signature`], [`errors`] and
//! [`wire`], the tolerant reading of what Meta sends.
//!
//! Knows no domain: what a code means for an agent is said in the channels.

pub mod client;
pub mod errors;
pub mod signature;
pub mod wire;

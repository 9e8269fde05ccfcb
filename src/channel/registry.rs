//! The channels that exist: one line each.

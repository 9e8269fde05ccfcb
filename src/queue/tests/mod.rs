//! Lanes at work, on each engine.

mod postgres;
mod sqlite;

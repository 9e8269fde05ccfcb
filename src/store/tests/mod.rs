//! The store on real databases: the same suite on each engine, and what is an engine's
//! own.

mod postgres;
mod sqlite;
mod statements;

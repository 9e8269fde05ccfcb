//! Integration tests: one binary.

mod architecture;
mod bad_input;
mod cli;
mod edge;
mod explain;
mod leak_fuzz;
mod operations;
mod postgres;
mod sqlite;

//! Integration tests: one binary.

mod app;
mod architecture;
mod bad_input;
mod cli;
mod explain;
mod leak_fuzz;
mod operations;

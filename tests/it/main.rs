//! Integration tests: one binary.

mod app;
mod architecture;
mod cli;
mod explain;
mod leak_fuzz;
mod operations;

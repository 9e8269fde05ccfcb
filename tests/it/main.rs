//! Integration tests: one binary.

mod architecture;
mod cli;
mod explain;
mod leak_fuzz;

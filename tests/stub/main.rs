//! The stub homeserver, tried on its own.

#[path = "mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "kill tests and benchmarks ask for more than its own tests"
)]
mod stub;
#[cfg(test)]
mod tests;

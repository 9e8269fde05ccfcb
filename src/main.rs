//! The `loket` binary.

fn main() {}

//! A strict Meta Graph server and phone page for trying, demos, tests and benchmarks.

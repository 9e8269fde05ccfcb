//! The `loket` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    loket::cli::main().into()
}

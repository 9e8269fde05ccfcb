//! The daemon's real process under load, killed with -9 again and again, between a
//! strict homeserver and a simulated Meta that both have faults of their own. In the
//! end everything that was written must have arrived, once and in order, or been
//! announced.
//!
//! A run is made of its seed, which it prints; `LOKET_SEED=… cargo test --test
//! endurance -- --no-capture` plays it again: the same deeds, faults and lives. When
//! exactly a life ends is the machine's.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod chance;
mod daemon;
mod field;
mod judge;
mod meta;
mod planted;
mod points;
mod run;
#[path = "../stub/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "benchmarks ask for more than this"
)]
mod stub;

use std::time::Duration;

/// Lets real time pass: for load and for looking again, never for being in step.
pub(crate) async fn pause(time: Duration) {
    let nothing = std::future::pending::<()>();
    drop(tokio::time::timeout(time, nothing).await);
}

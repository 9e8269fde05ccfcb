//! The calls into the rest of the program, in one place; `simulate` has its own.

use super::exit::{Exit, Failure};
use crate::clock::SharedClock;
use crate::config::Config;
use crate::shutdown::Shutdown;

/// What is said where a part is not in the program yet.
pub(super) fn missing(part: &str) -> Failure {
    Failure::new(Exit::Failed, format!("{part} is not in this version yet"))
}

/// Runs the daemon until the stop.
#[expect(clippy::unused_async, reason = "becomes a call of app::run")]
pub(super) async fn run(
    _config: Config,
    _clock: SharedClock,
    _shutdown: Shutdown,
) -> Result<(), Failure> {
    Err(missing("the daemon"))
}

/// Brings the database's tables up to date.
#[expect(clippy::unused_async, reason = "becomes a call of app::migrate")]
pub(super) async fn migrate(_config: Config) -> Result<(), Failure> {
    Err(missing("the database"))
}

/// Explains a webhook's body: one JSON object a line.
pub(super) fn explain_whatsapp(_body: &[u8]) -> Result<Vec<String>, Failure> {
    Err(missing("explaining webhooks"))
}

//! The calls into the rest of the program, in one place; `simulate` has its own.

use super::exit::{Exit, Failure};
use crate::app::{self, StartError};
use crate::channel::whatsapp;
use crate::clock::SharedClock;
use crate::config::Config;
use crate::shutdown::Shutdown;
use crate::store::Store;

/// Runs the daemon until the stop.
pub(super) async fn run(
    config: Config,
    clock: SharedClock,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    app::run(config, clock, shutdown).await.map_err(|error| {
        let exit = match &error {
            StartError::Database(_) => Exit::Database,
            StartError::Listen(_) => Exit::Listen,
            StartError::Setup(_) => Exit::Config,
        };
        Failure::of(exit, error)
    })
}

/// Brings the database's tables up to date.
pub(super) async fn migrate(config: Config) -> Result<(), Failure> {
    app::migrate(&config)
        .await
        .map_err(|error| Failure::of(Exit::Database, error))
}

/// The number of the database's schema.
pub(super) fn schema_version() -> i64 {
    Store::schema_version()
}

/// Explains a webhook's body: one JSON object a line.
pub(super) fn explain_whatsapp(body: &[u8]) -> Result<Vec<String>, Failure> {
    whatsapp::explain::explain(body).map_err(|error| Failure::of(Exit::Usage, error))
}

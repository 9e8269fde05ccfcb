//! The calls into the rest of the program, in one place; `simulate` has its own.

use std::path::Path;

use super::exit::{Exit, Failure};
use crate::app::{self, StartError};
use crate::channel::whatsapp;
use crate::clock::{Clock as _, SharedClock, SystemClock};
use crate::config::Config;
use crate::shutdown::Shutdown;
use crate::store::{self, Backup, Moved, Options, Store, StoreError};

/// Runs the daemon until the stop.
pub(super) async fn run(
    config: Config,
    options: Options,
    clock: SharedClock,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    app::run(config, options, clock, shutdown)
        .await
        .map_err(|error| {
            let exit = match &error {
                StartError::Database(error) => exit_of(error),
                StartError::Listen(_) => Exit::Listen,
                StartError::Setup(_) => Exit::Config,
            };
            Failure::of(exit, error)
        })
}

/// Brings the database's tables up to date.
pub(super) async fn migrate(config: Config) -> Result<(), Failure> {
    app::migrate(&config).await.map_err(unusable)
}

/// Copies the database's file.
pub(super) async fn backup(config: &Config, to: &Path) -> Result<Backup, Failure> {
    Store::backup(&config.database.url, to)
        .await
        .map_err(unusable)
}

/// Moves everything to another database.
pub(super) async fn move_to(config: &Config, to: &str) -> Result<Vec<Moved>, Failure> {
    let now = SystemClock.now();
    let moved = store::move_all(&config.database.url, to, now).await;
    moved.map_err(|error| match error {
        // The target's comes from the command line.
        StoreError::Url { .. } => Failure::of(Exit::Usage, error),
        error => unusable(error),
    })
}

/// The failure of a database that cannot be used.
pub(super) fn unusable(error: StoreError) -> Failure {
    let exit = exit_of(&error);
    Failure::of(exit, error)
}

/// How a command ends whose database cannot be used.
fn exit_of(error: &StoreError) -> Exit {
    match error {
        StoreError::InUse { .. } => Exit::InUse,
        StoreError::Url { .. } => Exit::Config,
        StoreError::Copy { .. } => Exit::Failed,
        _ => Exit::Database,
    }
}

/// The number of the database's schema.
pub(super) fn schema_version() -> i64 {
    Store::schema_version()
}

/// Explains a webhook's body: one JSON object a line, given to `say`.
pub(super) fn explain_whatsapp(body: &[u8], say: &mut dyn FnMut(String)) -> Result<(), Failure> {
    whatsapp::explain::explain(body, say).map_err(|error| Failure::of(Exit::Usage, error))
}

//! `loket simulate`: plays Meta's side.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tracing::Level;
use tracing_subscriber::filter::Targets;

use super::daemon;
use super::exit::{Exit, Failure};
use crate::clock::{SharedClock, SystemClock};
use crate::shutdown::Shutdown;
use crate::simulator::{self, Error, Options};
use crate::telemetry;

/// Serves the simulator until it is told to stop.
pub(super) fn simulate(listen: SocketAddr, state: PathBuf) -> Result<(), Failure> {
    telemetry::start_text(Targets::new().with_default(Level::INFO)).map_err(anyhow::Error::from)?;
    let shutdown = Shutdown::new();
    let simulator = serve(listen, state, Arc::new(SystemClock), shutdown.clone());
    daemon::block_on(daemon::until_stopped(simulator, shutdown))
}

/// The call into the simulator.
async fn serve(
    listen: SocketAddr,
    state: PathBuf,
    clock: SharedClock,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    simulator::serve(Options { listen, state }, clock, shutdown)
        .await
        .map_err(|error| {
            let exit = match &error {
                Error::Listen { .. } => Exit::Listen,
                Error::State { .. } | Error::Taken { .. } | Error::Client(_) => Exit::Failed,
            };
            Failure::of(exit, error)
        })
}

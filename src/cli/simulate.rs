//! `loket simulate`: plays Meta's side.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tracing::Level;
use tracing_subscriber::filter::Targets;

use super::daemon;
use super::exit::Failure;
use super::seams::missing;
use crate::clock::{SharedClock, SystemClock};
use crate::shutdown::Shutdown;
use crate::telemetry;

/// Serves the simulator until it is told to stop.
pub(super) fn simulate(listen: SocketAddr, state: PathBuf) -> Result<(), Failure> {
    telemetry::start_text(Targets::new().with_default(Level::INFO)).map_err(anyhow::Error::from)?;
    let shutdown = Shutdown::new();
    let simulator = serve(listen, state, Arc::new(SystemClock), shutdown.clone());
    daemon::block_on(daemon::until_stopped(simulator, shutdown))
}

/// The call into the simulator.
#[expect(clippy::unused_async, reason = "becomes a call of simulator::serve")]
async fn serve(
    _listen: SocketAddr,
    _state: PathBuf,
    _clock: SharedClock,
    _shutdown: Shutdown,
) -> Result<(), Failure> {
    Err(missing("the simulator"))
}

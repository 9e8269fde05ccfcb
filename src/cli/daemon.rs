//! `loket run`: starts logs and the runtime, and turns signals into the stop.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::Failure;
use super::seams;
use crate::clock::SystemClock;
use crate::config::{Config, Format, Logging};
use crate::shutdown::Shutdown;
use crate::store::Options;
use crate::telemetry;

/// Runs the daemon until it is told to stop.
pub(super) fn run(config: Config, options: Options) -> Result<(), Failure> {
    start_logs(&config.logging)?;
    for warning in config.warnings() {
        tracing::warn!("the configuration has a gap: {warning}");
    }
    let shutdown = Shutdown::new();
    let app = seams::run(config, options, Arc::new(SystemClock), shutdown.clone());
    block_on(until_stopped(app, shutdown))
}

/// Runs `work` to its end; signals begin the stop.
pub(super) async fn until_stopped(
    work: impl Future<Output = Result<(), Failure>>,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    let signals = Signals::new()?;
    tokio::select! {
        ended = work => ended,
        () = signals.watch(&shutdown) => {
            Err(anyhow::anyhow!("stopped at once by a second signal").into())
        }
    }
}

/// Runs a piece of work on a runtime of its own.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work)
}

/// Starts logs as the configuration says.
pub(super) fn start_logs(logging: &Logging) -> Result<(), Failure> {
    let levels = logging.level.clone();
    let started = match logging.format {
        Format::Text => telemetry::start_text(levels),
        Format::Json => telemetry::start_json(levels),
    };
    started.map_err(|error| anyhow::Error::from(error).into())
}

/// The signals an operator or supervisor sends.
#[derive(Debug)]
struct Signals {
    /// SIGTERM: stop.
    terminate: Signal,
    /// SIGINT: stop (Ctrl-C).
    interrupt: Signal,
    /// SIGHUP: nothing yet.
    hangup: Signal,
}

impl Signals {
    /// Starts to listen, before anything else could be interrupted.
    fn new() -> Result<Self, Failure> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Begins the stop at the first signal; returns at the second.
    async fn watch(mut self, shutdown: &Shutdown) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
                _ = self.hangup.recv() => {
                    tracing::warn!("SIGHUP: this version reads its configuration only at the start");
                    continue;
                }
            }
            if shutdown.has_begun() {
                return;
            }
            tracing::info!("told to stop: finishing what is under way");
            shutdown.begin();
        }
    }
}

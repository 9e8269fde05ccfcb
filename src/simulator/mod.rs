//! A strict Meta Graph server and phone page for trying, demos, tests and
//! benchmarks.
//!
//! It plays Meta and the customers' phones; the daemon under test is pointed
//! at it by `graph_url`. Three faces on one port:
//!
//! - `graph`: what the daemon calls, refused as Meta refuses it;
//! - `webhook`: what Meta calls, signed and delivered at least once;
//! - `control` and the page at `/`: what a test or a person tells the
//!   customers to do, and which faults to play.
//!
//! It is written from the facts about the Graph API and shares no code with
//! the channels it is there to test. `docs/simulator.md` is its manual.
//!
//! To add a message type: parse it in `graph/request.rs`, keep it in
//! `world/message.rs`, show it in `webhook/body.rs` and on the page.

mod catalog;
mod change;
mod control;
mod faults;
mod graph;
mod hub;
mod ids;
mod phone;
mod ring;
mod webhook;
mod world;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::clock::SharedClock;
use crate::shutdown::{Shutdown, Tasks};
use hub::Hub;
use world::{World, disk};

/// How long open requests may take to end once the stop has begun.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Where the simulator listens and keeps what it knows.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address of the Graph server, the control API and the page; port 0
    /// takes a free one.
    pub listen: SocketAddr,
    /// The folder for accounts, customers and messages; made if missing.
    pub state: PathBuf,
}

/// How fast the simulated Meta is.
#[derive(Debug, Clone)]
pub struct Timing {
    /// From accepting a message to its `sent` (or `failed`) status.
    pub sent_after: Duration,
    /// From accepting a message to its `delivered` status.
    pub delivered_after: Duration,
    /// The pauses between attempts to deliver one webhook; after the last it
    /// is given up. Meta goes on for days: here it is about twenty minutes.
    pub retries: Vec<Duration>,
    /// How long the daemon may take to answer a webhook.
    pub webhook_timeout: Duration,
    /// How long webhooks held back for reordering or batching wait for
    /// company.
    pub flush_after: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let growing = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]
            .into_iter()
            .map(Duration::from_millis);
        Self {
            sent_after: Duration::from_millis(50),
            delivered_after: Duration::from_millis(250),
            retries: growing.chain([Duration::from_mins(1); 20]).collect(),
            webhook_timeout: Duration::from_secs(10),
            flush_after: Duration::from_millis(500),
        }
    }
}

/// Why the simulator cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours: choose another.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state folder cannot be used: check its path and permissions.
    #[error("cannot use the state file {path}")]
    State {
        /// The file read or written.
        path: PathBuf,
        /// What the system or the parser said.
        source: std::io::Error,
    },
    /// Another simulator has the state folder: give each its own.
    #[error("another simulator has the folder {folder}: give each its own with --state")]
    Taken {
        /// The folder.
        folder: PathBuf,
    },
    /// The client that delivers webhooks cannot be made.
    #[error("cannot make the client that delivers webhooks")]
    Client(#[source] reqwest::Error),
}

/// A simulator that has its address but does not serve yet.
#[derive(Debug)]
pub struct Simulator {
    /// The bound socket.
    listener: TcpListener,
    /// The address of `listener`.
    address: SocketAddr,
    /// What an earlier run left, or nothing.
    world: World,
    /// The file that keeps `world`.
    state: PathBuf,
    /// Keeps other simulators out of the folder for as long as this lives.
    lock: std::fs::File,
    /// Time and randomness.
    clock: SharedClock,
    /// How fast the simulated Meta is.
    timing: Timing,
}

impl Simulator {
    /// Binds the address and reads what an earlier run left.
    ///
    /// # Errors
    /// When the address or the state folder cannot be used.
    pub async fn bind(options: Options, clock: SharedClock) -> Result<Self, Error> {
        Self::bind_with(options, clock, Timing::default()).await
    }

    /// As [`Simulator::bind`], with a Meta that is faster or slower.
    ///
    /// # Errors
    /// When the address or the state folder cannot be used.
    pub async fn bind_with(
        options: Options,
        clock: SharedClock,
        timing: Timing,
    ) -> Result<Self, Error> {
        let address = options.listen;
        let refused = |source| Error::Listen { address, source };
        let state = options.state.join("simulator.json");
        let lock = disk::lock(&options.state)?;
        let world = disk::load(&state).await.map_err(|source| Error::State {
            path: state.clone(),
            source,
        })?;
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self {
            listener,
            address,
            world,
            state,
            lock,
            clock,
            timing,
        })
    }

    /// The address it listens on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the stop begins, then saves and returns.
    ///
    /// # Errors
    /// When the last save fails: what happened since the one before is lost.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Error> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let hub = Hub::new(self.world, self.clock, self.timing, shutdown.clone(), jobs);
        let hub = Arc::new(hub.map_err(Error::Client)?);
        hub.resume();

        let mut tasks = Tasks::new(shutdown.clone());
        tasks.spawn(
            "simulator.http",
            serve_http(self.listener, Arc::clone(&hub), shutdown),
        );
        tasks.spawn(
            "simulator.courier",
            webhook::courier::run(Arc::clone(&hub), queue),
        );
        tasks.spawn(
            "simulator.saver",
            disk::keep_saved(Arc::clone(&hub), self.state.clone()),
        );
        tasks.watch().await;
        if !tasks.finish(STOP_LIMIT).await {
            tracing::warn!("simulator: open requests were cut at the stop");
        }
        let saved = disk::save(&hub, &self.state).await;
        drop(self.lock);
        saved.map_err(|source| Error::State {
            path: self.state,
            source,
        })
    }
}

/// Runs a simulator until the stop begins.
///
/// # Errors
/// As [`Simulator::bind`] and [`Simulator::run`].
pub async fn serve(options: Options, clock: SharedClock, shutdown: Shutdown) -> Result<(), Error> {
    let simulator = Simulator::bind(options, clock).await?;
    tracing::info!(address = %simulator.address(), "simulator listens");
    simulator.run(shutdown).await
}

/// Answers requests until the stop begins.
async fn serve_http(listener: TcpListener, hub: Arc<Hub>, shutdown: Shutdown) {
    let router = control::router()
        .merge(graph::router())
        .fallback(graph::unknown_path)
        .with_state(hub);
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(async move { shutdown.wait().await })
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "simulator stopped listening");
    }
}

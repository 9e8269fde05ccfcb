//! A strict homeserver in memory, over HTTP.
//!
//! Written from the Matrix specification and from how Synapse was seen to behave,
//! not from what our client sends: it refuses what a real one refuses, forgets
//! what a real one forgets, and is many times faster. Kill tests and benchmarks
//! share it; the real Synapse stays the judge of the end-to-end tests.
//!
//! In: requests of one application service, and what its owner tells it in the
//! same process ([`Stub`]): an agent joins and writes, the homeserver goes down,
//! answers are lost. Out: answers, and transactions pushed as Synapse pushes them.
//! It uses nothing of the daemon.
//!
//! A binary takes it in by `#[path]`, as `main.rs` here does for its own tests.

mod answer;
mod ask;
mod create;
mod event;
mod fault;
pub(crate) mod graph;
mod history;
mod membership;
mod owner;
mod push;
mod route;
mod rules;
mod serve;
mod setting;
mod sync;
mod users;
mod world;
mod write;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::{io, thread};

use tokio::sync::{oneshot, watch};

pub(crate) use answer::Refusal;
pub(crate) use fault::{Act, Fault};
pub(crate) use owner::{Counts, End, RoomView};
pub(crate) use setting::Setting;

use serve::Hub;

/// A homeserver that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Stub {
    /// What the requests and its owner share.
    hub: Arc<Hub>,
    /// Where it listens, up or down.
    address: SocketAddr,
    /// Whether it is up.
    up: watch::Sender<bool>,
    /// Ends its thread when dropped.
    stop: Option<oneshot::Sender<()>>,
    /// Its thread.
    thread: Option<JoinHandle<()>>,
}

impl Stub {
    /// Starts a homeserver on loopback, in a thread and runtime of its own.
    ///
    /// # Errors
    /// The operating system's: no port, no thread.
    pub(crate) fn start(setting: Setting) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", setting.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let hub = Arc::new(Hub::new(setting));
        let (up, is_up) = watch::channel(true);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let shared = Arc::clone(&hub);
        let thread = thread::Builder::new()
            .name("homeserver".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve::run(shared, listener, address, is_up) => {}
                        _ended = stopped => {}
                    }
                });
                runtime.shutdown_background();
            })?;
        Ok(Self {
            hub,
            address,
            up,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Its address for clients.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            // Its panic has been printed; a panic while dropping would abort.
        }
    }
}

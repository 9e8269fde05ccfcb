//! Health, metrics and the serving of both listeners.
//!
//! The appservice listener carries the homeserver's calls, health and metrics; the
//! public one carries webhooks, and nothing else.

pub mod health;
pub mod metrics;
pub mod operate;
mod reader;
mod watched;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::shutdown::{Crew, Shutdown};
use reader::Read;
use watched::{UnderWay, Watched};

/// Binds a listener.
///
/// # Errors
/// The operating system's, with the address, for the operator.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, std::io::Error> {
    TcpListener::bind(address).await.map_err(|error| {
        std::io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })
}

/// What a listener's clients may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a request's head may take to come, counted from the connection's
    /// start or the answer before: also how long a connection may stay unused.
    pub head: Duration,
    /// How large a head may be, in bytes; above it the answer is 431. Each
    /// connection may make us keep as much: at least 8 KiB.
    pub head_bytes: usize,
    /// How long a request may take, from its head to the end of its answer.
    pub request: Duration,
    /// How long a client may read nothing of its answers.
    pub unread: Duration,
    /// How many connections are open at the same time; more of them wait unread.
    pub connections: usize,
    /// After the stop: how long a connection stays that has no request under way,
    /// such as one with half a head; in it the last answer leaves.
    pub unused: Duration,
    /// After the stop: how long a request under way may still take, its body
    /// included. Less than the daemon's own limit.
    pub used: Duration,
}

/// The limits of both listeners.
pub const LIMITS: Limits = Limits {
    head: Duration::from_secs(30),
    head_bytes: 16 * 1024,
    request: Duration::from_mins(1),
    unread: Duration::from_secs(30),
    connections: 4_096,
    unused: Duration::from_secs(1),
    used: Duration::from_secs(15),
};

/// How many file descriptors the daemon needs for other things than connections of
/// its listeners: the database, requests of its own.
const OTHER_DESCRIPTORS: u64 = 256;

impl Limits {
    /// The limits of each of two listeners of a process that may have so many file
    /// descriptors: strangers must not take those that the daemon itself needs.
    pub fn within(descriptors: u64) -> Self {
        let each = descriptors.saturating_sub(OTHER_DESCRIPTORS) / 2;
        let each = usize::try_from(each).unwrap_or(usize::MAX);
        Self {
            connections: each.clamp(16, LIMITS.connections),
            ..LIMITS
        }
    }
}

/// How long nothing is accepted after the operating system refused, as when it has
/// no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Serves `router` within `limits` until the stop; requests under way are finished.
pub async fn serve(limits: Limits, listener: TcpListener, router: Router, shutdown: Shutdown) {
    let router = router
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            limits.request,
        ))
        .layer(CatchPanicLayer::new());
    let mut open = Crew::default();
    loop {
        tokio::select! {
            () = shutdown.wait() => break,
            Some(()) = open.next() => {}
            stream = accept(&listener), if open.len() < limits.connections => {
                open.start(converse(limits, stream, router.clone(), shutdown.clone()));
            }
        }
    }
    drop(listener);
    while open.next().await.is_some() {}
}

/// Waits for the next connection.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _from)) => return stream,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether an error of `accept` says only that this client is gone again.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// Answers a connection's requests until it ends; after the stop, only the one
/// under way.
async fn converse(limits: Limits, stream: TcpStream, router: Router, shutdown: Shutdown) {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_bytes);
    let under_way = UnderWay::default();
    let service = TowerToHyperService::new(Watched::new(router, under_way.clone()));
    let stream = TokioIo::new(Read::new(stream, limits.unread));
    let connection = builder.serve_connection(stream, service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.wait() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = over(limits, &under_way) => {
                    tracing::debug!("a connection was cut off at the stop");
                    return;
                }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended early");
    }
}

/// Waits until a connection has had its time after the stop.
async fn over(limits: Limits, under_way: &UnderWay) {
    let waited = async {
        loop {
            tokio::time::sleep(limits.unused).await;
            if under_way.is_none() {
                return;
            }
        }
    };
    // Either way its time is over.
    tokio::time::timeout(limits.used, waited)
        .await
        .unwrap_or_default();
}

#[cfg(test)]
mod tests;

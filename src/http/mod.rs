//! Health, metrics and the serving of both listeners.
//!
//! The appservice listener carries the homeserver's calls, health and metrics; the
//! public one carries webhooks, and nothing else.

pub mod health;
pub mod metrics;
pub mod operate;
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
use watched::{UnderWay, Watched};

/// How long a request may take, from its head to the end of its answer.
const REQUEST_LIMIT: Duration = Duration::from_mins(1);

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
struct Limits {
    /// How long a request's head may take to come, counted from the connection's
    /// start or the answer before: also how long a connection may stay unused.
    head: Duration,
    /// How many connections are open at the same time; more of them wait unread.
    connections: usize,
    /// After the stop: how long a connection stays that has no request under way,
    /// such as one with half a head; in it the last answer leaves.
    unused: Duration,
    /// After the stop: how long a request under way may still take, its body
    /// included. Less than the daemon's own limit.
    used: Duration,
}

/// The limits of both listeners.
const LIMITS: Limits = Limits {
    head: Duration::from_secs(30),
    connections: 4_096,
    unused: Duration::from_secs(1),
    used: Duration::from_secs(15),
};

/// How long nothing is accepted after the operating system refused, as when it has
/// no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Serves `router` until the stop; requests under way are finished.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown) {
    let router = router
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_LIMIT,
        ))
        .layer(CatchPanicLayer::new());
    serve_within(LIMITS, listener, router, shutdown).await;
}

/// Accepts connections within `limits`, then waits for those that are open.
async fn serve_within(limits: Limits, listener: TcpListener, router: Router, shutdown: Shutdown) {
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
        .header_read_timeout(limits.head);
    let under_way = UnderWay::default();
    let service = TowerToHyperService::new(Watched::new(router, under_way.clone()));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
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

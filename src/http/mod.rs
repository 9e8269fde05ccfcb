//! Health, metrics and the serving of both listeners.
//!
//! The appservice listener carries the homeserver's calls, health and metrics; the
//! public one carries webhooks, and nothing else.

pub mod health;
pub mod metrics;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::shutdown::Shutdown;

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

/// Serves `router` until the stop; requests under way are finished.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown) {
    let router = router
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_LIMIT,
        ))
        .layer(CatchPanicLayer::new());
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(async move { shutdown.wait().await })
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "a listener ended");
    }
}

//! `GET /metrics`: Prometheus text. Counters are counted in the code; depth and age
//! of the lanes are asked of the database at each scrape.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use futures_util::future::BoxFuture;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Sets the gauges that are asked of the database; called at each scrape.
pub type Gauges = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Bounds of the latency histograms, seconds.
const SECONDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0,
];

/// Everything a scrape needs.
#[derive(Clone)]
struct Scrape {
    /// Renders what was counted.
    handle: PrometheusHandle,
    /// Sets the gauges.
    gauges: Gauges,
}

/// Installs the recorder of the process's metrics.
///
/// # Errors
/// If one is installed already.
pub fn install() -> Result<PrometheusHandle, String> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| error.to_string())
}

/// A recorder of its own, into which nobody counts.
#[cfg(feature = "testing")]
pub fn idle() -> PrometheusHandle {
    PrometheusBuilder::new().build_recorder().handle()
}

/// The route.
pub fn router(handle: PrometheusHandle, gauges: Gauges) -> Router {
    Router::new()
        .route("/metrics", get(scrape))
        .with_state(Scrape { handle, gauges })
}

/// Renders everything.
async fn scrape(State(scrape): State<Scrape>) -> impl IntoResponse {
    (scrape.gauges)().await;
    scrape.handle.run_upkeep();
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        scrape.handle.render(),
    )
}

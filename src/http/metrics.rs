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

/// Sets the gauges that are asked of the database; called at each scrape. The names of
/// those that are not known now.
pub type Gauges = Arc<dyn Fn() -> BoxFuture<'static, &'static [&'static str]> + Send + Sync>;

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
    let unknown = (scrape.gauges)().await;
    scrape.handle.run_upkeep();
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        without(unknown, &scrape.handle.render()),
    )
}

/// A rendering without the metrics of these names: what they were once is not what they
/// are.
fn without(names: &[&str], rendered: &str) -> String {
    let is_of = |line: &str, name: &str| {
        let line = line.strip_prefix("# TYPE ").unwrap_or(line);
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with([' ', '{']))
    };
    let kept = rendered
        .split_inclusive('\n')
        .filter(|line| !names.iter().any(|name| is_of(line, name)));
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_now_is_not_told() {
        let rendered = "# TYPE loket_dead_rows gauge\nloket_dead_rows 0\n\n\
                        # TYPE loket_dead_rows_total counter\nloket_dead_rows_total 7\n\n\
                        # TYPE loket_lane_depth gauge\nloket_lane_depth{kind=\"in\"} 3\n\n";
        assert_eq!(
            without(&["loket_dead_rows", "loket_lane_depth"], rendered),
            "\n# TYPE loket_dead_rows_total counter\nloket_dead_rows_total 7\n\n\n"
        );
        assert_eq!(without(&[], rendered), rendered);
    }
}

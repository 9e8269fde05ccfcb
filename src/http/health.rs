//! `GET /health/live` and `GET /health/ready`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::BoxFuture;
use serde::Serialize;

/// Asks something at each request, such as the database; `Err` is the reason in
/// words.
pub type Probe = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What is still missing before the daemon does its work; cheap to clone.
#[derive(Clone, Default)]
pub struct Readiness {
    /// The reasons by part; empty = ready.
    reasons: Arc<Mutex<BTreeMap<&'static str, String>>>,
    /// What is asked at each request.
    probes: Arc<Mutex<Vec<Probe>>>,
}

impl std::fmt::Debug for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readiness")
            .field("reasons", &self.reasons)
            .finish_non_exhaustive()
    }
}

/// The answer of `/health/ready`.
#[derive(Debug, Serialize)]
struct Answer {
    /// Whether the daemon does its work.
    ready: bool,
    /// Why not.
    reasons: Vec<String>,
}

impl Readiness {
    /// `part` is not ready yet, because of `reason`.
    pub fn missing(&self, part: &'static str, reason: impl Into<String>) {
        self.reasons
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(part, reason.into());
    }

    /// `part` is ready.
    pub fn ready(&self, part: &'static str) {
        self.reasons
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(part);
    }

    /// Asks `probe` at each request.
    pub fn probe(&self, probe: Probe) {
        self.probes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(probe);
    }

    /// Why the daemon is not ready; empty if it is.
    pub async fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> = {
            let known = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
            known.values().cloned().collect()
        };
        let probes: Vec<Probe> = {
            let probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner);
            probes.clone()
        };
        for probe in probes {
            if let Err(reason) = probe().await {
                reasons.push(reason);
            }
        }
        reasons
    }
}

/// The routes.
pub fn router(readiness: Readiness) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "ok" }))
        .route("/health/ready", get(ready))
        .with_state(readiness)
}

/// Says whether the daemon does its work, and why not.
async fn ready(State(readiness): State<Readiness>) -> Response {
    let reasons = readiness.reasons().await;
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let answer = Answer {
        ready: reasons.is_empty(),
        reasons,
    };
    (status, Json(answer)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    /// The status and body of a GET.
    async fn get(readiness: &Readiness, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(readiness.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 65_536).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn ready_says_what_is_missing_until_nothing_is() {
        let readiness = Readiness::default();
        readiness.missing("homeserver", "the homeserver has not answered yet");
        assert_eq!(
            get(&readiness, "/health/ready").await,
            (
                503,
                r#"{"ready":false,"reasons":["the homeserver has not answered yet"]}"#.to_owned()
            )
        );
        readiness.ready("homeserver");
        assert_eq!(
            get(&readiness, "/health/ready").await,
            (200, r#"{"ready":true,"reasons":[]}"#.to_owned())
        );
    }

    #[tokio::test]
    async fn a_failing_probe_makes_it_not_ready_and_leaves_it_alive() {
        let readiness = Readiness::default();
        readiness.probe(Arc::new(|| {
            Box::pin(async { Err("the database does not answer".to_owned()) })
        }));
        assert_eq!(get(&readiness, "/health/ready").await.0, 503);
        assert_eq!(
            get(&readiness, "/health/live").await,
            (200, "ok".to_owned())
        );
    }
}

//! The two doors, and which of them serves what.
//!
//! The private one is for the homeserver and the operator; the public one is all that
//! strangers can reach. Whatever is added to either is a promise to be tested in
//! `tests/it/edge/doors.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::channel::registry::{self, AccountConfig};
use crate::clock::SharedClock;
use crate::http;
use crate::http::health::Readiness;
use crate::http::metrics::Gauges;
use crate::http::operate::Replay;
use crate::intake::Intake;
use crate::matrix::transaction::{self, Endpoint};

/// What stands behind the private door.
#[derive(Clone)]
pub struct Private {
    /// The homeserver's calls.
    pub endpoint: Endpoint,
    /// Whether the daemon does its work.
    pub readiness: Readiness,
    /// Renders what was counted.
    pub recorder: PrometheusHandle,
    /// Sets what is not counted but asked for.
    pub gauges: Gauges,
    /// Replays rows, for whoever knows the homeserver's token.
    pub replay: Replay,
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Private").finish_non_exhaustive()
    }
}

/// The private door: the homeserver's calls, health, metrics, `loket replay`.
pub fn private(behind: Private) -> Router {
    let token = behind.endpoint.hs_token.clone();
    transaction::router(behind.endpoint)
        .merge(http::health::router(behind.readiness))
        .merge(http::metrics::router(behind.recorder, behind.gauges))
        .merge(http::operate::router(token, behind.replay))
}

/// The public door: webhooks, whose bodies must come within `body`.
pub fn public(
    accounts: &[AccountConfig],
    intake: Arc<dyn Intake>,
    clock: SharedClock,
    body: Duration,
) -> Router {
    registry::webhooks(accounts, intake, clock, body)
}

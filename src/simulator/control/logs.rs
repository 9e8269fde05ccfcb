//! `/control/requests` and `/control/deliveries`: what happened lately.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::simulator::hub::Hub;

/// A Graph call.
#[derive(Debug, Clone, Serialize)]
pub(in crate::simulator) struct RequestEntry {
    /// Its number, from 1.
    pub(in crate::simulator) n: u64,
    /// When it came.
    pub(in crate::simulator) at: Timestamp,
    /// The method.
    pub(in crate::simulator) method: String,
    /// Path and query.
    pub(in crate::simulator) path: String,
    /// The body; `None` when there was none or it was not JSON.
    pub(in crate::simulator) body: Option<Value>,
    /// The HTTP status of the answer.
    pub(in crate::simulator) status: u16,
    /// The answer; `None` when no Graph server wrote it.
    pub(in crate::simulator) answer: Option<Value>,
}

/// An attempt to deliver a webhook.
#[derive(Debug, Clone, Serialize)]
pub(in crate::simulator) struct DeliveryEntry {
    /// Its number, from 1.
    pub(in crate::simulator) n: u64,
    /// When it ended.
    pub(in crate::simulator) at: Timestamp,
    /// The account.
    pub(in crate::simulator) phone_number_id: String,
    /// Which attempt of this body it was, from 1.
    pub(in crate::simulator) attempt: u32,
    /// The length of the body.
    pub(in crate::simulator) bytes: usize,
    /// The body: JSON, else text; `null` when it was too long to keep.
    pub(in crate::simulator) body: Value,
    /// The daemon's HTTP status; `None` when it did not answer.
    pub(in crate::simulator) status: Option<u16>,
    /// Why there was no answer.
    pub(in crate::simulator) error: Option<String>,
}

/// The query of both logs.
#[derive(Debug, Deserialize)]
pub(super) struct Since {
    /// Only entries numbered above this one.
    #[serde(default)]
    after: u64,
}

/// `GET /control/requests?after=n`.
pub(super) async fn requests(
    State(hub): State<Arc<Hub>>,
    Query(since): Query<Since>,
) -> Json<Value> {
    let inner = hub.lock();
    let entries: Vec<&RequestEntry> = inner.requests.after(since.after).collect();
    Json(json!({ "requests": entries }))
}

/// `GET /control/deliveries?after=n`.
pub(super) async fn deliveries(
    State(hub): State<Arc<Hub>>,
    Query(since): Query<Since>,
) -> Json<Value> {
    let inner = hub.lock();
    let entries: Vec<&DeliveryEntry> = inner.deliveries.after(since.after).collect();
    Json(json!({ "deliveries": entries }))
}

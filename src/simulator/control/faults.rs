//! `/control/faults`: what is to go wrong.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Map, Value, json};

use super::input::{Input, Refused};
use crate::simulator::hub::Hub;

/// `POST /control/faults`: adds one.
pub(super) async fn add(
    State(hub): State<Arc<Hub>>,
    Input(form): Input<Map<String, Value>>,
) -> Result<Json<Value>, Refused> {
    let mut inner = hub.lock();
    let fault = inner.faults.add(form).map_err(Refused::wrong)?;
    Ok(Json(json!(fault)))
}

/// `GET /control/faults`: those that stand.
pub(super) async fn list(State(hub): State<Arc<Hub>>) -> Json<Value> {
    Json(json!({"faults": hub.lock().faults.list()}))
}

/// `DELETE /control/faults`: removes all.
pub(super) async fn clear(State(hub): State<Arc<Hub>>) -> Json<Value> {
    let mut inner = hub.lock();
    let removed = inner.faults.list().len();
    inner.faults.clear();
    Json(json!({ "removed": removed }))
}

/// `DELETE /control/faults/{id}`: removes one.
pub(super) async fn remove(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<u64>,
) -> Result<Json<Value>, Refused> {
    if hub.lock().faults.remove(id) {
        Ok(Json(json!({"removed": 1})))
    } else {
        Err(Refused::missing("no fault has this id"))
    }
}

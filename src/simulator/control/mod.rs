//! The control API and the page: what a test or a person tells the customers
//! to do, and which faults to play. `docs/simulator.md` is its reference.

mod accounts;
mod customers;
mod faults;
mod input;
pub(super) mod logs;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, extract::DefaultBodyLimit};
use serde_json::{Value, json};

use super::hub::Hub;

/// The page with the phones.
const PAGE: &str = include_str!("page.html");

/// What the page may do: its own script and style, calls to this server.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The largest body: webhooks of 3 MB and more, to see them refused.
const BODY_LIMIT: usize = 16 << 20;

/// The paths of the control API, and the page.
pub(super) fn router() -> Router<Arc<Hub>> {
    Router::new()
        .route("/", get(page))
        .route("/control/health", get(health))
        .route("/control/accounts", get(accounts::list))
        .route("/control/accounts/{phone_number_id}", put(accounts::put))
        .route("/control/customers", get(customers::list))
        .route("/control/customers/{customer}", put(customers::put))
        .route(
            "/control/customers/{customer}/messages",
            post(customers::write),
        )
        .route("/control/customers/{customer}/read", post(customers::read))
        .route(
            "/control/customers/{customer}/received",
            get(customers::received),
        )
        .route(
            "/control/customers/{customer}/conversation",
            get(customers::conversation),
        )
        .route("/control/webhooks", post(webhooks::post))
        .route(
            "/control/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route("/control/faults/{id}", delete(faults::remove))
        .route("/control/requests", get(logs::requests))
        .route("/control/deliveries", get(logs::deliveries))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// `GET /`.
async fn page() -> Response {
    let headers: [(HeaderName, &str); 2] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(PAGE)).into_response()
}

/// `GET /control/health`.
async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

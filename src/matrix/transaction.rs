//! The homeserver's calls: `PUT /_matrix/app/v1/transactions/{txnId}` and its
//! neighbours.
//!
//! A transaction is stored before it is acknowledged. A homeserver repeats a
//! transaction that was not acknowledged for ever, with nothing behind it; so what
//! cannot be understood is kept as text and acknowledged. Only a database that is
//! not available (503) and a wrong token are refused.
//!
//! The transaction's id is a hint for logs: homeservers begin counting anew.

mod body;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post, put};
use axum::{Json, Router};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use subtle::ConstantTimeEq;

use crate::clock::SharedClock;
use crate::intake::{Intake, Unavailable};

pub use body::read;

/// The most bytes of a body: 100 events of 64 KiB and as many ephemeral ones are
/// about 13 MB. Above it the answer is 413, which stops the homeserver.
const LIMIT: usize = 32 * 1024 * 1024;

/// How much of a transaction's id is told in logs.
const LONGEST_ID: usize = 64;

/// What the endpoint needs.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where transactions are stored.
    pub intake: Arc<dyn Intake>,
    /// What the homeserver must show (`hs_token` of the registration).
    pub hs_token: SecretString,
    /// The time.
    pub clock: SharedClock,
}

/// What all calls share.
#[derive(Debug, Clone)]
struct Inner {
    /// What the endpoint was given.
    endpoint: Endpoint,
    /// The number of the last transaction, as far as homeservers number them.
    last: Arc<AtomicI64>,
}

impl Inner {
    /// Whether the transaction with this id has a smaller number than the one before:
    /// a homeserver that begins counting anew was restarted. The same number again
    /// is only a repetition.
    fn goes_back(&self, id: &str) -> bool {
        id.parse::<i64>()
            .is_ok_and(|number| number < self.last.swap(number, Ordering::Relaxed))
    }
}

/// The homeserver's routes.
pub fn router(endpoint: Endpoint) -> Router {
    let inner = Inner {
        endpoint: endpoint.clone(),
        last: Arc::default(),
    };
    Router::new()
        .route("/_matrix/app/v1/transactions/{txn}", put(transaction))
        .route("/_matrix/app/v1/users/{user}", get(unknown))
        .route("/_matrix/app/v1/rooms/{alias}", get(unknown))
        .route("/_matrix/app/v1/ping", post(ping))
        .route("/_matrix/app/{*rest}", any(unrecognized))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LIMIT))
        .layer(middleware::from_fn_with_state(endpoint, authorize))
        .with_state(inner)
}

/// Lets only the homeserver through.
async fn authorize(State(endpoint): State<Endpoint>, request: Request, next: Next) -> Response {
    match bearer(request.headers()) {
        None => refusal(StatusCode::UNAUTHORIZED, "M_UNAUTHORIZED"),
        Some(token) if !is_same(token, endpoint.hs_token.expose_secret()) => {
            refusal(StatusCode::FORBIDDEN, "M_FORBIDDEN")
        }
        Some(_) => next.run(request).await,
    }
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

/// Compares in a time that tells nothing of where the two differ. An empty token
/// is nobody's.
fn is_same(token: &[u8], expected: &str) -> bool {
    !expected.is_empty() && bool::from(token.ct_eq(expected.as_bytes()))
}

/// Stores a transaction.
async fn transaction(
    State(inner): State<Inner>,
    id: Result<Path<String>, PathRejection>,
    received: Result<Bytes, BytesRejection>,
) -> Response {
    // A hint for logs: one that is no text, or endless, is no reason to refuse. A line
    // feed in it must not look like the next line.
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let id: String = id
        .chars()
        .filter(char::is_ascii_graphic)
        .take(LONGEST_ID)
        .collect();
    let received = match received {
        Ok(received) => received,
        Err(rejection) => {
            let status = rejection.status();
            tracing::error!(
                transaction = id,
                %status,
                "a transaction could not be received: the homeserver will repeat it",
            );
            if status != StatusCode::PAYLOAD_TOO_LARGE {
                let sign = "a transaction broke off";
                inner.endpoint.intake.homeserver_interrupted(sign).await;
            }
            return refusal(status, "M_TOO_LARGE");
        }
    };
    let endpoint = &inner.endpoint;
    if inner.goes_back(&id) {
        let sign = "transactions are counted anew";
        endpoint.intake.homeserver_interrupted(sign).await;
    }
    let transaction = read(id, &received, endpoint.clock.now());
    if !transaction.parked.is_empty() {
        tracing::warn!(
            transaction = transaction.id,
            parked = transaction.parked.len(),
            "a transaction holds what cannot be read: kept as it is",
        );
    }
    match endpoint.intake.accept_transaction(transaction).await {
        Ok(()) => Json(json!({})).into_response(),
        Err(Unavailable) => refusal(StatusCode::SERVICE_UNAVAILABLE, "M_UNKNOWN"),
    }
}

/// Our users and rooms exist before anybody can name them: whoever asks about an
/// unknown one asks about nobody.
async fn unknown() -> Response {
    refusal(StatusCode::NOT_FOUND, "M_NOT_FOUND")
}

/// The homeserver tries whether it reaches us.
async fn ping() -> Response {
    Json(json!({})).into_response()
}

/// Calls that we do not know, such as those of third-party networks.
async fn unrecognized() -> Response {
    refusal(StatusCode::NOT_FOUND, "M_UNRECOGNIZED")
}

/// A known path with another method.
async fn wrong_method() -> Response {
    refusal(StatusCode::METHOD_NOT_ALLOWED, "M_UNRECOGNIZED")
}

/// A Matrix error.
fn refusal(status: StatusCode, code: &str) -> Response {
    let text = status.canonical_reason().unwrap_or("error");
    (status, Json(json!({ "errcode": code, "error": text }))).into_response()
}

#[cfg(test)]
mod tests;

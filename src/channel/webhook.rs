//! The HTTP side of webhooks, the same for every channel: `/webhooks/{account}`.
//!
//! Bodies are read as raw bytes, checked, read by the channel and stored through
//! [`Intake`] before the answer. Answers: 200 with an empty body (understood or
//! not) · 401 wrong signature · 403 wrong verification · 404 unknown account ·
//! 405 wrong method · 408 a body that does not come · 413 body over
//! [`LARGEST_BODY`] · 503 the database is not available.
//!
//! Nobody has shown who they are before the body's end. So what strangers can make
//! us keep is bounded: a body without a signature is thrown away as it comes, and
//! only [`MOST_LARGE`] bodies at a time may grow beyond [`SMALL_BODY`].

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::Semaphore;

use super::refused::Refused;
use crate::clock::SharedClock;
use crate::domain::ids::AccountId;
use crate::intake::{Intake, Routed, Webhook};

/// The largest body that is taken, in bytes. Meta's limit is 3 MB.
pub const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// How much of a body that is too large is read and thrown away, so that its
/// sender reads our answer instead of a broken connection.
const DRAINED: usize = 4 * LARGEST_BODY;

/// The size up to which a body is taken at once, in bytes; nearly all are smaller.
const SMALL_BODY: usize = 16 * 1024;

/// How many bodies beyond [`SMALL_BODY`] are kept at a time; more of them wait.
const MOST_LARGE: usize = 16;

/// How long a body may take to come.
pub const BODY_LIMIT: Duration = Duration::from_secs(30);

/// The routes of all webhooks, to be put into the public listener.
pub type Routes = Router;

/// A webhook's parameters.
pub type Parameters = HashMap<String, String>;

/// What a channel does with an account's webhook.
pub trait Hook: Debug + Send + Sync {
    /// The answer to the provider's question whether the address is ours; `None`
    /// if it asks with a wrong token.
    fn verification(&self, parameters: &Parameters) -> Option<String>;

    /// The name of the header with the signature.
    fn signature_header(&self) -> &'static str;

    /// Whether `signature` is the provider's for `body`.
    fn is_signed(&self, signature: &str, body: &[u8]) -> bool;

    /// The account of ours that the provider calls `name`, here or in another account
    /// of the channel.
    fn account_of(&self, name: &str) -> Option<AccountId>;

    /// Reads a body from its piece number `first` on, as far as is good at once, and
    /// routes what it holds.
    fn read(&self, body: &[u8], first: usize) -> Reading;
}

/// What a body holds.
#[derive(Debug)]
pub struct Reading {
    /// The updates in the order in which they happened.
    pub updates: Vec<Routed>,
    /// What of the body as a whole was not understood.
    pub unparsed: Option<String>,
    /// The number of the piece from which on there are more.
    pub next: Option<usize>,
}

impl Reading {
    /// What of the body as a whole is not taken in with these updates.
    fn missing(&self) -> Option<String> {
        match (&self.unparsed, self.next) {
            (unparsed, None) => unparsed.clone(),
            (None, Some(_)) => Some("too many".to_owned()),
            (Some(unparsed), Some(_)) => Some(format!("{unparsed}, too many")),
        }
    }
}

/// What the handlers share.
#[derive(Debug)]
struct Door {
    /// The accounts that have a webhook.
    hooks: HashMap<AccountId, Arc<dyn Hook>>,
    /// Where everything is stored.
    intake: Arc<dyn Intake>,
    /// The time.
    clock: SharedClock,
    /// One for each body that may grow large.
    large: Semaphore,
    /// What was refused for want of a signature.
    refused: Refused,
    /// How long a body may take to come.
    limit: Duration,
}

impl Door {
    /// The account of a path and its hook; `None` if there is none, also if the name
    /// is no text.
    fn find(
        &self,
        account: Result<Path<String>, PathRejection>,
    ) -> Option<(AccountId, &Arc<dyn Hook>)> {
        let account = AccountId::from(account.ok()?.0);
        let hook = self.hooks.get(&account)?;
        Some((account, hook))
    }
}

/// The routes for `hooks`; bodies must come within `limit`.
pub(super) fn routes(
    hooks: HashMap<AccountId, Arc<dyn Hook>>,
    intake: Arc<dyn Intake>,
    clock: SharedClock,
    limit: Duration,
) -> Routes {
    let door = Door {
        hooks,
        intake,
        clock,
        large: Semaphore::new(MOST_LARGE),
        refused: Refused::default(),
        limit,
    };
    Router::new()
        .route(
            "/webhooks/{account}",
            // Without a word about it, `GET` would answer `HEAD` too.
            get(verify).post(receive).head(not_allowed),
        )
        .with_state(Arc::new(door))
}

/// `HEAD`: nobody has a reason to ask.
async fn not_allowed() -> Response {
    let allowed = [(header::ALLOW, "GET,POST")];
    (StatusCode::METHOD_NOT_ALLOWED, allowed).into_response()
}

/// `GET`: shows the provider that the address is ours.
async fn verify(
    State(door): State<Arc<Door>>,
    account: Result<Path<String>, PathRejection>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    let Some((_, hook)) = door.find(account) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let parameters = parameters.map(|Query(parameters)| parameters);
    let parameters = parameters.unwrap_or_default();
    let Some(challenge) = hook.verification(&parameters) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    // Plain text, so that nobody's browser runs what it is told to repeat.
    let plain = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (plain, challenge).into_response()
}

/// `POST`: stores what the provider tells.
async fn receive(
    State(door): State<Arc<Door>>,
    account: Result<Path<String>, PathRejection>,
    request: Request,
) -> StatusCode {
    let (parts, body) = request.into_parts();
    let Some((account, hook)) = door.find(account) else {
        return whole(body, Keep::Nothing, door.limit)
            .await
            .map_or_else(|status| status, |_nothing| StatusCode::NOT_FOUND);
    };
    let received_at = door.clock.now();
    let signature = text(&parts.headers, hook.signature_header());
    let keep = match signature {
        "" => Keep::Nothing,
        _ => Keep::All(&door.large),
    };
    let body = match whole(body, keep, door.limit).await {
        Ok(body) => body,
        Err(status) => return status,
    };
    if signature.is_empty() || !hook.is_signed(signature, &body) {
        if let Some(refused) = door.refused.count(&account, received_at) {
            tracing::warn!(
                account.id = %account,
                refused,
                "webhook refused: wrong or missing signature"
            );
        }
        return StatusCode::UNAUTHORIZED;
    }
    let reading = hook.read(&body, 0);
    let unparsed = reading.missing();
    let updates = reading.updates;
    let unrouted = updates.iter().filter(|one| one.account.is_none()).count();
    tracing::info!(
        account.id = %account,
        bytes = body.len(),
        updates = updates.len(),
        unrouted,
        unparsed = unparsed.as_deref().unwrap_or_default(),
        "webhook received"
    );
    let webhook = Webhook {
        account,
        received_at,
        body,
        updates,
        unparsed,
    };
    match door.intake.accept_webhook(webhook).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::error!(%error, "webhook not stored; the provider will try again");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// A header's text; empty if it is missing or not text.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// What of a body is kept.
enum Keep<'a> {
    /// Nothing: it is only read so that its sender reads our answer.
    Nothing,
    /// All; a large one when it is its turn.
    All(&'a Semaphore),
}

/// The whole body if it comes within `limit`, or the status that refuses it.
async fn whole(body: Body, keep: Keep<'_>, limit: Duration) -> Result<Bytes, StatusCode> {
    tokio::time::timeout(limit, collected(body, keep))
        .await
        .unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
}

/// Reads a body to its end, as far as it is worth it.
async fn collected(body: Body, keep: Keep<'_>) -> Result<Bytes, StatusCode> {
    let mut chunks = body.into_data_stream();
    let mut kept = BytesMut::new();
    let mut length = 0;
    let mut turn = None;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.or(Err(StatusCode::BAD_REQUEST))?;
        length += chunk.len();
        if length > DRAINED {
            break;
        }
        if length > LARGEST_BODY {
            kept = BytesMut::new();
            continue;
        }
        let Keep::All(large) = &keep else { continue };
        if length > SMALL_BODY && turn.is_none() {
            turn = large.acquire().await.ok();
        }
        kept.extend_from_slice(&chunk);
    }
    if length > LARGEST_BODY {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(kept.freeze())
}

#[cfg(test)]
mod tests;

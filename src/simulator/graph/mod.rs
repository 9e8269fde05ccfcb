//! What the daemon calls: the Graph API of a business number.
//!
//! `request` reads a body as strictly as Meta does, `send` applies the rules
//! and takes a message, `answer` has the shapes of errors, `number` describes
//! the business number.

pub(super) mod answer;
mod fields;
mod number;
pub(super) mod pace;
mod request;
mod send;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::control::logs::RequestEntry;
use super::hub::{Hub, Inner};
use super::world::message::Author;
use answer::{Answer, GraphError};
use request::{Read, Request};

/// How long a typing indicator shows.
const TYPING: jiff::SignedDuration = jiff::SignedDuration::from_secs(25);

/// How old a message may be to be marked as read.
const READ_LIMIT: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 30);

/// The paths of the Graph API.
pub(super) fn router() -> Router<Arc<Hub>> {
    Router::new()
        .route("/{version}/{phone_number_id}/messages", post(messages))
        .route("/{version}/{phone_number_id}", get(describe))
        .route("/{version}/{waba_id}/subscribed_apps", get(subscribed_apps))
}

/// `POST /{version}/{phone_number_id}/messages`.
async fn messages(
    State(hub): State<Arc<Hub>>,
    Path((version, number)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parsed: Option<Value> = serde_json::from_slice(&body).ok();
    let answer = {
        let mut inner = hub.lock();
        let answer = check(&inner, &version, &number, &headers)
            .and_then(|()| request::parse(parsed.as_ref()))
            .and_then(|request| act(&hub, &mut inner, &number, &request))
            .unwrap_or_else(Answer::from);
        let answer = answer.traced(hub.clock.as_ref());
        log(&hub, &mut inner, &Method::POST, &uri, parsed, &answer);
        answer
    };
    answer.respond(&hub.stop).await
}

/// Does what a valid body asks for.
fn act(
    hub: &Hub,
    inner: &mut Inner,
    number: &str,
    request: &Request,
) -> Result<Answer, GraphError> {
    match request {
        Request::Send(message) => send::send(hub, inner, number, message),
        Request::Read(read) => mark_read(hub, inner, number, read),
    }
}

/// Marks a customer's message and the ones before it as read, and shows the
/// business as typing.
fn mark_read(
    hub: &Hub,
    inner: &mut Inner,
    number: &str,
    read: &Read,
) -> Result<Answer, GraphError> {
    let now = hub.now();
    let wrong = || GraphError::of(131_009).details("message_id: no such message from a customer");
    let message = inner.world.messages.find(&read.message_id);
    let message = message
        .filter(|message| message.phone_number_id == number)
        .filter(|message| message.author() == Author::Customer)
        .filter(|message| now.duration_since(message.at) < READ_LIMIT)
        .ok_or_else(wrong)?;
    let customer = message.customer.clone().ok_or_else(wrong)?;
    let mut earlier: Vec<String> = Vec::new();
    for message in inner.world.messages.of(&customer) {
        if message.phone_number_id == number && message.author() == Author::Customer {
            earlier.push(message.id.clone());
        }
        if message.id == read.message_id {
            break;
        }
    }
    for id in earlier {
        if let Some(message) = inner.world.messages.find_mut(&id) {
            message.seen = true;
        }
    }
    if read.typing {
        inner.typing.retain(|_, until| *until > now);
        inner
            .typing
            .insert((number.to_owned(), customer), now + TYPING);
    }
    hub.touch();
    Ok(Answer::ok(json!({"success": true})))
}

/// `GET /{version}/{phone_number_id}?fields=…`.
async fn describe(
    State(hub): State<Arc<Hub>>,
    Path((version, number)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let answer = {
        let mut inner = hub.lock();
        let answer = check(&inner, &version, &number, &headers)
            .and_then(|()| number::describe(&inner, &number, query.as_deref()))
            .unwrap_or_else(Answer::from)
            .traced(hub.clock.as_ref());
        log(&hub, &mut inner, &Method::GET, &uri, None, &answer);
        answer
    };
    answer.respond(&hub.stop).await
}

/// `GET /{version}/{waba_id}/subscribed_apps`.
async fn subscribed_apps(
    State(hub): State<Arc<Hub>>,
    Path((version, waba)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let answer = {
        let mut inner = hub.lock();
        let numbers = inner.world.accounts.values();
        let mut numbers = numbers.filter(|account| account.setting.waba_id == waba);
        let number = numbers
            .next()
            .map(|account| account.phone_number_id.clone());
        let answer = number
            .ok_or_else(|| GraphError::no_such_object(&waba))
            .and_then(|number| check(&inner, &version, &number, &headers))
            .map_or_else(Answer::from, |()| number::subscribed_apps(&inner, &waba))
            .traced(hub.clock.as_ref());
        log(&hub, &mut inner, &Method::GET, &uri, None, &answer);
        answer
    };
    answer.respond(&hub.stop).await
}

/// Any path this version does not play.
pub(super) async fn unknown_path(
    State(hub): State<Arc<Hub>>,
    method: Method,
    uri: Uri,
) -> Response {
    let details = format!("{method} {} is not played by this simulator", uri.path());
    let error = GraphError::unsupported(method.as_str(), uri.path()).details(&details);
    let answer = Answer::from(error).traced(hub.clock.as_ref());
    log(&hub, &mut hub.lock(), &method, &uri, None, &answer);
    answer.respond(&hub.stop).await
}

/// Checks version, token and number of a call.
fn check(
    inner: &Inner,
    version: &str,
    number: &str,
    headers: &HeaderMap,
) -> Result<(), GraphError> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(GraphError::bad_token)?;
    let mut accounts = inner.world.accounts.values();
    if !accounts.any(|account| account.setting.access_token == token) {
        return Err(GraphError::bad_token());
    }
    if !is_version(version) {
        return Err(GraphError::unknown_component(version));
    }
    // A number one has no permission for looks like one that does not exist.
    match inner.world.accounts.get(number) {
        Some(account) if account.setting.access_token == token => Ok(()),
        _ => Err(GraphError::no_such_object(number)),
    }
}

/// Whether a path starts like `v26.0`.
fn is_version(version: &str) -> bool {
    let number = version.strip_prefix('v').and_then(|v| v.split_once('.'));
    let digits =
        |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    number.is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// Keeps a request for `GET /control/requests`.
fn log(
    hub: &Hub,
    inner: &mut Inner,
    method: &Method,
    uri: &Uri,
    body: Option<Value>,
    answer: &Answer,
) {
    let at = hub.now();
    let path = uri
        .path_and_query()
        .map_or_else(String::new, ToString::to_string);
    let bytes = body.as_ref().map_or(0, |body| body.to_string().len());
    inner.requests.push(bytes + 512, |n| RequestEntry {
        n,
        at,
        method: method.to_string(),
        path,
        body,
        status: answer.status(),
        answer: answer.body().cloned(),
    });
}

//! The Graph API's client.
//!
//! It tells apart what the rest of the desk depends on: a request that certainly
//! never started, one that the API answered with an error of its own, and one of
//! which nobody knows what became. There is no idempotency key in the API, so
//! nothing is ever repeated here (but for requests which HTTP/2 itself says were
//! not looked at).

use std::error::Error;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::errors::GraphError;
use super::wire;

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the answer has been read, from the beginning.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(20),
        }
    }
}

/// The HTTP client could not be set up (no TLS roots, or a base address that
/// cannot have a path).
#[derive(Debug, thiserror::Error)]
#[error("the client of the Graph API could not be set up")]
pub struct SetupError(#[source] Option<reqwest::Error>);

/// A request that brought no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// It failed before its first byte left: certainly not accepted.
    NotSent {
        /// Why, for the log; holds no address and no secret.
        detail: String,
    },
    /// The API answered with an error.
    Graph {
        /// The HTTP status.
        status: u16,
        /// The error.
        error: Box<GraphError>,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
    },
    /// It may have been accepted.
    Unknown {
        /// Why, for the log; holds no address and no secret.
        detail: String,
    },
}

/// A client for one access token.
#[derive(Debug, Clone)]
pub struct Client {
    /// Connections.
    http: reqwest::Client,
    /// The address before the path, with the version.
    base: Url,
    /// The access token.
    token: SecretString,
}

impl Client {
    /// A client for `base` (`https://graph.facebook.com`) and `version` (`v26.0`).
    ///
    /// # Errors
    /// [`SetupError`]: the configuration or the machine must be mended.
    pub fn new(
        base: &Url,
        version: &str,
        token: SecretString,
        timeouts: Timeouts,
    ) -> Result<Self, SetupError> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("loket/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.total)
            // A redirected POST would carry the token and the text elsewhere.
            .redirect(Policy::none())
            .build()
            .map_err(|error| SetupError(Some(error)))?;
        let base = joined(base, &[version]).ok_or(SetupError(None))?;
        Ok(Self { http, base, token })
    }

    /// Posts `body` to the path made of `segments`; answers the JSON of a success.
    ///
    /// # Errors
    /// [`CallError`]: only `NotSent`, and what `Graph` allows, may be repeated.
    pub async fn post(&self, segments: &[&str], body: &Value) -> Result<Value, CallError> {
        let url = joined(&self.base, segments).ok_or_else(|| CallError::NotSent {
            detail: "the address cannot have a path".to_owned(),
        })?;
        let request = self
            .http
            .post(url)
            .bearer_auth(self.token.expose_secret())
            .json(body);
        let answer = request.send().await.map_err(|error| failed(&error))?;
        let status = answer.status();
        let retry_after = retry_after(&answer);
        let body = bounded(answer).await?;
        let unreadable = || CallError::Unknown {
            detail: format!(
                "HTTP {} without an answer of the Graph API",
                status.as_u16()
            ),
        };
        let value = wire::read(&body).ok().ok_or_else(unreadable)?;
        if let Some(error) = GraphError::from_answer(&value) {
            return Err(CallError::Graph {
                status: status.as_u16(),
                error: Box::new(error),
                retry_after,
            });
        }
        if status.is_success() {
            Ok(value)
        } else {
            Err(unreadable())
        }
    }
}

/// `base` with `segments` added to its path, each escaped.
fn joined(base: &Url, segments: &[&str]) -> Option<Url> {
    let mut url = base.clone();
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(segments);
    Some(url)
}

/// What a request that got no answer means.
fn failed(error: &reqwest::Error) -> CallError {
    let detail = reason(error);
    if error.is_connect() || error.is_builder() {
        CallError::NotSent { detail }
    } else {
        CallError::Unknown { detail }
    }
}

/// The innermost cause: the outer ones print the address.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

/// The whole body, unless it is too long or cut off.
async fn bounded(mut answer: reqwest::Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    loop {
        let chunk = answer.chunk().await.map_err(|error| CallError::Unknown {
            detail: reason(&error),
        })?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(CallError::Unknown {
                detail: "the answer is too long".to_owned(),
            });
        }
        body.extend_from_slice(&chunk);
    }
}

/// The seconds in `Retry-After`; its form with a date is not used by Meta.
fn retry_after(answer: &reqwest::Response) -> Option<Duration> {
    let value = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

//! The Graph API's client.
//!
//! It tells apart what the rest of the desk depends on: a request that certainly
//! never started, one that the API answered with an error of its own, and one of
//! which nobody knows what became. There is no idempotency key in the API, so
//! nothing is ever repeated here (but for requests which HTTP/2 itself says were
//! not looked at).

use std::error::Error;
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::errors::GraphError;
use crate::json;

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// The longest wait that is believed: the API's own limits are those of an hour. A
/// mistaken answer must not silence a number for days.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

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

    /// Gets the path made of `segments` with a query; answers the JSON of a success.
    ///
    /// # Errors
    /// [`CallError`]; asking changes nothing and may be repeated.
    pub async fn get(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Value, CallError> {
        let mut url = joined(&self.base, segments).ok_or_else(|| CallError::NotSent {
            detail: "the address cannot have a path".to_owned(),
        })?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.answer(self.http.get(url)).await
    }

    /// Posts `body` to the path made of `segments`; answers the JSON of a success.
    ///
    /// # Errors
    /// [`CallError`]: only `NotSent`, and what `Graph` allows, may be repeated.
    pub async fn post(&self, segments: &[&str], body: &Value) -> Result<Value, CallError> {
        let url = joined(&self.base, segments).ok_or_else(|| CallError::NotSent {
            detail: "the address cannot have a path".to_owned(),
        })?;
        self.answer(self.http.post(url).json(body)).await
    }

    /// Sends a request with the token and reads its answer.
    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Value, CallError> {
        let request = request.bearer_auth(self.token.expose_secret());
        let answer = request.send().await.map_err(|error| failed(&error))?;
        let status = answer.status();
        let retry_after = retry_after(answer.headers());
        let body = bounded(answer).await?;
        let unreadable = || CallError::Unknown {
            detail: format!(
                "HTTP {} without an answer of the Graph API",
                status.as_u16()
            ),
        };
        let body = json::body(&body).ok().ok_or_else(unreadable)?;
        let (value, _spoiled) = json::value(&body);
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

/// How long the API asks us to wait: seconds, or a date, which a proxy before it may
/// write. The date is read by the clock of whoever wrote it.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time, too.
        let asked = text.parse().map_or(LONGEST_WAIT, Duration::from_secs);
        return Some(asked.min(LONGEST_WAIT));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok();
    let now = date(headers.get(DATE)?.to_str().ok()?)?;
    let wait = date(text)?.duration_since(&now);
    Some(
        Duration::try_from(wait)
            .unwrap_or_default()
            .min(LONGEST_WAIT),
    )
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::seconds("7", Some(7))]
    #[case::spaces(" 7 ", Some(7))]
    #[case::none("0", Some(0))]
    #[case::date("Sat, 21 Nov 2026 07:00:10 GMT", Some(10))]
    #[case::past("Sat, 21 Nov 2026 06:59:00 GMT", Some(0))]
    #[case::next_year("Sun, 21 Nov 2027 07:00:00 GMT", Some(3_600))]
    #[case::a_day("86400", Some(3_600))]
    #[case::more_than_a_clock_has("9000000000000000000", Some(3_600))]
    #[case::beyond_any_number("99999999999999999999999", Some(3_600))]
    #[case::negative("-7", None)]
    #[case::empty("", None)]
    #[case::nonsense("soon", None)]
    fn what_the_api_asks_for_is_believed_up_to_an_hour(
        #[case] asked: &'static str,
        #[case] seconds: Option<u64>,
    ) {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(asked));
        headers.insert(
            DATE,
            HeaderValue::from_static("Sat, 21 Nov 2026 07:00:00 GMT"),
        );
        assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs));
    }

    #[test]
    fn a_date_without_the_writers_clock_says_nothing() {
        let mut headers = HeaderMap::new();
        assert_eq!(retry_after(&headers), None);
        let date = HeaderValue::from_static("Sat, 21 Nov 2026 07:00:10 GMT");
        headers.insert(RETRY_AFTER, date);
        assert_eq!(retry_after(&headers), None);
    }
}

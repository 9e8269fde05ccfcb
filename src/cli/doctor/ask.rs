//! Requests with a limit, and answers in words. Nothing here prints a header or an
//! address: both may hold secrets.

use std::error::Error;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::{Method, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// The most bytes of an answer that are read.
const LARGEST: usize = 1024 * 1024;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The body, if it is JSON.
    pub(super) body: Value,
    /// The body as it came.
    pub(super) text: String,
    /// What time the other side says it is.
    pub(super) date: Option<Timestamp>,
    /// How long it took.
    pub(super) took: Duration,
}

impl Answer {
    /// Whether it says yes.
    pub(super) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The Matrix error's name; else the HTTP status.
    pub(super) fn code(&self) -> String {
        let code = self.body.get("errcode").and_then(Value::as_str);
        code.map_or_else(|| format!("HTTP {}", self.status), ToOwned::to_owned)
    }

    /// A text in the body.
    pub(super) fn text_at(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str)
    }
}

/// Connections that follow nobody and wait for nobody.
///
/// # Errors
/// The machine's TLS cannot be set up.
pub(super) fn connections() -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .user_agent(concat!("loket-doctor/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| format!("connections cannot be set up: {}", reason(&error)))
}

/// Sends a request and reads its answer.
///
/// # Errors
/// Why there is none, in words.
pub(super) async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, String> {
    let begun = Instant::now();
    let mut response = request.send().await.map_err(|error| reason(&error))?;
    let status = response.status().as_u16();
    let date = date(&response);
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        read.extend_from_slice(&chunk);
        if read.len() > LARGEST {
            return Err("the answer is too long".to_owned());
        }
    }
    Ok(Answer {
        status,
        body: serde_json::from_slice(&read).unwrap_or_default(),
        text: String::from_utf8_lossy(&read).into_owned(),
        date,
        took: begun.elapsed(),
    })
}

/// What time an answer says it is.
fn date(response: &Response) -> Option<Timestamp> {
    let text = response.headers().get("date")?.to_str().ok()?;
    Some(rfc2822::parse(text).ok()?.timestamp())
}

/// The innermost cause: the outer ones print the address.
pub(super) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

/// Asks the homeserver with the application service's token.
#[derive(Debug)]
pub(super) struct Asker {
    /// Connections.
    http: reqwest::Client,
    /// The homeserver's address.
    address: Url,
    /// The token.
    token: SecretString,
}

impl Asker {
    /// One that has not asked yet.
    ///
    /// # Errors
    /// As [`connections`].
    pub(super) fn new(address: &Url, token: &SecretString) -> Result<Self, String> {
        Ok(Self {
            http: connections()?,
            address: address.clone(),
            token: token.clone(),
        })
    }

    /// Asks on behalf of `user`; without one for the service itself.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        user: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let address = self.address.as_str().trim_end_matches('/');
        let mut url: Url = format!("{address}{path}")
            .parse()
            .map_err(|_error| "the homeserver's address makes no URL".to_owned())?;
        if let Some(user) = user {
            url.query_pairs_mut().append_pair("user_id", user);
        }
        let token = self.token.expose_secret();
        let request = self.http.request(method, url).bearer_auth(token);
        answer(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Posts JSON as `user`.
    ///
    /// # Errors
    /// As [`Asker::ask`].
    pub(super) async fn post(
        &self,
        path: &str,
        user: &str,
        body: &Value,
    ) -> Result<Answer, String> {
        self.ask(Method::POST, path, Some(user), Some(body)).await
    }

    /// Gets as `user`.
    ///
    /// # Errors
    /// As [`Asker::ask`].
    pub(super) async fn get(&self, path: &str, user: &str) -> Result<Answer, String> {
        self.ask(Method::GET, path, Some(user), None).await
    }
}

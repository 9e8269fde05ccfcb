//! Answers and errors in Graph's shapes.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::shutdown::Shutdown;
use crate::simulator::{catalog, ids};

/// An error as a Graph answer carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct GraphError {
    /// The HTTP status.
    http: u16,
    /// Meta's number.
    code: u32,
    /// `error_subcode`.
    subcode: Option<u32>,
    /// `type`.
    kind: &'static str,
    /// `message`.
    message: String,
    /// `error_data.details`; the oldest parts of Graph give none.
    details: Option<String>,
    /// `is_transient`.
    transient: Option<bool>,
    /// The header `Retry-After`, seconds.
    retry_after: Option<u64>,
}

impl GraphError {
    /// The usual error of a code.
    pub(in crate::simulator) fn of(code: u32) -> Self {
        let entry = catalog::find(code);
        Self {
            http: entry.http,
            code,
            subcode: None,
            kind: "OAuthException",
            message: format!("(#{code}) {}", entry.title),
            details: Some(entry.details.to_owned()),
            // The two codes by which all of Graph says "try again".
            transient: matches!(code, 1 | 2).then_some(true),
            retry_after: None,
        }
    }

    /// A parameter is wrong: code 100 and what is wrong with it.
    pub(in crate::simulator) fn parameter(details: &str) -> Self {
        Self::of(100).details(details)
    }

    /// The token is missing or unknown.
    pub(in crate::simulator) fn bad_token() -> Self {
        let mut error = Self::of(190);
        "Invalid OAuth access token - Cannot parse access token".clone_into(&mut error.message);
        error.details = None;
        error
    }

    /// The number does not exist, or is somebody else's.
    pub(in crate::simulator) fn no_such_object(id: &str) -> Self {
        let mut error = Self::of(100);
        error.kind = "GraphMethodException";
        error.message = format!(
            "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to \
             missing permissions, or does not support this operation"
        );
        error.subcode = Some(33);
        error.details = None;
        error
    }

    /// The path starts with something that is no version.
    pub(in crate::simulator) fn unknown_component(part: &str) -> Self {
        let mut error = Self::of(2_500);
        error.message = format!("Unknown path components: /{part}");
        error.details = None;
        error
    }

    /// Nothing answers to this method and path.
    pub(in crate::simulator) fn unsupported(method: &str, path: &str) -> Self {
        let mut error = Self::no_such_object(path);
        error.message = format!("Unsupported {} request: {path}", method.to_lowercase());
        error
    }

    /// With this HTTP status.
    pub(in crate::simulator) fn http(mut self, http: u16) -> Self {
        self.http = http;
        self
    }

    /// With this `error_subcode`.
    pub(in crate::simulator) fn subcode(mut self, subcode: Option<u32>) -> Self {
        self.subcode = subcode;
        self
    }

    /// With these details.
    pub(in crate::simulator) fn details(mut self, details: &str) -> Self {
        self.details = Some(details.to_owned());
        self
    }

    /// With this `is_transient`, if one is given.
    pub(in crate::simulator) fn transient(mut self, transient: Option<bool>) -> Self {
        self.transient = transient.or(self.transient);
        self
    }

    /// With this `Retry-After`.
    pub(in crate::simulator) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The JSON form, still without `fbtrace_id`.
    fn json(&self) -> Value {
        let mut error = Map::new();
        error.insert("message".to_owned(), json!(self.message));
        error.insert("type".to_owned(), json!(self.kind));
        error.insert("code".to_owned(), json!(self.code));
        if let Some(subcode) = self.subcode {
            error.insert("error_subcode".to_owned(), json!(subcode));
        }
        if let Some(transient) = self.transient {
            error.insert("is_transient".to_owned(), json!(transient));
        }
        if let Some(details) = &self.details {
            let data = json!({"messaging_product": "whatsapp", "details": details});
            error.insert("error_data".to_owned(), data);
        }
        json!({ "error": error })
    }
}

/// What a Graph call gets back.
#[derive(Debug)]
pub(in crate::simulator) struct Answer {
    /// The HTTP status.
    http: u16,
    /// The JSON body; `None` is what a gateway writes.
    body: Option<Value>,
    /// The header `Retry-After`, seconds.
    retry_after: Option<u64>,
    /// How long it is withheld.
    hold: Option<Duration>,
}

impl From<GraphError> for Answer {
    fn from(error: GraphError) -> Self {
        Self {
            http: error.http,
            body: Some(error.json()),
            retry_after: error.retry_after,
            hold: None,
        }
    }
}

impl Answer {
    /// A success.
    pub(in crate::simulator) fn ok(body: Value) -> Self {
        Self {
            http: 200,
            body: Some(body),
            retry_after: None,
            hold: None,
        }
    }

    /// A failure that no Graph server wrote.
    pub(in crate::simulator) fn gateway(http: u16) -> Self {
        Self {
            http,
            body: None,
            retry_after: None,
            hold: None,
        }
    }

    /// A gateway's time-out: nothing for `hold`, then 504.
    pub(in crate::simulator) fn withheld(hold: Duration) -> Self {
        Self {
            hold: Some(hold),
            ..Self::gateway(504)
        }
    }

    /// With a new trace id, if it is an error.
    pub(in crate::simulator) fn traced(mut self, clock: &dyn Clock) -> Self {
        let error = self.body.as_mut().and_then(|body| body.get_mut("error"));
        if let Some(error) = error.and_then(Value::as_object_mut) {
            error.insert("fbtrace_id".to_owned(), json!(ids::trace(clock)));
        }
        self
    }

    /// The HTTP status.
    pub(in crate::simulator) fn status(&self) -> u16 {
        self.http
    }

    /// The JSON body, unless a gateway answers.
    pub(in crate::simulator) fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }

    /// The HTTP response, after the time it is withheld or when the stop
    /// begins.
    pub(in crate::simulator) async fn respond(self, stop: &Shutdown) -> Response {
        if let Some(hold) = self.hold {
            tokio::select! {
                () = tokio::time::sleep(hold) => {}
                () = stop.wait() => {}
            }
        }
        let (kind, body) = match &self.body {
            Some(json) => ("application/json; charset=UTF-8", json.to_string()),
            None => (
                "text/html",
                "<html><body>Sorry, something went wrong.</body></html>".to_owned(),
            ),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

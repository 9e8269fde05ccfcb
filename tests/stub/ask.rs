//! A request, read.

use std::collections::HashMap;

use axum::body::Bytes;
use http::{HeaderMap, Method, header};
use serde_json::{Map, Value};

use super::answer::Refusal;

/// A request.
#[derive(Debug)]
pub(super) struct Ask {
    /// Its method.
    pub(super) method: Method,
    /// Its path as it was written.
    pub(super) path: String,
    /// Its path's parts, decoded.
    pub(super) parts: Vec<String>,
    /// Its query.
    pub(super) query: HashMap<String, String>,
    /// The token it shows.
    pub(super) token: Option<String>,
    /// Its body.
    pub(super) body: Bytes,
}

impl Ask {
    /// Reads a request.
    ///
    /// # Errors
    /// A path whose parts are no text.
    pub(super) fn read(
        method: Method,
        uri: &http::Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Self, Refusal> {
        let parts: Option<Vec<String>> = uri.path().split('/').skip(1).map(decoded).collect();
        let parts = parts.ok_or_else(|| Refusal::bad("M_INVALID_PARAM", "Path is not UTF-8"))?;
        let query = uri.query().unwrap_or_default().as_bytes();
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned);
        Ok(Self {
            method,
            path: uri.path().to_owned(),
            parts,
            query: url::form_urlencoded::parse(query).into_owned().collect(),
            token,
            body,
        })
    }

    /// The body as an object.
    ///
    /// # Errors
    /// It is not JSON, or not an object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(body)) => Ok(body),
            Ok(_) => Err(Refusal::bad("M_BAD_JSON", "Content must be a JSON object.")),
            Err(_) => Err(Refusal::bad("M_NOT_JSON", "Content not JSON.")),
        }
    }

    /// The same where a body may be left out.
    ///
    /// # Errors
    /// As [`Ask::object`].
    pub(super) fn object_or_none(&self) -> Result<Map<String, Value>, Refusal> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        self.object()
    }

    /// A parameter of the query.
    pub(super) fn param(&self, key: &str) -> Option<&str> {
        self.query.get(key).map(String::as_str)
    }

    /// A whole number of the query.
    ///
    /// # Errors
    /// It is no number, or negative.
    pub(super) fn number(&self, key: &str) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.param(key) else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .or_else(|_| refused(&format!("Query parameter {key} must be an integer")))
    }
}

/// A parameter that cannot be.
fn refused<T>(text: &str) -> Result<T, Refusal> {
    Err(Refusal::bad("M_INVALID_PARAM", text))
}

/// A path's part without its percent signs; `None` if it is no text.
fn decoded(part: &str) -> Option<String> {
    if !part.contains('%') {
        return Some(part.to_owned());
    }
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = tail;
            continue;
        }
        let (digits, after) = tail.split_at_checked(2)?;
        let digits = str::from_utf8(digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

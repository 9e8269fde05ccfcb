//! Answers: a body, or a refusal with Matrix's error code.

use serde_json::{Value, json};

/// What a request comes to.
pub(super) type Asked = Result<Value, Refusal>;

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// `errcode`.
    pub(crate) code: &'static str,
    /// `error`.
    pub(crate) text: String,
    /// `retry_after_ms`.
    pub(crate) retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal.
    pub(super) fn new(status: u16, code: &'static str, text: &str) -> Self {
        Self {
            status,
            code,
            text: text.to_owned(),
            retry_after_ms: None,
        }
    }

    /// Not allowed.
    pub(super) fn forbidden(text: &str) -> Self {
        Self::new(403, "M_FORBIDDEN", text)
    }

    /// Not there.
    pub(super) fn missing(text: &str) -> Self {
        Self::new(404, "M_NOT_FOUND", text)
    }

    /// A body or parameter that cannot be.
    pub(super) fn bad(code: &'static str, text: &str) -> Self {
        Self::new(400, code, text)
    }

    /// Its body.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "errcode": self.code, "error": self.text });
        if let Some(after) = self.retry_after_ms {
            body["retry_after_ms"] = after.into();
        }
        body
    }
}

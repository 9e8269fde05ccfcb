//! Bodies and errors of the control API.

use std::fmt::Display;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

/// A JSON body; a wrong one is refused with a sentence.
#[derive(Debug)]
pub(super) struct Input<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let Json(value) =
            Json::from_request(request, state)
                .await
                .map_err(|error: JsonRejection| Refused {
                    status: error.status(),
                    error: error.body_text(),
                })?;
        Ok(Self(value))
    }
}

/// Why the control API did not do it.
#[derive(Debug)]
pub(super) struct Refused {
    /// The HTTP status.
    status: StatusCode,
    /// A sentence for the caller.
    error: String,
}

impl Refused {
    /// What the path or the body names does not exist.
    pub(super) fn missing(error: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// The body is not as it must be.
    pub(super) fn wrong(error: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    /// Something else is in the way.
    pub(super) fn conflict(error: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, error)
    }

    /// The daemon did not answer.
    pub(super) fn no_answer(error: impl Display) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, error)
    }

    /// A refusal.
    fn new(status: StatusCode, error: impl Display) -> Self {
        Self {
            status,
            error: error.to_string(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.error}))).into_response()
    }
}

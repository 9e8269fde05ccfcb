//! What a homeserver's answer means when it is no success, or when there is none.

use http::{HeaderMap, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::MatrixError;

/// A failure that passes.
pub(super) fn retry(name: &str, what: &str) -> MatrixError {
    MatrixError::Retry {
        after: None,
        detail: format!("{name}: {what}"),
    }
}

/// A connection's failure in words; its own words may hold the address asked for.
pub(super) fn failure(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the request broke off"
    }
}

/// What an answer that is no success means.
pub(super) fn refusal(
    name: &str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> MatrixError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = body.get("errcode").and_then(Value::as_str);
    let is_limit = status == StatusCode::TOO_MANY_REQUESTS || code == Some("M_LIMIT_EXCEEDED");
    match code {
        Some(code) if status.is_client_error() && !is_limit => MatrixError::Refused {
            code: code.to_owned(),
            status: status.as_u16(),
        },
        // A proxy's limit; the homeserver would never see a second try either.
        None if status == StatusCode::PAYLOAD_TOO_LARGE => MatrixError::Refused {
            code: "M_TOO_LARGE".into(),
            status: status.as_u16(),
        },
        // Without a code it is a proxy that speaks, not the homeserver.
        _ => MatrixError::Retry {
            after: wait(headers, &body, now),
            detail: format!("{name}: {status}"),
        },
    }
}

/// How long to wait, by `retry_after_ms` or `Retry-After`.
fn wait(headers: &HeaderMap, body: &Value, now: Timestamp) -> Option<SignedDuration> {
    if let Some(wait) = body.get("retry_after_ms").and_then(Value::as_i64) {
        return Some(SignedDuration::from_millis(wait.max(0)));
    }
    let header = headers.get(header::RETRY_AFTER)?;
    if let Some(seconds) = header
        .to_str()
        .ok()
        .and_then(|text| text.parse::<u32>().ok())
    {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let date = ruma::http_headers::http_date_to_system_time(header).ok()?;
    let date = Timestamp::try_from(date).ok()?;
    Some(now.until(date).ok()?.try_into().ok()?)
        .map(|wait: SignedDuration| wait.max(SignedDuration::ZERO))
}

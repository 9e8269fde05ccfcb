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

/// The longest error code that is carried on: into logs, alarms and decisions.
const LONGEST_CODE: usize = 64;

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
            code: plain(code),
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

/// A code as letters, digits, `_` and `.`: others may come from anywhere.
fn plain(code: &str) -> String {
    code.chars()
        .take(LONGEST_CODE)
        .map(|c| match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '.' => c,
            _ => '_',
        })
        .collect()
}

/// The longest wait that is believed: who asks for more is asked again then. A
/// mistaken answer must not silence the desk for days.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// How long to wait, by `retry_after_ms` or `Retry-After`.
fn wait(headers: &HeaderMap, body: &Value, now: Timestamp) -> Option<SignedDuration> {
    let asked = in_body(body).or_else(|| in_header(headers, now))?;
    Some(asked.clamp(SignedDuration::ZERO, LONGEST_WAIT))
}

/// `retry_after_ms`: a whole number, though some write a fraction.
fn in_body(body: &Value) -> Option<SignedDuration> {
    let asked = body.get("retry_after_ms")?;
    if let Some(millis) = asked.as_i64() {
        return Some(SignedDuration::from_millis(millis));
    }
    let seconds = asked.as_f64()? / 1_000.0;
    Some(SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX))
}

/// `Retry-After`: seconds, or a date.
fn in_header(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let header = headers.get(header::RETRY_AFTER)?;
    let text = header.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time, too.
        let seconds = text.parse().unwrap_or(i64::MAX);
        return Some(SignedDuration::from_secs(seconds));
    }
    let date = ruma::http_headers::http_date_to_system_time(header).ok()?;
    let date = Timestamp::try_from(date).ok()?;
    Some(date.duration_since(now))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_code_that_is_none_carries_nothing_on() {
        let code = format!("M_\u{202e}<b>\n{}", "x".repeat(1_000));
        let body = json!({"errcode": code, "error": "text"}).to_string();
        let refused = refusal(
            "send",
            StatusCode::FORBIDDEN,
            &HeaderMap::new(),
            body.as_bytes(),
            Timestamp::UNIX_EPOCH,
        );
        let MatrixError::Refused { code, status: 403 } = refused else {
            panic!("not refused: {refused:?}");
        };
        assert_eq!(code, format!("M___b__{}", "x".repeat(57)));
    }
}

//! Tolerant reading of what Meta sends.
//!
//! Meta adds fields without notice, sends numbers as strings and strings as
//! numbers, and leaves keys out. So nothing here fails because of a shape: every
//! look-up answers `None` (or an empty slice) for what is absent or of a wrong
//! type. Paths are dotted: `text.body`.

use serde_json::Value;
use serde_json::value::RawValue;

/// Why a body cannot be looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON.
    #[error("not JSON")]
    NotJson,
    /// It is JSON, but nested too deeply or with a number out of range.
    #[error("JSON of a shape that cannot be read")]
    Beyond,
}

/// Reads a body.
///
/// Half of a surrogate pair (`\ud83d` alone, as comes from a name that was cut
/// inside an emoji) is read as U+FFFD rather than spoiling the whole batch.
///
/// # Errors
/// [`Unreadable`]: keep the body.
pub fn read(body: &[u8]) -> Result<Value, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    // Checks the grammar only: no depth, no ranges, no surrogates.
    if serde_json::from_slice::<&RawValue>(body).is_err() {
        return Err(Unreadable::NotJson);
    }
    serde_json::from_slice(&mended(body)).or(Err(Unreadable::Beyond))
}

/// `body` with every escaped half of a surrogate pair replaced.
fn mended(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&first, tail)) = rest.split_first() {
        let taken = match surrogate(rest) {
            Some(Half::High) if surrogate(rest.get(6..).unwrap_or_default()) == Some(Half::Low) => {
                12
            }
            Some(_) => {
                out.extend_from_slice(br"\ufffd");
                rest = rest.get(6..).unwrap_or_default();
                continue;
            }
            // An escape of two characters, so that `\\ud800` is not taken for one.
            None if first == b'\\' && !tail.is_empty() => 2,
            None => 1,
        };
        let (whole, after) = rest.split_at(taken);
        out.extend_from_slice(whole);
        rest = after;
    }
    out
}

/// A half of a surrogate pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    /// The first.
    High,
    /// The second.
    Low,
}

/// Which half of a surrogate pair `text` starts with, written as an escape.
fn surrogate(text: &[u8]) -> Option<Half> {
    let digits = text.strip_prefix(br"\u")?.get(..4)?;
    let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    match unit {
        0xD800..=0xDBFF => Some(Half::High),
        0xDC00..=0xDFFF => Some(Half::Low),
        _ => None,
    }
}

/// The value at `path`; `null` counts as absent.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, key| value.get(key))
        .filter(|value| !value.is_null())
}

/// The text at `path`; a number is taken as its digits.
pub fn text(value: &Value, path: &str) -> Option<String> {
    match at(value, path)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text at `path`, unless it is blank.
pub fn filled(value: &Value, path: &str) -> Option<String> {
    text(value, path).filter(|text| !text.trim().is_empty())
}

/// The whole number at `path`; digits in a string are taken as a number.
pub fn integer(value: &Value, path: &str) -> Option<i64> {
    match at(value, path)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether `path` holds `true`.
pub fn flag(value: &Value, path: &str) -> Option<bool> {
    at(value, path)?.as_bool()
}

/// The elements of the array at `path`.
pub fn items<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wrong_type_is_absent() {
        let value = json!({"text": {"body": {"no": 1}}, "list": 3, "none": null});
        assert_eq!(text(&value, "text.body"), None);
        assert_eq!(text(&value, "text.body.no.deeper"), None);
        assert!(items(&value, "list").is_empty());
        assert_eq!(at(&value, "none"), None);
    }

    #[test]
    fn numbers_and_their_digits_are_the_same() {
        let value = json!({"code": "131047", "wa_id": 16_505_551_234_i64});
        assert_eq!(integer(&value, "code"), Some(131_047));
        assert_eq!(text(&value, "wa_id").as_deref(), Some("16505551234"));
    }

    #[test]
    fn half_a_surrogate_pair_spoils_nothing() {
        let body = br#"{"cut":"Ayu \ud83d","whole":"\ud83d\ude00","plain":"\\ud83d \u00e9"}"#;
        let expected =
            json!({"cut": "Ayu \u{fffd}", "whole": "\u{1f600}", "plain": "\\ud83d \u{e9}"});
        assert_eq!(read(body), Ok(expected));
    }

    #[test]
    fn what_is_not_json_is_told_from_json_out_of_range() {
        assert_eq!(read(b"{\"a\":"), Err(Unreadable::NotJson));
        assert_eq!(read(b""), Err(Unreadable::NotJson));
        assert_eq!(read(b"\"\xff\""), Err(Unreadable::NotJson));
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        assert_eq!(read(&deep), Err(Unreadable::Beyond));
        assert_eq!(read(b"1e999"), Err(Unreadable::Beyond));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(read(b"\xef\xbb\xbf{}"), Ok(json!({})));
    }
}

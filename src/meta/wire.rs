//! Tolerant reading of what Meta sends.
//!
//! Meta adds fields without notice, sends numbers as strings and strings as
//! numbers, and leaves keys out. So nothing here fails because of a shape: every
//! look-up answers `None` (or an empty slice) for what is absent or of a wrong
//! type. Paths are dotted: `text.body`.

use serde_json::Value;

/// The value at `path`; `null` counts as absent.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, key| value.get(key))
        .filter(|value| !value.is_null())
}

/// The text at `path`; a number is taken as its digits.
pub fn text(value: &Value, path: &str) -> Option<String> {
    words(at(value, path)?)
}

/// The text that a value is; a number is taken as its digits.
pub fn words(value: &Value) -> Option<String> {
    match value {
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
    whole(at(value, path)?)
}

/// The whole number that a value is; digits in a string are taken as a number.
pub fn whole(value: &Value) -> Option<i64> {
    match value {
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
}

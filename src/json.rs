//! JSON from outside, read piece by piece, so that one bad piece spoils none of its
//! neighbors.
//!
//! A whole body is never made into values at once: nesting without end, a number
//! beyond all ranges or a million empty lists would take everything along with
//! them. [`body`] checks the grammar only; [`elements`] and [`members`] walk through a
//! list or an object, handing out each piece as text; [`value`] reads one of them as
//! far as it goes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Map, Value};

/// How deep a piece is looked into where it cannot be read as a whole.
const DEEPEST: usize = 8;

/// The body is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not JSON")]
pub struct NotJson;

/// The text of a body that is JSON, without a byte order mark.
///
/// Half of a surrogate pair (`\ud83d` alone, as comes from a name that was cut
/// inside an emoji) becomes U+FFFD rather than spoiling what it stands in.
///
/// # Errors
/// [`NotJson`]: nothing in it can be told apart.
pub fn body(bytes: &[u8]) -> Result<Cow<'_, str>, NotJson> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).or(Err(NotJson))?;
    // Checks the grammar only: no depth, no ranges, no surrogates.
    serde_json::from_str::<&RawValue>(text).or(Err(NotJson))?;
    Ok(mended(text))
}

/// Calls `see` with each element of a list. `false` if it is no list.
pub fn elements<'a>(text: &'a str, see: &mut dyn FnMut(&'a str)) -> bool {
    Deserializer::from_str(text)
        .deserialize_seq(Elements(see))
        .is_ok()
}

/// Calls `see` with each key and value of an object, in their order; a key that is
/// written twice comes twice. `false` if it is no object.
pub fn members<'a>(text: &'a str, see: &mut dyn FnMut(&str, &'a str)) -> bool {
    Deserializer::from_str(text)
        .deserialize_map(Members(see))
        .is_ok()
}

/// Whether a piece is `null`.
pub fn is_null(text: &str) -> bool {
    text == "null"
}

/// Reads a piece. What of it is nested too deep or out of range is `null`; the
/// second answer says whether there was such a thing.
pub fn value(text: &str) -> (Value, bool) {
    let mut spoiled = false;
    let value = within(text, DEEPEST, &mut spoiled);
    (value, spoiled)
}

/// Reads a piece down to `depth` levels below which nothing is saved.
fn within(text: &str, depth: usize, spoiled: &mut bool) -> Value {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    *spoiled = true;
    let Some(depth) = depth.checked_sub(1) else {
        return Value::Null;
    };
    let mut object = Map::new();
    if members(text, &mut |key, piece| {
        object.insert(key.to_owned(), within(piece, depth, spoiled));
    }) {
        return Value::Object(object);
    }
    let mut list = Vec::new();
    if elements(text, &mut |piece| list.push(within(piece, depth, spoiled))) {
        return Value::Array(list);
    }
    Value::Null
}

/// `text` with every escaped half of a surrogate pair replaced.
fn mended(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    let mut is_whole = true;
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        let half = surrogate(escape);
        let after = escape.get(6..).unwrap_or_default();
        let is_pair = half == Some(Half::High) && surrogate(after) == Some(Half::Low);
        if half.is_some() && !is_pair {
            out.extend([before, r"\ufffd"]);
            is_whole = false;
            rest = after;
            continue;
        }
        // An escape of two characters, so that `\\ud800` is not taken for one.
        let taken = before.len() + if is_pair { 12 } else { 2 };
        let (whole, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        out.push_str(whole);
        rest = after;
    }
    if is_whole {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
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
fn surrogate(text: &str) -> Option<Half> {
    let digits = text.strip_prefix(r"\u")?.get(..4)?;
    let unit = u16::from_str_radix(digits, 16).ok()?;
    match unit {
        0xD800..=0xDBFF => Some(Half::High),
        0xDC00..=0xDFFF => Some(Half::Low),
        _ => None,
    }
}

/// Hands out the elements of a list.
struct Elements<'f, 'a>(&'f mut dyn FnMut(&'a str));

impl<'a> Visitor<'a> for Elements<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(piece) = list.next_element::<&'a RawValue>()? {
            (self.0)(piece.get());
        }
        Ok(())
    }
}

/// Hands out the members of an object.
struct Members<'f, 'a>(&'f mut dyn FnMut(&str, &'a str));

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<String>()? {
            let piece: &'a RawValue = object.next_value()?;
            (self.0)(&key, piece.get());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A text nested this deep.
    fn deep(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    /// The elements of a list.
    fn listed(text: &str) -> Option<Vec<&str>> {
        let mut found = Vec::new();
        elements(text, &mut |piece| found.push(piece)).then_some(found)
    }

    #[test]
    fn pieces_come_in_their_order_and_keys_twice() {
        assert_eq!(
            listed("[1, [2] ,{\"a\":3}]").unwrap(),
            ["1", "[2]", "{\"a\":3}"]
        );
        assert_eq!(listed("{}"), None);
        let mut found = Vec::new();
        let text = r#"{"a": 1, "b": null, "a": [2]}"#;
        assert!(members(text, &mut |key, piece| found.push((key.to_owned(), piece))));
        let expected = [("a", "1"), ("b", "null"), ("a", "[2]")];
        assert_eq!(found, expected.map(|(key, piece)| (key.to_owned(), piece)));
        assert!(!members("[]", &mut |_, _| {}));
        assert!(is_null("null") && !is_null("0"));
    }

    #[test]
    fn what_cannot_be_read_spoils_only_itself() {
        assert_eq!(value(r#"{"a": 1}"#), (json!({"a": 1}), false));
        let text = format!(
            r#"{{"a": 1, "b": {{"c": {}, "d": [1e999, 2]}}}}"#,
            deep(500)
        );
        let (value, spoiled) = value(&text);
        assert!(spoiled);
        assert_eq!(
            (&value["a"], &value["b"]["d"]),
            (&json!(1), &json!([null, 2]))
        );
    }

    #[test]
    fn a_body_is_checked_whatever_its_shape() {
        let bottomless = deep(100_000);
        assert_eq!(body(bottomless.as_bytes()).unwrap(), bottomless);
        assert_eq!(body(b"1e999").unwrap(), "1e999");
        assert_eq!(body(b"\xef\xbb\xbf{}").unwrap(), "{}");
        assert_eq!(body(br#"["\ud83d"]"#).unwrap(), r#"["\ufffd"]"#);
        for no_json in [&b""[..], b"{\"a\":", b"\"\xff\"", b"{} x"] {
            assert_eq!(body(no_json), Err(NotJson));
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_replaced_and_nothing_else() {
        let text =
            r#"{"cut":"Ayu \ud83d","whole":"\ud83d\ude00","plain":"\\ud83d \u00e9 \udE00!"}"#;
        let expected =
            r#"{"cut":"Ayu \ufffd","whole":"\ud83d\ude00","plain":"\\ud83d \u00e9 \ufffd!"}"#;
        assert_eq!(mended(text), expected);
        assert!(matches!(mended(expected), Cow::Borrowed(_)));
    }
}

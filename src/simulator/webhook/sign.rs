//! The bytes of a webhook and their signature.

use std::fmt::Write;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The name of the signature's header.
pub(in crate::simulator) const HEADER: &str = "X-Hub-Signature-256";

/// Writes every non-ASCII character of a JSON text as `\uXXXX`, as Meta does.
///
/// In JSON such characters can only stand inside strings, where the escape
/// means the same.
pub(in crate::simulator) fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() {
            escaped.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            write!(escaped, "\\u{unit:04x}").expect("writing to a String cannot fail");
        }
    }
    escaped
}

/// The value of the signature's header: HMAC-SHA256 of the raw bytes under
/// the app's secret.
pub(in crate::simulator) fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn non_ascii_characters_are_escaped_as_utf_16_units() {
        assert_eq!(
            escape(r#"{"a":"né 🙏"}"#),
            r#"{"a":"n\u00e9 \ud83d\ude4f"}"#
        );
    }

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        // Test case 2 of RFC 4231, section 4.3.
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}

//! The signature of Meta's webhooks: HMAC-SHA256 with the app's secret over the
//! body's raw bytes, in the header [`HEADER`].

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header that carries the signature: `sha256=` and 64 hexadecimal digits.
pub const HEADER: &str = "X-Hub-Signature-256";

/// Whether `header` is the signature of `body` under one of `secrets`.
///
/// The comparison takes the same time wherever the two differ. An empty secret
/// signs nothing: a key that was never set must not let everybody in.
pub fn verify(header: &str, body: &[u8], secrets: &[&SecretString]) -> bool {
    let Some(digits) = header.trim().strip_prefix("sha256=") else {
        return false;
    };
    let Ok(given) = hex::decode(digits) else {
        return false;
    };
    secrets
        .iter()
        .filter_map(|secret| digest(secret, body))
        .any(|digest| digest.verify_slice(&given).is_ok())
}

/// The header's value for `body`, as Meta makes it; `None` for an empty secret.
pub fn sign(body: &[u8], secret: &SecretString) -> Option<String> {
    let digest = digest(secret, body)?.finalize().into_bytes();
    Some(format!("sha256={}", hex::encode(digest)))
}

/// The digest of `body` under `secret`, not yet read out.
fn digest(secret: &SecretString, body: &[u8]) -> Option<Hmac<Sha256>> {
    let key = secret.expose_secret();
    if key.is_empty() {
        return None;
    }
    let mut digest = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    digest.update(body);
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The well-known test vector of HMAC-SHA256.
    const FOX: &str = "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";

    /// The vector's message.
    const BODY: &[u8] = b"The quick brown fox jumps over the lazy dog";

    /// A secret.
    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn the_known_vector_verifies() {
        assert!(verify(FOX, BODY, &[&secret("key")]));
        assert_eq!(sign(BODY, &secret("key")).as_deref(), Some(FOX));
    }

    #[test]
    fn upper_case_digits_verify() {
        let upper = FOX.to_uppercase().replace("SHA256", "sha256");
        assert!(verify(&upper, BODY, &[&secret("key")]));
    }

    #[test]
    fn any_of_several_secrets_verifies() {
        assert!(verify(FOX, BODY, &[&secret("old"), &secret("key")]));
        assert!(!verify(FOX, BODY, &[&secret("old"), &secret("new")]));
    }

    #[test]
    fn a_changed_body_does_not_verify() {
        assert!(!verify(FOX, b"The quick brown fox", &[&secret("key")]));
    }

    #[test]
    fn an_empty_secret_verifies_nothing() {
        // HMAC-SHA256 of the empty message under the empty key.
        let empty = "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
        assert!(!verify(empty, b"", &[&secret("")]));
        assert_eq!(sign(b"", &secret("")), None);
    }

    #[test]
    fn a_malformed_header_does_not_verify() {
        for header in [
            "",
            "sha256=",
            "sha256=zz",
            "sha1=f7bc83f4",
            "sha256=f7bc83f430538424b13298e6aa6fb143",
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
        ] {
            assert!(!verify(header, BODY, &[&secret("key")]), "{header}");
        }
    }
}

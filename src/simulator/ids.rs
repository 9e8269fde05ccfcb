//! Ids in the forms Meta gives out.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::clock::Clock;

/// Calling codes and the country a business-scoped user id names for them.
const COUNTRIES: [(&str, &str); 10] = [
    ("62", "ID"),
    ("60", "MY"),
    ("65", "SG"),
    ("63", "PH"),
    ("66", "TH"),
    ("61", "AU"),
    ("91", "IN"),
    ("55", "BR"),
    ("49", "DE"),
    ("44", "GB"),
];

/// A new message id: `wamid.` and base64, which may hold `/`, `+` and `=`.
pub(super) fn wamid(clock: &dyn Clock) -> String {
    // Real ids start with these two bytes, which gives the familiar `HBg`.
    let mut bytes = vec![0x1c, 0x18];
    bytes.extend_from_slice(hex::encode_upper(clock.uuid().as_bytes()).as_bytes());
    bytes.push(0);
    format!("wamid.{}", STANDARD.encode(bytes))
}

/// A new business-scoped user id: country, dot, digits.
///
/// The country follows from `phone` (digits with the calling code) where it is
/// known; else it is `US`.
pub(super) fn user_id(clock: &dyn Clock, phone: Option<&str>) -> String {
    let country = COUNTRIES
        .iter()
        .find(|(code, _)| phone.is_some_and(|phone| phone.starts_with(code)))
        .map_or("US", |(_, country)| *country);
    let (_, digits) = clock.uuid().as_u64_pair();
    format!("{country}.{digits}")
}

/// Whether `id` has the form of a business-scoped user id: two capital
/// letters, a dot, 1 to 128 letters or digits.
pub(super) fn is_user_id(id: &str) -> bool {
    let Some((country, rest)) = id.split_once('.') else {
        return false;
    };
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A new trace id, as every Graph error carries one.
pub(super) fn trace(clock: &dyn Clock) -> String {
    format!("A{}", URL_SAFE_NO_PAD.encode(clock.uuid().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn a_user_id_names_the_country_of_the_phone() {
        let id = user_id(&SystemClock, Some("6281234567890"));
        assert!(id.starts_with("ID."), "{id}");
        assert!(is_user_id(&id), "{id}");
    }

    #[test]
    fn only_the_documented_form_is_a_user_id() {
        assert!(is_user_id("US.13491208655302741918"));
        assert!(is_user_id(&format!("ID.{}", "a".repeat(128))));
        for wrong in [
            "", "US", "US.", "us.1", "USA.1", "US.1-2", "US.ENT.1", "+62812",
        ] {
            assert!(!is_user_id(wrong), "{wrong}");
        }
        assert!(!is_user_id(&format!("ID.{}", "a".repeat(129))));
    }

    #[test]
    fn message_ids_look_like_metas_and_differ() {
        let (one, two) = (wamid(&SystemClock), wamid(&SystemClock));
        assert!(one.starts_with("wamid.HBg"), "{one}");
        assert_ne!(one, two);
    }
}

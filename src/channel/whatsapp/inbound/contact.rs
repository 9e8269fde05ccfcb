//! Who a message or status is from or about.

use serde_json::Value;

use crate::domain::contact::{Address, AddressKind, Sender};
use crate::domain::redact::Private;
use crate::meta::wire;

/// A customer as a webhook names them, unchecked.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Contact {
    /// The business-scoped user id; stays when the number is hidden.
    pub(crate) user_id: Option<String>,
    /// The phone number; absent for those who adopted a user name.
    pub(crate) wa_id: Option<String>,
    /// The user name.
    pub(crate) username: Option<String>,
    /// The name they gave themselves.
    pub(crate) name: Option<String>,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(…)")
    }
}

impl Contact {
    /// The elements of `contacts`.
    pub(super) fn all(value: &Value) -> Vec<Self> {
        let read = |item| Self {
            user_id: wire::filled(item, "user_id"),
            wa_id: wire::filled(item, "wa_id"),
            username: wire::filled(item, "profile.username")
                .or_else(|| wire::filled(item, "username")),
            name: wire::filled(item, "profile.name"),
        };
        wire::items(value, "contacts").iter().map(read).collect()
    }

    /// The contact of these ids, completed from `known` by user id, else by
    /// phone. Never by position: a batch may list its contacts in any order, and
    /// some of its messages have none.
    pub(super) fn of(user_id: Option<String>, wa_id: Option<String>, known: &[Self]) -> Self {
        let by_user = known
            .iter()
            .find(|contact| user_id.is_some() && contact.user_id == user_id);
        let by_phone = || {
            let digits = wa_id.as_deref().and_then(phone)?;
            known
                .iter()
                .find(|contact| contact.wa_id.as_deref().and_then(phone).as_ref() == Some(&digits))
        };
        // Found by phone but with another user id: somebody else's, or an old one.
        let found = by_user.or_else(|| {
            by_phone().filter(|contact| user_id.is_none() || contact.user_id.is_none())
        });
        let found = found.cloned().unwrap_or_default();
        Self {
            user_id: user_id.or(found.user_id),
            wa_id: wa_id.or(found.wa_id),
            ..found
        }
    }

    /// The sender; `None` without a usable address.
    pub(super) fn sender(&self) -> Option<Sender> {
        let bsuid = self.user_id.as_deref().map(str::trim).map(|id| Address {
            kind: AddressKind::Bsuid,
            value: id.into(),
        });
        let phone = self.wa_id.as_deref().and_then(phone).map(|digits| Address {
            kind: AddressKind::Phone,
            value: digits.into(),
        });
        let addresses: Vec<Address> = bsuid.into_iter().chain(phone).collect();
        (!addresses.is_empty()).then(|| Sender {
            addresses,
            name: self.name.as_deref().map(Private::from),
            username: self.username.as_deref().map(Private::from),
        })
    }
}

/// The digits of a phone number; `None` if it holds anything but a number.
fn phone(text: &str) -> Option<String> {
    let known = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.chars().all(known) && !digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A contact with these ids.
    fn contact(user_id: &str, wa_id: &str, name: &str) -> Contact {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Contact {
            user_id: filled(user_id),
            wa_id: filled(wa_id),
            username: None,
            name: filled(name),
        }
    }

    #[test]
    fn the_user_id_wins_over_the_phone() {
        let known = [
            contact("ID.2", "62811", "Budi"),
            contact("ID.1", "62812", "Ayu"),
        ];
        let found = Contact::of(Some("ID.1".into()), Some("62811".into()), &known);
        assert_eq!(found, contact("ID.1", "62811", "Ayu"));
    }

    #[test]
    fn a_phone_alone_brings_the_user_id() {
        let known = [contact("ID.2", "62811", "Budi")];
        let found = Contact::of(None, Some("+62 811".into()), &known);
        assert_eq!(found, contact("ID.2", "+62 811", "Budi"));
    }

    #[test]
    fn a_stranger_gets_nobodys_name() {
        let known = [contact("ID.2", "62811", "Budi")];
        let found = Contact::of(None, Some("62899".into()), &known);
        assert_eq!(found, contact("", "62899", ""));
        let found = Contact::of(Some("ID.9".into()), Some("62811".into()), &known);
        assert_eq!(found, contact("ID.9", "62811", ""));
        assert_eq!(Contact::of(None, None, &known), Contact::default());
    }

    #[test]
    fn a_sender_has_user_id_then_digits() {
        let sender = contact("ID.1", "+62 812-3", "Ayu").sender().unwrap();
        let address = |kind, value: &str| Address {
            kind,
            value: value.into(),
        };
        assert_eq!(
            sender.addresses,
            [
                address(AddressKind::Bsuid, "ID.1"),
                address(AddressKind::Phone, "628123")
            ]
        );
        assert_eq!(contact("", "<PHONE>", "Ayu").sender(), None);
    }
}

//! Who a message or status is from or about.

use std::collections::HashMap;

use serde_json::Value;

use super::LONGEST_ID;
use crate::domain::contact::{Address, AddressKind, Sender};
use crate::domain::redact::Private;
use crate::meta::wire;

/// The most characters of a customer's name that are kept; far more than are shown.
const LONGEST_NAME: usize = 256;

/// The most digits of a phone number: 15, and some room for odd notations.
const MOST_DIGITS: usize = 20;

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

/// The contacts of a change. Looked up by index: a body may hold as many of them as
/// messages.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    /// In the order of the body.
    all: Vec<Contact>,
    /// The first of each user id, by its place.
    by_user: HashMap<String, usize>,
    /// The first of each number, by its place.
    by_phone: HashMap<String, usize>,
}

impl Contacts {
    /// Takes an element of `contacts`.
    pub(super) fn add(&mut self, item: &Value) {
        self.push(Contact {
            user_id: wire::filled(item, "user_id"),
            wa_id: wire::filled(item, "wa_id"),
            username: wire::filled(item, "profile.username")
                .or_else(|| wire::filled(item, "username")),
            name: wire::filled(item, "profile.name"),
        });
    }

    /// Takes a contact.
    fn push(&mut self, contact: Contact) {
        let place = self.all.len();
        if let Some(user) = &contact.user_id {
            self.by_user.entry(user.clone()).or_insert(place);
        }
        if let Some(digits) = contact.wa_id.as_deref().and_then(phone) {
            self.by_phone.entry(digits).or_insert(place);
        }
        self.all.push(contact);
    }

    /// The contact at a place.
    fn at(&self, place: Option<&usize>) -> Option<&Contact> {
        self.all.get(*place?)
    }
}

impl Contact {
    /// The contact of these ids, completed from `known` by user id, else by
    /// phone. Never by position: a batch may list its contacts in any order, and
    /// some of its messages have none.
    pub(super) fn of(user_id: Option<String>, wa_id: Option<String>, known: &Contacts) -> Self {
        let by_user = user_id.as_ref().map(|user| known.by_user.get(user));
        let by_user = known.at(by_user.flatten());
        let by_phone = || {
            let digits = wa_id.as_deref().and_then(phone)?;
            known.at(known.by_phone.get(&digits))
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
        let bsuid = self.user_id.as_deref().map(str::trim);
        let bsuid = bsuid.filter(|id| id.len() <= LONGEST_ID).map(|id| Address {
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
            name: self.name.as_deref().map(cut),
            username: self.username.as_deref().map(cut),
        })
    }
}

/// The digits of a phone number; `None` if it holds anything but a number, or more
/// than any number has.
fn phone(text: &str) -> Option<String> {
    let known = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')');
    if text.len() > 2 * MOST_DIGITS || !text.chars().all(known) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (1..=MOST_DIGITS).contains(&digits.len()).then_some(digits)
}

/// A name as far as it is kept.
fn cut(name: &str) -> Private {
    Private::from(name.chars().take(LONGEST_NAME).collect::<String>())
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

    /// These contacts, by index.
    fn known<const N: usize>(contacts: [Contact; N]) -> Contacts {
        let mut known = Contacts::default();
        for contact in contacts {
            known.push(contact);
        }
        known
    }

    #[test]
    fn the_user_id_wins_over_the_phone() {
        let known = known([
            contact("ID.2", "62811", "Budi"),
            contact("ID.1", "62812", "Ayu"),
        ]);
        let found = Contact::of(Some("ID.1".into()), Some("62811".into()), &known);
        assert_eq!(found, contact("ID.1", "62811", "Ayu"));
    }

    #[test]
    fn a_phone_alone_brings_the_user_id() {
        let known = known([contact("ID.2", "62811", "Budi")]);
        let found = Contact::of(None, Some("+62 811".into()), &known);
        assert_eq!(found, contact("ID.2", "+62 811", "Budi"));
    }

    #[test]
    fn a_stranger_gets_nobodys_name() {
        let known = known([contact("ID.2", "62811", "Budi")]);
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

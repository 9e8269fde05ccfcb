//! Contacts, identities and addresses.

use serde::{Deserialize, Serialize};

use super::ids::IdentityId;
use super::redact::Private;

/// A network that customers write on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// WhatsApp Business, Cloud API.
    Whatsapp,
}

impl ChannelKind {
    /// The name in configuration, tables, metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
        }
    }

    /// The name that people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Whatsapp => "WhatsApp",
        }
    }

    /// The short name in ghosts' user ids.
    pub fn short(self) -> &'static str {
        match self {
            Self::Whatsapp => "wa",
        }
    }
}

/// What an address is. The order is the order of looking up: the first that is
/// known decides who wrote (but see design 2: phone wins on a conflict).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    /// WhatsApp's business-scoped user id (`ID.1349…`).
    Bsuid,
    /// A phone number in international form, digits only.
    Phone,
}

impl AddressKind {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bsuid => "bsuid",
            Self::Phone => "phone",
        }
    }
}

/// One way a channel names a customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// What it is.
    pub kind: AddressKind,
    /// Its value, normalized (a phone number: digits only).
    pub value: Private,
}

/// Who wrote, as the channel tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// At least one address, in the order of looking up.
    pub addresses: Vec<Address>,
    /// The name the customer gave themselves.
    pub name: Option<Private>,
    /// The customer's user name on the channel.
    pub username: Option<Private>,
}

/// One customer on one channel, as far as rooms and sends need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Our id.
    pub id: IdentityId,
    /// The channel.
    pub channel: ChannelKind,
    /// The newest name the channel told.
    pub name: Option<Private>,
    /// The newest user name the channel told.
    pub username: Option<Private>,
    /// The addresses in force, in the order of looking up.
    pub addresses: Vec<Address>,
}

impl Identity {
    /// What agents call this customer: name, else phone number, else user name,
    /// else a short form of our own id.
    pub fn title(&self) -> String {
        let filled = |text: &Option<Private>| {
            text.as_ref()
                .map(|text| text.reveal().trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        filled(&self.name)
            .or_else(|| self.phone().map(|phone| format!("+{}", phone.reveal())))
            .or_else(|| filled(&self.username).map(|name| format!("@{name}")))
            .unwrap_or_else(|| {
                let tail: Vec<char> = self.id.as_str().chars().rev().take(4).collect();
                let tail: String = tail.into_iter().rev().collect();
                format!("Customer {}", tail.to_uppercase())
            })
    }

    /// The phone number, if known: digits only.
    pub fn phone(&self) -> Option<&Private> {
        self.addresses
            .iter()
            .find(|address| address.kind == AddressKind::Phone)
            .map(|address| &address.value)
    }
}

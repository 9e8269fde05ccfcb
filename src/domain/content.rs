//! What a customer's message holds, whatever the channel.
//!
//! Texts in here come from strangers: they are shown as they are, never followed,
//! never run.

use serde::{Deserialize, Serialize};

use super::ids::ProviderId;
use super::rich::Rich;

/// The content of a customer's message. Stored as JSON: variants and fields are added,
/// never changed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Text.
    Text(Rich),
    /// A file.
    File(File),
    /// A place on the map.
    Location(Location),
    /// Entries of an address book.
    Contacts(Vec<Card>),
    /// A button pressed, or a row of a list chosen.
    Choice(Choice),
    /// A form filled in.
    Form(Vec<Answer>),
    /// Goods ordered from a catalogue.
    Order(Order),
    /// A call, which only a phone can take.
    Call,
    /// A kind of message that is shown by its name only.
    Other {
        /// The channel's name for it (`ephemeral`, `poll`).
        kind: String,
        /// Its text or caption, if it has one.
        text: Option<String>,
        /// The message it acts on.
        target: Option<ProviderId>,
    },
}

/// A file that a customer sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What it is.
    pub kind: FileKind,
    /// The provider's id of it; `None` if the provider names none, and it can never be
    /// fetched.
    pub id: Option<String>,
    /// Its media type, as the provider tells it.
    pub media_type: Option<String>,
    /// The digest of its bytes (SHA-256), as the provider tells it: base64 or hex.
    pub sha256: Option<String>,
    /// Its name, as the customer's device tells it. Never a path to be trusted.
    pub name: Option<String>,
    /// What stands under it.
    pub caption: Option<Rich>,
    /// Whether it moves (stickers).
    pub is_animated: bool,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A recording.
    Audio,
    /// A voice note: recorded for this conversation.
    Voice,
    /// Anything else.
    Document,
    /// A sticker.
    Sticker,
}

impl FileKind {
    /// The name in tables, texts and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

/// A place on the map.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, a decimal number as it was told.
    pub latitude: String,
    /// Degrees east, a decimal number as it was told.
    pub longitude: String,
    /// What is there.
    pub name: Option<String>,
    /// Where that is.
    pub address: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// An entry of an address book.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The name.
    pub name: Option<String>,
    /// Phone numbers, as they were told.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// The company.
    pub company: Option<String>,
    /// Whether it is the customer's own, given because we asked for it.
    pub is_own: bool,
}

/// A button pressed, or a row of a list chosen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What stood on it.
    pub title: String,
    /// What stood under that.
    pub description: Option<String>,
    /// Our own name for it.
    pub id: Option<String>,
}

/// An answer in a form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The field.
    pub field: String,
    /// What was filled in.
    pub value: String,
}

/// Goods ordered from a catalogue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What the customer wrote to it.
    pub text: Option<String>,
    /// The goods.
    pub items: Vec<OrderItem>,
}

/// One position of an order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderItem {
    /// Our own name of the goods.
    pub product: String,
    /// How many; as it was told.
    pub quantity: String,
    /// The price of one; as it was told.
    pub price: String,
    /// The currency (`IDR`).
    pub currency: String,
}

/// What brought the customer here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// What it was (`ad`, `post`).
    pub kind: String,
    /// Its headline.
    pub headline: Option<String>,
    /// Its text.
    pub text: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// Prints as `…`: what customers say never reaches a log.
macro_rules! private_debug {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

private_debug!(
    Content, File, Location, Card, Choice, Answer, Order, OrderItem, Referral
);

impl Content {
    /// The name of its kind in tables, texts and metrics.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::File(file) => file.kind.name(),
            Self::Location(_) => "location",
            Self::Contacts(_) => "contacts",
            Self::Choice(_) => "choice",
            Self::Form(_) => "form",
            Self::Order(_) => "order",
            Self::Call => "call",
            Self::Other { kind, .. } => kind,
        }
    }

    /// Its own text: what is searched, quoted and shown in lists. Empty where it has
    /// none.
    pub fn text(&self) -> Rich {
        match self {
            Self::Text(text) => text.clone(),
            Self::File(file) => file.caption.clone().unwrap_or_default(),
            Self::Choice(choice) => Rich::from_plain(&choice.title),
            Self::Order(order) => Rich::from_plain(order.text.as_deref().unwrap_or_default()),
            Self::Other { text, .. } => Rich::from_plain(text.as_deref().unwrap_or_default()),
            Self::Location(_) | Self::Contacts(_) | Self::Form(_) | Self::Call => Rich::default(),
        }
    }
}

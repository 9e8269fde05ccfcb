//! What a message holds, by its type.

use serde_json::Value;

use super::Media;
use crate::channel::whatsapp::format;
use crate::domain::content::{
    Answer, Card, Choice, Content, File, FileKind, Location, Order, OrderItem, Referral,
};
use crate::domain::ids::ProviderId;
use crate::domain::inbound::Along;
use crate::meta::wire;

/// The most entries of an address book, positions of an order or answers of a form that
/// are shown; the rest stays in the fragment.
const MOST: usize = 50;

/// The most characters of one such text.
const LONGEST: usize = 1_000;

/// The content of a message of this type, whose text and file have been read.
pub(super) fn content(
    kind: &str,
    message: &Value,
    text: Option<&str>,
    media: Option<&Media>,
    target: Option<&ProviderId>,
) -> Content {
    let known = match kind {
        "text" => text.map(|text| Content::Text(format::read(text))),
        "location" => location(message).map(Content::Location),
        "contacts" => contacts(message).map(Content::Contacts),
        "order" => order(message).map(Content::Order),
        "button" => choice(wire::at(message, "button"), "text", "payload").map(Content::Choice),
        "interactive" => interactive(message),
        _ => media
            .zip(file_kind(kind, media))
            .map(|(media, kind)| Content::File(file(kind, media, text))),
    };
    known.unwrap_or_else(|| Content::Other {
        kind: kind.to_owned(),
        text: text.map(str::to_owned),
        target: target.cloned(),
    })
}

/// What a message carries along.
pub(super) fn along(message: &Value) -> Along {
    let forwarded = |key| wire::flag(message, key) == Some(true);
    Along {
        forwarded: forwarded("context.forwarded") || forwarded("context.frequently_forwarded"),
        product: short(message, "context.referred_product.product_retailer_id"),
        referral: wire::at(message, "referral").map(|referral| Referral {
            kind: short(referral, "source_type").unwrap_or_default(),
            headline: short(referral, "headline"),
            text: short(referral, "body"),
            url: short(referral, "source_url"),
        }),
    }
}

/// What kind of file a type of message is; a recording made for the conversation is a
/// voice note.
fn file_kind(kind: &str, media: Option<&Media>) -> Option<FileKind> {
    let is_voice = media.and_then(|media| media.voice) == Some(true);
    Some(match kind {
        "image" => FileKind::Image,
        "video" => FileKind::Video,
        "audio" if !is_voice => FileKind::Audio,
        "audio" | "voice" => FileKind::Voice,
        "document" => FileKind::Document,
        "sticker" => FileKind::Sticker,
        _ => return None,
    })
}

/// A file with its caption.
fn file(kind: FileKind, media: &Media, caption: Option<&str>) -> File {
    File {
        kind,
        id: media.id.clone(),
        media_type: media.mime_type.clone(),
        sha256: media.sha256.clone(),
        name: media.filename.as_deref().map(cut),
        caption: caption.map(format::read),
        is_animated: media.animated == Some(true),
    }
}

/// A place; `None` without coordinates that are numbers on the globe.
fn location(message: &Value) -> Option<Location> {
    let place = wire::at(message, "location")?;
    Some(Location {
        latitude: degrees(place, "latitude", 90.0)?,
        longitude: degrees(place, "longitude", 180.0)?,
        name: short(place, "name"),
        address: short(place, "address"),
        url: short(place, "url"),
    })
}

/// A number of degrees, written out.
fn degrees(place: &Value, path: &str, most: f64) -> Option<String> {
    let number: f64 = wire::filled(place, path)?.trim().parse().ok()?;
    (number.abs() <= most).then(|| number.to_string())
}

/// Entries of an address book; `None` if there is none.
fn contacts(message: &Value) -> Option<Vec<Card>> {
    let cards: Vec<Card> = wire::items(message, "contacts")
        .iter()
        .take(MOST)
        .map(card)
        .collect();
    (!cards.is_empty()).then_some(cards)
}

/// An entry of an address book.
fn card(item: &Value) -> Card {
    let all = |list: &str, path: &str| {
        let items = wire::items(item, list).iter().take(MOST);
        items.filter_map(|one| short(one, path)).collect()
    };
    Card {
        name: short(item, "name.formatted_name").or_else(|| short(item, "name.first_name")),
        phones: all("phones", "phone"),
        emails: all("emails", "email"),
        company: short(item, "org.company"),
        is_own: wire::text(item, "origin").as_deref() == Some("contact_request"),
    }
}

/// An order; `None` without goods, or with more than are shown: a part of one would
/// look like all of it.
fn order(message: &Value) -> Option<Order> {
    let items = wire::items(message, "order.product_items");
    if items.len() > MOST {
        return None;
    }
    let items: Vec<OrderItem> = items
        .iter()
        .map(|item| OrderItem {
            product: short(item, "product_retailer_id").unwrap_or_default(),
            quantity: short(item, "quantity").unwrap_or_default(),
            price: short(item, "item_price").unwrap_or_default(),
            currency: short(item, "currency").unwrap_or_default(),
        })
        .collect();
    (!items.is_empty()).then(|| Order {
        text: short(message, "order.text"),
        items,
    })
}

/// An answer to what we had asked with buttons, a list or a form.
fn interactive(message: &Value) -> Option<Content> {
    let answer = wire::at(message, "interactive")?;
    match wire::text(answer, "type")?.as_str() {
        "button_reply" => choice(wire::at(answer, "button_reply"), "title", "id"),
        "list_reply" => choice(wire::at(answer, "list_reply"), "title", "id"),
        "nfm_reply" => return form(answer).map(Content::Form),
        _ => None,
    }
    .map(Content::Choice)
}

/// What was chosen; `None` if nothing stood on it.
fn choice(item: Option<&Value>, title: &str, id: &str) -> Option<Choice> {
    let item = item?;
    Some(Choice {
        title: short(item, title)?,
        description: short(item, "description"),
        id: short(item, id),
    })
}

/// The answers of a form; `None` if they cannot be read. What the form keeps for
/// itself is left out.
fn form(answer: &Value) -> Option<Vec<Answer>> {
    let json = wire::text(answer, "nfm_reply.response_json")?;
    let fields: serde_json::Map<String, Value> = serde_json::from_str(&json).ok()?;
    let answers: Vec<Answer> = fields
        .iter()
        .filter(|(field, _)| field.as_str() != "flow_token")
        .take(MOST)
        .map(|(field, value)| Answer {
            field: cut(field),
            value: cut(&plain(value)),
        })
        .collect();
    (!answers.is_empty()).then_some(answers)
}

/// An answer as it is read: several in one line, what is deeper as it is.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// The text at `path`, if it is not blank, as far as it is shown.
fn short(value: &Value, path: &str) -> Option<String> {
    wire::filled(value, path).map(|text| cut(&text))
}

/// A text as far as it is shown: on one line, so that nobody writes others below it.
fn cut(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(LONGEST).map(plain).collect()
}

#[cfg(test)]
mod tests;

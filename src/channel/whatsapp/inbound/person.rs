//! Reads what is about a customer and is no message: new addresses, a new security
//! code, wishes, calls.

use serde_json::Value;

use super::{Change, Contact, Item, Missed, Piece, id, name, time};
use crate::domain::content::Content;
use crate::domain::inbound::{Along, Event, Said};
use crate::meta::wire;
use crate::saying;

/// What a message of the system says.
pub(super) fn news(message: &Value, missed: &mut Missed) -> Event {
    let kind = name(wire::text(message, "system.type"));
    match kind.as_str() {
        "user_changed_number" | "customer_changed_number" | "user_changed_user_id" => {
            let number = wire::filled(message, "system.wa_id");
            // As it was called before 2024.
            let number = number.or_else(|| wire::filled(message, "system.new_wa_id"));
            let user = wire::filled(message, "system.user_id");
            moved(user, number).unwrap_or_else(|| {
                missed.add("system.wa_id");
                Event::Kept
            })
        }
        "customer_identity_changed" => Event::Told(saying!("customer-new-key")),
        _ => {
            missed.add("system.type");
            Event::Kept
        }
    }
}

/// An element of `user_id_update`.
pub(super) fn new_id(change: &Change<'_>, item: &Item<'_>) -> Piece {
    let update = &item.value;
    let contact = contact(change, update, "user_id.previous");
    let event = moved(wire::filled(update, "user_id.current"), None);
    let missed = event.is_none().then_some("user_id.current");
    piece(change, item, contact, event.unwrap_or(Event::Kept), missed)
}

/// An element of `user_preferences`.
pub(super) fn preference(change: &Change<'_>, item: &Item<'_>) -> Piece {
    let wish = &item.value;
    let value = name(wire::text(wish, "value"));
    let (event, missed) = match value.as_str() {
        "stop" => (Event::Told(saying!("customer-opted-out")), None),
        "resume" | "signup" => (Event::Told(saying!("customer-opted-in")), None),
        _ => (Event::Kept, Some("value")),
    };
    piece(
        change,
        item,
        contact(change, wish, "user_id"),
        event,
        missed,
    )
}

/// An element of `calls`. That a customer calls is a message of theirs; what becomes of
/// a call is not told, for nobody can take it here.
pub(super) fn call(change: &Change<'_>, item: &Item<'_>) -> Piece {
    let call = &item.value;
    let is_theirs = name(wire::text(call, "direction")) != "business_initiated";
    let event = match name(wire::text(call, "event")).as_str() {
        "connect" if is_theirs => Event::Said(Said {
            content: Content::Call,
            reply_to: None,
            along: Along::default(),
        }),
        _ => Event::Kept,
    };
    let from = Contact::of(
        wire::filled(call, "from_user_id"),
        wire::filled(call, "from"),
        &change.contacts,
    );
    let mut piece = piece(change, item, from, event, None);
    piece.update.id = id(call, "id");
    piece
}

/// The customer that an element names.
fn contact(change: &Change<'_>, item: &Value, user_id: &str) -> Contact {
    let user = wire::filled(item, user_id);
    Contact::of(user, wire::filled(item, "wa_id"), &change.contacts)
}

/// The customer is reached at these from now on; `None` if they are no addresses.
fn moved(user_id: Option<String>, wa_id: Option<String>) -> Option<Event> {
    let contact = Contact {
        user_id,
        wa_id,
        ..Contact::default()
    };
    let to = contact.sender()?.addresses;
    Some(Event::Moved { to })
}

/// A piece about a customer.
fn piece(
    change: &Change<'_>,
    item: &Item<'_>,
    contact: Contact,
    event: Event,
    missed: Option<&str>,
) -> Piece {
    let sender = contact.sender();
    let event = if sender.is_some() { event } else { Event::Kept };
    let mut piece = change.piece(&format!("field.{}", change.field), item, event);
    let nobody = sender.is_none().then_some("wa_id");
    piece.update.timestamp = time(wire::integer(&item.value, "timestamp")).or(change.time);
    piece.update.unparsed = missed.or(nobody).map(str::to_owned);
    piece.update.sender = sender;
    piece.contact = contact;
    piece
}

#[cfg(test)]
mod tests;

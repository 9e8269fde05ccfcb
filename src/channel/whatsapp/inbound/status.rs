//! Reads one element of `statuses`.

use serde_json::Value;

use super::{Change, Contact, Item, LONGEST_ID, Missed, Piece, id, name, time};
use crate::channel::whatsapp::errors;
use crate::domain::delivery::Receipt;
use crate::domain::ids::{AttemptId, ProviderId};
use crate::domain::inbound::{Event, Reported, StatusChange};
use crate::meta::errors::GraphError;
use crate::meta::wire;

/// What our attempts' ids start with; other programs on the number put other
/// things into the callback data.
const OURS: &str = "att_";

/// Reads a status.
pub(super) fn piece(change: &Change<'_>, item: &Item<'_>) -> Piece {
    let status = &item.value;
    let mut missed = Missed::default();
    let state = name(wire::text(status, "status"));
    let reported = reported(&state, status);
    if matches!(reported, Reported::Unknown(_)) {
        missed.add("status");
    }
    let group = wire::text(status, "recipient_type").is_some_and(|kind| kind == "group");
    let message = id(status, "id");
    let event = match &message {
        // Nothing of ours goes to a group.
        Some(target) if !group => Event::Status(StatusChange {
            target: target.clone(),
            attempt: wire::filled(status, "biz_opaque_callback_data")
                .filter(|data| data.starts_with(OURS) && data.len() <= LONGEST_ID)
                .map(AttemptId::from),
            status: reported,
        }),
        _ => Event::Kept,
    };
    let contact = recipient(change, status, group);
    let mut piece = change.piece(&format!("status.{state}"), item, event);
    let update = &mut piece.update;
    match &message {
        Some(message) => update.dedupe_key = key(message, &state, group, &contact),
        None => missed.add("id"),
    }
    update.timestamp = time(wire::integer(status, "timestamp"));
    if update.timestamp.is_none() {
        missed.add("timestamp");
    }
    update.sender = contact.sender();
    update.unparsed = missed.names();
    update.id.clone_from(&message);
    Piece {
        contact,
        target: message.map(String::from),
        ..piece
    }
}

/// The same for every delivery; in a group each participant has their own.
fn key(message: &ProviderId, state: &str, group: bool, contact: &Contact) -> String {
    let who = contact.user_id.as_deref().or(contact.wa_id.as_deref());
    match who {
        Some(who) if group => format!("{message}|{state}|{who}"),
        _ => format!("{message}|{state}"),
    }
}

/// Who the message went to.
fn recipient(change: &Change<'_>, status: &Value, group: bool) -> Contact {
    let (user, phone) = if group {
        ("recipient_participant_user_id", "recipient_participant_id")
    } else {
        ("recipient_user_id", "recipient_id")
    };
    Contact::of(
        wire::filled(status, user),
        wire::filled(status, phone),
        &change.contacts,
    )
}

/// The status, as far as the ladder knows it.
fn reported(state: &str, status: &Value) -> Reported {
    match state {
        "sent" => Reported::Receipt(Receipt::Accepted),
        "delivered" => Reported::Receipt(Receipt::Delivered),
        // A voice message that was played has been read, too.
        "read" | "played" => Reported::Receipt(Receipt::Read),
        "failed" => failed(status),
        other => Reported::Unknown(other.to_owned()),
    }
}

/// Why it failed.
fn failed(status: &Value) -> Reported {
    let error = wire::items(status, "errors")
        .iter()
        .find_map(GraphError::from_item);
    Reported::Failed {
        reason: errors::reason(error.as_ref()),
        code: error.map(|error| error.code),
    }
}

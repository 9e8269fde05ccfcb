//! Reads one element of `messages`.

use serde_json::Value;

use super::content::{along, content};
use super::{Change, Contact, Item, Media, Missed, Piece, id, name, person, time};
use crate::domain::content::Content;
use crate::domain::ids::ProviderId;
use crate::domain::inbound::{Event, Said};
use crate::meta::wire;
use crate::saying;

/// What a message says, by its type.
#[derive(Default)]
struct Body {
    /// Its text or caption.
    text: Option<String>,
    /// The message it acts on.
    target: Option<ProviderId>,
    /// Its file.
    media: Option<Media>,
    /// What the message that it changes holds now.
    edited: Option<Content>,
}

/// The keys under which a message names its customer: the user id, and the number.
type Who = [&'static str; 2];

/// Reads a message of a customer's.
pub(super) fn piece(change: &Change<'_>, item: &Item<'_>) -> Piece {
    read(change, item, ["from_user_id", "from"])
}

/// Reads a message from or to a customer.
fn read(change: &Change<'_>, item: &Item<'_>, [user, number]: Who) -> Piece {
    let message = &item.value;
    let mut missed = Missed::default();
    let kind = wire::filled(message, "type");
    if kind.is_none() {
        missed.add("type");
    }
    let kind = name(kind);
    let body = Body::of(&kind, message, &mut missed);
    let contact = Contact::of(
        wire::filled(message, user),
        wire::filled(message, number),
        &change.contacts,
    );
    let sender = contact.sender();
    if sender.is_none() {
        missed.add(number);
    }
    let reply_to = id(message, "context.id");
    let target = body.target.clone().or_else(|| reply_to.clone());
    let event = if sender.is_none() || wire::at(message, "group_id").is_some() {
        // Groups are not answered: that takes an approval few businesses have.
        Event::Kept
    } else if kind == "system" {
        person::news(message, &mut missed)
    } else {
        body.event(&kind, message, reply_to)
    };
    let mut piece = change.piece(&kind, item, event);
    let update = &mut piece.update;
    update.id = id(message, "id");
    if let Some(id) = &update.id {
        update.dedupe_key = format!("{}|{id}|{kind}", change.field);
    } else {
        missed.add("id");
    }
    update.timestamp = time(wire::integer(message, "timestamp"));
    if update.timestamp.is_none() {
        missed.add("timestamp");
    }
    update.sender = sender;
    update.unparsed = missed.names();
    Piece {
        contact,
        text: body.text,
        target: target.map(String::from),
        media: body.media,
        ..piece
    }
}

/// Reads what was written to a customer on the business's phone app. What is changed or
/// deleted there is told, for our own record stays as it was.
pub(super) fn echo(change: &Change<'_>, item: &Item<'_>) -> Piece {
    let mut piece = read(change, item, ["to_user_id", "to"]);
    let update = &mut piece.update;
    update.kind = format!("field.{}", change.field);
    update.event = match std::mem::replace(&mut update.event, Event::Kept) {
        Event::Said(said) => Event::Echoed(said),
        Event::Edited { content, .. } => {
            let text = content.text().plain();
            Event::Told(saying!("phone-edited", text = text))
        }
        Event::Revoked { .. } => Event::Told(saying!("phone-deleted")),
        _ => Event::Kept,
    };
    piece
}

impl Body {
    /// Reads the part of `message` that its type names.
    fn of(kind: &str, message: &Value, missed: &mut Missed) -> Self {
        let mut needs = |path: &str| {
            if wire::at(message, path).is_none() {
                missed.add(path);
            }
        };
        match kind {
            "text" => {
                let text = wire::filled(message, "text.body");
                if text.is_none() {
                    missed.add("text.body");
                }
                Self::saying(text)
            }
            "image" | "video" | "audio" | "voice" | "document" | "sticker" => {
                needs(kind);
                Self::file(kind, message)
            }
            "reaction" => {
                needs("reaction.message_id");
                Self {
                    // Taken away: an empty emoji, or none.
                    text: wire::filled(message, "reaction.emoji"),
                    target: id(message, "reaction.message_id"),
                    ..Self::default()
                }
            }
            "edit" => Self::edit(message, missed),
            "revoke" => {
                needs("revoke.original_message_id");
                Self {
                    target: id(message, "revoke.original_message_id"),
                    ..Self::default()
                }
            }
            "interactive" => Self::interactive(message, missed),
            "button" => {
                needs("button");
                Self::saying(wire::filled(message, "button.text"))
            }
            "order" => {
                needs("order");
                Self::saying(wire::filled(message, "order.text"))
            }
            "system" => {
                needs("system");
                Self::saying(wire::filled(message, "system.body"))
            }
            "location" | "contacts" => {
                needs(kind);
                Self::default()
            }
            "unsupported" | "request_welcome" | "ephemeral" | "unknown" => Self::default(),
            _ => {
                missed.add("type");
                Self::default()
            }
        }
    }

    /// Text alone.
    fn saying(text: Option<String>) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// A file with its caption.
    fn file(kind: &str, message: &Value) -> Self {
        let Some(file) = wire::at(message, kind) else {
            return Self::default();
        };
        Self {
            text: wire::filled(file, "caption"),
            media: Some(Media {
                id: wire::filled(file, "id"),
                mime_type: wire::filled(file, "mime_type"),
                sha256: wire::filled(file, "sha256"),
                filename: wire::filled(file, "filename"),
                url: wire::filled(file, "url"),
                voice: wire::flag(file, "voice"),
                animated: wire::flag(file, "animated"),
            }),
            ..Self::default()
        }
    }

    /// An edit: what the message says now.
    fn edit(message: &Value, missed: &mut Missed) -> Self {
        let target = id(message, "edit.original_message_id");
        if target.is_none() {
            missed.add("edit.original_message_id");
        }
        let now = wire::at(message, "edit.message").map(|inner| {
            let kind = name(wire::text(inner, "type"));
            let body = match kind.as_str() {
                "text" => Self::saying(wire::text(inner, "text.body")),
                _ => Self::file(&kind, inner),
            };
            Self {
                edited: Some(body.content(&kind, inner)),
                ..body
            }
        });
        // One that says nothing changes nothing.
        let says = |body: &Self| !matches!(body.edited, Some(Content::Other { .. }) | None);
        let now = now.filter(says);
        if now.is_none() {
            missed.add("edit.message");
        }
        Self {
            target,
            ..now.unwrap_or_default()
        }
    }

    /// An answer to buttons, a list or a form: the title of what was chosen, the
    /// text under a form, the answer about calls. Its data stays in the fragment.
    fn interactive(message: &Value, missed: &mut Missed) -> Self {
        let Some(answer) = wire::at(message, "interactive") else {
            missed.add("interactive");
            return Self::default();
        };
        let kind = wire::text(answer, "type").unwrap_or_default();
        let path = match kind.as_str() {
            "button_reply" => "button_reply.title",
            "list_reply" => "list_reply.title",
            "nfm_reply" => "nfm_reply.body",
            "call_permission_reply" => "call_permission_reply.response",
            "payment_method" | "payment_notification" => return Self::default(),
            _ => {
                missed.add("interactive.type");
                return Self::default();
            }
        };
        Self::saying(wire::filled(answer, path))
    }

    /// What the message means.
    fn event(&self, kind: &str, message: &Value, reply_to: Option<ProviderId>) -> Event {
        let content = self.content(kind, message);
        match (kind, self.target.clone(), self.edited.clone()) {
            ("reaction", Some(target), _) => Event::Reacted {
                target,
                emoji: self.text.clone(),
            },
            ("edit", Some(target), Some(content)) => Event::Edited { target, content },
            ("revoke", Some(target), _) => Event::Revoked { target },
            _ => Event::Said(Said {
                content,
                reply_to,
                along: along(message),
            }),
        }
    }

    /// The content of the customer's line.
    fn content(&self, kind: &str, message: &Value) -> Content {
        let (text, media) = (self.text.as_deref(), self.media.as_ref());
        content(kind, message, text, media, self.target.as_ref())
    }
}

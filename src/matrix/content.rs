//! [`Outgoing`] → the content of an event.
//!
//! Every content carries `org.loket.id`, by which we know our own events again,
//! and `m.mentions`, empty for nobody: without it homeservers fall back to
//! searching names in the text.
//!
//! Homeservers refuse events of 64 KiB. What does not fit into [`LIMIT`] loses
//! its formatting first, then its end, where `…` stands instead.

use serde_json::{Map, Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::html::{needs_html, write};
use crate::domain::ids::{EventId, UserId};
use crate::domain::rich::Rich;
use crate::domain::room::{Outgoing, OutgoingContent, Style};

/// The key of our own id in an event's content.
pub const LOKET_ID: &str = "org.loket.id";

/// The most bytes that a content takes: 64 KiB less what the homeserver adds.
pub const LIMIT: usize = 60 * 1024;

/// What is asked of the homeserver to write an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// An event of a type.
    Send {
        /// The type.
        kind: &'static str,
        /// The content.
        content: Value,
    },
    /// A redaction.
    Redact {
        /// The event taken back.
        target: EventId,
        /// The redaction's own content.
        content: Value,
    },
}

/// Makes the content of an event.
pub fn content(outgoing: &Outgoing) -> Content {
    let id = outgoing.loket_id.as_str();
    match &outgoing.content {
        OutgoingContent::Text {
            text,
            style,
            ring,
            reply_to,
            replaces,
        } => Content::Send {
            kind: "m.room.message",
            content: Message {
                id,
                style: *style,
                ring,
                reply_to: reply_to.as_ref(),
                replaces: replaces.as_ref(),
            }
            .fitting(text),
        },
        OutgoingContent::Location {
            text,
            uri,
            ring,
            reply_to,
        } => Content::Send {
            kind: "m.room.message",
            content: location(id, text, uri, ring, reply_to.as_ref()),
        },
        OutgoingContent::Reaction { target, key } => Content::Send {
            kind: "m.reaction",
            content: json!({
                "m.relates_to": {
                    "rel_type": "m.annotation",
                    "event_id": target.as_str(),
                    "key": key.replace('\0', ""),
                },
                "m.mentions": {},
                LOKET_ID: id,
            }),
        },
        OutgoingContent::Redaction { target } => Content::Redact {
            target: target.clone(),
            content: json!({ LOKET_ID: id }),
        },
    }
}

/// A place on the map.
fn location(id: &str, text: &str, uri: &str, ring: &[UserId], reply_to: Option<&EventId>) -> Value {
    let mut content = json!({
        "msgtype": "m.location",
        "body": cut(&text.replace('\0', ""), LIMIT / 4),
        "geo_uri": uri,
        "m.mentions": mentions(ring),
        LOKET_ID: id,
    });
    if let Some(target) = reply_to {
        content["m.relates_to"] = json!({ "m.in_reply_to": { "event_id": target.as_str() } });
    }
    content
}

/// A message, all but its text.
struct Message<'a> {
    /// `org.loket.id`.
    id: &'a str,
    /// How it stands in the room.
    style: Style,
    /// Who is rung.
    ring: &'a [UserId],
    /// The event it answers.
    reply_to: Option<&'a EventId>,
    /// The event it replaces.
    replaces: Option<&'a EventId>,
}

impl Message<'_> {
    /// The content with as much of `text` as fits.
    fn fitting(&self, text: &Rich) -> Value {
        // NUL cannot be stored by homeservers.
        let body = text.plain().replace('\0', "");
        let html = needs_html(text).then(|| write(text));
        let whole = self.content(&body, html.as_deref());
        if size(&whole) <= LIMIT {
            return whole;
        }
        let mut room = LIMIT;
        loop {
            let content = self.content(&cut(&body, room), None);
            if size(&content) <= LIMIT || room == 0 {
                return content;
            }
            room = room / 4 * 3;
        }
    }

    /// The content with this text.
    fn content(&self, body: &str, html: Option<&str>) -> Value {
        let mut content = match self.replaces {
            None => self.said("", body, html),
            // Clients that know no edits show the text of the event itself.
            Some(_) => self.said("* ", body, html),
        };
        if let Some(target) = self.replaces {
            content.insert(
                "m.new_content".into(),
                Value::Object(self.said("", body, html)),
            );
            content.insert(
                "m.relates_to".into(),
                json!({ "rel_type": "m.replace", "event_id": target.as_str() }),
            );
        } else if let Some(target) = self.reply_to {
            content.insert(
                "m.relates_to".into(),
                json!({ "m.in_reply_to": { "event_id": target.as_str() } }),
            );
        }
        content.insert(LOKET_ID.into(), self.id.into());
        Value::Object(content)
    }

    /// What is said, and to whom.
    fn said(&self, before: &str, body: &str, html: Option<&str>) -> Map<String, Value> {
        let msgtype = match self.style {
            Style::Text => "m.text",
            Style::Notice => "m.notice",
        };
        let mut said = Map::new();
        said.insert("msgtype".into(), msgtype.into());
        said.insert("body".into(), format!("{before}{body}").into());
        if let Some(html) = html {
            said.insert("format".into(), "org.matrix.custom.html".into());
            said.insert("formatted_body".into(), format!("{before}{html}").into());
        }
        said.insert("m.mentions".into(), mentions(self.ring));
        said
    }
}

/// `m.mentions`.
fn mentions(ring: &[UserId]) -> Value {
    if ring.is_empty() {
        return json!({});
    }
    let users: Vec<&str> = ring.iter().map(UserId::as_str).collect();
    json!({ "user_ids": users })
}

/// The bytes of a content in JSON.
fn size(content: &Value) -> usize {
    content.to_string().len()
}

/// The beginning of `text` in at most `room` bytes, with `…` if something is
/// missing; cut between characters as people see them.
fn cut(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.graphemes(true) {
        if kept.len() + character.len() + '…'.len_utf8() > room {
            break;
        }
        kept.push_str(character);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests;

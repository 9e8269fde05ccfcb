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

use super::html::{needs_html, plain, write};
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
        OutgoingContent::Reaction { target, key } => Content::Send {
            kind: "m.reaction",
            content: json!({
                "m.relates_to": {
                    "rel_type": "m.annotation",
                    "event_id": target.as_str(),
                    "key": key,
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
        let body = plain(text);
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
        said.insert("m.mentions".into(), self.mentions());
        said
    }

    /// `m.mentions`.
    fn mentions(&self) -> Value {
        if self.ring.is_empty() {
            return json!({});
        }
        let users: Vec<&str> = self.ring.iter().map(UserId::as_str).collect();
        json!({ "user_ids": users })
    }
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
mod tests {
    use super::*;
    use crate::domain::rich::{Block, Inline};
    use crate::matrix::html::from_plain;

    fn outgoing(content: OutgoingContent) -> Outgoing {
        Outgoing {
            author: "@loket:example.org".into(),
            room: "!r:example.org".into(),
            loket_id: "row_1.2".into(),
            at: None,
            content,
        }
    }

    fn text(text: Rich) -> OutgoingContent {
        OutgoingContent::Text {
            text,
            style: Style::Text,
            ring: Vec::new(),
            reply_to: None,
            replaces: None,
        }
    }

    fn sent(content_: OutgoingContent) -> Value {
        match content(&outgoing(content_)) {
            Content::Send { content, .. } | Content::Redact { content, .. } => content,
        }
    }

    #[test]
    fn a_plain_line_has_no_html_and_rings_nobody() {
        assert_eq!(
            sent(text(from_plain("a <b>\n@room"))),
            json!({
                "msgtype": "m.text",
                "body": "a <b>\n@room",
                "m.mentions": {},
                "org.loket.id": "row_1.2",
            })
        );
    }

    #[test]
    fn a_formatted_reply_rings_whom_it_names() {
        let bold = Rich {
            blocks: vec![Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(
                "a<".into(),
            )])])],
        };
        let content = sent(OutgoingContent::Text {
            text: bold,
            style: Style::Notice,
            ring: vec!["@ayu:example.org".into()],
            reply_to: Some("$e".into()),
            replaces: None,
        });
        assert_eq!(
            content,
            json!({
                "msgtype": "m.notice",
                "body": "a<",
                "format": "org.matrix.custom.html",
                "formatted_body": "<strong>a&lt;</strong>",
                "m.mentions": {"user_ids": ["@ayu:example.org"]},
                "m.relates_to": {"m.in_reply_to": {"event_id": "$e"}},
                "org.loket.id": "row_1.2",
            })
        );
    }

    #[test]
    fn an_edit_carries_the_new_text_and_a_fallback() {
        let content = sent(OutgoingContent::Text {
            text: from_plain("new"),
            style: Style::Text,
            ring: Vec::new(),
            reply_to: None,
            replaces: Some("$old".into()),
        });
        assert_eq!(
            content,
            json!({
                "msgtype": "m.text",
                "body": "* new",
                "m.mentions": {},
                "m.new_content": {"msgtype": "m.text", "body": "new", "m.mentions": {}},
                "m.relates_to": {"rel_type": "m.replace", "event_id": "$old"},
                "org.loket.id": "row_1.2",
            })
        );
    }

    #[test]
    fn reactions_and_redactions_are_recognisable() {
        assert_eq!(
            content(&outgoing(OutgoingContent::Reaction {
                target: "$e".into(),
                key: "⏳".into(),
            })),
            Content::Send {
                kind: "m.reaction",
                content: json!({
                    "m.relates_to": {"rel_type": "m.annotation", "event_id": "$e", "key": "⏳"},
                    "m.mentions": {},
                    "org.loket.id": "row_1.2",
                }),
            }
        );
        assert_eq!(
            content(&outgoing(OutgoingContent::Redaction {
                target: "$e".into()
            })),
            Content::Redact {
                target: "$e".into(),
                content: json!({"org.loket.id": "row_1.2"}),
            }
        );
    }

    #[test]
    fn what_only_fits_without_formatting_loses_it() {
        let long = "a".repeat(40_000);
        let content = sent(text(Rich {
            blocks: vec![Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(
                long.clone(),
            )])])],
        }));
        assert_eq!(content["body"], long.as_str());
        assert_eq!(content.get("formatted_body"), None);
    }

    #[rstest::rstest]
    #[case::family("👨‍👩‍👧".repeat(5_000), None)]
    #[case::quotes("\"".repeat(70_000), None)]
    #[case::control("\u{1}".repeat(70_000), None)]
    #[case::edit("日本".repeat(12_000), Some("$old".into()))]
    fn what_never_fits_is_cut_between_characters(
        #[case] long: String,
        #[case] replaces: Option<EventId>,
    ) {
        let edit = replaces.is_some();
        let content = sent(OutgoingContent::Text {
            text: from_plain(&long),
            style: Style::Text,
            ring: Vec::new(),
            reply_to: None,
            replaces,
        });
        assert!(size(&content) <= LIMIT);
        let body = if edit {
            &content["m.new_content"]["body"]
        } else {
            &content["body"]
        };
        let body = body.as_str().unwrap().strip_suffix('…').expect("is cut");
        assert!(body.len() > LIMIT / 10 && long.starts_with(body));
        assert_eq!(
            body.graphemes(true).last(),
            long.graphemes(true).next(),
            "the last character is whole"
        );
    }
}

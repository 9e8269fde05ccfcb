//! The content of `m.room.message` → [`Line`].

use ruma::UserId as MatrixUser;
use serde_json::Value;

use super::text;
use crate::domain::ids::{EventId, UserId};
use crate::domain::rich::{Reference, Rich};
use crate::domain::room_event::Line;
use crate::matrix::html::read;

/// Message types whose `body` is a file's name or caption.
const FILES: [&str; 4] = ["m.image", "m.video", "m.audio", "m.file"];

/// Reads a message. `None` if nothing of it is left (redacted), or if it is an
/// edit without new content.
pub(super) fn line(content: &Value) -> Option<Line> {
    let relation = Relation::of(content);
    let said = match relation.replaces {
        Some(_) => content.get("m.new_content").filter(|new| new.is_object())?,
        None => content,
    };
    let msgtype = text(said, "msgtype");
    let body = text(said, "body");
    if msgtype.is_none() && body.is_none() {
        return None;
    }
    let body = body.unwrap_or_default();
    let body = if relation.is_reply {
        without_fallback(body)
    } else {
        body
    };
    let msgtype = msgtype.unwrap_or_default();
    let text = rich(said, msgtype, body);
    Some(Line {
        msgtype: msgtype.to_owned(),
        body: body.to_owned(),
        mentions: mentions(said, &text),
        text,
        reply_to: relation.reply_to,
        thread: relation.thread,
        replaces: relation.replaces,
    })
}

/// How a message relates to others.
#[derive(Default)]
struct Relation {
    /// The event it answers.
    reply_to: Option<EventId>,
    /// The root of its thread.
    thread: Option<EventId>,
    /// The event it replaces.
    replaces: Option<EventId>,
    /// Whether its body may begin with a quotation for clients that know no
    /// replies: also in a thread, where the answered event is only a stand-in.
    is_reply: bool,
}

impl Relation {
    /// The relation that a content tells.
    ///
    /// What cannot be read points at [`unknown`]: an answer to something internal
    /// must not look like a line of its own because its relation is odd.
    fn of(content: &Value) -> Self {
        let Some(relation) = present(content, "m.relates_to") else {
            return Self::default();
        };
        let kind = present(relation, "rel_type").map(Value::as_str);
        let is_readable = relation.is_object() && kind != Some(None);
        let answered = match present(relation, "m.in_reply_to") {
            Some(answered) => Some(event_id(answered)),
            None => (!is_readable).then(unknown),
        };
        let is_reply = answered.is_some();
        match kind.flatten() {
            Some("m.replace") => Self {
                replaces: Some(event_id(relation)),
                ..Self::default()
            },
            Some("m.thread") => {
                // A client without threads shows the line as an answer to the
                // thread's last one: nobody meant to answer that.
                let stands_in = relation
                    .get("is_falling_back")
                    .and_then(Value::as_bool)
                    .unwrap_or_default();
                Self {
                    thread: Some(event_id(relation)),
                    reply_to: answered.filter(|_| !stands_in),
                    replaces: None,
                    is_reply,
                }
            }
            _ => Self {
                reply_to: answered,
                is_reply,
                ..Self::default()
            },
        }
    }
}

/// A field; `null` counts as absent.
fn present<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|field| !field.is_null())
}

/// The event that a relation points at.
fn event_id(relation: &Value) -> EventId {
    text(relation, "event_id").map_or_else(unknown, EventId::from)
}

/// An event that there is not.
fn unknown() -> EventId {
    EventId::from("")
}

/// The text without a rich reply's quotation: lines that begin with `> `, the first
/// of them naming the quoted user, and the empty line after them.
fn without_fallback(body: &str) -> &str {
    if !(body.starts_with("> <@") || body.starts_with("> * <@")) {
        return body;
    }
    let mut rest = body;
    while rest.starts_with('>') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest.strip_prefix('\n').unwrap_or(rest)
}

/// The formatted text, or a file's caption.
fn rich(said: &Value, msgtype: &str, body: &str) -> Rich {
    if FILES.contains(&msgtype) {
        // Without a file name of its own, the body is the file's name.
        let named = text(said, "filename").filter(|name| !name.is_empty());
        if named.is_none_or(|name| name == body) {
            return Rich::default();
        }
    }
    let is_html = text(said, "format") == Some("org.matrix.custom.html");
    text(said, "formatted_body")
        .filter(|html| is_html && !html.trim().is_empty())
        .and_then(read)
        .unwrap_or_else(|| Rich::from_plain(body))
}

/// Everybody mentioned, each once: as the client says, then by pill.
fn mentions(said: &Value, text: &Rich) -> Vec<UserId> {
    let told = said
        .get("m.mentions")
        .and_then(|mentions| mentions.get("user_ids"))
        .and_then(Value::as_array);
    let mut users: Vec<UserId> = Vec::new();
    let told = told.into_iter().flatten().filter_map(Value::as_str);
    for user in told.filter(|user| MatrixUser::parse(user).is_ok()) {
        add(&mut users, user.into());
    }
    text.each_reference(&mut |reference| match reference {
        Reference::User(user) => add(&mut users, user.clone()),
        Reference::Url(_) => {}
    });
    users
}

/// Adds a user who is not there yet.
fn add(users: &mut Vec<UserId>, user: UserId) {
    if !users.contains(&user) {
        users.push(user);
    }
}

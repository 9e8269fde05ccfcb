//! `loket explain`: what a webhook's body holds, a JSON object per line.

use serde::Serialize;

use super::inbound::{self, Contact, Media, NotJson, Piece};
use crate::domain::ids::ProviderId;

/// One line. The names are a promise.
#[derive(Serialize)]
struct Line<'a> {
    /// `phone_number_id`, else the entry's id.
    account: Option<&'a str>,
    /// Such as `text`, `status.read`, `field.account_update`.
    kind: &'a str,
    /// Meta's id.
    id: Option<&'a str>,
    /// Seconds of Unix.
    timestamp: Option<i64>,
    /// Who.
    contact: Who<'a>,
    /// Text, caption, emoji, or the title of what was chosen.
    text: Option<&'a str>,
    /// The message it acts on, speaks of or answers.
    target: Option<&'a str>,
    /// The file.
    media: Option<&'a Media>,
    /// What was not understood.
    unparsed: Option<&'a str>,
}

/// Who a line is from or about.
#[derive(Default, Serialize)]
struct Who<'a> {
    /// The business-scoped user id.
    user_id: Option<&'a str>,
    /// The phone number.
    wa_id: Option<&'a str>,
    /// The user name.
    username: Option<&'a str>,
    /// The name.
    name: Option<&'a str>,
}

/// Explains a body: one JSON object per piece, in the body's order, each with
/// exactly the keys `account kind id timestamp contact text target media
/// unparsed` in this order; what is absent is `null`.
///
/// - `kind`: the message's type; `status.` and the status; `field.` and the name
///   of any other field; `value.errors` for a fault of the account; `body` for a
///   last line about what of the envelope was not understood.
/// - `id`: Meta's id of the message; for a status, of the message it is about.
/// - `timestamp`: a whole number, seconds of Unix: scripts compare and add, and
///   `jq` turns it into a date with `todate`.
/// - `contact`: always an object of `user_id wa_id username name`.
/// - `text`: a text's body as it came; a file's caption; a reaction's emoji
///   (`null` when it was taken away); the new text of an edit; the title of the
///   button or row that was chosen, the text under a form, `accept` or `reject`
///   for calls; the text of an order or of the system.
/// - `target`: the message that a reaction, edit or revoke acts on, that a status
///   is about, or that a line answers.
/// - `media`: `{id, mime_type, sha256, filename, url, voice, animated}`.
/// - `unparsed`: names of what was not understood, as paths.
///
/// A line is made as soon as its piece is read, so that a body of any size costs
/// little more than itself.
///
/// # Errors
/// [`NotJson`]: the body is not JSON; `say` has not been called.
pub fn explain(body: &[u8], say: &mut dyn FnMut(String)) -> Result<(), NotJson> {
    let mut tell = |line: Line<'_>| {
        // Text and numbers alone: there is nothing that could not be written.
        if let Ok(line) = serde_json::to_string(&line) {
            say(line);
        }
    };
    let all = 0..usize::MAX;
    let envelope = inbound::read(body, all, &mut |piece| tell(Line::of(&piece)))?;
    if let Some(unparsed) = &envelope.unparsed {
        tell(Line::of_envelope(unparsed));
    }
    Ok(())
}

impl<'a> Line<'a> {
    /// The line about what of the envelope was not understood.
    fn of_envelope(unparsed: &'a str) -> Self {
        Self {
            account: None,
            kind: "body",
            id: None,
            timestamp: None,
            contact: Who::default(),
            text: None,
            target: None,
            media: None,
            unparsed: Some(unparsed),
        }
    }

    /// The line of a piece.
    fn of(piece: &'a Piece) -> Self {
        let update = &piece.update;
        Self {
            account: (!update.account.is_empty()).then_some(update.account.as_str()),
            kind: &update.kind,
            id: update.id.as_ref().map(ProviderId::as_str),
            timestamp: update.timestamp.map(jiff::Timestamp::as_second),
            contact: Who::of(&piece.contact),
            text: piece.text.as_deref(),
            target: piece.target.as_deref(),
            media: piece.media.as_ref(),
            unparsed: update.unparsed.as_deref(),
        }
    }
}

impl<'a> Who<'a> {
    /// The contact's own words.
    fn of(contact: &'a Contact) -> Self {
        Self {
            user_id: contact.user_id.as_deref(),
            wa_id: contact.wa_id.as_deref(),
            username: contact.username.as_deref(),
            name: contact.name.as_deref(),
        }
    }
}

//! The bodies of `POST /{PNID}/messages` this version plays.

use serde_json::Value;

use super::answer::GraphError;
use super::fields::Fields;
use crate::simulator::{ids, phone};

/// Message types the Graph API has and this version does not play.
const NOT_PLAYED: [&str; 10] = [
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "video",
];

/// The most characters of a text message.
const MAX_BODY: usize = 4_096;

/// The most characters of `biz_opaque_callback_data`.
const MAX_CALLBACK_DATA: usize = 512;

/// A valid body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A message to a customer.
    Send(Send),
    /// A customer's message was read.
    Read(Read),
}

/// Whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipient {
    /// `to`: a number as written.
    Phone(String),
    /// `recipient`: a business-scoped user id.
    UserId(String),
}

/// A text message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Send {
    /// Whom it goes to.
    pub(super) recipient: Recipient,
    /// `text.body`.
    pub(super) body: String,
    /// `context.message_id`.
    pub(super) reply_to: Option<String>,
    /// `biz_opaque_callback_data`.
    pub(super) callback_data: Option<String>,
}

/// A read mark, perhaps with a typing indicator.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// The customer's message.
    pub(super) message_id: String,
    /// Whether the business shows as typing.
    pub(super) typing: bool,
}

/// Reads a body; `None` is one that is not JSON.
///
/// # Errors
/// The first thing Meta would complain about.
pub(super) fn parse(body: Option<&Value>) -> Result<Request, GraphError> {
    let Some(Value::Object(map)) = body else {
        let details = "The request body must be a JSON object.";
        return Err(GraphError::parameter(details));
    };
    let fields = Fields::body(map);
    fields.choice("messaging_product", &["whatsapp"])?;
    if fields.has("status") {
        parse_read(fields).map(Request::Read)
    } else {
        parse_send(fields).map(Request::Send)
    }
}

/// Reads the body of a read mark.
fn parse_read(fields: Fields<'_>) -> Result<Read, GraphError> {
    fields.only(&[
        "messaging_product",
        "status",
        "message_id",
        "typing_indicator",
    ])?;
    fields.choice("status", &["read"])?;
    let message_id = fields.text("message_id")?.to_owned();
    let typing = fields.find_object("typing_indicator")?;
    if let Some(typing) = typing {
        typing.only(&["type"])?;
        typing.choice("type", &["text"])?;
    }
    Ok(Read {
        message_id,
        typing: typing.is_some(),
    })
}

/// Reads the body of a message.
fn parse_send(fields: Fields<'_>) -> Result<Send, GraphError> {
    if fields.has("recipient_type") {
        fields.choice("recipient_type", &["individual"])?;
    }
    let recipient = parse_recipient(fields)?;
    let kind = fields.text("type")?;
    if NOT_PLAYED.contains(&kind) {
        let details = format!("The simulator does not play messages of type {kind} yet.");
        return Err(GraphError::of(131_051).details(&details));
    }
    let mut types = NOT_PLAYED.to_vec();
    types.push("text");
    fields.choice("type", &types)?;
    fields.only(&[
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        "text",
        "context",
        "biz_opaque_callback_data",
        "recipient_identity_key_hash",
    ])?;

    let text = fields.object("text")?;
    text.only(&["body", "preview_url"])?;
    text.find_bool("preview_url")?;
    let body = text.required_sized("body", 1, MAX_BODY)?.to_owned();
    let reply_to = fields
        .find_object("context")?
        .map(parse_context)
        .transpose()?;
    let callback_data = fields.sized("biz_opaque_callback_data", 0, MAX_CALLBACK_DATA)?;
    fields.find_text("recipient_identity_key_hash")?;
    Ok(Send {
        recipient,
        body,
        reply_to,
        callback_data: callback_data.map(str::to_owned),
    })
}

/// Reads `to` and `recipient`; `to` wins if both are there.
fn parse_recipient(fields: Fields<'_>) -> Result<Recipient, GraphError> {
    let user_id = fields.find_text("recipient")?;
    if user_id.is_some_and(|id| !ids::is_user_id(id)) {
        let details = "Param recipient must be a business-scoped user id.";
        return Err(GraphError::parameter(details));
    }
    match (fields.find_text("to")?, user_id) {
        (Some(to), _) if phone::digits(to).is_none() => {
            Err(GraphError::parameter("Param to must be a phone number."))
        }
        (Some(to), _) => Ok(Recipient::Phone(to.to_owned())),
        (None, Some(id)) => Ok(Recipient::UserId(id.to_owned())),
        (None, None) => Err(GraphError::parameter("The parameter to is required.")),
    }
}

/// Reads `context`.
fn parse_context(context: Fields<'_>) -> Result<String, GraphError> {
    context.only(&["message_id"])?;
    context.text("message_id").map(str::to_owned)
}

//! `/control/customers`: the people with phones, and what they do.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Input, Refused};
use crate::simulator::change::Change;
use crate::simulator::hub::{Hub, Inner};
use crate::simulator::webhook::{body, steps};
use crate::simulator::world::customer::Customer;
use crate::simulator::world::message::{Author, Message, Status};
use crate::simulator::world::pending::Update;
use crate::simulator::{ids, phone};

/// The longest handle.
const MAX_HANDLE: usize = 64;

/// The longest text a customer may write here. Customers may write more than
/// businesses.
const MAX_TEXT: usize = 65_536;

/// The body of `PUT /control/customers/{customer}`. What is left out stays as
/// it was; `null` takes it away.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    /// The number, with calling code.
    #[serde(default)]
    phone: Change<String>,
    /// The business-scoped user id.
    user_id: Option<String>,
    /// The profile's name.
    #[serde(default)]
    name: Change<String>,
    /// The user name.
    #[serde(default)]
    username: Change<String>,
    /// Whether webhooks leave the number out.
    hide_phone: Option<bool>,
}

/// `PUT /control/customers/{customer}`: adds or changes a person.
pub(super) async fn put(
    State(hub): State<Arc<Hub>>,
    Path(handle): Path<String>,
    Input(form): Input<Form>,
) -> Result<Json<Value>, Refused> {
    if handle.is_empty() || handle.len() > MAX_HANDLE {
        return Err(Refused::wrong("a customer's name has 1 to 64 bytes"));
    }
    let mut inner = hub.lock();
    let old = inner.world.customers.find(&handle).cloned();
    let customer = change(&hub, old, handle, form)?;
    let view = customer.view();
    inner
        .world
        .customers
        .put(customer)
        .map_err(Refused::conflict)?;
    hub.touch();
    Ok(Json(view))
}

/// The customer a form makes out of the old one, or out of nobody.
fn change(
    hub: &Hub,
    old: Option<Customer>,
    handle: String,
    form: Form,
) -> Result<Customer, Refused> {
    let phone = match form.phone {
        Change::Set(number) => {
            let wrong = || Refused::wrong("phone is not a phone number");
            Change::Set(phone::digits(&number).ok_or_else(wrong)?)
        }
        other => other,
    };
    let mut customer = old.unwrap_or_else(|| Customer::new(handle));
    customer.phone = phone.over(customer.phone);
    customer.name = form.name.over(customer.name);
    customer.username = form.username.over(customer.username);
    customer.hide_phone = form.hide_phone.unwrap_or(customer.hide_phone);
    match form.user_id {
        Some(id) if !ids::is_user_id(&id) => {
            return Err(Refused::wrong("user_id is not of the form ID.1349"));
        }
        Some(id) => customer.user_id = id,
        None if customer.user_id.is_empty() => {
            customer.user_id = ids::user_id(hub.clock.as_ref(), customer.phone.as_deref());
        }
        None => {}
    }
    Ok(customer)
}

/// `GET /control/customers`.
pub(super) async fn list(State(hub): State<Arc<Hub>>) -> Json<Value> {
    let inner = hub.lock();
    let customers: Vec<Value> = inner.world.customers.iter().map(Customer::view).collect();
    Json(json!({ "customers": customers }))
}

/// The body of `POST /control/customers/{customer}/messages`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// The business's number, by its id.
    to: String,
    /// What the customer writes.
    text: String,
    /// The message it quotes.
    reply_to: Option<String>,
    /// When it was written, unix seconds; now if left out.
    timestamp: Option<i64>,
}

/// `POST /control/customers/{customer}/messages`: the customer writes.
pub(super) async fn write(
    State(hub): State<Arc<Hub>>,
    Path(handle): Path<String>,
    Input(line): Input<Line>,
) -> Result<Json<Value>, Refused> {
    if line.text.is_empty() || line.text.chars().count() > MAX_TEXT {
        return Err(Refused::wrong("text has 1 to 65536 characters"));
    }
    let at = match line.timestamp {
        Some(seconds) => Timestamp::from_second(seconds).map_err(Refused::wrong)?,
        None => hub.now(),
    };
    let mut inner = hub.lock();
    check(&inner, &handle, &line.to)?;
    if let Some(id) = &line.reply_to {
        let quoted = inner.world.messages.find(id);
        quoted
            .filter(|message| message.phone_number_id == line.to)
            .filter(|message| message.customer.as_ref() == Some(&handle))
            .ok_or_else(|| Refused::missing("reply_to is no message of this conversation"))?;
    }
    if let Some(customer) = inner.world.customers.find_mut(&handle) {
        customer.wrote(&line.to, at);
    }
    let message = Message {
        id: ids::wamid(hub.clock.as_ref()),
        phone_number_id: line.to,
        customer: Some(handle),
        text: line.text,
        reply_to: line.reply_to,
        at,
        seen: false,
        sending: None,
    };
    let id = message.id.clone();
    tell(&hub, &mut inner, message);
    Ok(Json(json!({ "id": id })))
}

/// Keeps a customer's message and tells the business.
fn tell(hub: &Hub, inner: &mut Inner, message: Message) {
    inner.pace.count(&message.phone_number_id, hub.now());
    if let Some(value) = body::incoming(&inner.world, &message) {
        let update = Update {
            phone_number_id: message.phone_number_id.clone(),
            customer: message.customer.clone(),
            value,
        };
        hub.post(inner, update);
    }
    inner.world.messages.push(message);
}

/// The body of `POST /control/customers/{customer}/read`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seen {
    /// The business's number, by its id.
    to: String,
    /// The message; all received ones if left out.
    message_id: Option<String>,
}

/// `POST /control/customers/{customer}/read`: the customer looks.
pub(super) async fn read(
    State(hub): State<Arc<Hub>>,
    Path(handle): Path<String>,
    Input(seen): Input<Seen>,
) -> Result<Json<Value>, Refused> {
    let mut inner = hub.lock();
    check(&inner, &handle, &seen.to)?;
    let mut ids: Vec<String> = inner
        .world
        .messages
        .of(&handle)
        .filter(|message| message.arrives() && message.phone_number_id == seen.to)
        .map(|message| message.id.clone())
        .collect();
    if let Some(only) = &seen.message_id {
        ids.retain(|id| id == only);
        if ids.is_empty() {
            return Err(Refused::missing(
                "the customer has not received this message",
            ));
        }
    }
    ids.retain(|id| steps::advance(&hub, &mut inner, id, Status::Read));
    Ok(Json(json!({ "read": ids })))
}

/// Refuses a customer or a number that does not exist.
fn check(inner: &Inner, handle: &str, number: &str) -> Result<(), Refused> {
    if inner.world.customers.find(handle).is_none() {
        return Err(Refused::missing("no such customer"));
    }
    if !inner.world.accounts.contains_key(number) {
        return Err(Refused::missing("no account has this phone_number_id"));
    }
    Ok(())
}

/// The query of `GET /control/customers/{customer}/received`.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    /// Whether messages that never arrive are listed too.
    #[serde(default)]
    all: bool,
}

/// `GET /control/customers/{customer}/received`: what the business sent.
pub(super) async fn received(
    State(hub): State<Arc<Hub>>,
    Path(handle): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Refused> {
    let inner = hub.lock();
    if inner.world.customers.find(&handle).is_none() {
        return Err(Refused::missing("no such customer"));
    }
    let messages: Vec<Value> = inner
        .world
        .messages
        .of(&handle)
        .filter(|message| message.author() == Author::Business)
        .filter(|message| which.all || message.arrives())
        .map(Message::view)
        .collect();
    Ok(Json(json!({ "messages": messages })))
}

/// `GET /control/customers/{customer}/conversation`: both directions, and
/// which numbers show as typing.
pub(super) async fn conversation(
    State(hub): State<Arc<Hub>>,
    Path(handle): Path<String>,
) -> Result<Json<Value>, Refused> {
    let inner = hub.lock();
    let customer = inner.world.customers.find(&handle);
    let customer = customer.ok_or_else(|| Refused::missing("no such customer"))?;
    let now = hub.now();
    let messages: Vec<Value> = inner
        .world
        .messages
        .of(&handle)
        .map(Message::view)
        .collect();
    let typing: Vec<&str> = inner
        .typing
        .iter()
        .filter(|((_, typing_to), until)| *typing_to == handle && **until > now)
        .map(|((number, _), _)| number.as_str())
        .collect();
    let open: Vec<&String> = inner
        .world
        .accounts
        .keys()
        .filter(|number| customer.window_open(number, now))
        .collect();
    Ok(Json(
        json!({"messages": messages, "typing": typing, "window_open": open}),
    ))
}

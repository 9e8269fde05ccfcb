//! The content of webhooks.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::simulator::world::World;
use crate::simulator::world::account::Account;
use crate::simulator::world::customer::Customer;
use crate::simulator::world::message::{Author, Message, Sending, Status};
use crate::simulator::{catalog, phone};

/// Where errors in webhooks point to.
const HREF: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";

/// The whole body around some changes, each with its business account's id.
/// Changes of one business account share an entry.
pub(super) fn envelope(changes: Vec<(String, Value)>) -> Value {
    let mut entries: Vec<(String, Vec<Value>)> = Vec::new();
    for (waba_id, value) in changes {
        let change = json!({"field": "messages", "value": value});
        match entries.iter_mut().find(|(id, _)| *id == waba_id) {
            Some((_, changes)) => changes.push(change),
            None => entries.push((waba_id, vec![change])),
        }
    }
    let entry: Vec<Value> = entries
        .into_iter()
        .map(|(id, changes)| json!({"id": id, "changes": changes}))
        .collect();
    json!({"object": "whatsapp_business_account", "entry": entry})
}

/// The parts every value of the field `messages` has.
fn value(account: &Account) -> Map<String, Value> {
    let mut value = Map::new();
    value.insert("messaging_product".to_owned(), json!("whatsapp"));
    let metadata = json!({
        "display_phone_number": account.setting.display_phone_number,
        "phone_number_id": account.phone_number_id,
    });
    value.insert("metadata".to_owned(), metadata);
    value
}

/// A customer as `contacts[]` shows them.
fn contact(customer: &Customer) -> Value {
    let mut contact = Map::new();
    let mut profile = Map::new();
    put(&mut profile, "name", customer.name.as_deref());
    put(&mut profile, "username", customer.username.as_deref());
    if !profile.is_empty() {
        contact.insert("profile".to_owned(), profile.into());
    }
    put(&mut contact, "wa_id", customer.visible_phone());
    put(&mut contact, "user_id", Some(&customer.user_id));
    contact.into()
}

/// Puts a text, if there is one: what Meta does not tell is left out.
fn put(map: &mut Map<String, Value>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        map.insert(key.to_owned(), json!(text));
    }
}

/// A time as webhooks write it: seconds, as a text.
fn seconds(at: Timestamp) -> String {
    at.as_second().to_string()
}

/// `value` for a customer's message; `None` when account or customer are gone.
pub(in crate::simulator) fn incoming(world: &World, message: &Message) -> Option<Value> {
    let account = world.accounts.get(&message.phone_number_id)?;
    let customer = world.customers.find(message.customer.as_deref()?)?;
    let mut item = Map::new();
    if let Some(id) = &message.reply_to {
        item.insert("context".to_owned(), context(world, account, customer, id));
    }
    put(&mut item, "from", customer.visible_phone());
    put(&mut item, "from_user_id", Some(&customer.user_id));
    put(&mut item, "id", Some(&message.id));
    put(&mut item, "timestamp", Some(&seconds(message.at)));
    put(&mut item, "type", Some("text"));
    item.insert("text".to_owned(), json!({"body": message.text}));

    let mut value = value(account);
    value.insert("contacts".to_owned(), json!([contact(customer)]));
    value.insert("messages".to_owned(), json!([item]));
    Some(value.into())
}

/// `context` of a reply: the quoted message and who wrote it.
fn context(world: &World, account: &Account, customer: &Customer, id: &str) -> Value {
    let mut context = Map::new();
    match world.messages.find(id).map(Message::author) {
        Some(Author::Customer) => {
            put(&mut context, "from", customer.visible_phone());
            put(&mut context, "from_user_id", Some(&customer.user_id));
        }
        Some(Author::Business) | None => {
            let business = &account.setting.display_phone_number;
            let digits = phone::digits(business);
            put(
                &mut context,
                "from",
                Some(digits.as_ref().unwrap_or(business)),
            );
        }
    }
    put(&mut context, "id", Some(id));
    context.into()
}

/// A status to tell.
#[derive(Debug, Clone, Copy)]
pub(in crate::simulator) struct Told {
    /// The status.
    pub(in crate::simulator) status: Status,
    /// Whether the price is told with it: with `sent`, and with one of
    /// `delivered` and `read`.
    pub(in crate::simulator) priced: bool,
    /// When it came about.
    pub(in crate::simulator) at: Timestamp,
}

/// `value` for a business's message that got further; `None` when its account
/// is gone or it is no business's message.
pub(in crate::simulator) fn status(world: &World, message: &Message, told: Told) -> Option<Value> {
    let account = world.accounts.get(&message.phone_number_id)?;
    let sending = message.sending.as_ref()?;
    let customer = message
        .customer
        .as_deref()
        .and_then(|c| world.customers.find(c));
    let mut item = Map::new();
    put(&mut item, "id", Some(&message.id));
    put(&mut item, "status", Some(told.status.word()));
    put(&mut item, "timestamp", Some(&seconds(told.at)));
    let phone = sending.phone.as_deref();
    put(
        &mut item,
        "recipient_id",
        phone.or_else(|| customer?.visible_phone()),
    );
    let user_id = customer.map(|customer| customer.user_id.as_str());
    put(
        &mut item,
        "recipient_user_id",
        user_id.or(sending.user_id.as_deref()),
    );
    put(
        &mut item,
        "biz_opaque_callback_data",
        sending.callback_data.as_deref(),
    );
    if told.status == Status::Failed {
        item.insert("errors".to_owned(), json!([error(sending)]));
    } else if told.priced {
        item.insert("pricing".to_owned(), pricing(sending));
    }

    let mut value = value(account);
    // Contacts come with every status but `failed`.
    if let Some(customer) = customer.filter(|_| told.status != Status::Failed) {
        value.insert("contacts".to_owned(), json!([contact(customer)]));
    }
    value.insert("statuses".to_owned(), json!([item]));
    Some(value.into())
}

/// What the message costs.
fn pricing(sending: &Sending) -> Value {
    let kind = if sending.free {
        "free_customer_service"
    } else {
        "regular"
    };
    json!({
        "billable": !sending.free,
        "pricing_model": "PMP",
        "category": "service",
        "type": kind,
    })
}

/// Why the message failed.
fn error(sending: &Sending) -> Value {
    let entry = catalog::find(sending.doom.unwrap_or(131_000));
    json!({
        "code": entry.code,
        "title": entry.title,
        "message": entry.title,
        "error_data": {"details": entry.details},
        "href": HREF,
    })
}

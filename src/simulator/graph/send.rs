//! Takes a valid message, or says by which rule it is refused.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::{Answer, GraphError};
use super::request::{Recipient, Send};
use crate::simulator::faults::{About, Kind};
use crate::simulator::hub::{Hub, Inner};
use crate::simulator::world::customer::Customer;
use crate::simulator::world::message::{Message, Sending, Status};
use crate::simulator::{ids, phone};

/// The message's way: from whom, to whom.
#[derive(Debug)]
struct Way<'a> {
    /// The business's number.
    number: &'a str,
    /// What the body named.
    input: &'a str,
    /// The number reached (digits) or the user id.
    address: String,
    /// Whether `address` is a number.
    by_phone: bool,
    /// Whose address it is, if it is anybody's.
    customer: Option<Customer>,
}

/// What the faults want with this send.
#[derive(Debug)]
enum Wish {
    /// Refuse it with this.
    Refuse(GraphError),
    /// Do not take it, and answer this.
    Lose(Answer),
    /// Take it, and answer this instead.
    Mute(Answer),
}

/// Takes a message for delivery.
///
/// # Errors
/// Meta's refusal.
pub(super) fn send(
    hub: &Hub,
    inner: &mut Inner,
    number: &str,
    message: &Send,
) -> Result<Answer, GraphError> {
    let now = hub.now();
    let way = find_way(inner, number, &message.recipient)?;
    check_context(inner, &way, message.reply_to.as_deref())?;
    let mute = match take_wish(inner, &way) {
        Some(Wish::Refuse(error)) => return Err(error),
        Some(Wish::Lose(answer)) => return Ok(answer),
        Some(Wish::Mute(answer)) => Some(answer),
        None => None,
    };
    check_pace(inner, &way, now)?;
    let doom = find_doom(inner, &way, now)?;
    let id = keep(hub, inner, &way, message, doom);
    Ok(mute.unwrap_or_else(|| Answer::ok(accepted(&way, &id))))
}

/// Finds whom a message reaches.
fn find_way<'a>(
    inner: &Inner,
    number: &'a str,
    recipient: &'a Recipient,
) -> Result<Way<'a>, GraphError> {
    let customers = &inner.world.customers;
    match recipient {
        Recipient::UserId(id) => Ok(Way {
            number,
            input: id,
            address: id.clone(),
            by_phone: false,
            customer: customers.find_by_user_id(id).cloned(),
        }),
        Recipient::Phone(to) => {
            let account = inner.world.accounts.get(number);
            let business = account.map_or("", |a| a.setting.display_phone_number.as_str());
            let wrong = || GraphError::parameter("Param to must be a phone number.");
            let address = phone::dialled(to, business).ok_or_else(wrong)?;
            if phone::digits(business).as_ref() == Some(&address) {
                return Err(GraphError::of(131_021));
            }
            Ok(Way {
                number,
                input: to,
                customer: customers.find_by_phone(&address).cloned(),
                address,
                by_phone: true,
            })
        }
    }
}

/// Refuses to quote a message that is not part of this conversation.
fn check_context(inner: &Inner, way: &Way<'_>, id: Option<&str>) -> Result<(), GraphError> {
    let Some(id) = id else {
        return Ok(());
    };
    let customer = way.customer.as_ref().map(|customer| &customer.handle);
    inner
        .world
        .messages
        .find(id)
        .filter(|quoted| quoted.phone_number_id == way.number)
        .filter(|quoted| quoted.customer.as_ref() == customer)
        .map(|_| ())
        .ok_or_else(|| {
            let details = "context.message_id: no such message in this conversation";
            GraphError::of(131_009).details(details)
        })
}

/// What the faults see of a send.
fn about<'a>(way: &'a Way<'_>) -> About<'a> {
    About {
        phone_number_id: way.number,
        customer: way.customer.as_ref(),
        address: Some(&way.address),
    }
}

/// Lets the first fault act that wants something else than the usual.
fn take_wish(inner: &mut Inner, way: &Way<'_>) -> Option<Wish> {
    inner.faults.take(about(way), |kind| match kind {
        Kind::Error {
            code,
            subcode,
            http,
            details,
            transient,
        } => {
            let usual = GraphError::of(*code)
                .subcode(*subcode)
                .transient(*transient);
            let usual = match http {
                Some(http) => usual.http(*http),
                None => usual,
            };
            Some(Wish::Refuse(match details {
                Some(details) => usual.details(details),
                None => usual,
            }))
        }
        Kind::RateLimit { retry_after, code } => {
            let error = GraphError::of(*code).http(429).retry_after(*retry_after);
            Some(Wish::Refuse(error))
        }
        Kind::TimeoutBeforeAccept { millis } => Some(Wish::Lose(hold(*millis))),
        Kind::TimeoutAfterAccept { millis } => Some(Wish::Mute(hold(*millis))),
        Kind::GatewayError { http, accepted } => {
            let answer = Answer::gateway(*http);
            Some(if *accepted {
                Wish::Mute(answer)
            } else {
                Wish::Lose(answer)
            })
        }
        _ => None,
    })
}

/// An answer that comes too late.
fn hold(millis: u64) -> Answer {
    Answer::withheld(Duration::from_millis(millis))
}

/// Refuses what is too much for the number or for the customer, and counts
/// the rest.
fn check_pace(inner: &mut Inner, way: &Way<'_>, now: Timestamp) -> Result<(), GraphError> {
    let account = inner.world.accounts.get(way.number);
    let most = account.map_or(0, |account| account.setting.messages_per_second);
    if !inner.pace.number_may(way.number, most, now) {
        return Err(GraphError::of(130_429));
    }
    // A customer is one pair, whether addressed by number or by user id.
    let address = way
        .customer
        .as_ref()
        .map_or(&way.address, |customer| &customer.user_id);
    if !inner.pace.pair_may(way.number, address, now) {
        return Err(GraphError::of(131_056));
    }
    inner.pace.count(way.number, now);
    inner.pace.count_pair(way.number, address, now);
    Ok(())
}

/// With which error a message fails after it was taken; `None` when it
/// arrives.
///
/// # Errors
/// When the window is closed and a fault wants that said at once.
fn find_doom(inner: &mut Inner, way: &Way<'_>, now: Timestamp) -> Result<Option<u32>, GraphError> {
    let told = inner.faults.take(about(way), |kind| match kind {
        Kind::FailAfterAccept { code } => Some(*code),
        _ => None,
    });
    if told.is_some() {
        return Ok(told);
    }
    let Some(customer) = &way.customer else {
        return Ok(Some(131_026));
    };
    if customer.window_open(way.number, now) {
        return Ok(None);
    }
    let at_once = inner.faults.take(about(way), |kind| {
        matches!(kind, Kind::WindowAtOnce {}).then_some(())
    });
    match at_once {
        Some(()) => Err(GraphError::of(131_047)),
        None => Ok(Some(131_047)),
    }
}

/// Keeps the message, plans its statuses and returns its id.
fn keep(hub: &Hub, inner: &mut Inner, way: &Way<'_>, message: &Send, doom: Option<u32>) -> String {
    let now = hub.now();
    let id = ids::wamid(hub.clock.as_ref());
    let handle = way
        .customer
        .as_ref()
        .map(|customer| customer.handle.clone());
    let account = inner.world.accounts.get_mut(way.number);
    let free = account.is_some_and(|account| doom.is_none() && account.spend(now));
    if let Some(handle) = &handle {
        // Typing ends at the reply.
        inner
            .typing
            .remove(&(way.number.to_owned(), handle.clone()));
    }
    let address = Some(way.address.clone());
    inner.world.messages.push(Message {
        id: id.clone(),
        phone_number_id: way.number.to_owned(),
        customer: handle,
        text: message.body.clone(),
        reply_to: message.reply_to.clone(),
        at: now,
        seen: false,
        sending: Some(Sending {
            phone: address.clone().filter(|_| way.by_phone),
            user_id: address.filter(|_| !way.by_phone),
            callback_data: message.callback_data.clone(),
            doom,
            free,
            status: Status::Accepted,
        }),
    });
    hub.touch();
    hub.plan_after(&id, Status::Accepted, doom.is_some());
    id
}

/// The body of a success.
fn accepted(way: &Way<'_>, id: &str) -> Value {
    let mut contact = Map::new();
    contact.insert("input".to_owned(), json!(way.input));
    let customer = way.customer.as_ref();
    let phone = if way.by_phone {
        Some(way.address.as_str())
    } else {
        customer.and_then(Customer::visible_phone)
    };
    if let Some(phone) = phone {
        contact.insert("wa_id".to_owned(), json!(phone));
    }
    let unknown = Some(way.address.as_str()).filter(|_| !way.by_phone);
    if let Some(user_id) = customer
        .map(|customer| customer.user_id.as_str())
        .or(unknown)
    {
        contact.insert("user_id".to_owned(), json!(user_id));
    }
    json!({
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": id}],
    })
}

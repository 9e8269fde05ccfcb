//! Messages both ways.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The most messages kept; the oldest go first.
const MAX_MESSAGES: usize = 50_000;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::simulator) enum Author {
    /// The customer, on their phone.
    Customer,
    /// The business, by the Graph API.
    Business,
}

/// How far a business's message got, in the order of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::simulator) enum Status {
    /// The API said yes.
    Accepted,
    /// It left for the phone.
    Sent,
    /// It is on the phone.
    Delivered,
    /// The customer saw it.
    Read,
    /// It never got there.
    Failed,
}

impl Status {
    /// The word webhooks use.
    pub(in crate::simulator) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}

/// What the Graph API took with a business's message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulator) struct Sending {
    /// The number it was addressed to (digits), unless by user id.
    pub(in crate::simulator) phone: Option<String>,
    /// The user id it was addressed to, unless by number.
    pub(in crate::simulator) user_id: Option<String>,
    /// `biz_opaque_callback_data`.
    pub(in crate::simulator) callback_data: Option<String>,
    /// The error it fails with; `None` when it arrives.
    pub(in crate::simulator) doom: Option<u32>,
    /// Whether it is one of the month's free messages.
    pub(in crate::simulator) free: bool,
    /// How far it got.
    pub(in crate::simulator) status: Status,
}

/// One text message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulator) struct Message {
    /// The wamid.
    pub(in crate::simulator) id: String,
    /// The business's number.
    pub(in crate::simulator) phone_number_id: String,
    /// The customer's handle; `None` when nobody has the address.
    pub(in crate::simulator) customer: Option<String>,
    /// What was written.
    pub(in crate::simulator) text: String,
    /// The message it quotes.
    pub(in crate::simulator) reply_to: Option<String>,
    /// When Meta took it.
    pub(in crate::simulator) at: Timestamp,
    /// For a customer's message: whether the business marked it as read.
    pub(in crate::simulator) seen: bool,
    /// For a business's message: what happens to it.
    pub(in crate::simulator) sending: Option<Sending>,
}

impl Message {
    /// Who wrote it.
    pub(in crate::simulator) fn author(&self) -> Author {
        match self.sending {
            Some(_) => Author::Business,
            None => Author::Customer,
        }
    }

    /// Whether it is a business's message that the phone gets.
    pub(in crate::simulator) fn arrives(&self) -> bool {
        self.sending
            .as_ref()
            .is_some_and(|sending| sending.doom.is_none())
    }

    /// The message as the control API shows it.
    pub(in crate::simulator) fn view(&self) -> Value {
        let sending = self.sending.as_ref();
        json!({
            "id": self.id,
            "phone_number_id": self.phone_number_id,
            "from": self.author(),
            "type": "text",
            "text": self.text,
            "context": self.reply_to.as_ref().map(|id| json!({"id": id})),
            "biz_opaque_callback_data": sending.and_then(|s| s.callback_data.as_deref()),
            "status": sending.map(|s| s.status),
            "error": sending.and_then(|s| s.doom),
            "seen": self.seen,
            "at": self.at,
        })
    }
}

/// All messages, in the order of acceptance.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator) struct Messages {
    /// By running number. Shared, so that a snapshot is cheap.
    all: BTreeMap<u64, Arc<Message>>,
    /// Running numbers by wamid.
    by_id: HashMap<String, u64>,
    /// Running numbers by customer's handle.
    by_customer: HashMap<String, BTreeSet<u64>>,
    /// The running number of the next message.
    next: u64,
}

impl Messages {
    /// Adds a message, forgetting the oldest when there are too many.
    pub(in crate::simulator) fn push(&mut self, message: Message) {
        let number = self.next;
        self.next += 1;
        self.by_id.insert(message.id.clone(), number);
        if let Some(customer) = &message.customer {
            self.by_customer
                .entry(customer.clone())
                .or_default()
                .insert(number);
        }
        self.all.insert(number, Arc::new(message));
        if self.all.len() > MAX_MESSAGES {
            self.forget_oldest();
        }
    }

    /// Removes the oldest message and every trace of it.
    fn forget_oldest(&mut self) {
        let Some((number, message)) = self.all.pop_first() else {
            return;
        };
        self.by_id.remove(&message.id);
        let Some(customer) = &message.customer else {
            return;
        };
        if let Some(numbers) = self.by_customer.get_mut(customer) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.by_customer.remove(customer);
            }
        }
    }

    /// The message with this wamid.
    pub(in crate::simulator) fn find(&self, id: &str) -> Option<&Message> {
        let number = self.by_id.get(id)?;
        self.all.get(number).map(Arc::as_ref)
    }

    /// The message with this wamid, to change it.
    pub(in crate::simulator) fn find_mut(&mut self, id: &str) -> Option<&mut Message> {
        let number = self.by_id.get(id)?;
        self.all.get_mut(number).map(Arc::make_mut)
    }

    /// A customer's messages both ways, oldest first.
    pub(in crate::simulator) fn of<'a>(
        &'a self,
        customer: &str,
    ) -> impl DoubleEndedIterator<Item = &'a Message> + use<'a> {
        let numbers = self.by_customer.get(customer);
        numbers
            .into_iter()
            .flatten()
            .filter_map(|number| self.all.get(number))
            .map(Arc::as_ref)
    }

    /// Everything, oldest first.
    pub(in crate::simulator) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.all.values().map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A customer's message.
    fn message(id: &str, customer: &str) -> Message {
        Message {
            id: id.to_owned(),
            phone_number_id: "111".to_owned(),
            customer: Some(customer.to_owned()),
            text: "halo".to_owned(),
            reply_to: None,
            at: Timestamp::UNIX_EPOCH,
            seen: false,
            sending: None,
        }
    }

    #[test]
    fn the_oldest_message_goes_when_there_are_too_many() {
        let mut messages = Messages::default();
        messages.push(message("first", "budi"));
        for number in 0..MAX_MESSAGES {
            messages.push(message(&format!("m{number}"), "sari"));
        }
        assert!(messages.find("first").is_none());
        assert_eq!(messages.of("budi").count(), 0);
        assert_eq!(messages.of("sari").count(), 50_000);
    }

    #[test]
    fn a_customers_messages_come_in_order() {
        let mut messages = Messages::default();
        for (id, customer) in [("a", "budi"), ("b", "sari"), ("c", "budi")] {
            messages.push(message(id, customer));
        }
        let ids: Vec<_> = messages.of("budi").map(|m| m.id.as_str()).collect();
        assert_eq!(ids, ["a", "c"]);
    }
}

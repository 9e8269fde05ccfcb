//! Customers of several numbers, and the webhooks that tell what they write.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use loket::meta::signature;
use secrecy::SecretString;
use serde_json::{Value, json};

/// The secret that signs webhooks.
pub(crate) const SECRET: &str = "bench-app-secret";

/// The number that makes every message's id its own, in this process.
static SERIAL: AtomicUsize = AtomicUsize::new(1);

/// A customer of one of our numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Customer {
    /// Which customer: the phone number is made of it.
    pub(crate) n: usize,
    /// Which of our numbers they write to.
    pub(crate) account: usize,
}

impl Customer {
    /// The phone number.
    pub(crate) fn phone(self) -> String {
        format!("62811{:08}", self.n)
    }

    /// The name that the ghost has.
    pub(crate) fn name(self) -> String {
        format!("Customer {}", self.n)
    }
}

/// The first `count` customers, spread over `accounts` numbers.
pub(crate) fn crowd(count: usize, accounts: usize) -> Vec<Customer> {
    let customer = |n| Customer {
        n,
        account: n % accounts.max(1),
    };
    (0..count).map(customer).collect()
}

/// Our number's id at Meta.
pub(crate) fn number_id(account: usize) -> String {
    format!("10000000000{account:04}")
}

/// A webhook: its path, body and signature.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    /// The account's name in the path.
    pub(crate) account: String,
    /// The body.
    pub(crate) body: Bytes,
    /// The header's value.
    pub(crate) signature: String,
}

/// A webhook in which one customer says one thing.
pub(crate) fn says(customer: Customer, text: &str) -> Webhook {
    webhook(customer.account, &[(customer, text.to_owned())])
}

/// A webhook of several messages to one of our numbers.
pub(crate) fn webhook(account: usize, said: &[(Customer, String)]) -> Webhook {
    let contacts: Vec<Value> = said
        .iter()
        .map(|(customer, _)| {
            let (phone, name) = (customer.phone(), customer.name());
            json!({ "profile": { "name": name }, "wa_id": phone })
        })
        .collect();
    let second = std::time::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .as_secs();
    let messages: Vec<Value> = said
        .iter()
        .map(|(customer, text)| {
            let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
            json!({
                "from": customer.phone(),
                "id": format!("wamid.bench{}-{serial}", std::process::id()),
                "timestamp": second.to_string(),
                "type": "text",
                "text": { "body": text },
            })
        })
        .collect();
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": "200000000000002",
            "changes": [{
                "field": "messages",
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {
                        "display_phone_number": format!("1202555{account:04}"),
                        "phone_number_id": number_id(account),
                    },
                    "contacts": contacts,
                    "messages": messages,
                },
            }],
        }],
    });
    let body = Bytes::from(body.to_string());
    let signature = signature::sign(&body, &SecretString::from(SECRET)).unwrap_or_default();
    Webhook {
        account: format!("a{account}"),
        body,
        signature,
    }
}

//! The people with phones.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The most customers.
pub(in crate::simulator) const MAX_CUSTOMERS: usize = 50_000;

/// How long after a customer's last message free-form messages are delivered.
const SERVICE_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// A person with a phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulator) struct Customer {
    /// The short name the control API uses; Meta never sees it.
    pub(in crate::simulator) handle: String,
    /// The number, digits with calling code; `None` is a person whose number
    /// nobody is to know.
    pub(in crate::simulator) phone: Option<String>,
    /// The business-scoped user id.
    pub(in crate::simulator) user_id: String,
    /// The profile's name.
    pub(in crate::simulator) name: Option<String>,
    /// The user name, if one was adopted.
    pub(in crate::simulator) username: Option<String>,
    /// Whether webhooks leave the number out, as they do for user-name
    /// adopters the business has not been in touch with lately.
    pub(in crate::simulator) hide_phone: bool,
    /// When the customer last wrote, by phone number id.
    pub(in crate::simulator) last_wrote: BTreeMap<String, Timestamp>,
}

impl Customer {
    /// A person of whom nothing is known yet, not even a user id.
    pub(in crate::simulator) fn new(handle: String) -> Self {
        Self {
            handle,
            phone: None,
            user_id: String::new(),
            name: None,
            username: None,
            hide_phone: false,
            last_wrote: BTreeMap::new(),
        }
    }

    /// The number as webhooks show it; `None` when they leave it out.
    pub(in crate::simulator) fn visible_phone(&self) -> Option<&str> {
        self.phone.as_deref().filter(|_| !self.hide_phone)
    }

    /// Whether free-form messages from a number may reach the customer now.
    pub(in crate::simulator) fn window_open(&self, phone_number_id: &str, now: Timestamp) -> bool {
        self.last_wrote
            .get(phone_number_id)
            .is_some_and(|wrote| now.duration_since(*wrote) < SERVICE_WINDOW)
    }

    /// Notes that the customer wrote at `at`.
    pub(in crate::simulator) fn wrote(&mut self, phone_number_id: &str, at: Timestamp) {
        let last = self
            .last_wrote
            .entry(phone_number_id.to_owned())
            .or_insert(at);
        *last = at.max(*last);
    }

    /// Whether `name` means this customer: handle, number or user id.
    pub(in crate::simulator) fn is(&self, name: &str) -> bool {
        name == self.handle
            || name == self.user_id
            || self.phone.as_deref() == Some(name.trim_start_matches('+'))
    }

    /// The customer as the control API shows it.
    pub(in crate::simulator) fn view(&self) -> Value {
        json!({
            "customer": self.handle,
            "phone": self.phone,
            "user_id": self.user_id,
            "name": self.name,
            "username": self.username,
            "hide_phone": self.hide_phone,
        })
    }
}

/// Customers, found by handle, number and user id.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator) struct Customers {
    /// By handle.
    all: BTreeMap<String, Customer>,
    /// Handles by number.
    by_phone: HashMap<String, String>,
    /// Handles by user id.
    by_user_id: HashMap<String, String>,
}

/// Why a customer cannot be kept as asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::simulator) enum Conflict {
    /// Somebody else has the number.
    #[error("another customer has this phone")]
    Phone,
    /// Somebody else has the user id.
    #[error("another customer has this user_id")]
    UserId,
    /// The simulator is full.
    #[error("there are already {MAX_CUSTOMERS} customers")]
    Full,
}

impl Customers {
    /// Adds a customer, or replaces the one with its handle.
    ///
    /// # Errors
    /// When number or user id belong to another handle, or there are too many.
    pub(in crate::simulator) fn put(&mut self, customer: Customer) -> Result<(), Conflict> {
        let handle = &customer.handle;
        let taken = |owner: Option<&String>| owner.is_some_and(|owner| owner != handle);
        if taken(customer.phone.as_ref().and_then(|p| self.by_phone.get(p))) {
            return Err(Conflict::Phone);
        }
        if taken(self.by_user_id.get(&customer.user_id)) {
            return Err(Conflict::UserId);
        }
        match self.all.get(handle) {
            None if self.all.len() >= MAX_CUSTOMERS => return Err(Conflict::Full),
            None => {}
            Some(old) => {
                if let Some(phone) = &old.phone {
                    self.by_phone.remove(phone);
                }
                self.by_user_id.remove(&old.user_id);
            }
        }
        if let Some(phone) = &customer.phone {
            self.by_phone.insert(phone.clone(), handle.clone());
        }
        self.by_user_id
            .insert(customer.user_id.clone(), handle.clone());
        self.all.insert(handle.clone(), customer);
        Ok(())
    }

    /// The customer with this handle.
    pub(in crate::simulator) fn find(&self, handle: &str) -> Option<&Customer> {
        self.all.get(handle)
    }

    /// The customer with this handle, to note what they did.
    pub(in crate::simulator) fn find_mut(&mut self, handle: &str) -> Option<&mut Customer> {
        self.all.get_mut(handle)
    }

    /// The customer with this number (digits).
    pub(in crate::simulator) fn find_by_phone(&self, digits: &str) -> Option<&Customer> {
        self.all.get(self.by_phone.get(digits)?)
    }

    /// The customer with this business-scoped user id.
    pub(in crate::simulator) fn find_by_user_id(&self, id: &str) -> Option<&Customer> {
        self.all.get(self.by_user_id.get(id)?)
    }

    /// All customers by handle.
    pub(in crate::simulator) fn iter(&self) -> impl Iterator<Item = &Customer> {
        self.all.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A customer with a number.
    fn customer(handle: &str, phone: &str, user_id: &str) -> Customer {
        Customer {
            phone: Some(phone.to_owned()),
            user_id: user_id.to_owned(),
            ..Customer::new(handle.to_owned())
        }
    }

    #[test]
    fn a_changed_number_is_found_and_the_old_one_is_free() {
        let mut customers = Customers::default();
        customers.put(customer("budi", "62811", "ID.1")).unwrap();
        customers.put(customer("budi", "62822", "ID.2")).unwrap();
        assert!(customers.find_by_phone("62811").is_none());
        assert!(customers.find_by_user_id("ID.1").is_none());
        assert_eq!(customers.find_by_phone("62822").unwrap().handle, "budi");
        customers.put(customer("sari", "62811", "ID.1")).unwrap();
    }

    #[test]
    fn two_customers_cannot_share_a_number_or_user_id() {
        let mut customers = Customers::default();
        customers.put(customer("budi", "62811", "ID.1")).unwrap();
        let phone = customers.put(customer("sari", "62811", "ID.2"));
        let user_id = customers.put(customer("sari", "62822", "ID.1"));
        assert_eq!(
            (phone, user_id),
            (Err(Conflict::Phone), Err(Conflict::UserId))
        );
    }

    #[test]
    fn the_window_closes_24_hours_after_the_last_message_to_that_number() {
        let mut budi = customer("budi", "62811", "ID.1");
        let wrote: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        budi.wrote("111", wrote);
        assert!(budi.window_open("111", "2026-11-21T09:59:59Z".parse().unwrap()));
        assert!(!budi.window_open("111", "2026-11-21T10:00:00Z".parse().unwrap()));
        assert!(!budi.window_open("222", wrote));
    }
}

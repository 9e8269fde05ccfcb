//! Webhooks that the daemon has not acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most webhooks waiting; further ones are lost, as Meta would lose them
/// days later.
pub(in crate::simulator) const MAX_PENDING: usize = 20_000;

/// One change of the field `messages`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulator) struct Update {
    /// The account it is about.
    pub(in crate::simulator) phone_number_id: String,
    /// The customer it is about; `None` when nobody has the address.
    pub(in crate::simulator) customer: Option<String>,
    /// `changes[].value`.
    pub(in crate::simulator) value: Value,
}

/// Updates by running number.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator) struct Pending {
    /// What waits. Shared, so that a snapshot is cheap.
    all: BTreeMap<u64, Arc<Update>>,
    /// The running number of the next one.
    next: u64,
}

impl Pending {
    /// Adds an update and returns its number; `None` when too many wait.
    pub(in crate::simulator) fn push(&mut self, update: Update) -> Option<u64> {
        if self.all.len() >= MAX_PENDING {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.all.insert(number, Arc::new(update));
        Some(number)
    }

    /// The update with this number, unless it is done.
    pub(in crate::simulator) fn find(&self, number: u64) -> Option<&Arc<Update>> {
        self.all.get(&number)
    }

    /// Forgets an update: acknowledged, or given up.
    pub(in crate::simulator) fn remove(&mut self, number: u64) {
        self.all.remove(&number);
    }

    /// The numbers of all that wait, oldest first.
    pub(in crate::simulator) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.all.keys().copied()
    }

    /// Everything that waits, oldest first.
    pub(in crate::simulator) fn iter(&self) -> impl Iterator<Item = &Update> {
        self.all.values().map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_webhooks_are_bounded() {
        let mut pending = Pending::default();
        let update = Update {
            phone_number_id: "111".to_owned(),
            customer: None,
            value: Value::Null,
        };
        for _ in 0..MAX_PENDING {
            assert!(pending.push(update.clone()).is_some());
        }
        assert_eq!(pending.push(update), None);
    }
}

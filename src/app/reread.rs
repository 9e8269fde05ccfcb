//! Reads again what was kept: as this version understands it.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::channel::registry;
use crate::channel::webhook::Hook;
use crate::config::Config;
use crate::domain::ids::AccountId;
use crate::domain::room_event::RoomEvent;
use crate::intake::{Pieces, Reread};
use crate::matrix::{inbound, transaction};

/// The readers of a configuration's accounts, and of transactions.
#[derive(Debug)]
pub struct Readers {
    /// What each account does with its webhooks.
    hooks: HashMap<AccountId, Arc<dyn Hook>>,
}

impl Readers {
    /// Those of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            hooks: registry::hooks(&super::accounts(config)),
        }
    }
}

impl Reread for Readers {
    fn account_of(&self, name: &str) -> Option<AccountId> {
        self.hooks.values().find_map(|hook| hook.account_of(name))
    }

    fn webhook(&self, account: &AccountId, body: &[u8], first: usize) -> Pieces {
        let Some(hook) = self.hooks.get(account) else {
            // The account is gone, and with it whoever could read this.
            return Pieces::default();
        };
        let reading = hook.read(body, first);
        Pieces {
            updates: reading.updates,
            is_whole: reading.unparsed.is_none(),
            next: reading.next,
        }
    }

    fn parked(&self, text: &str, received_at: Timestamp) -> (Vec<RoomEvent>, bool) {
        if let Some(event) = inbound::room_event(text, received_at) {
            return (vec![event], true);
        }
        let read = transaction::read(String::new(), text.as_bytes(), received_at);
        // An event that is still none looks like a transaction without events.
        let is_all = read.parked.is_empty() && !read.events.is_empty();
        (read.events, is_all)
    }
}

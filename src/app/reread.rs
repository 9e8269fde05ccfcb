//! Reads again what was kept: as this version understands it.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::channel::registry;
use crate::channel::webhook::Hook;
use crate::config::Config;
use crate::domain::ids::AccountId;
use crate::domain::room_event::RoomEvent;
use crate::intake::{Reread, Routed};
use crate::matrix::inbound;

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

    fn webhook(&self, account: &AccountId, body: &[u8]) -> (Vec<Routed>, Option<String>) {
        match self.hooks.get(account) {
            Some(hook) => {
                let reading = hook.read(body);
                (reading.updates, reading.unparsed)
            }
            None => (Vec::new(), Some("the account is gone".to_owned())),
        }
    }

    fn room_event(&self, json: &str, received_at: Timestamp) -> Option<RoomEvent> {
        inbound::room_event(json, received_at)
    }
}

//! An account's webhook: verification, signature, and which of our numbers each
//! piece is for.
//!
//! One app of Meta's has one address for all its numbers: the account in the
//! address chooses the secrets only.

use std::collections::HashMap;
use std::sync::Arc;

use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::config::Config;
use super::inbound;
use crate::channel::webhook::{Hook, Parameters, Reading};
use crate::domain::ids::AccountId;
use crate::intake::Routed;
use crate::meta::signature;

/// Which of our accounts Meta's ids are.
#[derive(Debug, Default)]
pub struct Directory {
    /// By number.
    numbers: HashMap<String, AccountId>,
    /// By business account, for what is about all its numbers: the first of them
    /// in the configuration, so that every delivery finds the same.
    businesses: HashMap<String, AccountId>,
}

impl Directory {
    /// The directory of `accounts`.
    pub fn new<'a>(accounts: impl IntoIterator<Item = &'a Config>) -> Self {
        let mut directory = Self::default();
        for config in accounts {
            let account = || config.account.clone();
            directory
                .numbers
                .entry(config.phone_number_id.clone())
                .or_insert_with(account);
            directory
                .businesses
                .entry(config.business_account_id.clone())
                .or_insert_with(account);
        }
        directory
    }

    /// The account that Meta calls `id`; `None` if it is none of ours.
    fn find(&self, id: &str) -> Option<&AccountId> {
        self.numbers.get(id).or_else(|| self.businesses.get(id))
    }
}

/// The webhook of one account.
#[derive(Debug)]
pub struct Webhook {
    /// Its secrets.
    config: Config,
    /// All our accounts on WhatsApp.
    directory: Arc<Directory>,
}

impl Webhook {
    /// The webhook of `config`.
    pub fn new(config: Config, directory: Arc<Directory>) -> Self {
        Self { config, directory }
    }
}

impl Hook for Webhook {
    fn verification(&self, parameters: &Parameters) -> Option<String> {
        let ours = self.config.verify_token.expose_secret().as_bytes();
        let token = parameters.get("hub.verify_token")?.as_bytes();
        let subscribes = parameters.get("hub.mode").map(String::as_str) == Some("subscribe");
        // A token that was never set lets nobody in.
        let known = !ours.is_empty() && bool::from(token.ct_eq(ours));
        (subscribes && known)
            .then(|| parameters.get("hub.challenge").cloned())
            .flatten()
    }

    fn signature_header(&self) -> &'static str {
        signature::HEADER
    }

    fn is_signed(&self, given: &str, body: &[u8]) -> bool {
        signature::verify(given, body, &[&self.config.app_secret])
    }

    fn account_of(&self, name: &str) -> Option<AccountId> {
        self.directory.find(name).cloned()
    }

    fn read(&self, body: &[u8], first: usize) -> Reading {
        let parsed = match inbound::parse_from(first, body) {
            Ok(parsed) => parsed,
            Err(error) => {
                return Reading {
                    updates: Vec::new(),
                    unparsed: Some(error.to_string()),
                    next: None,
                };
            }
        };
        let route = |update: crate::domain::inbound::Update| Routed {
            account: self.directory.find(&update.account).cloned(),
            update,
        };
        Reading {
            updates: inbound::in_order(parsed.updates)
                .into_iter()
                .map(route)
                .collect(),
            unparsed: parsed.unparsed,
            next: parsed.next,
        }
    }
}

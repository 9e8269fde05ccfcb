//! The channels that exist: one line each in [`build`].

use std::collections::HashMap;
use std::sync::Arc;

use super::webhook::{self, Hook, Routes};
use super::{SharedChannel, whatsapp};
use crate::clock::SharedClock;
use crate::domain::ids::AccountId;
use crate::intake::Intake;
use crate::meta::client::{SetupError, Timeouts};

/// An account's settings, by channel.
#[derive(Debug, Clone)]
pub enum AccountConfig {
    /// A number on WhatsApp.
    Whatsapp(whatsapp::Config),
}

/// All accounts, ready.
#[derive(Debug)]
pub struct Channels {
    /// For sending.
    pub by_account: HashMap<AccountId, SharedChannel>,
    /// For receiving: `/webhooks/{account}`.
    pub webhooks: Routes,
}

/// Sets up every account.
///
/// # Errors
/// [`SetupError`]: an account's settings cannot work.
pub fn build(
    accounts: Vec<AccountConfig>,
    intake: Arc<dyn Intake>,
    clock: &SharedClock,
) -> Result<Channels, SetupError> {
    let numbers = accounts.iter().map(|account| match account {
        AccountConfig::Whatsapp(config) => config,
    });
    let directory = Arc::new(whatsapp::webhook::Directory::new(numbers));
    let mut by_account: HashMap<AccountId, SharedChannel> = HashMap::new();
    let mut hooks: HashMap<AccountId, Arc<dyn Hook>> = HashMap::new();
    for account in accounts {
        let (id, channel, hook): (_, SharedChannel, Arc<dyn Hook>) = match account {
            AccountConfig::Whatsapp(config) => (
                config.account.clone(),
                Arc::new(whatsapp::outbound::Number::new(
                    &config,
                    clock.clone(),
                    Timeouts::default(),
                )?),
                Arc::new(whatsapp::webhook::Webhook::new(config, directory.clone())),
            ),
        };
        by_account.insert(id.clone(), channel);
        hooks.insert(id, hook);
    }
    Ok(Channels {
        by_account,
        webhooks: webhook::routes(hooks, intake, clock.clone()),
    })
}

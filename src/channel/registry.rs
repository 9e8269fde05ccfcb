//! The channels that exist: one line each in [`channels`] and [`webhooks`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

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

/// Sets up every account for sending.
///
/// # Errors
/// [`SetupError`]: an account's settings cannot work.
pub fn channels(
    accounts: &[AccountConfig],
    clock: &SharedClock,
) -> Result<HashMap<AccountId, SharedChannel>, SetupError> {
    let mut channels: HashMap<AccountId, SharedChannel> = HashMap::new();
    for account in accounts {
        match account {
            AccountConfig::Whatsapp(config) => {
                let timeouts = Timeouts::default();
                let number = whatsapp::outbound::Number::new(config, clock.clone(), timeouts)?;
                channels.insert(config.account.clone(), Arc::new(number));
            }
        }
    }
    Ok(channels)
}

/// The routes of every account's webhook: `/webhooks/{account}`; bodies must come
/// within `limit`.
pub fn webhooks(
    accounts: &[AccountConfig],
    intake: Arc<dyn Intake>,
    clock: SharedClock,
    limit: Duration,
) -> Routes {
    webhook::routes(hooks(accounts), intake, clock, limit)
}

/// What every account does with its webhooks.
pub fn hooks(accounts: &[AccountConfig]) -> HashMap<AccountId, Arc<dyn Hook>> {
    let numbers = accounts.iter().map(|account| match account {
        AccountConfig::Whatsapp(config) => config,
    });
    let directory = Arc::new(whatsapp::webhook::Directory::new(numbers));
    let mut hooks: HashMap<AccountId, Arc<dyn Hook>> = HashMap::new();
    for account in accounts {
        match account {
            AccountConfig::Whatsapp(config) => {
                let hook = whatsapp::webhook::Webhook::new(config.clone(), directory.clone());
                hooks.insert(config.account.clone(), Arc::new(hook));
            }
        }
    }
    hooks
}

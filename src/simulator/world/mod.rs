//! Everything the simulated Meta knows and keeps over a restart.

pub(super) mod account;
pub(super) mod customer;
pub(super) mod disk;
pub(super) mod message;
pub(super) mod pending;

use std::collections::BTreeMap;

use account::Account;
use customer::Customers;
use message::Messages;
use pending::Pending;

/// The most accounts.
pub(super) const MAX_ACCOUNTS: usize = 100;

/// Accounts, customers, messages, and webhooks not yet acknowledged.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    /// Business numbers by phone number id.
    pub(super) accounts: BTreeMap<String, Account>,
    /// The people with phones.
    pub(super) customers: Customers,
    /// What they and the businesses wrote to each other.
    pub(super) messages: Messages,
    /// Webhooks to deliver.
    pub(super) pending: Pending,
}

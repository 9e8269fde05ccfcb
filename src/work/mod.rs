//! The workers of the lanes: the only code that opens transactions.
//!
//! In: rows that [`accept`] stored. Each worker takes the first row of a lane,
//! decides with the domain, and commits; network calls happen between commits,
//! never inside one.
//!
//! | lane | worker | does |
//! |---|---|---|
//! | `recover` | [`reconcile`] | takes in what the homeserver did not deliver |
//! | `in` | [`ingest`] | webhooks, room events, timers → `Conversation::apply` |
//! | `matrix` | [`project`] | writes into rooms |
//! | `portal` | [`face`] | makes a portal; its name, topic and state converge |
//! | `channel` | [`deliver`] | sends to customers |

pub mod accept;
pub mod acts;
pub mod agent;
pub mod alarm;
pub mod alarms;
pub mod arrive;
pub mod care;
pub mod cleanup;
pub mod deliver;
pub mod desk;
pub mod directory;
pub mod effects;
pub mod face;
pub mod gauges;
pub mod give_up;
pub mod ingest;
pub mod live;
pub mod outcome;
pub mod pace;
pub mod portal;
pub mod project;
pub mod reconcile;
pub mod replay;
pub mod rooms;
pub mod show;
pub mod start;
pub mod status;
pub mod task;
pub mod trace;

use std::sync::Arc;

use crate::clock::SharedClock;
use crate::matrix::SharedHomeserver;
use crate::store::Store;

use directory::Directory;
use live::Live;

/// What every worker needs; cheap to clone.
#[derive(Debug, Clone)]
pub struct Works {
    /// The database.
    pub store: Store,
    /// The homeserver.
    pub homeserver: SharedHomeserver,
    /// Teams, agents, accounts.
    pub directory: Arc<Directory>,
    /// Time and randomness.
    pub clock: SharedClock,
    /// What is told at once or not at all: receipts.
    pub live: Live,
}

//! The suite on files.

mod copies;
mod opening;
mod schema;
#[path = "../suite/mod.rs"]
mod suite;
mod trouble;

use crate::store::testing::Engine;

/// Where the suite's databases are.
const ENGINE: Engine = Engine::Sqlite;

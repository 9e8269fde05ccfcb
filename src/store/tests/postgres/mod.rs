//! The suite on a server.

mod about;
mod connections;
mod limits;
mod moving;
mod opening;
mod schema;
mod silence;
#[path = "../suite/mod.rs"]
mod suite;
mod waking;

use crate::store::testing::Engine;

/// Where the suite's databases are.
const ENGINE: Engine = Engine::Postgres;

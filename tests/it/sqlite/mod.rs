//! The application on a file.

#[path = "../app/mod.rs"]
mod app;

use loket::store::testing::Engine;

/// Where the application's database is.
const ENGINE: Engine = Engine::Sqlite;

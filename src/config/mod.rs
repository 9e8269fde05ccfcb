//! The configuration: `config.yaml`, laid over the defaults compiled in, with
//! the environment on top.
//!
//! In goes a text, out come typed sections or every mistake at once, each with
//! key, line and what to do. A file per section; to add a key, read it in its
//! section's `read`, and write it with its default and a comment into the
//! `config.yaml` of the repository.

pub mod accounts;
pub mod appservice;
mod checks;
pub mod database;
mod error;
pub mod homeserver;
mod layers;
pub mod logging;
pub mod matrix;
pub mod public;
mod reader;
pub mod teams;
mod template;
#[cfg(test)]
mod tests;
mod tree;
pub(crate) mod values;
mod variables;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

pub use accounts::{Account, Kind, Whatsapp};
pub use appservice::{Appservice, Desk};
pub use database::Database;
pub use error::{ConfigError, Place};
pub use homeserver::Homeserver;
pub use logging::{Format, Logging};
pub use matrix::Matrix;
pub use public::{Network, Public};
pub use teams::{AgentKey, Team};

use crate::domain::ids::AccountId;
use error::Errors;
use reader::Section;
pub(crate) use template::{Answer, fill, quoted};

/// The repository's `config.yaml`: every key with its default.
pub const DEFAULTS: &str = include_str!("../../config.yaml");

/// Variables of the environment by name. A value that is no text is a mistake only
/// where it is read.
pub type Environment = BTreeMap<String, OsString>;

/// Sections that arrive with later versions.
const LATER: [&str; 12] = [
    "ai",
    "campaigns",
    "delivery",
    "fields",
    "labels",
    "personas",
    "retention",
    "rules",
    "scripts",
    "sequences",
    "shortcuts",
    "whitelist",
];

/// Everything the operator decides.
#[derive(Debug, Clone)]
pub struct Config {
    /// The Matrix server.
    pub homeserver: Homeserver,
    /// Our side of its application service.
    pub appservice: Appservice,
    /// Rooms and commands.
    pub matrix: Matrix,
    /// Where everything is kept.
    pub database: Database,
    /// What the internet sees.
    pub public: Public,
    /// Teams by name.
    pub teams: BTreeMap<String, Team>,
    /// Accounts, in the order written.
    pub accounts: Vec<Account>,
    /// Logs.
    pub logging: Logging,
}

impl Config {
    /// Reads a configuration. `path` is only named in mistakes.
    ///
    /// # Errors
    ///
    /// Every mistake, in the order of the file; show them all and stop.
    pub fn load(
        text: &str,
        path: &Path,
        environment: &Environment,
    ) -> Result<Self, Vec<ConfigError>> {
        let errors = Errors::new(path);
        let config = Self::read(text, environment, &errors);
        match config {
            Some(config) if errors.is_empty() => Ok(config),
            _ => Err(errors.into_sorted()),
        }
    }

    /// Reads a configuration; mistakes go to `errors`.
    fn read(text: &str, environment: &Environment, errors: &Errors) -> Option<Self> {
        let defaults = tree::parse(DEFAULTS, errors)?;
        let file = tree::parse(text, errors)?;
        let file = layers::environment_over(file, environment, &defaults, errors);
        let tree = layers::file_over_defaults(defaults, &file);
        let top = Section::open("", &tree, errors)?;
        let homeserver = homeserver::read(&top);
        let appservice = appservice::read(&top);
        let matrix = matrix::read(&top);
        let database = database::read(&top);
        let public = public::read(&top);
        let teams = teams::read(&top, errors);
        let accounts = accounts::read(&top, errors);
        let logging = logging::read(&top);
        top.finish_except(&LATER);

        checks::accounts_are_unique(&accounts, errors);
        checks::accounts_have_one_team(&accounts, &teams, errors);
        if let (Some((_, one)), Some((_, other))) = (&appservice, &public) {
            checks::listeners_differ(one, other, errors);
        }
        if let (Some(homeserver), Some((appservice, _))) = (&homeserver, &appservice) {
            checks::agents_are_people(&teams, homeserver, appservice, errors);
        }
        let by_name = teams
            .teams
            .into_iter()
            .map(|team| (team.id.to_string(), team));
        Some(Self {
            homeserver: homeserver?,
            appservice: appservice?.0,
            matrix: matrix?,
            database: database?,
            public: public?.0,
            teams: by_name.collect(),
            accounts: accounts.accounts,
            logging: logging?,
        })
    }

    /// The team that answers for an account.
    pub fn team_of(&self, account: &AccountId) -> Option<&Team> {
        let has_it = |team: &&Team| team.accounts.contains(account);
        self.teams.values().find(has_it)
    }

    /// The account with this id.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    /// What is allowed but probably not meant, in words.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.accounts.is_empty() {
            warnings.push("accounts: there are none, so no customer can write".to_owned());
        }
        for team in self.teams.values() {
            if team.agents.is_empty() {
                let name = &team.id;
                warnings.push(format!(
                    "teams.{name}.agents: there are none, so nobody can answer"
                ));
            }
        }
        warnings.extend(checks::without_effect(self));
        if self.public.base_url.host_str() == Some("chat.example.com") {
            warnings.push("public.base_url: is still the example's".to_owned());
        }
        warnings
    }
}

/// The environment of this process. The only place that reads it; everything
/// else is handed a map. What is no text in a name becomes U+FFFD: no key is called
/// so.
pub fn environment() -> Environment {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .collect()
}

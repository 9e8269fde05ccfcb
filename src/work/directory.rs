//! Who may do what where: teams, agents and accounts from the configuration, in
//! the form the workers look them up.

use std::collections::{BTreeSet, HashMap};

use crate::channel::SharedChannel;
use crate::config::accounts::Kind;
use crate::config::{Config, Team};
use crate::domain::conversation::{Echo, Policy};
use crate::domain::ids::{AccountId, UserId};
use crate::domain::leak::Colleague;
use crate::domain::team::{Language, Membership, Role};
use jiff::SignedDuration;

/// How long a line that takes over can be taken back.
const TAKEOVER_UNDO: SignedDuration = SignedDuration::from_secs(10);

/// Teams, agents and accounts.
#[derive(Debug)]
pub struct Directory {
    /// The teams by name.
    teams: Vec<Team>,
    /// Each account's team, as a place in `teams`.
    team_of: HashMap<AccountId, usize>,
    /// Each account's channel.
    channels: HashMap<AccountId, SharedChannel>,
    /// What a line from the phone app does to conversations of an account.
    echoes: HashMap<AccountId, Echo>,
    /// What starts a command.
    prefix: String,
}

impl Directory {
    /// The directory of a checked configuration and its channels.
    pub fn new(config: &Config, channels: HashMap<AccountId, SharedChannel>) -> Self {
        let teams: Vec<Team> = config.teams.values().cloned().collect();
        let team_of = teams
            .iter()
            .enumerate()
            .flat_map(|(place, team)| {
                team.accounts
                    .iter()
                    .map(move |account| (account.clone(), place))
            })
            .collect();
        let echoes = config.accounts.iter().map(|account| {
            let Kind::Whatsapp(kind) = &account.kind;
            (account.id.clone(), kind.echo)
        });
        Self {
            teams,
            team_of,
            channels,
            echoes: echoes.collect(),
            prefix: config.matrix.command_prefix.clone(),
        }
    }

    /// What starts a command.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// All teams.
    pub fn teams(&self) -> &[Team] {
        &self.teams
    }

    /// The names of the channels that accounts are on, each once.
    pub fn channels(&self) -> BTreeSet<&'static str> {
        let channels = self.channels.values();
        channels.map(|channel| channel.kind().name()).collect()
    }

    /// An account's channel; `None` if the configuration no longer has it.
    pub fn channel(&self, account: &AccountId) -> Option<&SharedChannel> {
        self.channels.get(account)
    }

    /// The team that has an account; `None` if the configuration no longer has it.
    pub fn team_of(&self, account: &AccountId) -> Option<&Team> {
        self.team_of
            .get(account)
            .and_then(|place| self.teams.get(*place))
    }

    /// The highest role a user has in any team; `None` for strangers.
    pub fn role_anywhere(&self, user: &UserId) -> Option<Role> {
        self.teams
            .iter()
            .filter_map(|team| team.role_of(user))
            .max()
    }

    /// The language of what concerns no single team: that of the first team.
    pub fn language(&self) -> Language {
        self.teams
            .first()
            .map_or(Language::English, |team| team.language)
    }

    /// The rules of a conversation on `account`.
    pub fn policy(&self, account: &AccountId) -> Option<Policy> {
        let team = self.team_of(account)?;
        let capabilities = self.channel(account)?.capabilities();
        let undo = |wanted| {
            if capabilities.undo_window {
                wanted
            } else {
                SignedDuration::ZERO
            }
        };
        Some(Policy {
            undo_window: undo(team.undo_window),
            takeover_undo_window: undo(team.undo_window.max(TAKEOVER_UNDO)),
            foreign_reply: team.foreign_reply,
            plain_line_while_assistant: team.plain_line_while_assistant,
            window: capabilities.window,
            echo: self.echoes.get(account).copied().unwrap_or(Echo::Show),
        })
    }
}

/// The agents of a team that are named one by one.
pub fn agents(team: &Team) -> Vec<UserId> {
    team.named_agents().map(|(user, _)| user.clone()).collect()
}

/// Whom a new conversation's room invites at once.
pub fn invited_at_creation(team: &Team) -> Vec<UserId> {
    match team.membership {
        Membership::All => agents(team),
        Membership::Auto | Membership::Claim => Vec::new(),
    }
}

/// Whom a conversation's room invites when it needs a human; the lobby tells all.
pub fn invited_when_needed(team: &Team) -> Vec<UserId> {
    match team.membership {
        Membership::All | Membership::Auto => agents(team),
        Membership::Claim => Vec::new(),
    }
}

/// The supervisors and admins of a team that are named one by one.
pub fn supervisors(team: &Team) -> Vec<UserId> {
    team.named_agents()
        .filter(|(_, role)| *role >= Role::Supervisor)
        .map(|(user, _)| user.clone())
        .collect()
}

/// Everybody whom a line may speak of internally: the team, and the desk.
pub fn colleagues(team: &Team, desk: &UserId) -> Vec<Colleague> {
    agents(team)
        .into_iter()
        .chain([desk.clone()])
        .map(|user| Colleague {
            names: vec![user.localpart().to_owned(), user.title()],
            user,
        })
        .collect()
}

/// The power level of a role in rooms of the desk.
pub fn power(role: Role) -> i64 {
    match role {
        Role::Agent => 25,
        Role::Supervisor | Role::Admin => 50,
    }
}

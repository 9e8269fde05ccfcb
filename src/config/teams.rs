//! Section `teams`: agents with their accounts and rules.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::error::Errors;
use super::reader::{Found, Section};
use super::tree::Entry;
use super::values;
use crate::domain::conversation::{ForeignReply, PlainLine};
use crate::domain::ids::{AccountId, TeamId, UserId};
use crate::domain::team::{Language, Membership, Role};

/// Longest undo window.
const UNDO_LIMIT: SignedDuration = SignedDuration::from_mins(10);

/// Longest time until a solved conversation is archived.
const ARCHIVE_LIMIT: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Agents with their accounts and rules.
#[derive(Debug, Clone)]
pub struct Team {
    /// Its name in the configuration.
    pub id: TeamId,
    /// Who answers, in the order written.
    pub agents: Vec<(AgentKey, Role)>,
    /// Ids of the accounts it answers for.
    pub accounts: Vec<AccountId>,
    /// Language of Loket's own words.
    pub language: Language,
    /// For times in commands and texts.
    pub time_zone: TimeZone,
    /// Who is invited into a conversation.
    pub membership: Membership,
    /// How long an agent's line can still be taken back.
    pub undo_window: SignedDuration,
    /// An agent's plain line while the assistant answers.
    pub plain_line_while_assistant: PlainLine,
    /// An agent's line in a colleague's conversation.
    pub foreign_reply: ForeignReply,
    /// How long after solving a conversation leaves the agents' room lists.
    pub archive_after: SignedDuration,
}

/// Whom an entry of `agents` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentKey {
    /// One person, by Matrix user id.
    User(UserId),
    /// Every user of a homeserver, by its name.
    Domain(String),
}

impl Team {
    /// The role of a Matrix user in this team; `None` for strangers. A user id
    /// goes before a domain.
    ///
    /// Our own users must be sorted out before: a ghost is on the domain too.
    pub fn role_of(&self, user: &UserId) -> Option<Role> {
        let server = user.server();
        let by_name = |key: &AgentKey| matches!(key, AgentKey::User(name) if name == user);
        let by_domain = |key: &AgentKey| matches!(key, AgentKey::Domain(name) if name == server);
        let mut named = self.agents.iter().filter(|(key, _)| by_name(key));
        let mut others = self.agents.iter().filter(|(key, _)| by_domain(key));
        named
            .next()
            .or_else(|| others.next())
            .map(|(_, role)| *role)
    }

    /// The agents who are named one by one.
    pub fn named_agents(&self) -> impl Iterator<Item = (&UserId, Role)> {
        self.agents.iter().filter_map(|(key, role)| match key {
            AgentKey::User(user) => Some((user, *role)),
            AgentKey::Domain(_) => None,
        })
    }
}

/// What was read of the teams, also of those with mistakes.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Teams without mistakes.
    pub(super) teams: Vec<Team>,
    /// Every account a team names.
    pub(super) accounts: Vec<Found<AccountId>>,
    /// Every agent a team names.
    pub(super) agents: Vec<Found<AgentKey>>,
}

/// Reads the section.
pub(super) fn read(top: &Section<'_>, errors: &Errors) -> Read {
    let mut read = Read::default();
    for entry in top.entries("teams").unwrap_or_default() {
        let path = format!("teams.{}", entry.key);
        if let Err(problem) = values::own_id(&entry.key) {
            errors.add(&path, &entry.place, problem);
        }
        if let Some(section) = Section::open(path, &entry.value, errors) {
            let team = read_team(&entry.key, &section, errors, &mut read);
            section.finish();
            read.teams.extend(team);
        }
    }
    read
}

/// Reads one team.
fn read_team(id: &str, section: &Section<'_>, errors: &Errors, read: &mut Read) -> Option<Team> {
    let agents = read_agents(section, errors, read);
    let accounts = section.words("accounts", |text| values::own_id(text).map(AccountId::from));
    read.accounts.extend(accounts.iter().flatten().cloned());
    let language = section.value("language", language);
    let time_zone = section.value("time_zone", time_zone);
    if section
        .entries("hours")
        .is_some_and(|hours| !hours.is_empty())
    {
        let problem = "opening hours arrive with a later version: write {} (always open)";
        section.fault("hours", problem);
    }
    let membership = section.value("membership", membership);
    let undo_window = section.value("undo_window", |text| values::duration(text, UNDO_LIMIT));
    let plain_line = section.value("plain_line_while_assistant", plain_line);
    let foreign_reply = section.value("foreign_reply", foreign_reply);
    let archive_after = section.value("archive_after", |text| {
        values::duration(text, ARCHIVE_LIMIT)
    });
    Some(Team {
        id: TeamId::from(id),
        agents: agents?,
        accounts: accounts?.into_iter().map(|found| found.value).collect(),
        language: language?,
        time_zone: time_zone?,
        membership: membership?,
        undo_window: undo_window?,
        plain_line_while_assistant: plain_line?,
        foreign_reply: foreign_reply?,
        archive_after: archive_after?,
    })
}

/// Reads the map of agents and their roles.
fn read_agents(
    section: &Section<'_>,
    errors: &Errors,
    read: &mut Read,
) -> Option<Vec<(AgentKey, Role)>> {
    let mut agents = Vec::new();
    for entry in section.entries("agents")? {
        let path = format!("{}.agents.{}", section.path(), entry.key);
        let key = agent_key(&entry.key).map_err(|problem| errors.add(&path, &entry.place, problem));
        let role = role(entry).map_err(|problem| errors.add(&path, &entry.value.place, problem));
        if let Ok(key) = &key {
            read.agents.push(Found {
                key: path,
                place: entry.place.clone(),
                value: key.clone(),
            });
        }
        agents.push(key.ok().zip(role.ok()));
    }
    agents.into_iter().collect()
}

/// Whom a key of `agents` means.
fn agent_key(text: &str) -> Result<AgentKey, String> {
    if text.starts_with('!') {
        return Err(
            "rooms as a list of agents are not in this version: name the agents".to_owned(),
        );
    }
    if text.starts_with('@') {
        return values::user_id(text).map(|id| AgentKey::User(UserId::from(id)));
    }
    values::server_name(text).map(AgentKey::Domain).map_err(|_problem| {
        format!("\"{text}\" is neither a Matrix user id (@ayu:example.org) nor a domain (example.org)")
    })
}

/// The role written behind an agent.
fn role(entry: &Entry) -> Result<Role, String> {
    let text = entry.value.as_text().unwrap_or_default();
    let roles = [Role::Agent, Role::Supervisor, Role::Admin];
    values::choice(text, &roles.map(|role| (role.name(), role)))
}

/// The language of Loket's own words.
fn language(text: &str) -> Result<Language, String> {
    let languages = [Language::Indonesian, Language::English];
    values::choice(text, &languages.map(|language| (language.code(), language)))
}

/// A time zone of the machine's database.
fn time_zone(text: &str) -> Result<TimeZone, String> {
    if text == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(text).map_err(|_error| {
        if jiff::tz::db().is_definitively_empty() {
            return "this machine has no time zone database: install the package tzdata, or write UTC"
                .to_owned();
        }
        format!("\"{text}\" is not a time zone: write, for example, Asia/Jakarta")
    })
}

/// Who is invited into a conversation.
fn membership(text: &str) -> Result<Membership, String> {
    let choices = [
        ("auto", Membership::Auto),
        ("all", Membership::All),
        ("claim", Membership::Claim),
    ];
    values::choice(text, &choices)
}

/// An agent's plain line while the assistant answers.
fn plain_line(text: &str) -> Result<PlainLine, String> {
    let choices = [
        ("takeover", PlainLine::Takeover),
        ("refuse", PlainLine::Refuse),
        ("note", PlainLine::Note),
    ];
    values::choice(text, &choices)
}

/// An agent's line in a colleague's conversation.
fn foreign_reply(text: &str) -> Result<ForeignReply, String> {
    let choices = [
        ("ask", ForeignReply::Ask),
        ("allow", ForeignReply::Allow),
        ("refuse", ForeignReply::Refuse),
    ];
    values::choice(text, &choices)
}

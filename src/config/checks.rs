//! Checks that need more than one section.

use std::fmt::Display;
use std::net::SocketAddr;

use jiff::SignedDuration;

use super::accounts;
use super::appservice::Appservice;
use super::error::{Errors, Place};
use super::homeserver::Homeserver;
use super::reader::Found;
use super::teams::{self, AgentKey};
use super::{Config, Team};
use crate::domain::conversation::PlainLine;

/// What is said of a key that is read and checked, and nothing more.
const NO_EFFECT: &str = "has no effect yet";

/// The default of `archive_after`.
const ARCHIVE_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Every account's id and every number stands once.
pub(super) fn accounts_are_unique(accounts: &accounts::Read, errors: &Errors) {
    unique(&accounts.ids, "is the id of another account too", errors);
    unique(
        &accounts.phone_number_ids,
        "is the number of another account too: each number has one account",
        errors,
    );
}

/// Notes each value that stands a second time.
fn unique<T: PartialEq + Display>(values: &[Found<T>], problem: &str, errors: &Errors) {
    for (index, found) in values.iter().enumerate() {
        let earlier = values.iter().take(index);
        if let Some(first) = earlier.rev().find(|first| first.value == found.value) {
            let problem = format!("\"{}\" {problem}{}", found.value, seen(&first.place));
            errors.add(&found.key, &found.place, problem);
        }
    }
}

/// Where the first of two stands, as the end of a sentence.
fn seen(place: &Place) -> String {
    match place {
        Place::Line(line) => format!(" (line {line})"),
        Place::Variable(name) => format!(" ({name})"),
        Place::Default => String::new(),
    }
}

/// Every account has exactly one team, and teams name accounts that exist.
pub(super) fn accounts_have_one_team(
    accounts: &accounts::Read,
    teams: &teams::Read,
    errors: &Errors,
) {
    for named in &teams.accounts {
        if !accounts.ids.iter().any(|id| id.value == named.value) {
            let problem = format!(
                "no account has the id \"{}\": add it under accounts, or remove it here",
                named.value
            );
            errors.add(&named.key, &named.place, problem);
        }
    }
    unique(
        &teams.accounts,
        "has a team already: an account has one team",
        errors,
    );
    for id in &accounts.ids {
        if !teams.accounts.iter().any(|named| named.value == id.value) {
            let problem = format!(
                "\"{}\" is in no team: nobody would see its customers. Add it to a team's accounts",
                id.value
            );
            errors.add(&id.key, &id.place, problem);
        }
    }
}

/// The two listeners do not stand in each other's way.
pub(super) fn listeners_differ(
    homeserver_side: &Found<SocketAddr>,
    public: &Found<SocketAddr>,
    errors: &Errors,
) {
    let (one, other) = (homeserver_side.value, public.value);
    let same_port = one.port() == other.port() && one.port() != 0;
    let any = one.ip().is_unspecified() || other.ip().is_unspecified();
    if same_port && (any || one.ip() == other.ip()) {
        let problem = format!("{other} is appservice.listen's too: choose another port");
        errors.add(&public.key, &public.place, problem);
    }
}

/// No agent is one of our own users: they are never obeyed.
pub(super) fn agents_are_people(
    teams: &teams::Read,
    homeserver: &Homeserver,
    appservice: &Appservice,
    errors: &Errors,
) {
    for found in &teams.agents {
        let AgentKey::User(user) = &found.value else {
            continue;
        };
        let ours =
            user.server() == homeserver.domain && appservice.owns_localpart(user.localpart());
        if ours {
            let problem = "is one of Loket's own users: name a person";
            errors.add(&found.key, &found.place, problem);
        }
    }
}

/// Keys that were changed though they have no effect yet, in words.
pub(super) fn without_effect(config: &Config) -> Vec<String> {
    let teams = config.teams.values().flat_map(team_without_effect);
    let proxies = !config.public.trusted_proxies.is_empty();
    let proxies = proxies.then(|| format!("public.trusted_proxies: {NO_EFFECT}"));
    teams.chain(proxies).collect()
}

/// The same of a team.
fn team_without_effect(team: &Team) -> Vec<String> {
    let changed = [
        ("archive_after", team.archive_after != ARCHIVE_AFTER),
        (
            "plain_line_while_assistant",
            team.plain_line_while_assistant != PlainLine::Takeover,
        ),
    ];
    let changed = changed.into_iter().filter(|(_, changed)| *changed);
    changed
        .map(|(key, _)| format!("teams.{}.{key}: {NO_EFFECT}", team.id))
        .collect()
}

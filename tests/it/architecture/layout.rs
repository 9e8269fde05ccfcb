//! What stands where.

use std::collections::{BTreeMap, BTreeSet};

use super::lexer::Token;
use super::paths::Source;

/// The most lines a file has; 300 is the aim.
pub(super) const MOST_LINES: usize = 500;

/// The rooms of the house: folders and files of `src`.
const ROOMS: &[&str] = &[
    "ai",
    "app",
    "channel",
    "cli",
    "clock",
    "command",
    "config",
    "crash",
    "domain",
    "feed",
    "http",
    "intake",
    "json",
    "lib",
    "main",
    "matrix",
    "meta",
    "queue",
    "shutdown",
    "simulator",
    "store",
    "telemetry",
    "text",
    "work",
];

/// What every channel's folder holds.
const CHANNEL: &[&str] = &["capabilities", "config", "inbound", "outbound", "webhook"];

/// Files of `command` that are no command.
const NO_COMMAND: &[&str] = &["docs", "error", "help", "parser", "registry", "tests"];

/// Files that belong to no room, and those whose name says nothing.
pub(super) fn strangers(sources: &[Source]) -> Vec<String> {
    let empty_names = [
        "utils", "util", "helpers", "helper", "manager", "common", "misc",
    ];
    let names = sources.iter().map(|source| &source.file);
    names
        .filter(|file| {
            let path = file.trim_end_matches(".rs");
            let room = path.split('/').next().unwrap_or_default();
            !ROOMS.contains(&room) || path.split('/').any(|name| empty_names.contains(&name))
        })
        .cloned()
        .collect()
}

/// Channels that lack a file their neighbours have. A folder with nothing but its
/// `mod.rs` is a room that is not furnished yet.
pub(super) fn unlike_neighbours(sources: &[Source]) -> Vec<String> {
    let mut channels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in sources {
        if let [room, channel, name, ..] = source.module.as_slice()
            && room == "channel"
            && is_channel(channel, sources)
        {
            channels.entry(channel).or_default().insert(name);
        }
    }
    channels
        .iter()
        .flat_map(|(channel, names)| {
            let missing = CHANNEL.iter().filter(|name| !names.contains(**name));
            missing.map(move |name| format!("channel/{channel} has no {name}.rs"))
        })
        .collect()
}

/// Whether a module of `channel` is a channel: a folder of its own.
pub(super) fn is_channel(name: &str, sources: &[Source]) -> bool {
    let file = format!("channel/{name}/mod.rs");
    sources.iter().any(|source| source.file == file)
}

/// Commands whose file the registry does not name.
pub(super) fn unlisted_commands(sources: &[Source]) -> Vec<String> {
    let registry = sources
        .iter()
        .find(|source| source.file == "command/registry.rs");
    let Some(registry) = registry else {
        return Vec::new();
    };
    sources
        .iter()
        .filter_map(|source| match source.module.as_slice() {
            [room, name, ..] if room == "command" => Some(name),
            _ => None,
        })
        .filter(|name| !NO_COMMAND.contains(&name.as_str()))
        .filter(|name| !registry.code.iter().any(|token| token.is(name)))
        .map(|name| format!("command/{name}.rs has no line in command/registry.rs"))
        .collect()
}

/// SQL outside the store.
pub(super) fn stray_sql(sources: &[Source]) -> Vec<String> {
    let starts = [
        "SELECT ",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "BEGIN",
        "PRAGMA ",
    ];
    let is_sql = |token: &Token| match token {
        Token::Text(text) => starts.iter().any(|start| text.trim().starts_with(start)),
        Token::Name(_) | Token::Sep | Token::Sign(_) => false,
    };
    sources
        .iter()
        .filter(|source| source.module.first().is_none_or(|room| room != "store"))
        .filter(|source| source.code.iter().any(is_sql))
        .map(|source| source.file.clone())
        .collect()
}

/// Workers' commits that have no name: no test could let the process die there.
pub(super) fn unnamed_commits(sources: &[Source]) -> Vec<String> {
    let unnamed = |tokens: &[Token]| {
        tokens.windows(3).any(|three| {
            three[0].is("store") && three[1] == Token::Sign('.') && three[2].is("write")
        })
    };
    sources
        .iter()
        .filter(|source| {
            let room = source.module.first();
            room.is_some_and(|room| room == "work" || room == "queue")
        })
        // An operator's command, which is simply given again.
        .filter(|source| source.file != "work/replay.rs")
        .filter(|source| unnamed(&source.code))
        .map(|source| source.file.clone())
        .collect()
}

/// Tests that are ignored, or that sleep.
pub(super) fn lazy_tests(sources: &[Source]) -> Vec<String> {
    let ignored = |tokens: &[Token]| {
        tokens.windows(3).any(|three| {
            three[..2] == [Token::Sign('#'), Token::Sign('[')] && three[2].is("ignore")
        })
    };
    let sleeps = |tokens: &[Token]| {
        tokens.iter().any(|token| {
            ["sleep", "sleep_ms", "sleep_until"]
                .iter()
                .any(|name| token.is(name))
        })
    };
    sources
        .iter()
        .filter(|source| ignored(&source.test) || ignored(&source.code) || sleeps(&source.test))
        .map(|source| source.file.clone())
        .collect()
}

/// The files that a Markdown text links to, without what is on the web.
pub(super) fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|link| !link.is_empty() && !link.contains("://"))
}

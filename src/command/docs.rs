//! `docs/commands.md`, made from the command table.

use super::{Command, Place, registry};
use crate::domain::team::Language;
use crate::text;

/// What stands before the table.
const HEAD: &str = "\
# Commands

Made from the command table in `src/command`; do not edit by hand.

In a conversation's room every line that starts with `!` or `/` and a word is a
command and never reaches the customer, whether it exists or not. Write `!!` for a
line that starts with an exclamation mark, or `!send` for any text as it is. Case
does not matter; `—force` is `force`. Where: *room* is a conversation's room,
*desk* the lobby or a direct chat with the desk.

| Command | Also | Where | Least role | What it does |
|---|---|---|---|---|
";

/// The text of `docs/commands.md`.
pub fn document() -> String {
    let mut document = HEAD.to_owned();
    for command in registry::COMMANDS {
        document.push_str(&row(command));
    }
    document
}

/// A command's row.
fn row(command: &dyn Command) -> String {
    let aliases: Vec<String> = command
        .aliases()
        .iter()
        .map(|alias| format!("`!{alias}`"))
        .collect();
    let place = match command.place() {
        Place::Portal => "room",
        Place::Desk => "desk",
        Place::Both => "room, desk",
    };
    let typed = format!("!{} {}", command.name(), command.usage());
    format!(
        "| `{}` | {} | {place} | {} | {} |\n",
        typed.trim_end().replace('|', "\\|"),
        aliases.join(", "),
        command.least_role().name(),
        text::say(Language::English, &command.help()),
    )
}

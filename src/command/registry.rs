//! The commands that exist: one line each.

use std::sync::LazyLock;

use super::{
    Command, Context, help, mode, note, queue, resend, send, solve, takeover, trace, undo,
};

/// All commands, in the order of help and `docs/commands.md`.
pub static COMMANDS: [&dyn Command; 10] = [
    &takeover::Takeover,
    &solve::Solve,
    &note::Note,
    &send::Send,
    &mode::Mode,
    &undo::Undo,
    &resend::Resend,
    &queue::Queue,
    &trace::Trace,
    &help::Help,
];

/// How alike a mistyped word and a name must be, 0 to 1, to be offered.
const LIKENESS: f64 = 0.6;

/// Every name and alias, for the leak rules.
pub fn names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| COMMANDS.into_iter().flat_map(names_of).collect());
    &NAMES
}

/// The command of that name or alias (folded, lower case).
pub(super) fn find(name: &str) -> Option<&'static dyn Command> {
    COMMANDS
        .into_iter()
        .find(|command| names_of(*command).any(|known| known == name))
}

/// The commands offered to somebody where they are.
pub(super) fn offered(context: &Context<'_>) -> impl Iterator<Item = &'static dyn Command> {
    let (room, role) = (context.room, context.role);
    COMMANDS
        .into_iter()
        .filter(move |command| command.place().allows(room) && command.least_role() <= role)
}

/// The offered name that is most like `word`, if one is.
pub(super) fn nearest(word: &str, context: &Context<'_>) -> Option<&'static str> {
    offered(context)
        .flat_map(names_of)
        .map(|name| (strsim::normalized_damerau_levenshtein(word, name), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// A command's name, then its aliases.
fn names_of(command: &'static dyn Command) -> impl Iterator<Item = &'static str> {
    [command.name()]
        .into_iter()
        .chain(command.aliases().iter().copied())
}

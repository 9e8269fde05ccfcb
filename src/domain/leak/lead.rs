//! What a message starts with: rules 3, 4 and 5, and the check of its later lines.
//!
//! Everything here works on a [`Sketch`](super::prepare::Sketch)'s text.

use super::Context;
use super::marks::bared;

/// Words that make a note when a colon follows.
const NOTE_WORDS: [&str; 3] = ["note", "private", "catatan"];

/// What a message starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// Nothing of the kind.
    Prose,
    /// A doubled command prefix (`!!text`): one of them is meant to be read.
    Literal,
    /// A command after this many characters.
    Command(usize),
    /// A note after this many characters.
    Note(usize),
}

/// What `text` (trimmed) starts with.
pub(super) fn lead(text: &str, context: &Context<'_>) -> Lead {
    let slash = slash_command(text, context);
    if slash != Lead::Prose {
        return slash;
    }
    if let Some(rest) = after_prefix(text, context) {
        let doubled = after_prefix(rest, context).is_some();
        return match (speaks(rest), doubled) {
            // "!", "!!!" and "?!" are feelings: nothing internal fits into them.
            (false, _) => Lead::Prose,
            (true, true) => Lead::Literal,
            (true, false) => Lead::Command(prefix(context).chars().count()),
        };
    }
    note(text).map_or(Lead::Prose, Lead::Note)
}

/// Whether something internal may hide where [`lead`] does not see it: in the first
/// line behind marks of a list or of formatting, or in a later line. There only
/// commands that exist count, so that prose is not taken for one.
pub(super) fn looks_internal(text: &str, context: &Context<'_>) -> bool {
    let is_led = |text| matches!(lead(text, context), Lead::Command(_) | Lead::Note(_));
    let is_known_start = |line: &str| {
        let prefixed = after_prefix(line, context).or_else(|| after_slashes(line));
        prefixed.is_some_and(|rest| is_known(rest.trim_start(), context)) || note(line).is_some()
    };
    let is_literal = lead(text, context) == Lead::Literal;
    (!is_literal && bared(text).skip(1).any(is_led))
        || text
            .lines()
            .skip(1)
            .any(|line| bared(line).any(is_known_start))
}

/// Rule 4. `/word` and `//word`; with a space between only if such a command
/// exists, for "/ 2" is a fraction.
fn slash_command(text: &str, context: &Context<'_>) -> Lead {
    let Some(rest) = after_slashes(text) else {
        return Lead::Prose;
    };
    let is_word = rest.starts_with(char::is_alphanumeric) || is_known(rest.trim_start(), context);
    if is_word {
        Lead::Command(text.chars().take_while(|c| *c == '/').count())
    } else {
        Lead::Prose
    }
}

/// The characters of a note's prefix at the start of `text`; `None` if it has
/// none. "Note that" has none.
fn note(text: &str) -> Option<usize> {
    let semicolons = text.chars().take_while(|c| *c == ';').count();
    if semicolons >= 2 {
        return Some(semicolons);
    }
    NOTE_WORDS.iter().find_map(|word| {
        let rest = text.strip_prefix(word)?;
        let spaces = rest.chars().take_while(|c| *c == ' ').count();
        rest.trim_start_matches(' ')
            .starts_with(':')
            .then(|| word.chars().count() + spaces + 1)
    })
}

/// The command prefix as sketches show it.
fn prefix(context: &Context<'_>) -> String {
    super::fold(context.prefix)
}

/// The text after the command prefix; `None` if it does not start with it.
fn after_prefix<'a>(text: &'a str, context: &Context<'_>) -> Option<&'a str> {
    let prefix = prefix(context);
    text.strip_prefix(prefix.as_str())
        .filter(|_| !prefix.is_empty())
}

/// The text after one or more slashes; `None` if it does not start with one.
fn after_slashes(text: &str) -> Option<&str> {
    text.starts_with('/').then(|| text.trim_start_matches('/'))
}

/// Whether `text` has a letter or a digit at all.
fn speaks(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// Whether `text` starts with the name of a command that exists.
fn is_known(text: &str, context: &Context<'_>) -> bool {
    let word: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    context.commands.contains(&word.as_str())
}

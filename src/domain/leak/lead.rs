//! What a message starts with: rules 3, 4 and 5, and the check of its later lines.
//!
//! Everything here works on a [`Sketch`](super::prepare::Sketch)'s text.

use super::Context;

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

/// Whether any line looks like the start of something internal, as far as can be
/// said without taking prose for it: only commands that exist count. Marks of
/// formatting before it do not hide it.
pub(super) fn any_line_looks_internal(text: &str, context: &Context<'_>) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || "*_~`".contains(c));
        let prefixed = after_prefix(line, context).or_else(|| after_slashes(line));
        prefixed.is_some_and(|rest| is_known(rest.trim_start(), context)) || note(line).is_some()
    })
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

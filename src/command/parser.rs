//! A command's name and arguments, as phones type them.

use crate::domain::leak::{fold, trimmed};
use crate::domain::rich::Rich;

/// What follows a command's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    /// All of it, with its formatting.
    rest: Rich,
}

impl Args {
    /// All of it, with its formatting.
    pub fn rest(&self) -> Rich {
        self.rest.clone()
    }

    /// Whether nothing follows.
    pub fn is_empty(&self) -> bool {
        self.rest.is_blank()
    }

    /// The words; words in quotation marks, straight or not, stay together.
    pub fn words(&self) -> Vec<String> {
        words(&self.rest.plain())
    }

    /// The first word as commands compare it: folded, in lower case, without the
    /// dashes that make it look like an option (`--force`, `—force`).
    pub fn first(&self) -> Option<String> {
        self.words().first().map(|word| bare(word))
    }

    /// The last word, compared likewise.
    pub fn last(&self) -> Option<String> {
        self.words().last().map(|word| bare(word))
    }
}

/// A command's name, folded and in lower case, and what follows it. A colon may
/// end the name, and closing marks may follow it (`!solve.`).
pub(super) fn parse(command: &Rich) -> (String, Args) {
    let plain = command.plain();
    let typed: String = plain
        .chars()
        .take_while(|c| !c.is_whitespace() && !matches!(c, ':' | '：'))
        .collect();
    let length = typed.chars().count();
    let colon = plain
        .chars()
        .nth(length)
        .is_some_and(|c| matches!(c, ':' | '：'));
    let rest = command.clone().without_first(length + usize::from(colon));
    let name = fold(&typed);
    let name = name.trim_end_matches(['.', ',', '!', '?']);
    let rest = trimmed(rest);
    (name.to_owned(), Args { rest })
}

/// A word without leading dashes, folded.
fn bare(word: &str) -> String {
    fold(word).trim_start_matches('-').to_owned()
}

/// The words of a text. A quotation mark opens only at the start of a word, so that
/// "can't" is one word; one that is never closed is an ordinary character.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = quoted(rest).unwrap_or_else(|| {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest.split_at(end)
        });
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// The quoted word at the start of `text` and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut chars = text.chars();
    let closing: &[char] = match chars.next()? {
        '"' | '“' | '”' | '„' => &['"', '“', '”'],
        '\'' | '‘' | '’' => &['\'', '’', '‘'],
        '«' => &['»'],
        _ => return None,
    };
    let inner = chars.as_str();
    let closed = inner.match_indices(closing).find(|(at, mark)| {
        let after = inner.get(at + mark.len()..).unwrap_or_default();
        after.is_empty() || after.starts_with(char::is_whitespace)
    });
    let (at, mark) = closed?;
    Some((inner.get(..at)?, inner.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_ends_at_a_space_or_a_colon() {
        for (text, name, rest) in [
            ("solve", "solve", ""),
            ("SOLVE  lunas", "solve", "lunas"),
            ("ｓｏｌｖｅ", "solve", ""),
            ("note: x: y", "note", "x: y"),
            ("help?", "help", ""),
            ("send\nsatu\ndua", "send", "satu\ndua"),
        ] {
            let (found, args) = parse(&Rich::from_plain(text));
            assert_eq!((found.as_str(), args.rest().plain().as_str()), (name, rest));
        }
    }

    #[test]
    fn quotation_marks_keep_words_together() {
        for (text, expected) in [
            ("a \"b c\" d", vec!["a", "b c", "d"]),
            ("“b c” ‘d e’ «f g»", vec!["b c", "d e", "f g"]),
            ("can't won't", vec!["can't", "won't"]),
            ("\"never closed", vec!["\"never", "closed"]),
            ("'it's fine' x", vec!["it's fine", "x"]),
            ("  ", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn an_option_is_the_word_whatever_dashes_lead_it() {
        for text in ["force", "--force", "—force", "–FORCE x", "-force"] {
            let (_, args) = parse(&Rich::from_plain(&format!("takeover {text}")));
            assert_eq!(args.first().as_deref(), Some("force"));
        }
    }
}

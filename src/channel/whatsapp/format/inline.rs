//! The marks within a line, read.
//!
//! A mark opens before something that is not a space and not after a letter or
//! digit; it closes after something that is not a space and not before a letter
//! or digit. So `snake_case` and `2*3*4` stay what they are.

use super::read::FENCE;
use crate::domain::rich::Inline;

/// The pieces of one line.
pub(super) fn inlines(line: &str) -> Vec<Inline> {
    spans(&tokens(line), &[])
}

/// The smallest pieces that marks go around.
enum Token {
    /// A character.
    Char(char),
    /// Code, as it is.
    Code(String),
    /// An address on the web: its signs are not marks.
    Address(String),
}

/// Cuts a line into tokens.
fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        if next == '`'
            && let Some((code, after)) = code(rest)
        {
            tokens.push(Token::Code(code.to_owned()));
            rest = after;
            continue;
        }
        if next == 'h'
            && let Some((address, after)) = address(rest)
        {
            tokens.push(Token::Address(address.to_owned()));
            rest = after;
            continue;
        }
        tokens.push(Token::Char(next));
        rest = rest.strip_prefix(next).unwrap_or_default();
    }
    tokens
}

/// The code that `text` starts with, and what comes after.
fn code(text: &str) -> Option<(&str, &str)> {
    [FENCE, "`"].into_iter().find_map(|mark| {
        let (code, after) = text.strip_prefix(mark)?.split_once(mark)?;
        (!code.trim().is_empty()).then_some((code, after))
    })
}

/// The web address that `text` starts with, without marks and signs at its end.
fn address(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return None;
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, _) = text.split_at_checked(end)?;
    let word = word.trim_end_matches(['*', '_', '~', '`', '.', ',', '!', '?', ')', '"', '\'']);
    Some((word, text.strip_prefix(word)?))
}

/// A mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// `*`
    Bold,
    /// `_`
    Italic,
    /// `~`
    Strike,
}

impl Mark {
    /// The mark that a token is.
    fn of(token: &Token) -> Option<Self> {
        match token {
            Token::Char('*') => Some(Self::Bold),
            Token::Char('_') => Some(Self::Italic),
            Token::Char('~') => Some(Self::Strike),
            Token::Char(_) | Token::Code(_) | Token::Address(_) => None,
        }
    }

    /// Puts it around `content`.
    fn around(self, content: Vec<Inline>) -> Inline {
        match self {
            Self::Bold => Inline::Bold(content),
            Self::Italic => Inline::Italic(content),
            Self::Strike => Inline::Strike(content),
        }
    }
}

/// Reads tokens; marks of `within` are around them already.
fn spans(tokens: &[Token], within: &[Mark]) -> Vec<Inline> {
    let mut out = Vec::new();
    // A mark that closes nowhere after here need not be looked for again.
    let mut hopeless = within.to_vec();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        if let Some(mark) = Mark::of(token)
            && !hopeless.contains(&mark)
            && opens(tokens, i)
        {
            if let Some(end) = closing(tokens, i, mark) {
                let inner = tokens.get(i + 1..end).unwrap_or_default();
                let within: Vec<Mark> = within.iter().copied().chain([mark]).collect();
                out.push(mark.around(spans(inner, &within)));
                i = end + 1;
                continue;
            }
            hopeless.push(mark);
        }
        push(&mut out, token);
        i += 1;
    }
    out
}

/// Adds a token that is no mark.
fn push(out: &mut Vec<Inline>, token: &Token) {
    if let Token::Code(code) = token {
        out.push(Inline::Code(code.clone()));
        return;
    }
    if !matches!(out.last(), Some(Inline::Text(_))) {
        out.push(Inline::Text(String::new()));
    }
    if let Some(Inline::Text(text)) = out.last_mut() {
        match token {
            Token::Char(c) => text.push(*c),
            Token::Address(address) => text.push_str(address),
            Token::Code(_) => {}
        }
    }
}

/// Whether the mark at `i` can open.
fn opens(tokens: &[Token], i: usize) -> bool {
    let before = i.checked_sub(1).and_then(|before| tokens.get(before));
    let after = tokens.get(i + 1);
    !before.is_some_and(is_word)
        && after.is_some_and(|after| {
            !is_space(after) && Mark::of(after) != tokens.get(i).and_then(Mark::of)
        })
}

/// Where the mark that opens at `i` closes.
fn closing(tokens: &[Token], i: usize, mark: Mark) -> Option<usize> {
    tokens
        .iter()
        .enumerate()
        .skip(i + 2)
        .find_map(|(at, token)| {
            let closes = Mark::of(token) == Some(mark)
                && !tokens.get(at - 1).is_some_and(is_space)
                && !tokens.get(at + 1).is_some_and(is_word);
            closes.then_some(at)
        })
}

/// Whether a token is a letter, a digit, or holds them.
fn is_word(token: &Token) -> bool {
    match token {
        Token::Char(c) => c.is_alphanumeric(),
        Token::Address(_) => true,
        Token::Code(_) => false,
    }
}

/// Whether a token is a space.
fn is_space(token: &Token) -> bool {
    matches!(token, Token::Char(c) if c.is_whitespace())
}

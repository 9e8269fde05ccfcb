//! Rust source in, tokens out: as much of the language as finding paths needs.

use std::iter::Peekable;
use std::str::Chars;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or keyword.
    Name(String),
    /// The content of a string, escapes left as they are.
    Text(String),
    /// `::`
    Sep,
    /// Any other sign.
    Sign(char),
}

impl Token {
    /// Whether this is the name `name`.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self, Self::Name(own) if own == name)
    }
}

/// The tokens of a source text, without comments, numbers, characters and
/// lifetimes.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut rest = source.chars().peekable();
    let mut found = Vec::new();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => skip_line(&mut rest),
            '/' if rest.peek() == Some(&'*') => skip_block(&mut rest),
            '"' => found.push(Token::Text(text(&mut rest))),
            '\'' => skip_quote(&mut rest),
            ':' if rest.next_if_eq(&':').is_some() => found.push(Token::Sep),
            c if c.is_alphabetic() || c == '_' => word(c, &mut rest, &mut found),
            c if c.is_numeric() => {
                while rest.next_if(|c| c.is_alphanumeric() || *c == '_').is_some() {}
            }
            c if c.is_whitespace() => {}
            c => found.push(Token::Sign(c)),
        }
    }
    found
}

/// Skips to the end of the line.
fn skip_line(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| *c != '\n').is_some() {}
}

/// Skips a comment that may hold others.
fn skip_block(rest: &mut Peekable<Chars<'_>>) {
    rest.next();
    let mut depth = 1;
    while depth > 0 {
        match rest.next() {
            Some('*') if rest.next_if_eq(&'/').is_some() => depth -= 1,
            Some('/') if rest.next_if_eq(&'*').is_some() => depth += 1,
            Some(_) => {}
            None => return,
        }
    }
}

/// The rest of a string.
fn text(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut found = String::new();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => {
                found.push(c);
                found.extend(rest.next());
            }
            c => found.push(c),
        }
    }
    found
}

/// The rest of a raw string with so many `#`.
fn raw_text(rest: &mut Peekable<Chars<'_>>, marks: usize) -> String {
    let end = format!("\"{}", "#".repeat(marks));
    let mut found = String::new();
    for c in rest.by_ref() {
        found.push(c);
        if let Some(inner) = found.strip_suffix(&end) {
            return inner.to_owned();
        }
    }
    found
}

/// Skips a character or a lifetime.
fn skip_quote(rest: &mut Peekable<Chars<'_>>) {
    match rest.next() {
        Some('\\') => {
            rest.next();
            while rest.next().is_some_and(|c| c != '\'') {}
        }
        Some(c) if c.is_alphabetic() || c == '_' => {
            while rest.next_if(|c| c.is_alphanumeric() || *c == '_').is_some() {}
            rest.next_if_eq(&'\'');
        }
        Some(_) => {
            rest.next_if_eq(&'\'');
        }
        None => {}
    }
}

/// A name, or the string or raw name that its first letters announce.
fn word(first: char, rest: &mut Peekable<Chars<'_>>, found: &mut Vec<Token>) {
    let mut name = String::from(first);
    while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
        name.push(c);
    }
    let raw = matches!(name.as_str(), "r" | "br" | "cr");
    match rest.peek() {
        Some('"') if raw => {
            rest.next();
            found.push(Token::Text(raw_text(rest, 0)));
        }
        Some('#') if raw => {
            let mut marks = 0;
            while rest.next_if_eq(&'#').is_some() {
                marks += 1;
            }
            // `r#name` has no quote here: what follows is an ordinary word.
            if rest.next_if_eq(&'"').is_some() {
                found.push(Token::Text(raw_text(rest, marks)));
            }
        }
        Some('\'') if name == "b" => {
            rest.next();
            skip_quote(rest);
        }
        // `b"…"` and `c"…"`: the string comes next by itself.
        Some('"') if name == "b" || name == "c" => {}
        _ => found.push(Token::Name(name)),
    }
}

#[test]
fn strings_comments_and_lifetimes_hold_no_names() {
    let source = r##"
        // crate::store
        /* crate::a /* crate::b */ crate::c */
        fn f<'a>(c: &'a str) -> char { let s = "crate::d \" "; r#"x "crate::e" "#; b'"'; '\u{1F600}'; '"' }
    "##;
    let names: Vec<Token> = tokens(source);
    assert!(!names.contains(&Token::Sep));
    assert!(names.contains(&Token::Text("x \"crate::e\" ".to_owned())));
    assert_eq!(names.last(), Some(&Token::Sign('}')));
}

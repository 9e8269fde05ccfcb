//! Tokens in, qualified paths out, with what belongs to tests taken apart.

use std::collections::BTreeSet;

use super::lexer::{Token, tokens};

/// A source file, read.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path below `src` (or `tests`).
    pub(super) file: String,
    /// Its module: `["domain", "leak"]`; empty for `lib.rs` and `main.rs`.
    pub(super) module: Vec<String>,
    /// What is compiled into the daemon.
    pub(super) code: Vec<Token>,
    /// What is compiled for tests only.
    pub(super) test: Vec<Token>,
}

/// Reads the daemon's sources. A file is a test's if its module stands under
/// `#[cfg(test)]`, or under one that does.
pub(super) fn read(files: Vec<(String, String)>) -> Vec<Source> {
    let mut tests = BTreeSet::new();
    let mut sources: Vec<Source> = files
        .into_iter()
        .map(|(file, text)| {
            let module = module_of(&file);
            let (code, test, names) = split(&tokens(&text));
            for name in names {
                let mut path = module.clone();
                path.push(name);
                tests.insert(path);
            }
            Source {
                file,
                module,
                code,
                test,
            }
        })
        .collect();
    for source in &mut sources {
        if (1..=source.module.len()).any(|n| tests.contains(&source.module[..n])) {
            let code = std::mem::take(&mut source.code);
            source.test.extend(code);
        }
    }
    sources
}

/// Reads the integration tests: all of it is tests.
pub(super) fn read_tests(files: Vec<(String, String)>) -> Vec<Source> {
    let files = files.into_iter();
    files
        .map(|(file, text)| Source {
            file,
            module: Vec::new(),
            code: Vec::new(),
            test: tokens(&text),
        })
        .collect()
}

/// The module that a file is.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if matches!(path, "lib" | "main") {
        return Vec::new();
    }
    path.split('/').map(str::to_owned).collect()
}

/// Takes apart what is under `#[cfg(test)]` or the feature `testing`; also the names
/// of modules that are.
fn split(tokens: &[Token]) -> (Vec<Token>, Vec<Token>, Vec<String>) {
    let (mut code, mut test, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = tokens;
    while let Some((first, tail)) = rest.split_first() {
        let Some(after) = test_attribute(rest) else {
            code.push(first.clone());
            rest = tail;
            continue;
        };
        let item = after.get(..item_length(after)).unwrap_or(after);
        names.extend(module_name(item));
        test.extend_from_slice(item);
        rest = after.get(item.len()..).unwrap_or_default();
    }
    (code, test, names)
}

/// What follows an attribute that says "for tests"; `None` if there is none here.
fn test_attribute(tokens: &[Token]) -> Option<&[Token]> {
    let [Token::Sign('#'), Token::Sign('['), cfg, ..] = tokens else {
        return None;
    };
    let end = closing(tokens, 1)?;
    let inside = tokens.get(..end)?;
    let says_test = inside.iter().any(|token| token.is("test"))
        || inside.contains(&Token::Text("testing".to_owned()));
    let inverted = inside.iter().any(|token| token.is("not"));
    (cfg.is("cfg") && says_test && !inverted).then(|| tokens.get(end + 1..).unwrap_or_default())
}

/// How many tokens the item at the start has: to its `;` or closing brace.
fn item_length(tokens: &[Token]) -> usize {
    let mut n = 0;
    while let Some(token) = tokens.get(n) {
        match token {
            Token::Sign(';' | ',') => return n + 1,
            Token::Sign('{') => return closing(tokens, n).map_or(tokens.len(), |end| end + 1),
            Token::Sign('(' | '[') => n = closing(tokens, n).unwrap_or(tokens.len()),
            Token::Sign(_) | Token::Name(_) | Token::Text(_) | Token::Sep => {}
        }
        n += 1;
    }
    n
}

/// Where the bracket at `start` closes.
fn closing(tokens: &[Token], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (n, token) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(n);
                }
            }
            Token::Sign(_) | Token::Name(_) | Token::Text(_) | Token::Sep => {}
        }
    }
    None
}

/// The name of a `mod name;`.
fn module_name(item: &[Token]) -> Option<String> {
    match item {
        [.., keyword, Token::Name(name), Token::Sign(';')] if keyword.is("mod") => {
            Some(name.clone())
        }
        _ => None,
    }
}

impl Source {
    /// The qualified paths in the daemon's code, from the crate's root: `crate::…`
    /// for ours, the crate's name first for foreign ones.
    pub(super) fn paths(&self) -> BTreeSet<Vec<String>> {
        let mut found = BTreeSet::new();
        let mut n = 0;
        while n < self.code.len() {
            let fresh = n == 0 || !matches!(self.code[n - 1], Token::Sep | Token::Sign('.'));
            if self.code[n].is("use") {
                n += 1;
                tree(&self.code, &mut n, &[], &mut found);
            } else if fresh && matches!(self.code[n], Token::Name(_)) {
                let path = path(&self.code, &mut n);
                if path.len() > 1 {
                    found.insert(path);
                }
            } else {
                n += 1;
            }
        }
        let module = self.module.as_slice();
        found.into_iter().map(|path| rooted(module, path)).collect()
    }
}

/// The names of a path that starts at `n`; moves `n` behind it.
fn path(tokens: &[Token], n: &mut usize) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(Token::Name(name)) = tokens.get(*n) {
        names.push(name.clone());
        *n += 1;
        match (tokens.get(*n), tokens.get(*n + 1)) {
            (Some(Token::Sep), Some(Token::Name(_))) => *n += 1,
            _ => break,
        }
    }
    names
}

/// Collects the paths of a tree of imports; moves `n` behind it.
fn tree(tokens: &[Token], n: &mut usize, base: &[String], found: &mut BTreeSet<Vec<String>>) {
    if tokens.get(*n) == Some(&Token::Sep) {
        *n += 1;
    }
    let mut names = base.to_vec();
    names.extend(path(tokens, n));
    if tokens.get(*n) == Some(&Token::Sep) {
        *n += 1;
    }
    match tokens.get(*n) {
        Some(Token::Sign('{')) => {
            *n += 1;
            while !matches!(tokens.get(*n), None | Some(Token::Sign('}'))) {
                let before = *n;
                tree(tokens, n, &names, found);
                if *n == before || tokens.get(*n) == Some(&Token::Sign(',')) {
                    *n += 1;
                }
            }
            *n += 1;
        }
        Some(Token::Sign('*')) => {
            *n += 1;
            found.insert(names);
        }
        _ => {
            if names.len() > base.len() {
                found.insert(names);
            }
            if tokens.get(*n).is_some_and(|token| token.is("as")) {
                *n += 2;
            }
        }
    }
}

/// The path from the crate's root.
fn rooted(module: &[String], path: Vec<String>) -> Vec<String> {
    let mut at = module.to_vec();
    let mut rest = path.as_slice();
    let mut relative = false;
    while let Some((first, tail)) = rest.split_first() {
        match first.as_str() {
            "self" => {}
            "super" => {
                at.pop();
            }
            _ => break,
        }
        relative = true;
        rest = tail;
    }
    if !relative {
        return path;
    }
    let mut full = vec!["crate".to_owned()];
    full.extend(at);
    full.extend_from_slice(rest);
    full
}

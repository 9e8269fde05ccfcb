//! What is wrong with a configuration.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;

/// Where a value of the configuration was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file, on this line, counted from 1.
    Line(usize),
    /// In this variable of the environment.
    Variable(String),
    /// Nowhere: it is a default.
    Default,
}

/// One mistake in the configuration: which key, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The key's path, such as `teams.main.agents`; list items by their id.
    /// Empty when the file as a whole cannot be read.
    pub key: String,
    /// Where the value stands.
    pub place: Place,
    /// The file's name as the operator gave it.
    pub file: String,
    /// What is wrong and what to write instead.
    pub problem: String,
}

impl ConfigError {
    /// The line in the file, counted from 1; `None` when the value does not
    /// come from the file.
    pub fn line(&self) -> Option<usize> {
        match self.place {
            Place::Line(line) => Some(line),
            Place::Variable(_) | Place::Default => None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Line(line) => write!(out, "{}:{line}: ", self.file)?,
            Place::Variable(name) => write!(out, "{name}: ")?,
            Place::Default => write!(out, "{}: ", self.file)?,
        }
        if self.key.is_empty() {
            write!(out, "{}", self.problem)
        } else {
            write!(out, "{}: {}", self.key, self.problem)
        }
    }
}

/// Collects every mistake while a configuration is read.
#[derive(Debug)]
pub(super) struct Errors {
    /// The file's name as the operator gave it.
    file: String,
    /// What was found so far.
    found: RefCell<Vec<ConfigError>>,
}

impl Errors {
    /// No mistake yet in the file at `path`.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            file: path.display().to_string(),
            found: RefCell::default(),
        }
    }

    /// Notes a mistake.
    pub(super) fn add(&self, key: impl Into<String>, place: &Place, problem: impl Into<String>) {
        let error = ConfigError {
            key: key.into(),
            place: place.clone(),
            file: self.file.clone(),
            problem: problem.into(),
        };
        let mut found = self.found.borrow_mut();
        if !found.contains(&error) {
            found.push(error);
        }
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// Everything found: by line, then variables, then what is missing.
    pub(super) fn into_sorted(self) -> Vec<ConfigError> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|error| match &error.place {
            Place::Line(line) => (0, *line, String::new()),
            Place::Variable(name) => (1, 0, name.clone()),
            Place::Default => (2, 0, String::new()),
        });
        found
    }
}

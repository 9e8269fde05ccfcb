//! How a command ended, as scripts see it.

use std::process::ExitCode;
use std::{fmt, io};

/// The exit codes. They are a promise: a number keeps its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Success,
    /// Something failed that has no number of its own.
    Failed,
    /// The command line or the input was wrong: an unknown option, a body for
    /// `explain` that is not JSON, answers for `setup` that end too early.
    Usage,
    /// The configuration is wrong, or cannot be read.
    Config,
    /// The database cannot be opened or migrated.
    Database,
    /// The homeserver cannot be reached, or does not know Loket.
    Homeserver,
    /// An address cannot be listened on.
    Listen,
    /// A file exists already and `--force` was not given.
    Exists,
    /// The database is in use: a daemon runs on it.
    InUse,
}

/// What `--help` says about exit codes.
pub(super) const HELP: &str = "Exit codes: 0 done · 1 failed · 2 wrong command line or input · \
3 configuration · 4 database · 5 homeserver · 6 address in use · 7 file exists · 8 database in use";

impl Exit {
    /// The number the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Database => 4,
            Self::Homeserver => 5,
            Self::Listen => 6,
            Self::Exists => 7,
            Self::InUse => 8,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A command that did not succeed: the exit code and the words for it.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What happened; its chain of causes is shown in one line.
    pub error: anyhow::Error,
}

impl Failure {
    /// A failure in these words.
    pub fn new(exit: Exit, words: impl fmt::Display) -> Self {
        Self {
            exit,
            error: anyhow::anyhow!("{words}"),
        }
    }

    /// A failure because of `error`, told with its causes.
    pub fn of(exit: Exit, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self {
            exit,
            error: error.into(),
        }
    }

    /// What happened and why, in one line. Many an error ends with its cause's
    /// words already: each cause is told once.
    pub(super) fn words(&self) -> String {
        let mut words = String::new();
        for cause in self.error.chain().map(ToString::to_string) {
            if words.is_empty() {
                words = cause;
            } else if !words.ends_with(&cause) {
                words = format!("{words}: {cause}");
            }
        }
        words
    }
}

/// Whether whoever read our output has gone.
pub(super) fn nobody_reads(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// The end of a command that only tells something: a reader that has read enough
/// (`loket explain … | head -1`) is no failure.
pub(super) fn unread_is_fine(ended: Result<(), Failure>) -> Result<(), Failure> {
    let is_fine = |failure: &Failure| {
        let error = failure.error.downcast_ref::<io::Error>();
        error.is_some_and(nobody_reads)
    };
    match ended {
        Err(failure) if is_fine(&failure) => Ok(()),
        ended => ended,
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Failed,
            error,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}

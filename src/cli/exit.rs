//! How a command ended, as scripts see it.

use std::fmt;
use std::process::ExitCode;

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
}

/// What `--help` says about exit codes.
pub(super) const HELP: &str = "Exit codes: 0 done · 1 failed · 2 wrong command line or input · \
3 configuration · 4 database · 5 homeserver · 6 address in use · 7 file exists";

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
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Failed,
            error,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}

//! What an examination found: one line each.

use std::fmt;

use tokio::sync::mpsc::UnboundedSender;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// It works, but something should be looked at.
    Warn,
    /// Something does not work.
    Fail,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// How it is.
    pub(super) level: Level,
    /// What was looked at, in a word or two.
    pub(super) subject: String,
    /// What was found, and what to do. Never a secret, nothing personal.
    pub(super) says: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        // One line each, whatever another program put into its words.
        let says = self.says.replace(['\n', '\r'], " ");
        write!(f, "{level:<4}  {:<14}  {says}", self.subject)
    }
}

/// Where findings go as they are made.
#[derive(Debug, Clone)]
pub(super) struct Tell(pub(super) UnboundedSender<Finding>);

impl Tell {
    /// All is well.
    pub(super) fn ok(&self, subject: &str, says: impl Into<String>) {
        self.tell(Level::Ok, subject, says.into());
    }

    /// Something should be looked at: what, and what to do.
    pub(super) fn warn(&self, subject: &str, says: impl Into<String>) {
        self.tell(Level::Warn, subject, says.into());
    }

    /// Something does not work: what, and what to do.
    pub(super) fn fail(&self, subject: &str, says: impl Into<String>) {
        self.tell(Level::Fail, subject, says.into());
    }

    /// Sends a finding to whoever prints them.
    fn tell(&self, level: Level, subject: &str, says: String) {
        let finding = Finding {
            level,
            subject: subject.to_owned(),
            says,
        };
        // Whoever prints lives as long as the examination.
        self.0.send(finding).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line() {
        let finding = Finding {
            level: Level::Fail,
            subject: "homeserver".to_owned(),
            says: "no answer:\r\nbroken".to_owned(),
        };
        assert_eq!(
            finding.to_string(),
            "FAIL  homeserver      no answer:  broken"
        );
    }
}

//! Teams: who answers for which accounts, and by which rules.
//!
//! The configuration makes these values; leak rules, commands and membership
//! read them.

use serde::{Deserialize, Serialize};

/// What an agent may do; a higher role may do everything a lower one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers customers.
    Agent,
    /// Also decides about agents' work: reviews blocks, switches assistants.
    Supervisor,
    /// Also exports and erases people's data.
    Admin,
}

impl Role {
    /// The word used in the configuration and in texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }
}

/// Language of what Loket itself writes, to agents and to customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Indonesian.
    #[serde(rename = "id")]
    Indonesian,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The two-letter code, as in the configuration.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Indonesian => "id",
            Self::English => "en",
        }
    }
}

/// Who is invited into a conversation's room, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Membership {
    /// Nobody while the assistant owns; agents on duty when a human is needed.
    Auto,
    /// Every agent of the team, from the start.
    All,
    /// Only who claims it or is assigned.
    Claim,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_from_agent_to_admin() {
        assert!(Role::Agent < Role::Supervisor);
        assert!(Role::Supervisor < Role::Admin);
    }

    #[test]
    fn names_are_the_words_of_the_configuration() {
        let written = |value: &str| serde_json::to_string(value).unwrap();
        assert_eq!(
            serde_json::to_string(&Role::Supervisor).unwrap(),
            written(Role::Supervisor.name())
        );
        assert_eq!(
            serde_json::to_string(&Language::Indonesian).unwrap(),
            "\"id\""
        );
        assert_eq!(Language::English.code(), "en");
        assert_eq!(
            serde_json::to_string(&Membership::Claim).unwrap(),
            "\"claim\""
        );
    }
}

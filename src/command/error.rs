//! Why a command is not carried out.

use super::Place;
use crate::domain::saying::Saying;
use crate::domain::team::Role;
use crate::saying;

/// Why a command is not carried out. Every one says that nothing was sent.
///
/// What a conversation's state refuses (conflict, window, state) comes from
/// [`Conversation::apply`](crate::domain::conversation) as a `Refusal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// There is no such command.
    Unknown {
        /// What was typed, folded.
        word: String,
        /// The offered name most like it.
        nearest: Option<&'static str>,
    },
    /// It was not understood.
    Usage {
        /// The command.
        name: &'static str,
        /// What may follow the name.
        usage: &'static str,
    },
    /// It is for a higher role.
    Role {
        /// The command.
        name: &'static str,
        /// The least role.
        least: Role,
    },
    /// It is for another room.
    Place {
        /// The command.
        name: &'static str,
        /// Where it may be used.
        place: Place,
    },
    /// It makes no sense as things stand.
    State(Saying),
}

impl CommandError {
    /// What the agent is told; `prefix` is what starts a command.
    pub fn saying(&self, prefix: &str) -> Saying {
        let typed = |name: &str| format!("{prefix}{name}");
        match self {
            Self::Unknown { word, nearest } => {
                let send = typed("send");
                match nearest {
                    Some(nearest) => saying!(
                        "command-unknown-nearest",
                        word = shortened(word),
                        nearest = typed(nearest),
                        send = send
                    ),
                    None => saying!("command-unknown", word = shortened(word), send = send),
                }
            }
            Self::Usage { name, usage } => saying!(
                "command-usage",
                usage = format!("{} {usage}", typed(name)).trim_end()
            ),
            Self::Role { name, least } => {
                saying!("command-role", command = typed(name), role = role(*least))
            }
            Self::Place { name, place } => match place {
                Place::Portal | Place::Both => {
                    saying!("command-place-portal", command = typed(name))
                }
                Place::Desk => saying!("command-place-desk", command = typed(name)),
            },
            Self::State(saying) => saying.clone(),
        }
    }
}

/// A role's name.
pub(super) fn role(role: Role) -> Saying {
    match role {
        Role::Agent => saying!("role-agent"),
        Role::Supervisor => saying!("role-supervisor"),
        Role::Admin => saying!("role-admin"),
    }
}

/// What was typed, at most 30 characters of it.
fn shortened(word: &str) -> String {
    let mut short: String = word.chars().take(30).collect();
    if short.len() < word.len() {
        short.push('…');
    }
    short
}

//! Commands that agents type: trait [`Command`], registry, parser, help, one file
//! per command.
//!
//! In: what the one door ([`leak::classify`](crate::domain::leak::classify))
//! found to be a command. Out: an [`Outcome`], which `work` carries out in the
//! conversation's lane, or a [`CommandError`], which it shows in reply. Nothing
//! here touches the database or the network.
//!
//! # How to add a command
//! One file with a unit struct that is a [`Command`], `mod` here, one line in
//! [`registry`], its help in both catalogs of `text`; then bring
//! `docs/commands.md` up to date as its test says.

mod docs;
mod error;
mod parser;
pub mod registry;

mod help;
mod mode;
mod note;
mod queue;
mod resend;
mod send;
mod solve;
mod takeover;
mod trace;
mod undo;

#[cfg(test)]
mod tests;

use std::fmt::Debug;

pub use docs::document;
pub use error::CommandError;
pub use parser::Args;

use crate::domain::conversation::{Conversation, Input};
use crate::domain::ids::{EventId, UserId};
use crate::domain::leak::Known;
use crate::domain::rich::Rich;
use crate::domain::saying::Saying;
use crate::domain::team::Role;

/// A command.
pub trait Command: Debug + Send + Sync {
    /// Its name, lower case, without prefix.
    fn name(&self) -> &'static str;

    /// Other names, Indonesian ones among them.
    fn aliases(&self) -> &'static [&'static str];

    /// What may follow the name (`[force] [reason]`); empty for nothing.
    fn usage(&self) -> &'static str;

    /// Where it may be used.
    fn place(&self) -> Place;

    /// The least role that may use it.
    fn least_role(&self) -> Role {
        Role::Agent
    }

    /// What it does, in one sentence.
    fn help(&self) -> Saying;

    /// The answer to somebody who left out what must follow.
    fn misused(&self) -> CommandError {
        CommandError::Usage {
            name: self.name(),
            usage: self.usage(),
        }
    }

    /// What it asks for.
    ///
    /// # Errors
    /// When it cannot be understood or makes no sense here; to be shown, never
    /// tried again.
    fn run(&self, args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError>;
}

/// Where a command may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a conversation's room.
    Portal,
    /// In the lobby or a direct chat with the desk.
    Desk,
    /// In both.
    Both,
}

impl Place {
    /// Whether a command for this place may be used in `room`.
    fn allows(self, room: Room) -> bool {
        match self {
            Self::Portal => room == Room::Portal,
            Self::Desk => room == Room::Desk,
            Self::Both => true,
        }
    }
}

/// The kind of room a command is typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// A conversation's room.
    Portal,
    /// The lobby or a direct chat with the desk.
    Desk,
}

/// Who asks, and where.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The agent.
    pub agent: &'a UserId,
    /// What they may do.
    pub role: Role,
    /// Where they ask.
    pub room: Room,
    /// The command's event.
    pub event: &'a EventId,
    /// What the command answers, or what a button was pressed on.
    pub reply: Option<&'a Known>,
    /// The conversation, in its room.
    pub conversation: Option<&'a Conversation>,
    /// What starts a command (`!`), for help.
    pub prefix: &'a str,
}

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Something happens to the conversation.
    Apply(Input),
    /// A line for the customer by the agent's own word: goes through
    /// [`leak::explicit`](crate::domain::leak::explicit).
    Outward(Rich),
    /// Something is looked up.
    Query(Query),
    /// The answer is known already.
    Answer(Saying),
}

/// What a command wants from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// Conversations that wait for a human, oldest first.
    Queue,
    /// What was put aside and the command answers: it is to be tried again.
    PutAside,
    /// What happened to what the command answers, or to the conversation; with a
    /// number to the conversation of that case.
    Trace {
        /// The case.
        case: Option<i64>,
    },
}

/// Reads and runs a command: what `leak` found after the prefix.
///
/// # Errors
/// When there is no such command, it is not for this room or role, or it refuses;
/// to be shown, never tried again.
pub fn run(command: &Rich, context: &Context<'_>) -> Result<Outcome, CommandError> {
    let (name, args) = parser::parse(command);
    let found = registry::find(&name).ok_or_else(|| CommandError::Unknown {
        nearest: registry::nearest(&name, context),
        word: name,
    })?;
    if !found.place().allows(context.room) {
        return Err(CommandError::Place {
            name: found.name(),
            place: found.place(),
        });
    }
    if context.role < found.least_role() {
        return Err(CommandError::Role {
            name: found.name(),
            least: found.least_role(),
        });
    }
    found.run(&args, context)
}

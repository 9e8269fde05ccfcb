//! `!trace`: what became of a line, or of a conversation.

use super::{Args, Command, CommandError, Context, Outcome, Place, Query, Room};
use crate::domain::saying::Saying;
use crate::domain::team::Role;
use crate::saying;

/// `!trace`.
#[derive(Debug)]
pub(super) struct Trace;

impl Command for Trace {
    fn name(&self) -> &'static str {
        "trace"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn usage(&self) -> &'static str {
        "[#case]"
    }

    fn place(&self) -> Place {
        Place::Both
    }

    fn least_role(&self) -> Role {
        Role::Supervisor
    }

    fn help(&self) -> Saying {
        saying!("help-trace")
    }

    fn run(&self, args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError> {
        let case = match args.first() {
            Some(word) => {
                let number = word.trim_start_matches('#').parse().ok();
                Some(number.ok_or_else(|| self.misused())?)
            }
            None if context.room == Room::Desk => return Err(self.misused()),
            None => None,
        };
        Ok(Outcome::Query(Query::Trace { case }))
    }
}

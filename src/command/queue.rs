//! `!queue`: conversations that wait for a human.

use super::{Args, Command, CommandError, Context, Outcome, Place, Query};
use crate::domain::saying::Saying;
use crate::saying;

/// `!queue`.
#[derive(Debug)]
pub(super) struct Queue;

impl Command for Queue {
    fn name(&self) -> &'static str {
        "queue"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn place(&self) -> Place {
        Place::Desk
    }

    fn help(&self) -> Saying {
        saying!("help-queue")
    }

    fn run(&self, _args: &Args, _context: &Context<'_>) -> Result<Outcome, CommandError> {
        Ok(Outcome::Query(Query::Queue))
    }
}

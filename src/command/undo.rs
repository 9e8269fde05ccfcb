//! `!undo`: takes back the newest line that still can be.

use super::{Args, Command, CommandError, Context, Outcome, Place};
use crate::domain::conversation::Input;
use crate::domain::saying::Saying;
use crate::saying;

/// `!undo`.
#[derive(Debug)]
pub(super) struct Undo;

impl Command for Undo {
    fn name(&self) -> &'static str {
        "undo"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn place(&self) -> Place {
        Place::Portal
    }

    fn help(&self) -> Saying {
        saying!("help-undo")
    }

    fn run(&self, _args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError> {
        Ok(Outcome::Apply(Input::Undo {
            agent: context.agent.clone(),
        }))
    }
}

//! `!note`: kept for the team, never sent.

use super::{Args, Command, CommandError, Context, Outcome, Place};
use crate::domain::conversation::Input;
use crate::domain::saying::Saying;
use crate::saying;

/// `!note`.
#[derive(Debug)]
pub(super) struct Note;

impl Command for Note {
    fn name(&self) -> &'static str {
        "note"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["catatan"]
    }

    fn usage(&self) -> &'static str {
        "text"
    }

    fn place(&self) -> Place {
        Place::Portal
    }

    fn help(&self) -> Saying {
        saying!("help-note")
    }

    fn run(&self, args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError> {
        if args.is_empty() {
            return Err(self.misused());
        }
        Ok(Outcome::Apply(Input::NoteWritten {
            event: context.event.clone(),
            agent: context.agent.clone(),
            text: args.rest(),
        }))
    }
}

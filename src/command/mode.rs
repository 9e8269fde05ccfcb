//! `!mode`: what the asker's plain lines are.

use super::{Args, Command, CommandError, Context, Outcome, Place};
use crate::domain::conversation::Input;
use crate::domain::saying::Saying;
use crate::saying;

/// `!mode`.
#[derive(Debug)]
pub(super) struct Mode;

impl Command for Mode {
    fn name(&self) -> &'static str {
        "mode"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn usage(&self) -> &'static str {
        "reply|note"
    }

    fn place(&self) -> Place {
        Place::Portal
    }

    fn help(&self) -> Saying {
        saying!("help-mode")
    }

    fn run(&self, args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError> {
        let note = match args.first().as_deref() {
            Some("note" | "catatan") => true,
            Some("reply" | "balas") => false,
            Some(_) | None => return Err(self.misused()),
        };
        Ok(Outcome::Apply(Input::SetMode {
            agent: context.agent.clone(),
            note,
        }))
    }
}

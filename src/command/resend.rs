//! `!resend`: sends a line again, as new attempts.

use super::{Args, Command, CommandError, Context, Outcome, Place};
use crate::domain::conversation::Input;
use crate::domain::saying::Saying;
use crate::saying;

/// `!resend`.
#[derive(Debug)]
pub(super) struct Resend;

impl Command for Resend {
    fn name(&self) -> &'static str {
        "resend"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["retry"]
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn place(&self) -> Place {
        Place::Portal
    }

    fn help(&self) -> Saying {
        saying!("help-resend")
    }

    fn run(&self, _args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError> {
        // Where the line stands is for the conversation to judge.
        let target = context
            .reply
            .and_then(|known| known.line.clone())
            .ok_or_else(|| CommandError::State(saying!("resend-needs-reply")))?;
        Ok(Outcome::Apply(Input::Resend {
            target,
            agent: context.agent.clone(),
        }))
    }
}

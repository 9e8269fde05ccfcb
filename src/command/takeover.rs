//! `!takeover`: the assistant or script stops, the asker owns.

use super::{Args, Command, CommandError, Context, Outcome, Place};
use crate::domain::conversation::Input;
use crate::domain::saying::Saying;
use crate::saying;

/// `!takeover`.
#[derive(Debug)]
pub(super) struct Takeover;

impl Command for Takeover {
    fn name(&self) -> &'static str {
        "takeover"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["take", "ambil"]
    }

    fn usage(&self) -> &'static str {
        "[force] [reason]"
    }

    fn place(&self) -> Place {
        Place::Portal
    }

    fn help(&self) -> Saying {
        saying!("help-takeover")
    }

    fn run(&self, args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError> {
        let force = args
            .first()
            .is_some_and(|word| matches!(word.as_str(), "force" | "paksa"));
        Ok(Outcome::Apply(Input::TakeOver {
            agent: context.agent.clone(),
            force,
        }))
    }
}

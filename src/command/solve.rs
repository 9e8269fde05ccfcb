//! `!solve`: the case is closed.

use super::{Args, Command, CommandError, Context, Outcome, Place};
use crate::domain::conversation::Input;
use crate::domain::saying::Saying;
use crate::saying;

/// `!solve`.
#[derive(Debug)]
pub(super) struct Solve;

impl Command for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["done", "selesai"]
    }

    fn usage(&self) -> &'static str {
        "[reason] [silent]"
    }

    fn place(&self) -> Place {
        Place::Portal
    }

    fn help(&self) -> Saying {
        saying!("help-solve")
    }

    fn run(&self, args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError> {
        let mut words = args.words();
        // Nothing is told to the customer yet, so every solving is silent.
        let is_silent = args
            .last()
            .is_some_and(|word| matches!(word.as_str(), "silent" | "diam"));
        if is_silent {
            words.pop();
        }
        let reason = words.join(" ");
        Ok(Outcome::Apply(Input::Solve {
            agent: context.agent.clone(),
            reason: (!reason.is_empty()).then_some(reason),
        }))
    }
}

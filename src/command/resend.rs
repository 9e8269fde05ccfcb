//! `!resend`, `!retry`: sends a line again, as new attempts; works again what was put
//! aside.

use super::{Args, Command, CommandError, Context, Outcome, Place, Query};
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
        let line = context.reply.and_then(|known| known.line.clone());
        Ok(match line {
            // Where the line stands is for the conversation to judge.
            Some(target) => Outcome::Apply(Input::Resend {
                target,
                agent: context.agent.clone(),
            }),
            // A line that could not be worked is none yet: it was put aside.
            None => Outcome::Query(Query::PutAside),
        })
    }
}

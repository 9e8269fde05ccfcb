//! `!send`: a line for the customer that no prefix rule looks at.

use super::{Args, Command, CommandError, Context, Outcome, Place};
use crate::domain::saying::Saying;
use crate::saying;

/// `!send`.
#[derive(Debug)]
pub(super) struct Send;

impl Command for Send {
    fn name(&self) -> &'static str {
        "send"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn usage(&self) -> &'static str {
        "text"
    }

    fn place(&self) -> Place {
        Place::Portal
    }

    fn help(&self) -> Saying {
        saying!("help-send")
    }

    fn run(&self, args: &Args, _context: &Context<'_>) -> Result<Outcome, CommandError> {
        if args.is_empty() {
            return Err(self.misused());
        }
        Ok(Outcome::Outward(args.rest()))
    }
}

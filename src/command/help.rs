//! `!help`: what can be asked for, where the asker is.

use super::error::role;
use super::{Args, Command, CommandError, Context, Outcome, Place, registry};
use crate::domain::leak::fold;
use crate::domain::saying::Saying;
use crate::saying;

/// `!help`.
#[derive(Debug)]
pub(super) struct Help;

impl Command for Help {
    fn name(&self) -> &'static str {
        "help"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["bantuan"]
    }

    fn usage(&self) -> &'static str {
        "[command]"
    }

    fn place(&self) -> Place {
        Place::Both
    }

    fn help(&self) -> Saying {
        saying!("help-help")
    }

    fn run(&self, args: &Args, context: &Context<'_>) -> Result<Outcome, CommandError> {
        let Some(word) = args.first() else {
            return Ok(Outcome::Answer(overview(context)));
        };
        let name = word.trim_start_matches(&fold(context.prefix));
        let name = name.trim_start_matches('/');
        let command = registry::find(name).ok_or_else(|| CommandError::Unknown {
            nearest: registry::nearest(name, context),
            word: name.to_owned(),
        })?;
        Ok(Outcome::Answer(detail(command, context)))
    }
}

/// A line for each command that is offered.
fn overview(context: &Context<'_>) -> Saying {
    let lines = registry::offered(context).map(|command| {
        saying!(
            "help-line",
            usage = usage(command, context.prefix),
            help = command.help()
        )
    });
    let all = lines.reduce(|above, line| saying!("help-lines", above = above, line = line));
    let more = format!("{}help", context.prefix);
    saying!(
        "help-overview",
        lines = all.unwrap_or_else(|| saying!("help-nothing")),
        more = more
    )
}

/// All about one command.
fn detail(command: &dyn Command, context: &Context<'_>) -> Saying {
    let names: Vec<String> = command
        .aliases()
        .iter()
        .map(|alias| format!("{}{alias}", context.prefix))
        .collect();
    let place = match command.place() {
        Place::Portal => saying!("help-place-portal"),
        Place::Desk => saying!("help-place-desk"),
        Place::Both => saying!("help-place-both"),
    };
    let about = saying!(
        "help-detail",
        usage = usage(command, context.prefix),
        help = command.help(),
        place = place,
        role = role(command.least_role())
    );
    if names.is_empty() {
        return about;
    }
    let aliases = saying!("help-aliases", names = names.join(", "));
    saying!("help-lines", above = about, line = aliases)
}

/// How a command is typed.
fn usage(command: &dyn Command, prefix: &str) -> String {
    let typed = format!("{prefix}{} {}", command.name(), command.usage());
    typed.trim_end().to_owned()
}

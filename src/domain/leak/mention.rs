//! Rule 7: whether a message names a colleague.

use super::super::room_event::{EventKind, Line};
use super::line::Reading;
use super::marks::bared;
use super::prepare::fold;
use super::{Colleague, Context};
use crate::domain::ids::UserId;
use crate::domain::rich::Reference;

/// Whether `line` has a pill of a colleague anywhere, mentions one, holds the user
/// id of one, or starts with `@` and the name of one.
pub(super) fn names_colleague(line: &Line, reading: &Reading, context: &Context<'_>) -> bool {
    context.colleagues.iter().any(|colleague| {
        has_pill(reading, colleague)
            || is_mentioned(line, colleague, context)
            || reading
                .sketches()
                .any(|text| holds_id(text, &colleague.user) || is_addressed(text, colleague))
    })
}

/// Whether there is a pill of them, or a link to them.
fn has_pill(reading: &Reading, colleague: &Colleague) -> bool {
    let mut found = false;
    reading
        .whole
        .each_reference(&mut |reference| match reference {
            Reference::User(user) => found |= *user == colleague.user,
            Reference::Url(url) => {
                found |= holds_id(
                    &fold(url).replace("%40", "@").replace("%3a", ":"),
                    &colleague.user,
                );
            }
        });
    found
}

/// Whether they are mentioned besides being the one who is answered: clients
/// mention the writer of what a reply answers without being asked to.
fn is_mentioned(line: &Line, colleague: &Colleague, context: &Context<'_>) -> bool {
    let answered = context.target.filter(|_| line.reply_to.is_some());
    let of_itself = answered.is_some_and(|target| match target.kind {
        EventKind::Draft => true,
        EventKind::Agent => target
            .line
            .as_ref()
            .is_some_and(|line| line.writer == colleague.user),
        EventKind::Customer
        | EventKind::Note
        | EventKind::Command
        | EventKind::Card
        | EventKind::Notice
        | EventKind::Mark
        | EventKind::Claim
        | EventKind::Other => false,
    });
    line.mentions.contains(&colleague.user) && !of_itself
}

/// Whether the whole user id stands anywhere.
fn holds_id(text: &str, user: &UserId) -> bool {
    text.contains(&fold(user.as_str()))
}

/// Whether a line, the first one behind marks of a list or of formatting, starts with
/// `@` and the name of a colleague.
pub(super) fn calls_colleague(text: &str, context: &Context<'_>) -> bool {
    let mut starts = text.lines().flat_map(bared);
    starts.any(|start| {
        context
            .colleagues
            .iter()
            .any(|colleague| is_addressed(start, colleague))
    })
}

/// Whether the text starts with `@` and a name of theirs, or the first word of one.
fn is_addressed(text: &str, colleague: &Colleague) -> bool {
    let Some(rest) = text.strip_prefix('@').map(str::trim_start) else {
        return false;
    };
    let localpart = colleague.user.localpart();
    let names = colleague.names.iter().map(String::as_str);
    names.chain([localpart]).any(|name| {
        let name = fold(name);
        let first = name.split_whitespace().next().unwrap_or_default();
        starts_with_name(rest, &name) || starts_with_name(rest, first)
    })
}

/// Whether `text` starts with `name`, and the name ends there: `@ayu.shop` and
/// `@ayu_official` are handles of somebody else.
fn starts_with_name(text: &str, name: &str) -> bool {
    let Some(rest) = text.strip_prefix(name).filter(|_| !name.is_empty()) else {
        return false;
    };
    // One dot joins the parts of a handle; several are a pause.
    let joined = rest
        .strip_prefix('.')
        .unwrap_or_else(|| rest.trim_start_matches('_'));
    !joined.starts_with(char::is_alphanumeric)
}

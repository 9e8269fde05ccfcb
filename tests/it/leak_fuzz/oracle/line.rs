//! Messages: rules 2 to 13, and edits.

use loket::domain::conversation::{ForeignReply, Owner, PlainLine};
use loket::domain::leak::Context;
use loket::domain::room_event::{EventKind, Line, RoomEvent};

use super::read::{self, Lead, Place};
use super::{Fate, Ruling, own_line};

/// What a message's words are by themselves (rules 3 to 5 and the preparation).
enum Words {
    /// Nothing that can be seen.
    Empty,
    /// Prose.
    Plain,
    /// Prose with something internal in a later line, or a list that calls a colleague.
    Doubt,
    /// Internal by its first line. `Some` are the fates of exactly that, the flag
    /// says whether it may also be taken for doubtful.
    Internal(&'static [Fate], bool),
    /// The specification does not say.
    Unclear,
}

/// Rules about a message.
pub(super) fn rule(event: &RoomEvent, line: &Line, context: &Context<'_>) -> Ruling {
    let silent = match line.msgtype.as_str() {
        "m.notice" => Some(Ruling::only(
            "2: notice",
            &[Fate::Ignore, Fate::Note, Fate::Refuse],
        )),
        "m.text" | "m.emote" | "m.image" | "m.file" | "m.video" | "m.audio" => None,
        _ => Some(Ruling::only(
            "unknown msgtype",
            &[Fate::Ignore, Fate::Note, Fate::Refuse, Fate::Command],
        )),
    };
    if let Some(ruling) = silent {
        let replaces_own = line.replaces.is_some() && own_line(event, context.target).is_some();
        return if replaces_own {
            ruling.or(&[Fate::EditAway]).not(Fate::Command)
        } else {
            ruling
        };
    }
    let mut ruling = if line.replaces.is_some() {
        edit(event, line, context)
    } else {
        fresh(event, line, context)
    };
    if line.msgtype != "m.text" && line.msgtype != "m.emote" {
        // Files come later; until then one may also be refused whole.
        let is_owner = context.conversation.owner == Owner::Agent(event.sender.clone());
        if ruling.allowed.contains(&Fate::Send) && !is_owner {
            ruling = ruling.not(Fate::Send).or(&[Fate::AskForeign]);
        }
        ruling = ruling.or(&[Fate::Refuse, Fate::EditAway]);
    }
    if line.msgtype == "m.emote" {
        ruling = ruling.or(&[Fate::Refuse, Fate::Ignore, Fate::EditAway]);
    }
    if names_nobody(line) {
        ruling = ruling.or(&[Fate::Note, Fate::Refuse, Fate::EditAway]);
    }
    ruling
}

/// A message that replaces none.
fn fresh(event: &RoomEvent, line: &Line, context: &Context<'_>) -> Ruling {
    let words = words(line, context);
    if let Words::Internal(fates, doubtful) = words {
        let ruling = Ruling::only("3-5: prefix", fates);
        if !doubtful {
            return ruling;
        }
        let is_note =
            inward(line, context).is_some() || onward(event, line, context).allowed == [Fate::Note];
        let ruling = ruling.or(&[Fate::AskDoubt, Fate::Refuse]);
        return if is_note {
            ruling.or(&[Fate::Note])
        } else {
            ruling
        };
    }
    let mut ruling = match inward(line, context) {
        Some(why) => Ruling::only(why, &[Fate::Note]),
        None if matches!(words, Words::Doubt) => {
            let later = onward(event, line, context);
            let held = Ruling::only("held: later line", &[Fate::AskDoubt]);
            held.or(&later.allowed).not(Fate::Send)
        }
        None => onward(event, line, context),
    };
    match words {
        Words::Empty => {
            ruling = ruling
                .or(&[Fate::Ignore, Fate::Refuse, Fate::Note])
                .not(Fate::Send);
        }
        Words::Unclear => ruling = ruling.or(&[Fate::Command, Fate::Refuse, Fate::Note]),
        Words::Plain | Words::Doubt | Words::Internal(..) => {}
    }
    ruling.text = leaving(line, context);
    ruling
}

/// Rule 6: why the place of `line` makes it a note; `None` if it does not.
fn inward(line: &Line, context: &Context<'_>) -> Option<&'static str> {
    if line.thread.is_some() {
        return Some("6: thread");
    }
    (line.reply_to.is_some() && !answers_outward(context)).then_some("6: internal reply")
}

/// Whether the event answered is one that the customer knows, or a draft.
fn answers_outward(context: &Context<'_>) -> bool {
    let kind = context.target.map(|known| known.kind);
    matches!(
        kind,
        Some(EventKind::Customer | EventKind::Agent | EventKind::Draft)
    )
}

/// Rules 7 to 13.
fn onward(event: &RoomEvent, line: &Line, context: &Context<'_>) -> Ruling {
    if calls_colleague(line, context) {
        return Ruling::only("7: colleague", &[Fate::Note]);
    }
    let conversation = context.conversation;
    if conversation.note_mode.contains(&event.sender) {
        return Ruling::only("8: note mode", &[Fate::Note]);
    }
    let policy = context.policy;
    match &conversation.owner {
        Owner::Assistant | Owner::Script => match policy.plain_line_while_assistant {
            PlainLine::Takeover => {}
            PlainLine::Refuse => return Ruling::only("9: refuse", &[Fate::Refuse]),
            PlainLine::Note => return Ruling::only("9: note", &[Fate::Note]),
        },
        Owner::Agent(owner) if *owner != event.sender => match policy.foreign_reply {
            ForeignReply::Ask => return Ruling::only("10: ask", &[Fate::AskForeign]),
            ForeignReply::Refuse => return Ruling::only("10: refuse", &[Fate::Refuse]),
            ForeignReply::Allow => {}
        },
        Owner::Agent(_) | Owner::Queue | Owner::Phone => {}
    }
    let open_until = conversation.window_expires_at;
    if policy.has_window() && open_until.is_none_or(|end| end <= context.now) {
        return Ruling::only("11: window", &[Fate::AskWindow]);
    }
    Ruling::only("12-13: send", &[Fate::Send])
}

/// Rule 7: a pill of a colleague anywhere, or a leading `@name`.
fn calls_colleague(line: &Line, context: &Context<'_>) -> bool {
    let is_colleague = |user: &str| {
        context
            .colleagues
            .iter()
            .any(|one| one.user.as_str() == user)
    };
    let by_pill = read::pills(&line.text)
        .iter()
        .any(|user| is_colleague(user));
    // Clients mention the writer of the line that is answered by themselves.
    let answered = context.target.and_then(|known| known.line.as_ref());
    let answered = answered
        .filter(|_| line.reply_to.is_some())
        .map(|line| &line.writer);
    let mut mentions = line.mentions.iter().filter(|user| Some(*user) != answered);
    let mentioned = mentions.any(|user| is_colleague(user.as_str()));
    let first = read::shown(&line.text)
        .into_iter()
        .next()
        .unwrap_or_default();
    by_pill || mentioned || lead_of(&read::squeeze(&first), context) == Lead::Called
}

/// How a line begins, here.
fn lead_of(line: &str, context: &Context<'_>) -> Lead {
    read::lead(line, context.prefix, context.commands, context.colleagues)
}

/// What the words of `line` are.
fn words(line: &Line, context: &Context<'_>) -> Words {
    let rich = read::rich_lines(&line.text);
    let quotes_first = rich
        .first()
        .is_some_and(|(place, _)| *place == Place::Quote);
    let shown: Vec<(Place, String)> = rich
        .into_iter()
        .filter(|(place, _)| *place != Place::Quote)
        .map(|(place, line)| (place, read::squeeze(&line)))
        .collect();
    let body = read::body_lines(&line.body);
    if let Some((place, first)) = shown.first() {
        let apart = quotes_first || *place != Place::Paragraph;
        match internal(&lead_of(first, context)) {
            Some(fates) => return Words::Internal(fates, apart),
            None if lead_of(first, context) == Lead::Unclear => return Words::Unclear,
            None => {}
        }
    }
    if let Some(fates) = body
        .first()
        .and_then(|first| internal(&lead_of(first, context)))
    {
        return Words::Internal(fates, true);
    }
    let shown: Vec<String> = shown.into_iter().map(|(_, line)| line).collect();
    if let Some(words) = listed(shown.first(), context).or_else(|| listed(body.first(), context)) {
        return words;
    }
    if [&shown, &body]
        .into_iter()
        .any(|lines| is_doubtful(lines, context))
    {
        return Words::Doubt;
    }
    if shown.is_empty() {
        Words::Empty
    } else {
        Words::Plain
    }
}

/// What a first line behind a list's marks makes of the words; `None` if nothing.
fn listed(first: Option<&String>, context: &Context<'_>) -> Option<Words> {
    let lead = lead_of(read::item(first?)?, context);
    match lead {
        Lead::Called => Some(Words::Doubt),
        Lead::Unclear => Some(Words::Unclear),
        _ => internal(&lead).map(|fates| Words::Internal(fates, true)),
    }
}

/// Whether a line after the first looks internal, in a list or not.
fn is_doubtful(lines: &[String], context: &Context<'_>) -> bool {
    let is_marker = |line: &str| {
        let lead = lead_of(line, context);
        matches!(
            lead,
            Lead::Command(true) | Lead::Slash(true) | Lead::Note | Lead::Called
        )
    };
    let mut later = lines.iter().skip(1);
    later.any(|line| is_marker(line) || read::item(line).is_some_and(is_marker))
}

/// What a first line with `lead` must become; `None` if it is not internal.
fn internal(lead: &Lead) -> Option<&'static [Fate]> {
    match lead {
        Lead::Command(_) => Some(&[Fate::Command]),
        Lead::Slash(_) => Some(&[Fate::Command, Fate::Refuse]),
        Lead::Note => Some(&[Fate::Note]),
        Lead::Plain | Lead::Literal(_) | Lead::Called | Lead::Unclear => None,
    }
}

/// Whether a mention in `line` shows a user's id: then there is no plain name.
fn names_nobody(line: &Line) -> bool {
    let ids = read::pills(&line.text);
    let shows_id = |line: &String| ids.iter().any(|id| line.contains(id));
    read::shown(&line.text).iter().any(shows_id)
}

/// The lines of `line` that may leave; `None` if it cannot be told.
fn leaving(line: &Line, context: &Context<'_>) -> Option<Vec<String>> {
    if names_nobody(line) {
        return None;
    }
    let mut lines = read::shown(&line.text);
    if let Some(first) = lines.first_mut()
        && let Lead::Literal(rest) = lead_of(&read::squeeze(first), context)
    {
        *first = rest;
    }
    Some(lines)
}

/// An edit: of an own line only, and internal by rules 3 to 8 or not.
fn edit(event: &RoomEvent, line: &Line, context: &Context<'_>) -> Ruling {
    if own_line(event, context.target).is_none() {
        return Ruling::only(
            "edit of what is no line of theirs",
            &[Fate::Ignore, Fate::Refuse, Fate::Note],
        );
    }
    let away = |why| Ruling::only(why, &[Fate::EditAway, Fate::Refuse]);
    let mut ruling = match words(line, context) {
        Words::Internal(..) => away("edit: prefix"),
        Words::Doubt => away("edit: later line").or(&[Fate::AskDoubt]),
        Words::Empty => away("edit: empty").or(&[Fate::Ignore]),
        Words::Plain | Words::Unclear if line.thread.is_some() => away("edit: thread"),
        Words::Plain | Words::Unclear if calls_colleague(line, context) => away("edit: colleague"),
        Words::Plain | Words::Unclear if context.conversation.note_mode.contains(&event.sender) => {
            away("edit: note mode")
        }
        Words::Plain => Ruling::only("edit", &[Fate::EditTo, Fate::Refuse]),
        Words::Unclear => away("edit: unclear").or(&[Fate::EditTo]),
    };
    ruling.text = leaving(line, context);
    ruling
}

//! What a run has exercised, so that it cannot pass by being empty.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use loket::domain::leak::{Role, Verdict};
use loket::domain::room_event::{EventKind, RoomContent};

use super::case::{Case, Relation};
use super::content::Intent;
use super::oracle::{Fate, Ruling};

/// Counts of cases by what they were, what they should and what they did become.
#[derive(Default)]
pub(crate) struct Tally {
    /// Agents' events by intent.
    intents: BTreeMap<Intent, u64>,
    /// Agents' events by the fate that the oracle puts first.
    expected: BTreeMap<Fate, u64>,
    /// All events by the verdict.
    verdicts: BTreeMap<Fate, u64>,
    /// Ordinary prose of agents by the fate that the oracle puts first.
    prose: BTreeMap<Fate, u64>,
    /// Messages by msgtype.
    msgtypes: BTreeMap<String, u64>,
    /// Events by what they point at; `None` = at something unknown.
    targets: BTreeMap<(Relation, Option<EventKind>), u64>,
    /// Events by who sent them.
    roles: BTreeMap<&'static str, u64>,
}

/// Every intent must be exercised.
const INTENTS: &[Intent] = &[
    Intent::Prose,
    Intent::Handle,
    Intent::Command,
    Intent::Slash,
    Intent::Literal,
    Intent::Note,
    Intent::Later,
    Intent::Called,
    Intent::Quoting,
    Intent::QuotedCommand,
    Intent::TwoFaces,
    Intent::Reaction,
    Intent::Redaction,
    Intent::Silent,
];
/// Every fate that the door can decide must be exercised.
const FATES: &[Fate] = &[
    Fate::Ignore,
    Fate::Command,
    Fate::Note,
    Fate::Refuse,
    Fate::AskDoubt,
    Fate::AskForeign,
    Fate::AskWindow,
    Fate::Send,
    Fate::EditTo,
    Fate::EditAway,
    Fate::Redact,
    Fate::DecideSend,
    Fate::DecideDrop,
    Fate::React,
];
/// Every way of pointing at an event.
const RELATIONS: &[Relation] = &[
    Relation::Reply,
    Relation::Thread,
    Relation::Edit,
    Relation::Reaction,
    Relation::Redaction,
];
/// Every kind of event, and the unknown one.
const TARGETS: &[Option<EventKind>] = &[
    None,
    Some(EventKind::Customer),
    Some(EventKind::Agent),
    Some(EventKind::Note),
    Some(EventKind::Command),
    Some(EventKind::Draft),
    Some(EventKind::Card),
    Some(EventKind::Notice),
    Some(EventKind::Mark),
    Some(EventKind::Claim),
    Some(EventKind::Other),
];

impl Tally {
    /// Counts a case.
    pub(crate) fn count(&mut self, case: &Case<'_>, ruling: &Ruling, verdict: &Verdict) {
        *self.verdicts.entry(Fate::of(verdict)).or_default() += 1;
        let role = match case.scene.role {
            Role::Ours => "ours",
            Role::Agent => "agent",
            Role::Stranger => "stranger",
        };
        *self.roles.entry(role).or_default() += 1;
        if case.scene.role != Role::Agent {
            return;
        }
        *self.intents.entry(case.intent).or_default() += 1;
        let expected = ruling.allowed.first().copied().unwrap_or(Fate::Ignore);
        *self.expected.entry(expected).or_default() += 1;
        if case.intent == Intent::Prose {
            *self.prose.entry(expected).or_default() += 1;
        }
        if let RoomContent::Line(line) = &case.event.content {
            *self.msgtypes.entry(line.msgtype.clone()).or_default() += 1;
        }
        if case.relation != Relation::Alone {
            let kind = case.target.as_ref().map(|known| known.kind);
            *self.targets.entry((case.relation, kind)).or_default() += 1;
        }
    }

    /// What was exercised too rarely.
    pub(crate) fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        let mut need = |name: String, count: Option<&u64>, least: u64| {
            let count = count.copied().unwrap_or(0);
            if count < least {
                gaps.push(format!("{name}: {count} of {least}"));
            }
        };
        for intent in INTENTS {
            need(format!("{intent:?}"), self.intents.get(intent), 500);
        }
        for fate in FATES {
            let least = match fate {
                Fate::DecideSend | Fate::DecideDrop => 100,
                Fate::React => 300,
                _ => 500,
            };
            need(format!("expected {fate:?}"), self.expected.get(fate), least);
            need(format!("verdict {fate:?}"), self.verdicts.get(fate), least);
        }
        for fate in [
            Fate::Send,
            Fate::Note,
            Fate::Refuse,
            Fate::AskForeign,
            Fate::AskWindow,
            Fate::EditTo,
        ] {
            need(
                format!("prose that becomes {fate:?}"),
                self.prose.get(&fate),
                500,
            );
        }
        for relation in RELATIONS {
            for target in TARGETS {
                let count = self.targets.get(&(*relation, *target));
                need(format!("{relation:?} to {target:?}"), count, 100);
            }
        }
        for role in ["ours", "agent", "stranger"] {
            need(role.to_owned(), self.roles.get(role), 500);
        }
        for msgtype in ["m.text", "m.notice", "m.emote", "m.image", "m.location"] {
            need(msgtype.to_owned(), self.msgtypes.get(msgtype), 500);
        }
        gaps
    }

    /// The counts in words.
    pub(crate) fn report(&self) -> String {
        let mut report = String::new();
        write!(
            report,
            "by sender {:?}\nby intent {:?}\nas expected {:?}\nprose {:?}\nby verdict {:?}\nby msgtype {:?}",
            self.roles, self.intents, self.expected, self.prose, self.verdicts, self.msgtypes
        )
        .expect("writing into a string cannot fail");
        report
    }
}

/// Whether the oracle, which does not know the intent, rules as the intent demands.
pub(crate) fn agrees(case: &Case<'_>, ruling: &Ruling) -> bool {
    let leaves_at_once = [Fate::Send, Fate::EditTo];
    let may_leave = leaves_at_once
        .iter()
        .any(|fate| ruling.allowed.contains(fate));
    match case.intent {
        Intent::Command
        | Intent::Slash
        | Intent::Note
        | Intent::Later
        | Intent::Called
        | Intent::QuotedCommand
        | Intent::TwoFaces
        | Intent::Redaction
        | Intent::Silent
        | Intent::Reaction => !may_leave,
        Intent::Prose | Intent::Handle | Intent::Literal | Intent::Quoting => {
            let held = ruling.why.starts_with("held") || ruling.why.starts_with("3-5");
            !held && !ruling.why.starts_with('7') && ruling.why != "edit: prefix"
        }
    }
}

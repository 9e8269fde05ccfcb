//! The judge: what a verdict is worth beside the oracle's ruling.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use loket::domain::leak::{Context, Verdict};
use loket::domain::rich::Rich;
use loket::domain::room_event::{RoomContent, RoomEvent};

use super::case::Case;
use super::content::Intent;
use super::oracle::{self, Fate, Ruling};

/// Something that says what an event is.
pub(crate) type Classifier = fn(&RoomEvent, &Context<'_>) -> Verdict;

/// What can be wrong with a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Something can reach the customer that must not, or not so easily.
    Leak,
    /// Ordinary prose does not go where the specification lets it go.
    Refusal,
    /// The text that leaves is not the text that may leave.
    Text,
    /// Anything else is taken for something that it is not.
    Misread,
}

/// Equal findings are counted together.
type Key = (Fault, Intent, &'static str, Fate);

/// What a run has found.
#[derive(Default)]
pub(crate) struct Findings {
    /// How often, and the first example in words.
    found: BTreeMap<Key, (u64, String)>,
}

impl Findings {
    /// Judges `verdict` and keeps what is wrong with it.
    pub(crate) fn judge(
        &mut self,
        index: u64,
        case: &Case<'_>,
        ruling: &Ruling,
        verdict: &Verdict,
    ) {
        if let Some(fault) = fault(case, ruling, verdict) {
            let key = (fault, case.intent, ruling.why, Fate::of(verdict));
            let found = self.found.entry(key).or_default();
            found.0 += 1;
            if found.0 == 1 {
                found.1 = describe(index, case, ruling, verdict);
            }
        }
    }

    /// How many verdicts have `fault`.
    pub(crate) fn count(&self, fault: Fault) -> u64 {
        let faulty = self.found.iter().filter(|((one, ..), _)| *one == fault);
        faulty.map(|(_, (count, _))| count).sum()
    }

    /// All findings in words; empty if there are none.
    pub(crate) fn report(&self) -> String {
        let mut report = String::new();
        for ((fault, intent, why, fate), (count, example)) in &self.found {
            writeln!(
                report,
                "{fault:?} × {count}: {intent:?}, «{why}» became {fate:?}\n{example}"
            )
            .expect("writing into a string cannot fail");
        }
        report
    }
}

/// How far a fate lets something out: not, after a confirmation, at once.
fn reach(fate: Fate) -> u8 {
    match fate {
        Fate::AskDoubt | Fate::AskForeign | Fate::AskWindow | Fate::AskAge => 1,
        fate if fate.is_outward() => 2,
        _ => 0,
    }
}

/// What is wrong with `verdict`; `None` if nothing is.
fn fault(case: &Case<'_>, ruling: &Ruling, verdict: &Verdict) -> Option<Fault> {
    let fate = Fate::of(verdict);
    let text = outward_text(verdict);
    if text.is_some_and(|text| !oracle::is_clean(text) || tells_secret(case, text)) {
        return Some(Fault::Leak);
    }
    if !ruling.allowed.contains(&fate) {
        let allowed = ruling
            .allowed
            .iter()
            .map(|fate| reach(*fate))
            .max()
            .unwrap_or(0);
        let is_nothing = text.is_some_and(|text| oracle::shown(text).is_empty());
        return Some(match reach(fate) {
            out if out > 0 && out >= allowed && !is_nothing => Fault::Leak,
            _ if case.intent == Intent::Prose => Fault::Refusal,
            _ => Fault::Misread,
        });
    }
    if !aims_well(case, verdict) {
        return Some(Fault::Leak);
    }
    let may_leave = text.zip(ruling.text.as_ref());
    if may_leave.is_some_and(|(text, lines)| !is_same(&oracle::shown(text), lines, case)) {
        return Some(Fault::Text);
    }
    (!reads_well(case, ruling, verdict)).then_some(Fault::Misread)
}

/// The text in `verdict` that can reach the customer.
fn outward_text(verdict: &Verdict) -> Option<&Rich> {
    match verdict {
        Verdict::Ask { text, .. } | Verdict::Send { text } => Some(text),
        Verdict::Edit { text, .. } => text.as_ref(),
        Verdict::Ignore
        | Verdict::Command { .. }
        | Verdict::Note { .. }
        | Verdict::Refuse(_)
        | Verdict::Redact { .. }
        | Verdict::Decide { .. }
        | Verdict::React { .. } => None,
    }
}

/// Whether `text` tells one of the case's secrets.
fn tells_secret(case: &Case<'_>, text: &Rich) -> bool {
    let lines = oracle::shown(text);
    let tells = |secret: &String| lines.iter().any(|line| line.contains(secret.as_str()));
    case.secrets.iter().any(tells)
}

/// Whether `lines` are those that may leave; a literal's first line may have been
/// folded or not.
fn is_same(lines: &[String], allowed: &[String], case: &Case<'_>) -> bool {
    let is_literal = |line: &String| line.starts_with(case.scene.prefix);
    let folded = |(line, allowed): (&String, &String)| {
        line == allowed || (is_literal(allowed) && oracle::squeeze(line) == *allowed)
    };
    lines.len() == allowed.len() && lines.iter().zip(allowed).all(folded)
}

/// Whether what `verdict` aims at is what the event points at.
fn aims_well(case: &Case<'_>, verdict: &Verdict) -> bool {
    let line = case.target.as_ref().and_then(|known| known.line.as_ref());
    match verdict {
        Verdict::Edit { target, .. } | Verdict::Redact { target } => line == Some(target),
        Verdict::Decide { message, .. } => line.is_some_and(|line| line.message == *message),
        Verdict::React { target, key } => match &case.event.content {
            RoomContent::Reaction {
                target: aim,
                key: pressed,
            } => aim == target && key == pressed,
            _ => false,
        },
        _ => true,
    }
}

/// Whether a command begins with its word, and a note without its prefix.
fn reads_well(case: &Case<'_>, ruling: &Ruling, verdict: &Verdict) -> bool {
    match (verdict, &case.word) {
        (Verdict::Command { text, .. }, Some(word)) => oracle::squeeze(text)
            .to_lowercase()
            .starts_with(word.as_str()),
        (Verdict::Note { text }, _)
            if ruling.why == "3-5: prefix" && ruling.allowed == [Fate::Note] =>
        {
            let lines = oracle::shown(text);
            lines.first().is_none_or(|first| !oracle::is_note(first))
        }
        _ => true,
    }
}

/// A case in words, for whoever looks into a finding.
fn describe(index: u64, case: &Case<'_>, ruling: &Ruling, verdict: &Verdict) -> String {
    let content = match &case.event.content {
        RoomContent::Line(line) => format!(
            "{} body {:?} text {} mentions {:?} thread {}",
            line.msgtype,
            line.body,
            serde_json::to_string(&line.text.blocks).unwrap_or_default(),
            line.mentions,
            line.thread.is_some(),
        ),
        other => format!("{other:?}"),
    };
    let target = case.target.as_ref().map(|known| {
        let line = known.line.as_ref().map(|line| (line.state, &line.writer));
        format!("{:?} {line:?}", known.kind)
    });
    let leaves = outward_text(verdict).map(oracle::shown);
    format!(
        "  case {index}: {content}\n  {:?} to {target:?}; {:?} {}, owner {:?}, {:?}, prefix {}\n  \
         allowed {:?} with {:?}; verdict {verdict:?} with {leaves:?}",
        case.relation,
        case.scene.role,
        case.event.sender,
        case.scene.conversation.owner,
        case.scene.conversation.status,
        case.scene.prefix,
        ruling.allowed,
        ruling.text,
    )
}

//! The leak fuzz: generated events of a portal through the one door, judged by an
//! oracle that reads the specification for itself.
//!
//! In: a seed. [`case`] makes an event in a scene with an intent ([`content`],
//! [`guise`], [`words`]); [`oracle`] says what the specification allows; [`judge`]
//! compares. A case depends on seed and index alone, so a finding's index is enough
//! to look at it again. To widen it, add an [`content::Intent`], or words.

mod case;
mod content;
mod dice;
mod guise;
mod judge;
mod mutants;
mod oracle;
mod quote;
mod scene;
mod tally;
mod target;
mod words;
mod write;

use std::time::Instant;

use loket::domain::leak::classify;

use case::Case;
use judge::{Classifier, Fault, Findings};
use oracle::Ruling;
use scene::World;
use tally::Tally;

/// The seed of the run; any other does as well.
const SEED: u64 = 0x10CE_7001;
/// How many events are judged.
const EVENTS: u64 = 100_000;
/// How many events a planted breach has to be found in.
const MUTANT_EVENTS: u64 = 3_000;

/// Judges the door on the first `events` cases of the run with `seed`.
fn run(seed: u64, events: u64) -> (Findings, Tally) {
    let world = World::new();
    let mut findings = Findings::default();
    let mut tally = Tally::default();
    for index in 0..events {
        let case = case::case(&world, seed, index);
        let context = case.context();
        let ruling = oracle::rule(&case.event, &context);
        let verdict = classify(&case.event, &context);
        assert!(
            tally::agrees(&case, &ruling),
            "the oracle is wrong about case {index}: {:?} {ruling:?}",
            case.intent
        );
        tally.count(&case, &ruling, &verdict);
        findings.judge(index, &case, &ruling, &verdict);
    }
    (findings, tally)
}

/// What `classifier` does wrong with `cases`.
fn faults_of(cases: &[(Ruling, Case<'_>)], classifier: Classifier) -> Findings {
    let mut findings = Findings::default();
    for (index, (ruling, case)) in (0..).zip(cases) {
        let verdict = classifier(&case.event, &case.context());
        findings.judge(index, case, ruling, &verdict);
    }
    findings
}

#[test]
fn nothing_internal_leaves_and_ordinary_prose_is_not_kept_back() {
    let started = Instant::now();
    let (findings, tally) = run(SEED, EVENTS);
    println!("seed {SEED:#x}, {EVENTS} events in {:?}", started.elapsed());
    println!("{}", tally.report());
    println!("{}", findings.report());
    assert_eq!(tally.gaps(), Vec::<String>::new(), "too rare to count");
    for fault in [Fault::Leak, Fault::Refusal, Fault::Text, Fault::Misread] {
        assert_eq!(findings.count(fault), 0, "{fault:?}, seed {SEED:#x}");
    }
}

#[test]
fn every_planted_breach_is_found() {
    let world = World::new();
    let cases: Vec<_> = (0..MUTANT_EVENTS)
        .map(|index| case::case(&world, SEED, index))
        .map(|case| (oracle::rule(&case.event, &case.context()), case))
        .collect();
    let sound = faults_of(&cases, classify);
    let planted = |breaches: &[(&str, Classifier)], fault: Fault| {
        for (name, breach) in breaches {
            let found = faults_of(&cases, *breach).count(fault);
            println!("{name}: {found} × {fault:?}");
            let least = sound.count(fault) + 5;
            assert!(found >= least, "{name}: {found} × {fault:?}");
        }
    };
    planted(mutants::LEAKING, Fault::Leak);
    planted(mutants::REFUSING, Fault::Refusal);
}

//! Takeovers and solving.

use super::*;
use crate::saying;

fn taken_over(agent: &str, from: Saying) -> Effect {
    Effect::Say(Say::notice(saying!(
        "taken-over-from-agent",
        agent = agent,
        from = from
    )))
}

#[test]
fn takeover_from_the_queue_claims_and_lets_the_agent_in() {
    let mut desk = Desk::open();
    assert_eq!(
        desk.take_over("ayu", false),
        Ok(vec![
            Effect::Invite { agent: user("ayu") },
            Effect::Claimed { agent: user("ayu") },
            Effect::Project,
        ])
    );
    assert_eq!(desk.state.owner, agent("ayu"));
    assert_eq!(desk.state.waiting_since, Some(desk.now));
    assert_eq!(desk.state.handover_epoch, 2);
}

#[test]
fn takeover_from_another_agent_is_a_conflict_that_names_them() {
    let mut desk = Desk::owned_by("ayu");
    desk.pass(120);
    let before = desk.state.clone();
    assert_eq!(
        desk.take_over("budi", false),
        Err(Refusal(saying!(
            "has-it",
            agent = "Ayu",
            ago = saying!("ago-minutes", n = 2)
        )))
    );
    assert_eq!(desk.state, before);
}

#[test]
fn takeover_by_force_takes_it_from_another_agent() {
    let mut desk = Desk::owned_by("ayu");
    assert_eq!(
        desk.take_over("budi", true),
        Ok(vec![
            Effect::Invite {
                agent: user("budi")
            },
            taken_over("Budi", saying!("owner-agent", agent = "Ayu")),
            Effect::Project,
        ])
    );
    assert_eq!(desk.state.owner, agent("budi"));
}

#[test]
fn takeover_of_what_one_has_changes_nothing() {
    let mut desk = Desk::owned_by("ayu");
    let before = desk.state.clone();
    assert_eq!(desk.take_over("ayu", true), Ok(vec![]));
    assert_eq!(desk.state, before);
}

#[test]
fn takeover_of_a_solved_conversation_is_refused() {
    let outcome = Desk::new().take_over("ayu", true);
    assert_eq!(refused(outcome), "takeover-solved");
}

#[test]
fn takeover_asks_again_about_held_lines() {
    let mut desk = Desk::owned_by("ayu");
    let written = desk.now;
    desk.replies("budi", "msg_b").unwrap();
    desk.pass(60);
    let effects = desk.take_over("citra", true).unwrap();
    assert_eq!(
        effects,
        [
            Effect::Invite {
                agent: user("citra")
            },
            taken_over("Citra", saying!("owner-agent", agent = "Ayu")),
            Effect::Hold {
                line: line("budi", "msg_b", written),
                hold: Hold::Foreign,
                until: Some(desk.at(600)),
            },
            expires("msg_b", desk.at(600)),
            asks("msg_b", saying!("held-foreign-again")),
            Effect::Project,
        ]
    );
}

#[test]
fn solving_closes_the_case_and_frees_the_conversation() {
    let mut desk = Desk::owned_by("ayu");
    let epoch = desk.state.handover_epoch;
    let effects = desk
        .apply(Input::Solve {
            agent: user("ayu"),
            reason: Some("refund".to_owned()),
        })
        .unwrap();
    assert_eq!(
        effects,
        [
            Effect::CloseCase {
                by: Some(user("ayu")),
                reason: Some("refund".to_owned()),
            },
            Effect::Project,
        ]
    );
    assert_eq!(desk.state.status, Status::Solved);
    assert_eq!(desk.state.owner, Owner::Queue);
    assert_eq!(desk.state.solved_at, Some(desk.now));
    assert_eq!(desk.state.waiting_since, None);
    assert_eq!(desk.state.handover_epoch, epoch + 1);
}

#[test]
fn solving_what_nobody_claimed_ends_its_claim_line() {
    let mut desk = Desk::open();
    let effects = desk.solve("ayu").unwrap();
    assert_eq!(
        effects.first(),
        Some(&Effect::Claimed { agent: user("ayu") })
    );
}

#[test]
fn solving_twice_is_refused() {
    let mut desk = Desk::open();
    desk.solve("ayu").unwrap();
    assert_eq!(refused(desk.solve("budi")), "already-solved");
}

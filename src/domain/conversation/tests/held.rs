//! Held lines: held, decided, expired, dropped.

use super::*;
use crate::saying;

const HELD: [Mark; 3] = [Mark::Held, Mark::Done, Mark::Drop];

fn hold(
    writer: &str,
    message: &str,
    at: Timestamp,
    hold: Hold,
    until: Option<Timestamp>,
) -> Effect {
    Effect::Hold {
        line: line(writer, message, at),
        hold,
        until,
    }
}

/// Ayu owns; a line of Budi's is held.
fn foreign() -> Desk {
    let mut desk = Desk::owned_by("ayu");
    desk.replies("budi", "msg_b").unwrap();
    desk
}

#[test]
fn a_line_in_anothers_conversation_is_held_with_two_buttons_for_ten_minutes() {
    let mut desk = Desk::owned_by("ayu");
    let epoch = desk.state.handover_epoch;
    let mut expected = vec![hold(
        "budi",
        "msg_b",
        desk.now,
        Hold::Foreign,
        Some(desk.at(600)),
    )];
    expected.extend(marks("msg_b", &HELD));
    expected.push(asks("msg_b", saying!("held-foreign", agent = "Ayu")));
    expected.push(expires("msg_b", desk.at(600)));
    assert_eq!(desk.replies("budi", "msg_b"), Ok(expected));
    assert_eq!(desk.state.handover_epoch, epoch);
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn a_line_that_looks_internal_is_held_and_claims_nothing() {
    let mut desk = Desk::open();
    let effects = desk.writes("ayu", "msg_a", Some(Hold::Doubt)).unwrap();
    assert!(effects.contains(&asks("msg_a", saying!("held-doubt"))));
    assert_eq!(desk.state.owner, Owner::Queue);
}

#[test]
fn a_line_after_the_window_closed_is_kept_without_end_and_claims() {
    let mut desk = Desk::open();
    desk.pass(24 * 3600);
    let mut expected = vec![
        Effect::Claimed { agent: user("ayu") },
        hold("ayu", "msg_a", desk.now, Hold::Window, None),
    ];
    expected.extend(marks("msg_a", &HELD));
    expected.push(asks("msg_a", saying!("kept-window", hours = 24)));
    expected.push(Effect::Project);
    assert_eq!(desk.replies("ayu", "msg_a"), Ok(expected));
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn a_line_to_a_customer_who_never_wrote_is_kept() {
    let mut desk = Desk::new();
    let effects = desk.replies("ayu", "msg_a").unwrap();
    assert!(effects.contains(&asks("msg_a", saying!("kept-never-wrote"))));
    assert_eq!(desk.state.status, Status::Solved);
}

#[test]
fn the_writers_yes_sends_a_held_line_and_the_owner_stays() {
    let mut desk = foreign();
    let epoch = desk.state.handover_epoch;
    desk.pass(30);
    let mut expected = unmarks("msg_b", &HELD);
    expected.push(Effect::Release {
        message: "msg_b".into(),
        due: desk.now,
    });
    expected.push(still_waiting("msg_b", desk.at(10)));
    assert_eq!(desk.decides("budi", "msg_b", Decision::Send), Ok(expected));
    assert_eq!(desk.state.owner, agent("ayu"));
    assert_eq!(desk.state.handover_epoch, epoch + 1);
}

#[test]
fn a_released_line_waits_for_those_queued_before() {
    let mut desk = foreign();
    desk.replies("ayu", "msg_a").unwrap();
    let queued = desk.due("msg_a");
    desk.decides("budi", "msg_b", Decision::Send).unwrap();
    assert_eq!(desk.due("msg_b"), queued);
}

#[test]
fn a_released_line_claims_what_nobody_has() {
    let mut desk = Desk::open();
    desk.writes("ayu", "msg_a", Some(Hold::Doubt)).unwrap();
    let mut expected = vec![Effect::Claimed { agent: user("ayu") }];
    expected.extend(unmarks("msg_a", &HELD));
    expected.push(Effect::Release {
        message: "msg_a".into(),
        due: desk.now,
    });
    expected.push(still_waiting("msg_a", desk.at(10)));
    expected.push(Effect::Project);
    assert_eq!(desk.decides("ayu", "msg_a", Decision::Send), Ok(expected));
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn the_writers_no_drops_a_held_line() {
    let mut desk = foreign();
    let mut expected = unmarks("msg_b", &[Mark::Held, Mark::Done, Mark::Waiting]);
    expected.extend(marks("msg_b", &[Mark::Drop]));
    expected.push(Effect::Cancel {
        message: "msg_b".into(),
    });
    assert_eq!(desk.decides("budi", "msg_b", Decision::Drop), Ok(expected));
    assert_eq!(desk.state.lines, []);
}

#[test]
fn nobody_but_the_writer_decides() {
    let mut desk = foreign();
    let before = desk.state.clone();
    for decision in [Decision::Send, Decision::Drop] {
        let outcome = desk.decides("ayu", "msg_b", decision);
        assert_eq!(refused(outcome), "held-not-yours");
    }
    assert_eq!(desk.state, before);
}

#[test]
fn a_decision_about_a_line_that_is_not_held_changes_nothing() {
    let mut desk = Desk::owned_by("ayu");
    desk.replies("ayu", "msg_a").unwrap();
    assert_eq!(desk.decides("ayu", "msg_a", Decision::Drop), Ok(vec![]));
    assert_eq!(desk.decides("ayu", "msg_x", Decision::Send), Ok(vec![]));
}

#[test]
fn a_yes_while_the_window_is_still_closed_is_refused() {
    let mut desk = Desk::owned_by("ayu");
    desk.pass(25 * 3600);
    desk.replies("ayu", "msg_a").unwrap();
    let outcome = desk.decides("ayu", "msg_a", Decision::Send);
    assert_eq!(refused(outcome), "kept-window");
}

#[test]
fn a_yes_to_a_doubt_in_anothers_conversation_is_asked_about_that_too() {
    let mut desk = Desk::owned_by("ayu");
    desk.writes("budi", "msg_b", Some(Hold::Doubt)).unwrap();
    let effects = desk.decides("budi", "msg_b", Decision::Send).unwrap();
    assert_eq!(
        effects,
        [
            hold("budi", "msg_b", desk.now, Hold::Foreign, Some(desk.at(600))),
            expires("msg_b", desk.at(600)),
            asks("msg_b", saying!("held-foreign", agent = "Ayu")),
        ]
    );
}

#[test]
fn a_held_line_that_nobody_decided_is_dropped_and_its_writer_rung() {
    let mut desk = foreign();
    desk.pass(600);
    let mut expected = vec![Effect::Cancel {
        message: "msg_b".into(),
    }];
    expected.extend(unmarks("msg_b", &HELD));
    expected.extend(marks("msg_b", &[Mark::Failed]));
    expected.push(asks_ringing("msg_b", saying!("not-sent-undecided"), "budi"));
    let input = Input::HoldExpired {
        message: "msg_b".into(),
    };
    assert_eq!(desk.apply(input), Ok(expected));
}

#[test]
fn an_old_timer_does_not_drop_a_line_that_was_asked_about_again() {
    let mut desk = foreign();
    desk.pass(300);
    desk.says("msg_2", "halo?").unwrap();
    desk.pass(300);
    let input = Input::HoldExpired {
        message: "msg_b".into(),
    };
    assert_eq!(desk.apply(input), Ok(vec![]));
    assert_eq!(desk.state.lines.len(), 1);
}

#[test]
fn a_queued_line_too_old_is_held_without_end_and_its_writer_rung() {
    let mut desk = Desk::owned_by("ayu");
    let written = desk.now;
    desk.replies("ayu", "msg_a").unwrap();
    desk.pass(6 * 3600);
    let mut expected = vec![hold("ayu", "msg_a", written, Hold::Age, None)];
    expected.extend(unmarks("msg_a", &[Mark::Waiting]));
    expected.extend(marks("msg_a", &HELD));
    expected.push(asks_ringing(
        "msg_a",
        saying!("held-age", ago = saying!("ago-hours", n = 6)),
        "ayu",
    ));
    let input = Input::HoldForAge {
        message: "msg_a".into(),
    };
    assert_eq!(desk.apply(input.clone()), Ok(expected));
    assert_eq!(desk.apply(input), Ok(vec![]));
}

#[test]
fn a_line_held_for_age_goes_when_its_writer_says_so() {
    let mut desk = Desk::owned_by("ayu");
    desk.replies("ayu", "msg_a").unwrap();
    desk.pass(6 * 3600);
    desk.apply(Input::HoldForAge {
        message: "msg_a".into(),
    })
    .unwrap();
    desk.decides("ayu", "msg_a", Decision::Send).unwrap();
    assert_eq!(desk.due("msg_a"), Some(desk.now));
}

#[test]
fn solving_drops_lines_kept_for_window_or_age_and_lets_queued_ones_go() {
    let mut desk = Desk::owned_by("ayu");
    desk.writes("budi", "msg_b", Some(Hold::Window)).unwrap();
    desk.replies("ayu", "msg_a").unwrap();
    let mut expected = vec![
        Effect::CloseCase {
            by: Some(user("ayu")),
            reason: None,
        },
        Effect::Cancel {
            message: "msg_b".into(),
        },
    ];
    expected.extend(unmarks("msg_b", &HELD));
    expected.extend(marks("msg_b", &[Mark::Failed]));
    expected.push(ringing_answer("msg_b", saying!("not-sent-solved"), "budi"));
    expected.push(Effect::Project);
    assert_eq!(desk.solve("ayu"), Ok(expected));
    assert_eq!(desk.due("msg_a"), Some(desk.at(5)));
}

#[test]
fn held_lines_hold_up_nothing() {
    let mut desk = foreign();
    desk.pass(1);
    desk.replies("ayu", "msg_a").unwrap();
    assert_eq!(desk.due("msg_a"), Some(desk.at(5)));
}

//! Edits, redactions, `!undo` and `!resend`.

use super::*;
use crate::saying;

fn edits(desk: &mut Desk, message: &str, state: LineState, new: Option<&str>) -> Outcome {
    desk.apply(Input::LineEdited {
        target: target("ayu", message, state),
        agent: user("ayu"),
        text: new.map(text),
        event: "$edit".into(),
    })
}

fn told(key: Saying) -> Vec<Effect> {
    vec![Effect::Say(Say::notice(key).in_reply_to("$edit".into()))]
}

/// Ayu owns and has a line queued.
fn queued() -> Desk {
    let mut desk = Desk::owned_by("ayu");
    desk.replies("ayu", "msg_a").unwrap();
    desk
}

#[test]
fn an_edit_in_the_undo_window_replaces_the_text_and_restarts_it() {
    let mut desk = queued();
    desk.pass(3);
    assert_eq!(
        edits(&mut desk, "msg_a", LineState::Queued, Some("baik kak")),
        Ok(vec![
            Effect::Amend {
                message: "msg_a".into(),
                text: text("baik kak"),
                due: desk.at(5),
            },
            still_waiting("msg_a", desk.at(15)),
        ])
    );
    assert_eq!(desk.state.lines[0].text, text("baik kak"));
    assert_eq!(desk.due("msg_a"), Some(desk.at(5)));
}

#[test]
fn what_is_queued_behind_an_edited_line_waits_for_it() {
    let mut desk = queued();
    desk.replies("ayu", "msg_b").unwrap();
    desk.pass(3);
    let effects = edits(&mut desk, "msg_a", LineState::Queued, Some("baik kak")).unwrap();
    assert_eq!(
        effects.last(),
        Some(&Effect::Amend {
            message: "msg_b".into(),
            text: text("baik"),
            due: desk.at(5),
        })
    );
    assert_eq!(desk.due("msg_b"), Some(desk.at(5)));
}

#[test]
fn an_edit_into_something_internal_takes_the_line_back() {
    let mut desk = queued();
    let mut expected = unmarks("msg_a", &[Mark::Held, Mark::Done, Mark::Waiting]);
    expected.extend(marks("msg_a", &[Mark::Drop]));
    expected.push(Effect::Cancel {
        message: "msg_a".into(),
    });
    expected.extend(told(saying!("edit-internal")));
    assert_eq!(
        edits(&mut desk, "msg_a", LineState::Queued, None),
        Ok(expected)
    );
}

#[test]
fn an_edit_of_a_held_line_leaves_it_held() {
    let mut desk = Desk::open();
    desk.writes("ayu", "msg_a", Some(Hold::Doubt)).unwrap();
    edits(&mut desk, "msg_a", LineState::Held, Some("baik kak")).unwrap();
    assert_eq!(desk.state.lines[0].text, text("baik kak"));
    assert_eq!(desk.due("msg_a"), None);
}

#[test]
fn an_edit_that_comes_too_late_is_told_so() {
    let mut desk = queued();
    desk.starts("msg_a");
    for (state, key, internal) in [
        (
            LineState::Started,
            saying!("edit-too-late"),
            saying!("edit-internal-too-late"),
        ),
        (
            LineState::Read,
            saying!("edit-too-late"),
            saying!("edit-internal-too-late"),
        ),
        (
            LineState::Failed,
            saying!("edit-not-sent"),
            saying!("edit-not-sent"),
        ),
        (
            LineState::Cancelled,
            saying!("edit-not-sent"),
            saying!("edit-not-sent"),
        ),
        (
            LineState::Unknown,
            saying!("edit-unknown"),
            saying!("edit-unknown"),
        ),
    ] {
        assert_eq!(edits(&mut desk, "msg_a", state, Some("x")), Ok(told(key)));
        assert_eq!(edits(&mut desk, "msg_a", state, None), Ok(told(internal)));
    }
}

#[test]
fn nobody_edits_anothers_line() {
    let mut desk = queued();
    let outcome = desk.apply(Input::LineEdited {
        target: target("ayu", "msg_a", LineState::Queued),
        agent: user("budi"),
        text: Some(text("x")),
        event: "$edit".into(),
    });
    assert_eq!(refused(outcome), "edit-not-yours");
}

#[test]
fn a_redaction_in_the_undo_window_cancels() {
    let mut desk = queued();
    let mut expected = unmarks(
        "msg_a",
        &[Mark::Held, Mark::Done, Mark::Drop, Mark::Waiting],
    );
    expected.push(Effect::Cancel {
        message: "msg_a".into(),
    });
    assert_eq!(
        desk.redacts("ayu", "msg_a", LineState::Queued),
        Ok(expected)
    );
}

#[test]
fn a_redaction_of_a_line_that_went_is_told_so() {
    let mut desk = queued();
    desk.starts("msg_a");
    for state in [LineState::Started, LineState::Accepted, LineState::Read] {
        assert_eq!(
            desk.redacts("ayu", "msg_a", state),
            Ok(vec![answer("msg_a", saying!("redacted-too-late"))])
        );
    }
    assert_eq!(
        desk.redacts("ayu", "msg_a", LineState::Unknown),
        Ok(vec![answer("msg_a", saying!("redacted-unknown"))])
    );
    assert_eq!(desk.redacts("ayu", "msg_a", LineState::Failed), Ok(vec![]));
}

#[test]
fn cancelling_the_line_that_took_over_gives_the_conversation_back() {
    let mut desk = Desk::open();
    desk.state.owner = Owner::Assistant;
    let waiting = desk.state.waiting_since;
    desk.replies("ayu", "msg_a").unwrap();
    let epoch = desk.state.handover_epoch;
    desk.pass(9);
    let effects = desk.redacts("ayu", "msg_a", LineState::Queued).unwrap();
    assert!(effects.contains(&Effect::Say(Say::notice(saying!(
        "given-back",
        agent = "Ayu",
        to = saying!("owner-assistant")
    )))));
    assert_eq!(desk.state.owner, Owner::Assistant);
    assert_eq!(desk.state.waiting_since, waiting);
    assert_eq!(desk.state.handover_epoch, epoch + 1);
}

#[test]
fn cancelling_the_line_that_claimed_calls_humans_again() {
    let mut desk = Desk::open();
    desk.replies("ayu", "msg_a").unwrap();
    let effects = desk.redacts("ayu", "msg_a", LineState::Queued).unwrap();
    assert!(effects.ends_with(&[Effect::CallHumans, Effect::Project]));
    assert_eq!(desk.state.owner, Owner::Queue);
}

#[test]
fn cancelling_after_the_undo_window_leaves_the_owner() {
    let mut desk = Desk::open();
    desk.replies("ayu", "msg_a").unwrap();
    desk.pass(5);
    desk.redacts("ayu", "msg_a", LineState::Queued).unwrap();
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn cancelling_one_of_two_lines_leaves_the_owner() {
    let mut desk = Desk::open();
    desk.replies("ayu", "msg_a").unwrap();
    desk.replies("ayu", "msg_b").unwrap();
    desk.redacts("ayu", "msg_a", LineState::Queued).unwrap();
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn cancelling_the_line_that_reopened_solves_again() {
    let mut desk = Desk::owned_by("ayu");
    desk.solve("ayu").unwrap();
    desk.replies("ayu", "msg_a").unwrap();
    desk.redacts("ayu", "msg_a", LineState::Queued).unwrap();
    assert_eq!(desk.state.status, Status::Solved);
}

#[test]
fn cancelling_the_line_that_reopened_does_not_solve_what_the_customer_asks() {
    let mut desk = Desk::owned_by("ayu");
    desk.solve("ayu").unwrap();
    desk.replies("ayu", "msg_a").unwrap();
    desk.says("msg_2", "satu lagi").unwrap();
    let effects = desk.redacts("ayu", "msg_a", LineState::Queued).unwrap();
    assert!(effects.contains(&Effect::CallHumans));
    assert_eq!(desk.state.status, Status::Open);
    assert_eq!(desk.state.owner, Owner::Queue);
}

#[test]
fn undo_takes_back_the_newest_line_of_ones_own() {
    let mut desk = queued();
    desk.policy.foreign_reply = ForeignReply::Allow;
    desk.replies("ayu", "msg_b").unwrap();
    desk.replies("budi", "msg_c").unwrap();
    let effects = desk.apply(Input::Undo { agent: user("ayu") }).unwrap();
    assert!(effects.contains(&Effect::Cancel {
        message: "msg_b".into()
    }));
    assert_eq!(desk.state.lines.len(), 2);
}

#[test]
fn undo_with_nothing_waiting_is_refused() {
    let mut desk = queued();
    desk.starts("msg_a");
    let outcome = desk.apply(Input::Undo { agent: user("ayu") });
    assert_eq!(refused(outcome), "nothing-to-undo");
}

fn resends(desk: &mut Desk, state: LineState) -> Outcome {
    desk.apply(Input::Resend {
        target: target("ayu", "msg_a", state),
        agent: user("budi"),
    })
}

#[test]
fn resend_repeats_any_line_that_was_attempted() {
    for state in [
        LineState::Failed,
        LineState::Unknown,
        LineState::Accepted,
        LineState::Read,
    ] {
        let mut desk = Desk::owned_by("budi");
        let epoch = desk.state.handover_epoch;
        let mut expected = unmarks("msg_a", &[Mark::Failed, Mark::Again]);
        expected.push(Effect::Resend {
            message: "msg_a".into(),
            agent: user("budi"),
        });
        expected.push(still_waiting("msg_a", desk.at(10)));
        assert_eq!(resends(&mut desk, state), Ok(expected));
        assert_eq!(desk.state.handover_epoch, epoch + 1);
    }
}

#[test]
fn resend_of_a_line_that_was_not_attempted_is_refused() {
    let mut desk = Desk::owned_by("budi");
    for (state, key) in [
        (LineState::Held, "resend-held"),
        (LineState::Queued, "resend-under-way"),
        (LineState::Started, "resend-under-way"),
        (LineState::Cancelled, "resend-cancelled"),
    ] {
        assert_eq!(refused(resends(&mut desk, state)), key);
    }
}

#[test]
fn resend_after_the_window_closed_is_refused() {
    let mut desk = Desk::owned_by("budi");
    desk.pass(24 * 3600);
    let outcome = resends(&mut desk, LineState::Failed);
    assert_eq!(refused(outcome), "resend-window-closed");
}

#[test]
fn resend_in_a_solved_conversation_opens_no_case() {
    let mut desk = Desk::owned_by("budi");
    desk.solve("budi").unwrap();
    let effects = resends(&mut desk, LineState::Failed).unwrap();
    assert!(!effects.contains(&Effect::OpenCase));
    assert_eq!(desk.state.status, Status::Solved);
}

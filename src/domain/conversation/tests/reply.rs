//! What an agent's line does.

use super::*;
use crate::saying;

#[test]
fn a_line_in_the_queue_claims_the_conversation_and_waits_its_undo_window() {
    let mut desk = Desk::open();
    let effects = desk.replies("ayu", "msg_a").unwrap();
    assert_eq!(
        effects,
        [
            Effect::Claimed { agent: user("ayu") },
            queue("ayu", "msg_a", desk.now, desk.at(5)),
            still_waiting("msg_a", desk.at(15)),
            Effect::Project,
        ]
    );
    assert_eq!(desk.state.owner, agent("ayu"));
    assert_eq!(desk.state.waiting_since, None);
    assert_eq!(desk.state.handover_epoch, 2);
}

#[test]
fn the_owners_line_is_queued_and_moves_the_epoch() {
    let mut desk = Desk::owned_by("ayu");
    let epoch = desk.state.handover_epoch;
    let effects = desk.replies("ayu", "msg_a").unwrap();
    assert_eq!(
        effects,
        [
            queue("ayu", "msg_a", desk.now, desk.at(5)),
            still_waiting("msg_a", desk.at(15)),
        ]
    );
    assert_eq!(desk.state.handover_epoch, epoch + 1);
}

#[test]
fn the_undo_window_counts_from_our_receipt_of_the_event() {
    let mut desk = Desk::owned_by("ayu");
    let received_at = desk.now;
    desk.pass(3);
    desk.apply(Input::AgentReplied(Outward {
        message: "msg_a".into(),
        event: event_of("msg_a"),
        agent: user("ayu"),
        text: text("baik"),
        reply_to: None,
        received_at,
        hold: None,
    }))
    .unwrap();
    assert_eq!(desk.due("msg_a"), Some(desk.at(2)));
}

#[test]
fn a_line_takes_over_from_the_assistant_with_a_longer_undo_window() {
    let mut desk = Desk::open();
    desk.state.owner = Owner::Assistant;
    let effects = desk.replies("ayu", "msg_a").unwrap();
    assert_eq!(
        effects,
        [
            Effect::Say(Say::notice(saying!(
                "taken-over",
                agent = "Ayu",
                from = saying!("owner-assistant")
            ))),
            queue("ayu", "msg_a", desk.now, desk.at(10)),
            still_waiting("msg_a", desk.at(20)),
            Effect::Project,
        ]
    );
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn a_line_claims_what_the_phone_has() {
    let mut desk = Desk::open();
    desk.state.owner = Owner::Phone;
    desk.replies("ayu", "msg_a").unwrap();
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn a_later_line_never_overtakes_an_earlier_one() {
    let mut desk = Desk::open();
    desk.state.owner = Owner::Assistant;
    desk.replies("ayu", "msg_a").unwrap();
    let first = desk.due("msg_a");
    desk.pass(1);
    desk.replies("ayu", "msg_b").unwrap();
    assert_eq!(desk.due("msg_b"), first);
}

#[test]
fn a_line_of_another_agent_goes_and_the_owner_stays_where_that_is_allowed() {
    let mut desk = Desk::owned_by("ayu");
    desk.policy.foreign_reply = ForeignReply::Allow;
    let effects = desk.replies("budi", "msg_b").unwrap();
    assert_eq!(
        effects,
        [
            queue("budi", "msg_b", desk.now, desk.at(5)),
            still_waiting("msg_b", desk.at(15)),
        ]
    );
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn a_line_of_another_agent_is_refused_where_that_is_the_rule() {
    let mut desk = Desk::owned_by("ayu");
    desk.policy.foreign_reply = ForeignReply::Refuse;
    assert_eq!(refused(desk.replies("budi", "msg_b")), "not-sent-foreign");
}

#[test]
fn a_line_of_another_agent_is_held_even_if_it_comes_by_another_way() {
    let mut desk = Desk::owned_by("ayu");
    let effects = desk.replies("budi", "msg_b").unwrap();
    assert!(matches!(
        effects.first(),
        Some(Effect::Hold {
            hold: Hold::Foreign,
            ..
        })
    ));
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn a_line_after_solving_is_sent_and_reopens() {
    let mut desk = Desk::owned_by("budi");
    desk.solve("budi").unwrap();
    let effects = desk.replies("ayu", "msg_a").unwrap();
    assert_eq!(
        effects,
        [
            Effect::OpenCase,
            queue("ayu", "msg_a", desk.now, desk.at(5)),
            still_waiting("msg_a", desk.at(15)),
            Effect::Project,
        ]
    );
    assert_eq!(desk.state.status, Status::Open);
    assert_eq!(desk.state.owner, agent("ayu"));
}

#[test]
fn the_same_line_twice_is_one_line() {
    let mut desk = Desk::owned_by("ayu");
    desk.replies("ayu", "msg_a").unwrap();
    assert_eq!(desk.replies("ayu", "msg_a"), Ok(vec![]));
}

#[test]
fn a_note_is_kept_and_marked_and_changes_no_owner() {
    let mut desk = Desk::open();
    let before = desk.state.clone();
    let effects = desk
        .apply(Input::NoteWritten {
            event: "$note".into(),
            agent: user("ayu"),
            text: text("VIP"),
        })
        .unwrap();
    assert_eq!(
        effects,
        [
            Effect::KeepNote(Note {
                event: "$note".into(),
                agent: user("ayu"),
                text: text("VIP"),
            }),
            Effect::Mark {
                target: "$note".into(),
                mark: Mark::Note,
            },
        ]
    );
    assert_eq!(desk.state, before);
}

#[test]
fn note_mode_belongs_to_one_agent() {
    let mut desk = Desk::open();
    let mode = |note| Input::SetMode {
        agent: user("ayu"),
        note,
    };
    assert_eq!(desk.apply(mode(true)), Ok(vec![]));
    assert_eq!(desk.state.note_mode, BTreeSet::from([user("ayu")]));
    desk.apply(mode(false)).unwrap();
    assert_eq!(desk.state.note_mode, BTreeSet::new());
}

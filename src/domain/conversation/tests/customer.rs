//! What a customer's line does.

use super::*;
use crate::saying;

fn shown(message: &str, ring: &[&str]) -> Effect {
    Effect::ShowCustomer {
        message: message.into(),
        ring: ring.iter().map(|name| user(name)).collect(),
    }
}

#[test]
fn a_first_line_opens_a_case_in_the_queue_and_calls_humans() {
    let mut desk = Desk::new();
    let effects = desk.says("msg_1", "halo").unwrap();
    assert_eq!(
        effects,
        [
            Effect::OpenCase,
            shown("msg_1", &[]),
            Effect::CallHumans,
            Effect::Project,
        ]
    );
    assert_eq!(desk.state.owner, Owner::Queue);
    assert_eq!(desk.state.status, Status::Open);
    assert_eq!(desk.state.waiting_since, Some(desk.now));
    assert_eq!(desk.state.handover_epoch, 1);
}

#[test]
fn a_further_line_rings_nobody_while_nobody_owns() {
    let mut desk = Desk::open();
    let first = desk.now;
    desk.pass(60);
    assert_eq!(desk.says("msg_2", "halo?"), Ok(vec![shown("msg_2", &[])]));
    assert_eq!(desk.state.waiting_since, Some(first));
    assert_eq!(desk.state.handover_epoch, 1);
}

#[test]
fn a_line_rings_the_agent_who_owns() {
    let mut desk = Desk::owned_by("ayu");
    assert_eq!(
        desk.says("msg_2", "halo?"),
        Ok(vec![shown("msg_2", &["ayu"])])
    );
}

#[test]
fn the_window_counts_from_the_customers_newest_line() {
    let mut desk = Desk::open();
    let newest = desk.now;
    desk.apply(Input::CustomerSaid {
        message: "msg_late".into(),
        text: None,
        at: newest - SignedDuration::from_hours(1),
    })
    .unwrap();
    assert_eq!(
        desk.state.window_expires_at,
        Some(newest + SignedDuration::from_hours(24))
    );
}

#[test]
fn a_channel_without_window_is_always_open() {
    let mut desk = Desk::new();
    desk.policy.window = None;
    assert!(desk.state.window_open(desk.now, &desk.policy));
    desk.says("msg_1", "halo").unwrap();
    assert_eq!(desk.state.window_expires_at, None);
}

#[test]
fn a_window_closes_at_its_end() {
    let mut desk = Desk::open();
    desk.pass(24 * 3600 - 1);
    assert!(desk.state.window_open(desk.now, &desk.policy));
    desk.pass(1);
    assert!(!desk.state.window_open(desk.now, &desk.policy));
}

#[test]
fn a_line_after_solving_opens_a_new_case_in_the_queue() {
    let mut desk = Desk::owned_by("ayu");
    desk.solve("ayu").unwrap();
    let epoch = desk.state.handover_epoch;
    desk.pass(60);
    assert_eq!(
        desk.says("msg_2", "masih rusak"),
        Ok(vec![
            Effect::OpenCase,
            shown("msg_2", &[]),
            Effect::CallHumans,
            Effect::Project,
        ])
    );
    assert_eq!(desk.state.owner, Owner::Queue);
    assert_eq!(desk.state.solved_at, None);
    assert_eq!(desk.state.handover_epoch, epoch + 1);
}

#[test]
fn thanks_within_ten_minutes_of_solving_open_no_case() {
    let mut desk = Desk::owned_by("ayu");
    desk.solve("ayu").unwrap();
    desk.pass(600);
    assert_eq!(
        desk.says("msg_2", "oke makasih kak 🙏"),
        Ok(vec![shown("msg_2", &[])])
    );
    assert_eq!(desk.state.status, Status::Solved);
    assert_eq!(desk.state.waiting_since, None);
}

#[test]
fn thanks_later_than_that_open_a_case() {
    let mut desk = Desk::owned_by("ayu");
    desk.solve("ayu").unwrap();
    desk.pass(601);
    let effects = desk.says("msg_2", "makasih").unwrap();
    assert!(effects.contains(&Effect::OpenCase));
}

#[test]
fn thanks_as_a_very_first_line_open_a_case() {
    let effects = Desk::new().says("msg_1", "thanks").unwrap();
    assert!(effects.contains(&Effect::OpenCase));
}

#[test]
fn a_picture_after_solving_opens_a_case() {
    let mut desk = Desk::owned_by("ayu");
    desk.solve("ayu").unwrap();
    let effects = desk
        .apply(Input::CustomerSaid {
            message: "msg_2".into(),
            text: None,
            at: desk.now,
        })
        .unwrap();
    assert!(effects.contains(&Effect::OpenCase));
}

#[test]
fn a_line_wakes_a_snoozed_conversation_for_its_owner() {
    let mut desk = Desk::owned_by("ayu");
    desk.state.status = Status::Snoozed(None);
    assert_eq!(
        desk.says("msg_2", "sudah saya kirim"),
        Ok(vec![shown("msg_2", &["ayu"]), Effect::Project])
    );
    assert_eq!(desk.state.status, Status::Open);
}

#[test]
fn a_line_wakes_a_snoozed_conversation_that_nobody_has_and_calls_humans() {
    let mut desk = Desk::open();
    desk.state.status = Status::Snoozed(None);
    let effects = desk.says("msg_2", "halo").unwrap();
    assert_eq!(
        effects,
        [shown("msg_2", &[]), Effect::CallHumans, Effect::Project]
    );
}

#[test]
fn a_line_asks_again_about_held_lines_and_restarts_their_time() {
    let mut desk = Desk::owned_by("ayu");
    let written = desk.now;
    desk.writes("budi", "msg_b", Some(Hold::Foreign)).unwrap();
    desk.pass(300);
    assert_eq!(
        desk.says("msg_2", "halo?"),
        Ok(vec![
            shown("msg_2", &["ayu"]),
            Effect::Hold {
                line: line("budi", "msg_b", written),
                hold: Hold::Foreign,
                until: Some(desk.at(600)),
            },
            expires("msg_b", desk.at(600)),
            asks("msg_b", saying!("held-foreign-again")),
        ])
    );
}

#[test]
fn a_line_that_opens_the_window_tells_the_writers_of_kept_lines() {
    let mut desk = Desk::owned_by("ayu");
    desk.pass(25 * 3600);
    desk.replies("ayu", "msg_a").unwrap();
    let effects = desk.says("msg_2", "halo?").unwrap();
    assert_eq!(
        effects,
        [
            shown("msg_2", &["ayu"]),
            asks_ringing("msg_a", saying!("kept-window-open"), "ayu"),
            Effect::Project,
        ]
    );
}

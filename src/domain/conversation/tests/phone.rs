//! Lines that were written on the business's phone app.

use super::*;

impl Desk {
    fn phone_says(&mut self) -> Vec<Effect> {
        self.phone_said(self.now)
    }

    fn phone_said(&mut self, at: Timestamp) -> Vec<Effect> {
        let message = "msg_phone".into();
        self.apply(Input::PhoneSaid { message, at }).unwrap()
    }

    fn phone_is_quiet(&mut self) -> Vec<Effect> {
        self.apply(Input::PhoneQuiet).unwrap()
    }
}

/// What shows the line of the phone.
fn shown() -> Effect {
    Effect::ShowPhone {
        message: "msg_phone".into(),
    }
}

#[test]
fn who_answers_on_the_phone_has_the_case_for_half_an_hour() {
    let mut desk = Desk::open();
    desk.pass(60);
    let epoch = desk.state.handover_epoch;
    let effects = desk.phone_says();
    assert_eq!(desk.state.owner, Owner::Phone);
    assert_eq!(desk.state.waiting_since, None);
    assert_eq!(desk.state.handover_epoch, epoch + 1);
    let timer = Effect::Timer {
        at: desk.at(1_800),
        timer: Timer::PhoneQuiet,
    };
    assert_eq!(effects, [shown(), timer, Effect::Project]);
    desk.pass(1_800);
    assert_eq!(desk.phone_is_quiet(), [Effect::Project]);
    assert_eq!(desk.state.owner, Owner::Queue);
}

#[test]
fn only_the_last_line_of_the_phone_counts() {
    let mut desk = Desk::open();
    desk.pass(60);
    desk.phone_says();
    desk.pass(1_000);
    desk.phone_says();
    desk.pass(800);
    assert_eq!(desk.phone_is_quiet(), []);
    assert_eq!(desk.state.owner, Owner::Phone);
    desk.pass(1_000);
    desk.phone_is_quiet();
    assert_eq!(desk.state.owner, Owner::Queue);
}

#[test]
fn a_customer_whom_the_phone_left_waiting_needs_a_human() {
    let mut desk = Desk::open();
    desk.pass(60);
    desk.phone_says();
    desk.pass(60);
    desk.says("msg_2", "lalu?").unwrap();
    desk.pass(1_800);
    assert!(desk.phone_is_quiet().contains(&Effect::CallHumans));
}

#[test]
fn an_agent_who_took_the_case_from_the_phone_keeps_it() {
    let mut desk = Desk::open();
    desk.pass(60);
    desk.phone_says();
    desk.replies("ayu", "msg_reply").unwrap();
    assert_eq!(desk.state.owner, Owner::Agent(user("ayu")));
    desk.pass(1_800);
    assert_eq!(desk.phone_is_quiet(), []);
    assert_eq!(desk.state.owner, Owner::Agent(user("ayu")));
}

#[test]
fn an_automatic_answer_of_the_app_is_only_shown() {
    let mut desk = Desk::open();
    desk.pass(5);
    assert_eq!(desk.phone_says(), [shown()]);
    assert_eq!(desk.state.owner, Owner::Queue);
    desk.pass(1);
    desk.phone_says();
    assert_eq!(desk.state.owner, Owner::Phone);
}

#[test]
fn a_line_of_the_phone_opens_no_case() {
    let mut desk = Desk::owned_by("ayu");
    desk.solve("ayu").unwrap();
    desk.pass(60);
    assert_eq!(desk.phone_says(), [shown()]);
    assert_eq!(desk.state.status, Status::Solved);
}

#[test]
fn the_account_says_whether_the_phone_takes_over_or_is_only_shown() {
    let mut desk = Desk::owned_by("ayu");
    desk.policy.echo = Echo::Show;
    desk.pass(60);
    assert_eq!(desk.phone_says(), [shown()]);
    assert_eq!(desk.state.owner, Owner::Agent(user("ayu")));
    desk.policy.echo = Echo::Takeover;
    assert_eq!(desk.phone_says(), [shown(), Effect::Project]);
    desk.pass(100_000);
    assert_eq!(desk.phone_is_quiet(), []);
    assert_eq!(desk.state.owner, Owner::Phone);
}

#[test]
fn a_line_of_the_phone_that_comes_late_changes_nothing() {
    let mut desk = Desk::open();
    desk.pass(60);
    let written = desk.now;
    desk.pass(60);
    desk.says("msg_2", "halo?").unwrap();
    assert_eq!(desk.phone_said(written), [shown()]);
    assert!(desk.state.waiting_since.is_some());
    desk.pass(60);
    let written = desk.now;
    desk.pass(60);
    desk.take_over("ayu", false).unwrap();
    assert_eq!(desk.phone_said(written), [shown()]);
    assert_eq!(desk.state.owner, Owner::Agent(user("ayu")));
}

#[test]
fn a_phone_that_is_only_shown_since_then_lets_go_of_what_it_had() {
    let mut desk = Desk::open();
    desk.pass(60);
    desk.phone_says();
    desk.policy.echo = Echo::Show;
    desk.pass(1_800);
    desk.phone_is_quiet();
    assert_eq!(desk.state.owner, Owner::Queue);
}

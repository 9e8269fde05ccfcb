//! Rules 9 to 13, `!send`, and who may signal.

use super::*;

#[test]
fn a_plain_line_takes_over_from_the_assistant_by_policy() {
    let cases = [
        (PlainLine::Takeover, "send halo"),
        (PlainLine::Refuse, "refuse not-sent-assistant-owns"),
        (PlainLine::Note, "note halo"),
    ];
    for (plain_line, expected) in cases {
        for owner in [Owner::Assistant, Owner::Script] {
            let mut desk = desk().owned_by(owner);
            desk.policy.plain_line_while_assistant = plain_line;
            assert_eq!(desk.says("halo"), expected);
        }
    }
}

#[test]
fn a_plain_line_claims_from_the_queue_and_the_phone() {
    for owner in [Owner::Queue, Owner::Phone] {
        assert_eq!(desk().owned_by(owner).says("halo"), "send halo");
    }
}

#[test]
fn a_line_in_a_colleagues_conversation_follows_policy() {
    let cases = [
        (ForeignReply::Ask, "ask Foreign halo"),
        (ForeignReply::Allow, "send halo"),
        (ForeignReply::Refuse, "refuse not-sent-foreign"),
    ];
    for (foreign_reply, expected) in cases {
        let mut desk = desk().owned_by(Owner::Agent(SARI.into()));
        desk.policy.foreign_reply = foreign_reply;
        assert_eq!(desk.says("halo"), expected);
    }
}

#[test]
fn a_refusal_names_the_owner() {
    let mut desk = desk().owned_by(Owner::Agent("@b.santoso:desk.id".into()));
    desk.policy.foreign_reply = ForeignReply::Refuse;
    let verdict =
        desk.with_context(|context| explicit(&AYU.into(), Rich::from_plain("halo"), context));
    let expected = saying!("not-sent-foreign", owner = "Budi Santoso");
    assert!(verdict == Verdict::Refuse(expected));
}

#[test]
fn a_closed_window_keeps_the_line() {
    let mut desk = desk();
    for end in [None, Some(NOW.parse().unwrap())] {
        desk.conversation.window_expires_at = end;
        assert_eq!(desk.says("halo"), "ask Window halo");
    }
    desk.policy.window = None;
    assert_eq!(desk.says("halo"), "send halo");
}

#[test]
fn another_owner_comes_before_a_closed_window() {
    let mut desk = desk().owned_by(Owner::Agent(SARI.into()));
    desk.conversation.window_expires_at = None;
    assert_eq!(desk.says("halo"), "ask Foreign halo");
}

#[test]
fn a_line_in_a_solved_case_is_sent() {
    let mut desk = desk().owned_by(Owner::Queue);
    desk.conversation.status = Status::Solved;
    assert_eq!(desk.says("halo"), "send halo");
}

#[test]
fn an_explicit_send_skips_the_prefixes_and_nothing_else() {
    let send = |desk: &Desk, text: &str| {
        shown(&desk.with_context(|context| explicit(&AYU.into(), Rich::from_plain(text), context)))
    };
    let own = desk().in_note_mode();
    for text in ["!solve", "/etc/hosts", ";; x", "@sari ya", "a\nnote: b"] {
        assert_eq!(send(&own, text), format!("send {text}"));
    }
    assert_eq!(send(&own, "> rahasia\nya"), "send ya");
    assert_eq!(send(&own, " \u{200B}"), "refuse not-sent-empty");
    let foreign = desk().owned_by(Owner::Agent(SARI.into()));
    assert_eq!(send(&foreign, "!x"), "ask Foreign !x");
    let mut closed = desk();
    closed.conversation.window_expires_at = None;
    assert_eq!(send(&closed, "!x"), "ask Window !x");
}

#[test]
fn only_the_owner_of_an_open_case_signals() {
    let signals = |desk: &Desk| may_signal(&AYU.into(), &desk.conversation);
    assert!(signals(&desk()));
    assert!(!signals(&desk().in_note_mode()));
    for owner in [
        Owner::Agent(SARI.into()),
        Owner::Queue,
        Owner::Assistant,
        Owner::Phone,
    ] {
        assert!(!signals(&desk().owned_by(owner)));
    }
    for status in [Status::Solved, Status::Snoozed(None)] {
        let mut desk = desk();
        desk.conversation.status = status;
        assert!(!signals(&desk));
    }
}

//! Reactions: the customer's, and the desk's buttons.

use super::*;

/// The desk's marks and buttons, as clients send them.
const OURS: [&str; 15] = [
    "✋",
    "🤖",
    "✅",
    "❌",
    "💤",
    "📝",
    "🔁",
    "⏸",
    "⏸\u{FE0F}",
    "👀",
    "⏳",
    "⚠\u{FE0F}",
    "1\u{FE0F}\u{20E3}",
    "2\u{FE0F}\u{20E3}",
    "3\u{FE0F}\u{20E3}",
];

/// A desk whose event points at a customer's line.
fn on_customer() -> Desk {
    desk().pointing_at(known(EventKind::Customer))
}

#[test]
fn the_owners_reactions_reach_the_customer() {
    for key in ["👍", "❤\u{FE0F}", "👍🏽", "🇮🇩", "👨‍👩‍👧", "5\u{FE0F}\u{20E3}"]
    {
        assert_eq!(on_customer().reacts(key), format!("react $target {key}"));
    }
}

#[test]
fn nobody_elses_reactions_do() {
    for owner in [
        Owner::Agent(SARI.into()),
        Owner::Queue,
        Owner::Assistant,
        Owner::Phone,
    ] {
        assert_eq!(on_customer().owned_by(owner).reacts("👍"), "ignore");
    }
    let stranger = Desk {
        role: Role::Stranger,
        ..on_customer()
    };
    assert_eq!(stranger.reacts("👍"), "ignore");
    assert_eq!(stranger.reacts("✋"), "ignore");
}

#[test]
fn the_desks_signs_and_words_never_leave() {
    for key in OURS {
        let verdict = on_customer().reacts(key);
        assert!(!verdict.starts_with("react"), "{key}: {verdict}");
    }
    for key in ["marah", "a", "👍👍", ";;", "5", "!", "", "mxc://desk.id/x"] {
        assert_eq!(on_customer().reacts(key), "ignore", "{key}");
    }
}

#[test]
fn only_what_the_customer_has_is_reacted_to() {
    let on = |target| desk().pointing_at(target).reacts("👍");
    for state in [LineState::Accepted, LineState::Delivered, LineState::Read] {
        assert_eq!(
            on(carrying(EventKind::Agent, state, SARI)),
            "react $target 👍"
        );
    }
    for state in [
        LineState::Held,
        LineState::Queued,
        LineState::Started,
        LineState::Failed,
        LineState::Unknown,
        LineState::Cancelled,
    ] {
        assert_eq!(on(carrying(EventKind::Agent, state, AYU)), "ignore");
    }
    for kind in [
        EventKind::Agent,
        EventKind::Note,
        EventKind::Notice,
        EventKind::Card,
    ] {
        assert_eq!(on(known(kind)), "ignore");
    }
    assert_eq!(desk().reacts("👍"), "ignore");
    let mut closed = on_customer();
    closed.conversation.window_expires_at = None;
    assert_eq!(closed.reacts("👍"), "ignore");
}

#[test]
fn a_raised_hand_takes_over() {
    for kind in [
        EventKind::Claim,
        EventKind::Card,
        EventKind::Notice,
        EventKind::Customer,
    ] {
        for key in ["✋", "✋🏽", "✋\u{FE0F}"] {
            assert_eq!(
                desk().pointing_at(known(kind)).reacts(key),
                "command takeover"
            );
        }
    }
    assert_eq!(desk().reacts("✋"), "ignore");
}

#[test]
fn a_tick_on_the_card_solves_and_elsewhere_does_nothing() {
    assert_eq!(
        desk().pointing_at(known(EventKind::Card)).reacts("✅"),
        "command solve"
    );
    for kind in [
        EventKind::Claim,
        EventKind::Notice,
        EventKind::Customer,
        EventKind::Note,
    ] {
        assert_eq!(desk().pointing_at(known(kind)).reacts("✅"), "ignore");
    }
}

#[test]
fn only_its_writer_decides_about_a_held_line() {
    for kind in [EventKind::Agent, EventKind::Notice] {
        let own = desk().pointing_at(carrying(kind, LineState::Held, AYU));
        assert_eq!(own.reacts("✅"), "decide msg_1 Send");
        assert_eq!(own.reacts("❌"), "decide msg_1 Drop");
        let foreign = desk().pointing_at(carrying(kind, LineState::Held, SARI));
        assert_eq!(foreign.reacts("✅"), "ignore");
        assert_eq!(foreign.reacts("❌"), "ignore");
    }
    for state in [LineState::Queued, LineState::Read, LineState::Cancelled] {
        let desk = desk().pointing_at(carrying(EventKind::Agent, state, AYU));
        assert_eq!(desk.reacts("✅"), "ignore");
    }
}

#[test]
fn the_again_button_works_on_lines_that_went_or_failed() {
    for state in [
        LineState::Failed,
        LineState::Unknown,
        LineState::Accepted,
        LineState::Read,
    ] {
        for kind in [EventKind::Agent, EventKind::Notice] {
            let desk = desk().pointing_at(carrying(kind, state, SARI));
            assert_eq!(desk.reacts("🔁"), "command resend");
        }
    }
    for state in [
        LineState::Held,
        LineState::Queued,
        LineState::Started,
        LineState::Cancelled,
    ] {
        let desk = desk().pointing_at(carrying(EventKind::Agent, state, AYU));
        assert_eq!(desk.reacts("🔁"), "ignore");
    }
    assert_eq!(on_customer().reacts("🔁"), "ignore");
}

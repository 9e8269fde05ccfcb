//! Edits and redactions.

use super::*;

/// An edit of Ayu's.
fn edit(text: &str) -> Line {
    Line {
        replaces: Some("$target".into()),
        ..line(text)
    }
}

/// A desk whose event points at a line of `writer`.
fn of_line(state: LineState, writer: &str) -> Desk {
    desk().pointing_at(carrying(EventKind::Agent, state, writer))
}

#[test]
fn an_edit_of_an_own_line_carries_its_new_text() {
    for state in [LineState::Held, LineState::Queued, LineState::Read] {
        let desk = of_line(state, AYU);
        assert_eq!(desk.line(edit(" baru ")), "edit baru");
        assert_eq!(desk.line(edit("!!baru")), "edit !baru");
    }
}

#[test]
fn an_edit_that_turns_internal_takes_the_text_away() {
    let desk = of_line(LineState::Queued, AYU);
    for text in [
        "!solve",
        "/solve",
        ";; x",
        "note: x",
        "a\n!solve",
        "- !solve",
        "@sari x",
        "a\n@sari x",
        "",
    ] {
        assert_eq!(desk.line(edit(text)), "edit away", "{text:?}");
    }
    let html = Line {
        text: Rich::from_plain(";; x"),
        ..edit("halo")
    };
    assert_eq!(desk.line(html), "edit away");
    for msgtype in ["m.notice", "m.emote", "m.image"] {
        let line = Line {
            msgtype: msgtype.into(),
            ..edit("halo")
        };
        assert_eq!(desk.line(line), "edit away");
    }
    let threaded = Line {
        thread: Some("$root".into()),
        ..edit("halo")
    };
    assert_eq!(desk.line(threaded), "edit away");
    let noting = of_line(LineState::Queued, AYU).in_note_mode();
    assert_eq!(noting.line(edit("halo")), "edit away");
}

#[test]
fn an_edit_of_anything_else_goes_nowhere() {
    assert_eq!(desk().line(edit("halo")), "ignore");
    for kind in [
        EventKind::Note,
        EventKind::Command,
        EventKind::Draft,
        EventKind::Customer,
        EventKind::Notice,
        EventKind::Other,
    ] {
        assert_eq!(desk().pointing_at(known(kind)).line(edit("halo")), "ignore");
        let linked = desk().pointing_at(carrying(kind, LineState::Queued, AYU));
        assert_eq!(linked.line(edit("halo")), "ignore");
    }
    let refused = desk().pointing_at(known(EventKind::Agent));
    assert_eq!(refused.line(edit("halo")), "ignore");
}

#[test]
fn only_the_writer_edits_and_takes_back() {
    let redaction = || RoomContent::Redaction {
        target: "$target".into(),
    };
    let foreign = of_line(LineState::Queued, SARI);
    assert_eq!(foreign.line(edit("halo")), "ignore");
    assert_eq!(foreign.content(redaction()), "ignore");
    let own = of_line(LineState::Queued, AYU);
    assert_eq!(own.content(redaction()), "redact msg_1");
    let notice = desk().pointing_at(carrying(EventKind::Notice, LineState::Held, AYU));
    assert_eq!(notice.content(redaction()), "ignore");
    assert_eq!(desk().content(redaction()), "ignore");
    let stranger = Desk {
        role: Role::Stranger,
        ..of_line(LineState::Queued, AYU)
    };
    assert_eq!(stranger.content(redaction()), "ignore");
    assert_eq!(stranger.line(edit("halo")), "ignore");
}

#[test]
fn an_edit_keeps_the_place_of_the_line_it_replaces() {
    // Some clients repeat the original's reply in the edit.
    let line = Line {
        reply_to: Some("$other".into()),
        ..edit("halo")
    };
    assert_eq!(of_line(LineState::Queued, AYU).line(line), "edit halo");
}

//! Rules 1 to 8 and the preparation.

use super::*;

#[test]
fn only_agents_of_the_team_are_heard() {
    for role in [Role::Ours, Role::Stranger] {
        let desk = Desk { role, ..desk() };
        for text in ["halo", "!takeover", ";; x", "/solve"] {
            assert_eq!(desk.says(text), "ignore");
        }
        assert_eq!(desk.content(RoomContent::Encrypted), "ignore");
    }
}

#[test]
fn notices_and_unknown_events_never_leave() {
    let notice = Line {
        msgtype: "m.notice".into(),
        ..line("halo")
    };
    assert_eq!(desk().line(notice), "ignore");
    let kind = "m.call.invite".into();
    assert_eq!(desk().content(RoomContent::Other { kind }), "ignore");
    assert_eq!(desk().content(RoomContent::EncryptionOn), "ignore");
}

#[test]
fn a_line_that_cannot_be_read_is_answered() {
    let verdict = desk().content(RoomContent::Encrypted);
    assert_eq!(verdict, "refuse not-sent-encrypted");
}

#[test]
fn ordinary_prose_is_sent_as_it_is() {
    let prose = [
        "ok! thanks",
        "5/6 box",
        "@home",
        "@ayunda ditunggu ya",
        "Note that we close at five",
        "notes: none",
        "my note: call back",
        "a;;b ;; c",
        "; ok",
        "ada/tidak",
        "write to info@toko.id",
        "see https://toko.id/a!b",
        "½ kg",
        "¡hola!",
        "❗ penting",
        "‼\u{FE0F} penting",
        "- kopi\n- teh",
        "1. teh",
        "* kopi\n* note that tea is out",
        "• Rp50.000",
        "- !!!",
        "- / 2",
        "@ayu.shop sudah kami ikuti",
        "@ayu_official ya",
        "@sari.id\n@sari_id",
        "halo\n@ayunda ditunggu",
        "halo\nke @ayu saja",
        "baris satu\n!bukanperintah\n/tmp/x",
        "lima\n@home",
        "👍🏽",
        "> 5 kg bisa",
        "private lesson: 9am",
        "Ayu: halo",
    ];
    for text in prose {
        assert_eq!(desk().says(text), format!("send {text}"));
    }
}

#[test]
fn marks_without_a_word_are_feelings_and_are_sent() {
    for text in [
        "!", "!!!", "?!", "! ?", "!?", "! 👍", "/", "//", "/ 2", ":/",
    ] {
        assert_eq!(desk().says(text), format!("send {text}"));
    }
}

#[test]
fn a_word_after_the_prefix_is_a_command_whether_it_exists_or_not() {
    expect(
        &desk(),
        &[
            ("!takeover", "command takeover"),
            ("!TakeOver force", "command TakeOver force"),
            ("  ! takeover", "command takeover"),
            ("！takeover", "command takeover"),
            ("﹗takeover", "command takeover"),
            ("\u{200B}!\u{2060}takeover\u{FEFF}", "command takeover"),
            ("\u{202A}!takeover\u{202C}", "command takeover"),
            ("!takeovr", "command takeovr"),
            ("!5", "command 5"),
            ("!?what", "command ?what"),
            ("!send satu\ndua", "command send satu\ndua"),
            ("!\nPenting", "command Penting"),
        ],
    );
}

#[test]
fn a_doubled_prefix_is_literal_and_the_other_rules_still_hold() {
    expect(
        &desk(),
        &[
            ("!!takeover", "send !takeover"),
            ("！！promo", "send ！promo"),
            ("!!;; x", "send !;; x"),
            ("!!! awas", "send !! awas"),
            ("!!promo\n;; rahasia", "ask Doubt !promo\n;; rahasia"),
        ],
    );
    assert_eq!(desk().in_note_mode().says("!!x"), "note !!x");
}

#[test]
fn a_word_after_a_slash_is_a_command_whether_it_exists_or_not() {
    expect(
        &desk(),
        &[
            ("/solve", "command solve"),
            ("//salam", "command salam"),
            ("／harga kaos", "command harga kaos"),
            ("/1", "command 1"),
            ("/etc/hosts", "command etc/hosts"),
            ("/ solve", "command solve"),
            ("/ dua", "send / dua"),
            ("/me melambai", "command me melambai"),
        ],
    );
}

#[test]
fn another_prefix_takes_the_place_of_the_mark() {
    let desk = Desk {
        prefix: "!loket ",
        ..desk()
    };
    expect(
        &desk,
        &[
            ("!loket solve", "command solve"),
            ("!solve", "send !solve"),
            ("a\n!loket solve", "ask Doubt a\n!loket solve"),
        ],
    );
}

#[test]
fn note_prefixes_make_notes() {
    expect(
        &desk(),
        &[
            (";; pelanggan lama", "note pelanggan lama"),
            (";;pelanggan lama", "note pelanggan lama"),
            ("；；x", "note x"),
            (";\u{200B}; x", "note x"),
            ("note: x", "note x"),
            ("NOTE : x", "note x"),
            ("Note：x", "note x"),
            ("private: x", "note x"),
            ("Catatan: satu\ndua", "note satu\ndua"),
            ("\u{3000}catatan\u{A0}: x", "note x"),
            (";;", "note "),
        ],
    );
}

#[test]
fn a_command_wins_over_a_note() {
    assert_eq!(desk().says("!note: x"), "command note: x");
    assert_eq!(desk().says(";; !solve"), "note !solve");
}

#[test]
fn a_thread_is_a_note_and_commands_work_in_it() {
    let threaded = |text: &str| Line {
        thread: Some("$root".into()),
        ..line(text)
    };
    let customer = desk().pointing_at(known(EventKind::Customer));
    assert_eq!(customer.line(threaded("halo")), "note halo");
    assert_eq!(customer.line(threaded("!solve")), "command solve");
}

#[test]
fn a_reply_is_as_public_as_what_it_answers() {
    let cases = [
        (EventKind::Customer, "send ya"),
        (EventKind::Agent, "send ya"),
        (EventKind::Draft, "send ya"),
        (EventKind::Note, "note ya"),
        (EventKind::Command, "note ya"),
        (EventKind::Card, "note ya"),
        (EventKind::Notice, "note ya"),
        (EventKind::Mark, "note ya"),
        (EventKind::Claim, "note ya"),
        (EventKind::Other, "note ya"),
    ];
    for (kind, expected) in cases {
        assert_eq!(desk().pointing_at(known(kind)).answers("ya"), expected);
    }
    assert_eq!(desk().answers("ya"), "note ya");
    assert_eq!(desk().answers("!solve"), "command solve");
}

#[test]
fn a_later_line_that_looks_internal_holds_the_whole_message() {
    for text in [
        "halo\n!solve",
        "halo\n\n ! solve pelanggan marah",
        "halo\n！ambil",
        "halo\r\n/note x",
        "halo\u{2028};; x",
        "halo\n**!solve**",
        "halo\nnote: x",
        "halo\n*Catatan :* x",
        "halo\n!assign-ai, ya",
    ] {
        let shown = desk().says(text);
        assert!(shown.starts_with("ask Doubt halo"), "{text:?}: {shown}");
    }
    // What rules 3 to 6 take, they keep.
    assert_eq!(desk().says(";; a\n!solve"), "note a\n!solve");
    let note = desk().pointing_at(known(EventKind::Note));
    assert_eq!(note.answers("a\n!solve"), "note a\n!solve");
    // Formatting does not hide it in the first line either.
    assert_eq!(desk().says("**!solve**"), "ask Doubt **!solve**");
}

#[test]
fn naming_a_colleague_makes_a_note() {
    expect(
        &desk(),
        &[
            ("@sari tolong", "note @sari tolong"),
            ("＠SARI, tolong", "note ＠SARI, tolong"),
            ("@ Sari tolong", "note @ Sari tolong"),
            ("@Budi tolong", "note @Budi tolong"),
            ("@budi santoso: tolong", "note @budi santoso: tolong"),
            ("@loket ?", "note @loket ?"),
            ("tanya @sari:desk.id ya", "note tanya @sari:desk.id ya"),
            ("tanya Sari ya", "send tanya Sari ya"),
            ("@sarita ya", "send @sarita ya"),
            ("@sari. Tolong", "note @sari. Tolong"),
            ("@sari..tolong", "note @sari..tolong"),
            ("@sari_ tolong", "note @sari_ tolong"),
            ("@b.santoso cek", "note @b.santoso cek"),
            ("@sari_official", "send @sari_official"),
            ("@sari.shop", "send @sari.shop"),
        ],
    );
    let pilled = formatted("ke Sari", vec![text("ke "), pill(SARI, "Sari")]);
    assert_eq!(desk().line(pilled), "note ke Sari");
    let linked = Inline::Link {
        text: vec![text("dia")],
        url: "https://matrix.to/#/%40sari%3Adesk.id".into(),
    };
    assert_eq!(desk().line(formatted("dia", vec![linked])), "note dia");
    let mentioned = Line {
        mentions: vec![SARI.into()],
        ..line("tolong")
    };
    assert_eq!(desk().line(mentioned), "note tolong");
}

#[test]
fn the_mention_that_a_reply_brings_along_does_not_make_a_note() {
    let reply = |mention: &str| Line {
        mentions: vec![mention.into()],
        reply_to: Some("$target".into()),
        ..line("benar")
    };
    let sent = desk().pointing_at(carrying(EventKind::Agent, LineState::Read, SARI));
    assert_eq!(sent.line(reply(SARI)), "send benar");
    assert_eq!(sent.line(reply("@b.santoso:desk.id")), "note benar");
    let draft = desk().pointing_at(known(EventKind::Draft));
    assert_eq!(draft.line(reply("@loket:desk.id")), "send benar");
    let customer = desk().pointing_at(known(EventKind::Customer));
    assert_eq!(customer.line(reply(SARI)), "note benar");
}

#[test]
fn pills_of_others_become_plain_names() {
    let inlines = vec![pill("@loket_wa_1:desk.id", "@Rina"), text(" baik?")];
    assert_eq!(
        desk().line(formatted("Rina baik?", inlines)),
        "send Rina baik?"
    );
}

#[test]
fn note_mode_makes_notes_of_plain_lines() {
    let desk = desk().in_note_mode();
    expect(&desk, &[("halo", "note halo"), ("!solve", "command solve")]);
    let image = Line {
        msgtype: "m.image".into(),
        text: Rich::default(),
        ..line("foto.jpg")
    };
    assert_eq!(desk.line(image), "note ");
}

#[test]
fn either_text_can_make_a_message_internal() {
    let cases = [
        ("!solve", "halo", "command solve"),
        ("halo", "!solve", "command solve"),
        ("halo", "／solve", "command solve"),
        (";; x", "halo", "note x"),
        ("halo", "note: x", "note x"),
        ("halo", "a\n;; x", "ask Doubt a\n;; x"),
        ("a\n;; x", "halo", "ask Doubt halo"),
        ("@sari x", "halo", "note halo"),
        ("halo", "@sari x", "note @sari x"),
    ];
    for (body, html, expected) in cases {
        let line = Line {
            text: Rich::from_plain(html),
            ..line(body)
        };
        assert_eq!(desk().line(line), expected, "{body:?} {html:?}");
    }
    // Formatting in the middle of a prefix hides nothing.
    let parts = vec![Inline::Bold(vec![text("no")]), text("te"), text(": x")];
    assert_eq!(desk().line(formatted("**no**te: x", parts)), "note x");
    // A formatted text that shows nothing leaves the plain one.
    let hollow = Line {
        text: Rich::from_plain("\u{200B}"),
        ..line("halo")
    };
    assert_eq!(desk().line(hollow), "send halo");
}

#[test]
fn formatting_survives_the_removal_of_a_prefix() {
    let parts = vec![text("!note "), Inline::Bold(vec![text("penting")])];
    let event = RoomEvent {
        id: "$event".into(),
        room: "!room".into(),
        sender: AYU.into(),
        at: NOW.parse().unwrap(),
        loket_id: None,
        content: RoomContent::Line(formatted("!note **penting**", parts)),
    };
    let verdict = desk().with_context(|context| classify(&event, context));
    let Verdict::Command { rich, .. } = verdict else {
        panic!("a command");
    };
    let expected = vec![text("note "), Inline::Bold(vec![text("penting")])];
    assert!(rich.blocks == [Block::Paragraph(expected)]);
}

#[test]
fn quotations_never_leave_and_notes_keep_them() {
    let quote = |then: &str| {
        let mut text = Rich {
            blocks: vec![Block::Quote(Rich::from_plain(";; rahasia").blocks)],
        };
        text.blocks.extend(Rich::from_plain(then).blocks);
        Line {
            text,
            ..line(&format!("> ;; rahasia\n\n{then}"))
        }
    };
    assert_eq!(desk().line(quote("siap")), "send siap");
    assert_eq!(desk().line(quote("!solve")), "command solve");
    let noted = desk().in_note_mode().line(quote("siap"));
    assert_eq!(noted, "note > ;; rahasia\n\nsiap");
    assert_eq!(desk().line(quote("")), "refuse not-sent-empty");
}

#[test]
fn files_and_emotes_are_refused_unless_they_are_internal() {
    let of_kind = |msgtype: &str, caption: &str| Line {
        msgtype: msgtype.into(),
        text: Rich::from_plain(caption),
        ..line(if caption.is_empty() {
            "!foto.jpg"
        } else {
            caption
        })
    };
    let cases = [
        ("m.image", "", "refuse not-sent-file"),
        ("m.file", "fakturnya", "refuse not-sent-file"),
        ("m.image", ";; bukti", "note bukti"),
        ("m.image", "!note bukti", "command note bukti"),
        ("m.emote", "melambai", "refuse not-sent-kind"),
        ("m.location", "di sini", "refuse not-sent-kind"),
        ("", "halo", "refuse not-sent-kind"),
        ("", "halo\n!solve", "refuse not-sent-kind"),
        ("m.location", "a\nnote: x", "refuse not-sent-kind"),
        ("m.emote", "- !solve", "refuse not-sent-kind"),
        ("m.image", "a\n@sari cek", "refuse not-sent-file"),
    ];
    for (msgtype, caption, expected) in cases {
        assert_eq!(desk().line(of_kind(msgtype, caption)), expected);
    }
}

#[test]
fn nothing_at_all_is_ignored() {
    for text in ["", " \n ", "\u{200B}\u{FE0F}\u{2800}"] {
        assert_eq!(desk().says(text), "ignore");
    }
}

#[test]
fn what_is_sent_is_trimmed() {
    assert_eq!(desk().says("\u{FEFF} halo \u{200B}\n"), "send halo");
}

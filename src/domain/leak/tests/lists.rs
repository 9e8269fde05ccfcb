//! Lists, and later lines that call a colleague: what rules 3 to 8 may overlook.

use super::*;

/// A list in a formatted text, each item a paragraph.
fn list(start: Option<u64>, items: &[&str]) -> Block {
    let items = items.iter().map(|item| Rich::from_plain(item).blocks);
    Block::List {
        start,
        items: items.collect(),
    }
}

#[test]
fn a_list_whose_item_looks_internal_is_held() {
    for text in [
        "- !takeover",
        "- !takeovr",
        "1. !solve",
        "2) /solve",
        "* !x",
        "• note: x",
        "– ;; x",
        "- note: bring your card",
        "- [ ] catatan: x",
        "-\n!takeover",
        "- kopi\n- !solve",
        "1. teh\n2. Note : x",
        "kopi\n  • /solve",
    ] {
        assert_eq!(desk().says(text), format!("ask Doubt {text}"));
    }
    let nested = vec![vec![list(Some(1), &["!takeover"])]];
    let start = None;
    let cases = [
        (list(None, &["!takeover"]), "- !takeover"),
        (list(Some(4), &["!takeovr"]), "4. !takeovr"),
        (list(None, &["kopi", "note: x"]), "- kopi\n- note: x"),
        (list(None, &["kopi\n/solve"]), "- kopi\n  /solve"),
        (
            Block::List {
                start,
                items: nested,
            },
            "- 1. !takeover",
        ),
        (list(None, &["@sari tolong"]), "- @sari tolong"),
    ];
    for (block, expected) in cases {
        let line = Line {
            text: Rich {
                blocks: vec![block],
            },
            ..line("kopi")
        };
        assert_eq!(desk().line(line), format!("ask Doubt {expected}"));
    }
    let ordinary = Line {
        text: Rich {
            blocks: vec![list(None, &["kopi", "teh"])],
        },
        ..line("- kopi\n- teh")
    };
    assert_eq!(desk().line(ordinary), "send - kopi\n- teh");
}

#[test]
fn a_later_line_that_calls_a_colleague_holds_the_whole_message() {
    for text in [
        "halo\n@sari tolong cek",
        "halo\n\n ＠Budi Santoso: cek",
        "halo\n- @loket",
        "halo\n**@sari**",
        "- @sari tolong",
    ] {
        assert_eq!(desk().says(text), format!("ask Doubt {text}"));
    }
    // What is a note by rules 7 and 8 stays one.
    assert_eq!(desk().says("@sari a\n@budi b"), "note @sari a\n@budi b");
    assert_eq!(desk().in_note_mode().says("a\n@sari b"), "note a\n@sari b");
}

#[test]
fn a_literal_line_stays_literal_where_the_prefix_is_a_lists_mark() {
    let desk = Desk {
        prefix: "*",
        ..desk()
    };
    expect(
        &desk,
        &[("**kopi", "send *kopi"), ("- *kopi", "ask Doubt - *kopi")],
    );
}

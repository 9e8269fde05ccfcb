//! Both ways.

use proptest::prelude::*;
use rstest::rstest;
use unicode_segmentation::UnicodeSegmentation;

use super::cells::width;
use super::{read, write};
use crate::domain::ids::UserId;
use crate::domain::rich::{Block, Inline, Rich};

/// Plain text.
fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

/// A text of one paragraph.
fn paragraph(content: Vec<Inline>) -> Rich {
    rich(vec![Block::Paragraph(content)])
}

/// A text.
fn rich(blocks: Vec<Block>) -> Rich {
    Rich { blocks }
}

/// An item or quote of one paragraph of plain text.
fn item(content: &str) -> Vec<Block> {
    vec![Block::Paragraph(vec![text(content)])]
}

/// Fails without printing the texts as `…`.
#[track_caller]
fn same(found: &Rich, expected: &Rich) {
    let json = |rich: &Rich| serde_json::to_string(rich).unwrap();
    assert_eq!(json(found), json(expected));
}

#[rstest]
#[case("*bold*", Inline::Bold(vec![text("bold")]))]
#[case("_italic_", Inline::Italic(vec![text("italic")]))]
#[case("~gone~", Inline::Strike(vec![text("gone")]))]
#[case("`code *as* is`", Inline::Code("code *as* is".into()))]
#[case("*_both_*", Inline::Bold(vec![Inline::Italic(vec![text("both")])]))]
#[case("*a _b_ c*", Inline::Bold(vec![text("a "), Inline::Italic(vec![text("b")]), text(" c")]))]
fn marks_are_read_and_written(#[case] marks: &str, #[case] inline: Inline) {
    let rich = paragraph(vec![inline]);
    same(&read(marks), &rich);
    assert_eq!(write(&rich, 4096), [marks]);
}

#[rstest]
#[case("2*3*4 and snake_case_name")]
#[case("so * not bold *")]
#[case("*open and _open")]
#[case("~ ~~ ** __")]
#[case("see https://shop.example/_new_/*sale*")]
#[case("`open")]
#[case("``")]
#[case("costs 5.000 in 2026. Really")]
#[case(">no quote")]
#[case("-no bullet")]
#[case("1.no number")]
fn signs_that_are_no_marks_stay(#[case] line: &str) {
    let rich = paragraph(vec![text(line)]);
    same(&read(line), &rich);
    assert_eq!(write(&rich, 4096), [line]);
}

#[test]
fn the_order_of_two_marks_is_ours() {
    let both = Inline::Italic(vec![Inline::Bold(vec![text("both")])]);
    let rich = paragraph(vec![both]);
    same(&read("_*both*_"), &rich);
    assert_eq!(write(&rich, 4096), ["*_both_*"]);
}

#[test]
fn marks_do_not_reach_over_a_line() {
    let rich = paragraph(vec![text("*a"), Inline::Break, text("b*")]);
    same(&read("*a\nb*"), &rich);
}

#[test]
fn a_mark_may_stand_before_punctuation() {
    let rich = paragraph(vec![
        text("("),
        Inline::Bold(vec![text("now")]),
        text("), "),
        Inline::Italic(vec![text("please")]),
        text("!"),
    ]);
    same(&read("(*now*), _please_!"), &rich);
    assert_eq!(write(&rich, 4096), ["(*now*), _please_!"]);
}

#[test]
fn blocks_are_read_and_written() {
    let written = "Hello\nthere\n\nSecond\n- one\n- two\n1. first\n2. second\n> quoted\n> on\n```let x;\nlet y;```\nend";
    let blocks = rich(vec![
        Block::Paragraph(vec![text("Hello"), Inline::Break, text("there")]),
        Block::Paragraph(vec![text("Second")]),
        Block::List {
            start: None,
            items: vec![item("one"), item("two")],
        },
        Block::List {
            start: Some(1),
            items: vec![item("first"), item("second")],
        },
        Block::Quote(vec![Block::Paragraph(vec![
            text("quoted"),
            Inline::Break,
            text("on"),
        ])]),
        Block::Code("let x;\nlet y;".into()),
        Block::Paragraph(vec![text("end")]),
    ]);
    same(&read(written), &blocks);
    assert_eq!(write(&blocks, 4096), [written]);
}

#[test]
fn other_forms_of_the_same_are_read() {
    same(
        &read("* one\r\n* two"),
        &rich(vec![Block::List {
            start: None,
            items: vec![item("one"), item("two")],
        }]),
    );
    same(&read("```\nx\n```"), &rich(vec![Block::Code("x".into())]));
    same(
        &read("run ```x``` now"),
        &paragraph(vec![text("run "), Inline::Code("x".into()), text(" now")]),
    );
    same(&read("  \n\n "), &Rich::default());
}

#[test]
fn links_show_their_address_and_pills_their_name() {
    let link = |shown: &str, url: &str| Inline::Link {
        text: vec![text(shown)],
        url: url.to_owned(),
    };
    let written = |inline| write(&paragraph(vec![inline]), 4096);
    assert_eq!(
        written(link("our shop", "https://shop.example/a_b_c")),
        ["our shop (https://shop.example/a_b_c)"]
    );
    assert_eq!(
        written(link("shop.example", "https://shop.example/")),
        ["https://shop.example/"]
    );
    assert_eq!(
        written(link("", "https://shop.example")),
        ["https://shop.example"]
    );
    assert_eq!(
        written(link("a@b.example", "mailto:a@b.example")),
        ["a@b.example"]
    );
    let pill = Inline::Pill {
        user: UserId::from("@budi:example.org"),
        name: "Budi".into(),
    };
    assert_eq!(written(pill), ["Budi"]);
}

#[test]
fn marks_that_the_phone_would_show_as_signs_are_left_out() {
    let written = |content| write(&paragraph(content), 4096);
    assert_eq!(
        written(vec![
            text("un"),
            Inline::Bold(vec![text("believ")]),
            text("able")
        ]),
        ["unbelievable"]
    );
    assert_eq!(
        written(vec![Inline::Bold(vec![text(" now ")]), text("please")]),
        [" *now* please"]
    );
    assert_eq!(written(vec![Inline::Bold(vec![text("2*3")])]), ["2*3"]);
    assert_eq!(
        written(vec![
            Inline::Bold(vec![text("a")]),
            Inline::Italic(vec![text("b")])
        ]),
        ["*a*_b_"]
    );
    assert_eq!(
        written(vec![Inline::Bold(vec![
            text("a"),
            Inline::Break,
            text("b")
        ])]),
        ["*a*\n*b*"]
    );
}

#[test]
fn inner_lists_and_quotes_keep_their_depth() {
    let blocks = rich(vec![
        Block::List {
            start: Some(9),
            items: vec![
                vec![
                    Block::Paragraph(vec![text("outer")]),
                    Block::List {
                        start: None,
                        items: vec![item("inner")],
                    },
                ],
                item("next"),
            ],
        },
        Block::Quote(vec![
            Block::Quote(item("deep")),
            Block::Paragraph(vec![text("less")]),
        ]),
    ]);
    assert_eq!(
        write(&blocks, 4096),
        ["9. outer\n  - inner\n10. next\n> deep\n> less"]
    );
}

#[test]
fn code_that_holds_fences_goes_without() {
    assert_eq!(
        write(&rich(vec![Block::Code("a ``` b".into())]), 4096),
        ["a ``` b"]
    );
    assert_eq!(
        write(&paragraph(vec![Inline::Code("a`b".into())]), 4096),
        ["a`b"]
    );
}

#[test]
fn an_empty_text_has_no_part() {
    for empty in [
        Rich::default(),
        paragraph(vec![text(" "), Inline::Break]),
        rich(vec![Block::Code("\n".into())]),
    ] {
        assert_eq!(write(&empty, 4096), Vec::<String>::new());
    }
}

#[test]
fn a_part_ends_at_a_paragraph_then_a_line_then_a_word() {
    assert_eq!(
        write(&read("one two three\n\nfour\nfive six seven"), 26),
        ["one two three", "four\nfive six seven"]
    );
    assert_eq!(
        write(&read("one\n\ntwo three four\nfive six seven"), 26),
        ["one\n\ntwo three four", "five six seven"]
    );
    assert_eq!(
        write(&read("one two three four five six seven eight"), 20),
        ["one two three four", "five six seven eight"]
    );
    assert_eq!(
        write(&read(&"x".repeat(45)), 20),
        ["x".repeat(20), "x".repeat(20), "x".repeat(5)]
    );
}

#[test]
fn marks_are_closed_and_opened_again() {
    assert_eq!(
        write(&read("*one two three four five six*"), 20),
        ["*one two three four*", "*five six*"]
    );
    assert_eq!(
        write(&read("> one two three four five"), 20),
        ["> one two three four", "> five"]
    );
    assert_eq!(
        write(
            &rich(vec![Block::Code("aaaaaaaa\nbbbbbbbb\ncccccccc".into())]),
            24
        ),
        ["```aaaaaaaa\nbbbbbbbb```", "```cccccccc```"]
    );
}

#[test]
fn a_family_is_not_torn_apart() {
    // 11 UTF-16 units each.
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}";
    let parts = write(&read(&family.repeat(5)), 30);
    assert_eq!(
        parts,
        [family.repeat(2), family.repeat(2), family.to_owned()]
    );
}

#[test]
fn the_limit_counts_utf_16_units() {
    assert_eq!(write(&read(&"\u{1f600}".repeat(4096)), 4096).len(), 2);
    assert_eq!(write(&read(&"a".repeat(4096)), 4096).len(), 1);
    assert_eq!(write(&read(&"a".repeat(4097)), 4096).len(), 2);
}

/// Pieces of paragraphs, nested up to three deep.
fn inline() -> impl Strategy<Value = Inline> {
    let leaf = prop_oneof![
        "[a-z *_~`👍🏽é\u{301}]{0,60}".prop_map(Inline::Text),
        "[a-z `]{1,30}".prop_map(Inline::Code),
        Just(Inline::Break),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let inner = prop::collection::vec(inner, 0..5);
        prop_oneof![
            inner.clone().prop_map(Inline::Bold),
            inner.clone().prop_map(Inline::Italic),
            inner.clone().prop_map(Inline::Strike),
            (inner, "https://[a-z]{1,20}").prop_map(|(text, url)| Inline::Link { text, url }),
        ]
    })
}

/// Blocks, nested up to two deep.
fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        prop::collection::vec(inline(), 0..6).prop_map(Block::Paragraph),
        "[a-z \n`]{0,80}".prop_map(Block::Code),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        let inner = prop::collection::vec(inner, 0..4);
        let items = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            inner.prop_map(Block::Quote),
            (prop::option::of(1_u64..20), items)
                .prop_map(|(start, items)| Block::List { start, items }),
        ]
    })
}

proptest! {
    #[test]
    fn parts_are_within_the_limit_and_never_blank(
        blocks in prop::collection::vec(block(), 0..8),
        limit in 60_usize..400,
    ) {
        for part in write(&rich(blocks), limit) {
            prop_assert!(width(&part) <= limit, "{} > {limit}", width(&part));
            prop_assert!(!part.trim().is_empty());
        }
    }

    #[test]
    fn plain_text_is_cut_between_graphemes_and_loses_only_spaces(
        line in "([a-zé👍🏽👨‍👩‍👧🇮🇩\u{301}]{1,40} ?){1,30}",
        limit in 60_usize..200,
    ) {
        let rich = paragraph(vec![text(&line)]);
        let parts = write(&rich, limit);
        let bounds: Vec<usize> = line
            .grapheme_indices(true)
            .map(|(at, _)| at)
            .chain([line.len()])
            .collect();
        let mut at = 0;
        for part in &parts {
            let found = line.get(at..).and_then(|rest| rest.find(part.as_str()));
            let start = at + found.expect("the part is in the text");
            prop_assert!(line.get(at..start).unwrap().trim().is_empty());
            at = start + part.len();
            prop_assert!(bounds.contains(&start) && bounds.contains(&at));
        }
        prop_assert!(line.get(at..).unwrap().trim().is_empty());
    }

    #[test]
    fn no_letter_or_digit_is_lost_on_the_way(any in "[a-z0-9 *_~`>\\-.\n]{0,120}") {
        let words = |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect() };
        prop_assert_eq!(words(&write(&read(&any), 4096).concat()), words(&any));
    }

    #[test]
    fn marked_words_are_read_as_they_were_written(
        styles in prop::collection::vec(prop::sample::subsequence(vec![0, 1, 2], 0..=3), 1..20),
    ) {
        let word = |marks: &Vec<u8>| marks.iter().rev().fold(text("kata"), |inner, mark| match mark {
            0 => Inline::Bold(vec![inner]),
            1 => Inline::Italic(vec![inner]),
            _ => Inline::Strike(vec![inner]),
        });
        // Something plain in between, so that equal neighbors do not become one.
        let content = styles.iter().flat_map(|marks| {
            let word = (!marks.is_empty()).then(|| word(marks));
            word.into_iter().chain([text(", lalu ")])
        });
        let mut merged: Vec<Inline> = Vec::new();
        for inline in content.chain([text("selesai")]) {
            match (merged.last_mut(), inline) {
                (Some(Inline::Text(before)), Inline::Text(more)) => before.push_str(&more),
                (_, inline) => merged.push(inline),
            }
        }
        let rich = paragraph(merged);
        same(&read(&write(&rich, 4096).concat()), &rich);
    }

    #[test]
    fn reading_never_panics(any in any::<String>()) {
        write(&read(&any), 4096);
    }
}

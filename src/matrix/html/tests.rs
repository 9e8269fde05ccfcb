//! What clients write, what attackers write, and the way there and back.

use proptest::prelude::*;

use super::*;
use crate::domain::ids::UserId;
use crate::domain::rich::{Block, Inline, Rich};

fn text(text: &str) -> Inline {
    Inline::Text(text.into())
}

fn paragraph(inlines: Vec<Inline>) -> Block {
    Block::Paragraph(inlines)
}

#[track_caller]
fn reads(html: &str, expected: Vec<Block>) {
    let rich = read(html).expect("readable");
    // Rich prints as `…`; JSON shows what differs.
    assert_eq!(
        serde_json::to_value(&rich).unwrap(),
        serde_json::to_value(&Rich { blocks: expected }).unwrap(),
        "{html}"
    );
}

#[test]
fn inline_marks_are_read() {
    reads(
        "<strong>a</strong> <em>b</em> <del>c</del> <code>d &lt;</code> <u>e</u>",
        vec![paragraph(vec![
            Inline::Bold(vec![text("a")]),
            text(" "),
            Inline::Italic(vec![text("b")]),
            text(" "),
            Inline::Strike(vec![text("c")]),
            text(" "),
            Inline::Code("d <".into()),
            text(" e"),
        ])],
    );
}

#[test]
fn paragraphs_of_element_are_read() {
    reads(
        "<p>one<br />\ntwo</p>\n<p>three</p>\n",
        vec![
            paragraph(vec![text("one"), Inline::Break, text("two")]),
            paragraph(vec![text("three")]),
        ],
    );
}

#[test]
fn lists_quotes_and_code_are_read() {
    reads(
        "<blockquote>\n<p>q</p>\n</blockquote>\n<ol start=\"3\">\n<li>x</li>\n<li>y\n<ul>\n\
         <li>z</li>\n</ul>\n</li>\n</ol>\n<pre><code class=\"language-rust\">fn a() {\n  b\n}\n\
         </code></pre>",
        vec![
            Block::Quote(vec![paragraph(vec![text("q")])]),
            Block::List {
                start: Some(3),
                items: vec![
                    vec![paragraph(vec![text("x")])],
                    vec![
                        paragraph(vec![text("y")]),
                        Block::List {
                            start: None,
                            items: vec![vec![paragraph(vec![text("z")])]],
                        },
                    ],
                ],
            },
            Block::Code("fn a() {\n  b\n}".into()),
        ],
    );
}

#[test]
fn the_quoted_fallback_of_a_rich_reply_vanishes() {
    reads(
        "<mx-reply><blockquote><a href=\"https://matrix.to/#/!r:h/$e\">In reply to</a> \
         <a href=\"https://matrix.to/#/@a:h\">@a:h</a><br>secret</blockquote></mx-reply>ok",
        vec![paragraph(vec![text("ok")])],
    );
}

#[test]
fn pills_are_read_from_both_kinds_of_link() {
    let pill = |user: &str, name: &str| Inline::Pill {
        user: UserId::from(user),
        name: name.into(),
    };
    reads(
        "<a href=\"https://matrix.to/#/@ayu:example.org\">Ayu</a>: \
         <a href=\"https://matrix.to/#/%40budi%3Aexample.org\">Budi</a> \
         <a href=\"matrix:u/sari:example.org\">Sari</a>",
        vec![paragraph(vec![
            pill("@ayu:example.org", "Ayu"),
            text(": "),
            pill("@budi:example.org", "Budi"),
            text(" "),
            pill("@sari:example.org", "Sari"),
        ])],
    );
}

#[test]
fn links_to_rooms_keep_their_text_only() {
    reads(
        "see <a href=\"https://matrix.to/#/!r:example.org/$e?via=example.org\">the room</a>",
        vec![paragraph(vec![text("see "), text("the room")])],
    );
}

#[test]
fn links_keep_their_text_and_address() {
    reads(
        "<a href=\"https://a.example/?x=1&amp;y=2\">here</a>",
        vec![paragraph(vec![Inline::Link {
            text: vec![text("here")],
            url: "https://a.example/?x=1&y=2".into(),
        }])],
    );
}

#[test]
fn headings_rules_and_tables_keep_their_text() {
    reads(
        "<h1>Prices</h1><hr><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr>\
         <td>1</td><td>2</td></tr></tbody></table>",
        vec![
            paragraph(vec![Inline::Bold(vec![text("Prices")])]),
            paragraph(vec![text("———")]),
            paragraph(vec![text("a"), text(" | "), text("b")]),
            paragraph(vec![text("1"), text(" | "), text("2")]),
        ],
    );
}

#[test]
fn custom_emoji_show_their_name() {
    reads(
        "hi <img data-mx-emoticon src=\"mxc://a/b\" alt=\":wave:\" height=\"32\"/>",
        vec![paragraph(vec![text("hi :wave:")])],
    );
}

#[test]
fn spoilers_and_unknown_elements_keep_their_text() {
    reads(
        "<span data-mx-spoiler>x</span> <blink>y</blink> <details><summary>s</summary>t</details>",
        vec![
            paragraph(vec![text("x y")]),
            paragraph(vec![text("s")]),
            paragraph(vec![text("t")]),
        ],
    );
}

#[rstest::rstest]
#[case::script("a<script>alert(1)</script>b", "ab")]
#[case::style("a<style>p{}</style>b", "ab")]
#[case::unclosed_script("a<script>alert(1)", "a")]
#[case::script_in_svg("a<svg><script>alert(1)</script></svg>b", "ab")]
#[case::handler("<img src=x onerror=alert(1)>a", "a")]
#[case::javascript("<a href=\"javascript:alert(1)\">a</a>", "a")]
#[case::javascript_hidden("<a href=\" JaVaScRiPt:alert(1)\">a</a>", "a")]
#[case::data("<a href=\"data:text/html,x\">a</a>", "a")]
#[case::iframe("a<iframe src=\"x\">y</iframe>b", "ab")]
#[case::comment("a<!-- secret -->b", "ab")]
#[case::comment_broken("a<!--><script>x</script>-->b", "a--&gt;b")]
#[case::entities("&lt;script&gt;x&lt;/script&gt;", "&lt;script&gt;x&lt;/script&gt;")]
#[case::quotes(
    "<a href='https://x.example/\"onclick=\"y'>a</a>",
    "<a href=\"https://x.example/&quot;onclick=&quot;y\">a</a>"
)]
fn nothing_dangerous_passes_through(#[case] html: &str, #[case] expected: &str) {
    assert_eq!(write(&read(html).expect("readable")), expected);
}

#[rstest::rstest]
#[case::deep("<div>".repeat(13_000))]
#[case::deep_behind_a_barrier("<div><object></div>".repeat(3_000))]
#[case::nested_quotes(format!("{}a{}", "<blockquote>".repeat(100), "</blockquote>".repeat(100)))]
#[case::reopened(format!("{}{}", "<b id=1>".repeat(400), "<p>".repeat(500)))]
#[case::reopened_late("<p><b></p>".repeat(300))]
#[case::many("<br>".repeat(16_000))]
fn html_that_hurts_parsers_is_not_read(#[case] html: String) {
    assert!(read(&html).is_none());
}

#[test]
fn only_what_plain_text_cannot_say_needs_html() {
    assert!(!needs_html(&Rich::from_plain("a\nb <c>")));
    let link = |text: &str| Rich {
        blocks: vec![paragraph(vec![Inline::Link {
            text: vec![Inline::Text(text.into())],
            url: "https://a.example".into(),
        }])],
    };
    assert!(!needs_html(&link("https://a.example")));
    assert!(needs_html(&link("here")));
}

/// Words that look like HTML, entities and addresses.
fn word() -> impl Strategy<Value = String> {
    "[a-zé<>&\"'/;!@:#日😀]{1,8}( [a-z<>&]{1,5}){0,2}"
}

/// A piece of a paragraph, as [`read`] makes them.
fn inline() -> impl Strategy<Value = Inline> {
    let leaf = word().prop_map(Inline::Text);
    let marked = leaf.prop_flat_map(|inner| {
        let inner = vec![inner];
        prop_oneof![
            Just(Inline::Bold(inner.clone())),
            Just(Inline::Italic(inner.clone())),
            Just(Inline::Strike(vec![Inline::Bold(inner.clone())])),
            Just(Inline::Link {
                text: inner,
                url: "https://a.example/?a=<&\"'>".into()
            }),
        ]
    });
    prop_oneof![
        marked,
        word().prop_map(Inline::Code),
        Just(Inline::Pill {
            user: UserId::from("@loket_wa_1=a/b:example.org"),
            name: "Budi <b>".into()
        }),
    ]
}

/// A paragraph whose texts are apart, as [`read`] makes them.
fn line() -> impl Strategy<Value = Block> {
    (
        word(),
        prop::collection::vec((inline(), word()), 0..4),
        any::<bool>(),
    )
        .prop_map(|(first, rest, broken)| {
            let mut line = vec![Inline::Text(first)];
            for (inline, word) in rest {
                line.push(inline);
                if broken {
                    line.push(Inline::Break);
                }
                line.push(Inline::Text(word));
            }
            Block::Paragraph(line)
        })
}

/// Blocks inside each other.
fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        line(),
        "[a-z<>&]{1,9}(\n  [a-z<>&]{1,9}){0,2}".prop_map(Block::Code)
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let some = prop::collection::vec(inner, 1..3);
        prop_oneof![
            some.clone().prop_map(Block::Quote),
            (
                prop::option::of(0_u64..99),
                prop::collection::vec(some, 1..3)
            )
                .prop_map(|(start, items)| Block::List { start, items }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(blocks in prop::collection::vec(block(), 0..4)) {
        let rich = Rich { blocks };
        let html = write(&rich);
        let back = read(&html).expect("readable");
        prop_assert_eq!(
            serde_json::to_value(&back).unwrap(),
            serde_json::to_value(&rich).unwrap(),
            "{}", html
        );
    }

    #[test]
    fn whatever_is_read_is_written_without_foreign_tags(html in "(<[/]?(p|b|a href=.x|script|svg|math|li|pre|table|tr|td|style|title|textarea)>|[a-z<>&'\" ]){0,40}") {
        if let Some(rich) = read(&html) {
            let written = write(&rich);
            for tag in written.split('<').skip(1) {
                let name: String = tag
                    .trim_start_matches('/')
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect();
                prop_assert!(
                    ["p", "strong", "em", "del", "code", "pre", "ul", "ol", "li", "blockquote", "br", "a"]
                        .contains(&name.as_str()),
                    "{}", written
                );
            }
        }
    }
}

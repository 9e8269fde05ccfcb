//! What is written for what is meant.

use super::*;
use crate::domain::rich::{Block, Inline};

fn outgoing(content: OutgoingContent) -> Outgoing {
    Outgoing {
        author: "@loket:example.org".into(),
        room: "!r:example.org".into(),
        loket_id: "row_1.2".into(),
        at: None,
        content,
    }
}

fn text(text: Rich) -> OutgoingContent {
    OutgoingContent::Text {
        text,
        style: Style::Text,
        ring: Vec::new(),
        reply_to: None,
        replaces: None,
    }
}

fn sent(content_: OutgoingContent) -> Value {
    match content(&outgoing(content_)) {
        Content::Send { content, .. } | Content::Redact { content, .. } => content,
    }
}

#[test]
fn a_plain_line_has_no_html_and_rings_nobody() {
    assert_eq!(
        sent(text(Rich::from_plain("a <b>\n@room"))),
        json!({
            "msgtype": "m.text",
            "body": "a <b>\n@room",
            "m.mentions": {},
            "org.loket.id": "row_1.2",
        })
    );
}

#[test]
fn a_formatted_reply_rings_whom_it_names() {
    let bold = Rich {
        blocks: vec![Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(
            "a<".into(),
        )])])],
    };
    let content = sent(OutgoingContent::Text {
        text: bold,
        style: Style::Notice,
        ring: vec!["@ayu:example.org".into()],
        reply_to: Some("$e".into()),
        replaces: None,
    });
    assert_eq!(
        content,
        json!({
            "msgtype": "m.notice",
            "body": "a<",
            "format": "org.matrix.custom.html",
            "formatted_body": "<strong>a&lt;</strong>",
            "m.mentions": {"user_ids": ["@ayu:example.org"]},
            "m.relates_to": {"m.in_reply_to": {"event_id": "$e"}},
            "org.loket.id": "row_1.2",
        })
    );
}

#[test]
fn an_edit_carries_the_new_text_and_a_fallback() {
    let content = sent(OutgoingContent::Text {
        text: Rich::from_plain("new"),
        style: Style::Text,
        ring: Vec::new(),
        reply_to: None,
        replaces: Some("$old".into()),
    });
    assert_eq!(
        content,
        json!({
            "msgtype": "m.text",
            "body": "* new",
            "m.mentions": {},
            "m.new_content": {"msgtype": "m.text", "body": "new", "m.mentions": {}},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$old"},
            "org.loket.id": "row_1.2",
        })
    );
}

#[test]
fn reactions_and_redactions_are_recognisable() {
    assert_eq!(
        content(&outgoing(OutgoingContent::Reaction {
            target: "$e".into(),
            key: "⏳".into(),
        })),
        Content::Send {
            kind: "m.reaction",
            content: json!({
                "m.relates_to": {"rel_type": "m.annotation", "event_id": "$e", "key": "⏳"},
                "m.mentions": {},
                "org.loket.id": "row_1.2",
            }),
        }
    );
    assert_eq!(
        content(&outgoing(OutgoingContent::Redaction {
            target: "$e".into()
        })),
        Content::Redact {
            target: "$e".into(),
            content: json!({"org.loket.id": "row_1.2"}),
        }
    );
}

#[test]
fn what_only_fits_without_formatting_loses_it() {
    let long = "a".repeat(40_000);
    let content = sent(text(Rich {
        blocks: vec![Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(
            long.clone(),
        )])])],
    }));
    assert_eq!(content["body"], long.as_str());
    assert_eq!(content.get("formatted_body"), None);
}

#[rstest::rstest]
#[case::family("👨‍👩‍👧".repeat(5_000), None)]
#[case::quotes("\"".repeat(70_000), None)]
#[case::control("\u{1}".repeat(70_000), None)]
#[case::edit("日本".repeat(12_000), Some("$old".into()))]
fn what_never_fits_is_cut_between_characters(
    #[case] long: String,
    #[case] replaces: Option<EventId>,
) {
    let edit = replaces.is_some();
    let content = sent(OutgoingContent::Text {
        text: Rich::from_plain(&long),
        style: Style::Text,
        ring: Vec::new(),
        reply_to: None,
        replaces,
    });
    assert!(size(&content) <= LIMIT);
    let body = if edit {
        &content["m.new_content"]["body"]
    } else {
        &content["body"]
    };
    let body = body.as_str().unwrap().strip_suffix('…').expect("is cut");
    assert!(body.len() > LIMIT / 10 && long.starts_with(body));
    assert_eq!(
        body.graphemes(true).next_back(),
        long.graphemes(true).next(),
        "the last character is whole"
    );
}

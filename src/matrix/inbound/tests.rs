//! Events as real clients and homeservers write them.

use jiff::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::domain::ids::{EventId, UserId};
use crate::domain::rich::Rich;
use crate::domain::room_event::{Line, Signal};
use crate::matrix::html::write;

/// An event of Ayu's with this content.
fn event(kind: &str, content: &Value) -> Value {
    json!({
        "type": kind,
        "event_id": "$1",
        "room_id": "!r",
        "sender": "@ayu:example.org",
        "origin_server_ts": 1_700_000_000_000_i64,
        "unsigned": {"age": 5},
        "content": content,
    })
}

fn content_of(event: &Value) -> RoomContent {
    room_event(&event.to_string(), Timestamp::UNIX_EPOCH)
        .expect("readable")
        .content
}

fn other(kind: &str) -> RoomContent {
    RoomContent::Other { kind: kind.into() }
}

fn line_of(content: &Value) -> Line {
    match content_of(&event("m.room.message", content)) {
        RoomContent::Line(line) => line,
        other => panic!("not a line: {other:?}"),
    }
}

/// A line as `Line` would print if its text were not private.
fn told(line: &Line) -> Value {
    let id = |id: &Option<EventId>| id.as_ref().map(ToString::to_string);
    let mentions: Vec<String> = line.mentions.iter().map(ToString::to_string).collect();
    json!({
        "msgtype": line.msgtype,
        "body": line.body,
        "html": write(&line.text),
        "mentions": mentions,
        "reply_to": id(&line.reply_to),
        "thread": id(&line.thread),
        "replaces": id(&line.replaces),
    })
}

#[test]
fn a_line_of_element_is_read() {
    let line = line_of(&json!({
        "msgtype": "m.text",
        "body": "**Halo** Budi",
        "format": "org.matrix.custom.html",
        "formatted_body": "<strong>Halo</strong> <a href=\"https://matrix.to/#/@budi:example.org\">Budi</a>",
        "m.mentions": {"user_ids": ["@sari:example.org", "@budi:example.org", "no user", 7]},
    }));
    assert_eq!(
        told(&line),
        json!({
            "msgtype": "m.text",
            "body": "**Halo** Budi",
            "html": "<strong>Halo</strong> <a href=\"https://matrix.to/#/@budi:example.org\">Budi</a>",
            "mentions": ["@sari:example.org", "@budi:example.org"],
            "reply_to": null,
            "thread": null,
            "replaces": null,
        })
    );
}

#[test]
fn the_whole_event_is_read() {
    let mut event = event(
        "m.room.message",
        &json!({"msgtype": "m.text", "body": "a", "org.loket.id": "row_1"}),
    );
    event["sender"] = "@loket:example.org".into();
    let read = room_event(&event.to_string(), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(
        read,
        RoomEvent {
            id: "$1".into(),
            room: "!r".into(),
            sender: "@loket:example.org".into(),
            at: Timestamp::from_second(1_700_000_000).unwrap(),
            loket_id: Some("row_1".into()),
            content: RoomContent::Line(Line {
                msgtype: "m.text".into(),
                body: "a".into(),
                text: Rich::from_plain("a"),
                mentions: Vec::new(),
                reply_to: None,
                thread: None,
                replaces: None,
            }),
        }
    );
}

#[rstest]
#[case::newer_reply(json!({"m.in_reply_to": {"event_id": "$2"}}), (Some("$2"), None, None))]
#[case::thread_of_element(
    json!({"rel_type": "m.thread", "event_id": "$0", "is_falling_back": true, "m.in_reply_to": {"event_id": "$2"}}),
    (None, Some("$0"), None))]
#[case::answer_in_a_thread(
    json!({"rel_type": "m.thread", "event_id": "$0", "is_falling_back": false, "m.in_reply_to": {"event_id": "$2"}}),
    (Some("$2"), Some("$0"), None))]
#[case::answer_in_a_thread_of_cinny(
    json!({"rel_type": "m.thread", "event_id": "$0", "m.in_reply_to": {"event_id": "$2"}}),
    (Some("$2"), Some("$0"), None))]
#[case::edit_without_new_content_stays_apart(
    json!({"rel_type": "org.example", "event_id": "$0"}), (None, None, None))]
#[case::nothing(json!(null), (None, None, None))]
#[case::no_relation(json!({"m.in_reply_to": null, "rel_type": null}), (None, None, None))]
#[case::reply_of_wrong_type(json!({"m.in_reply_to": 5}), (Some(""), None, None))]
#[case::reply_without_event(json!({"m.in_reply_to": {}}), (Some(""), None, None))]
#[case::reply_to_a_number(json!({"m.in_reply_to": {"event_id": 5}}), (Some(""), None, None))]
#[case::nonsense(json!({"m.in_reply_to": "$2", "rel_type": 5}), (Some(""), None, None))]
#[case::kind_of_wrong_type(json!({"rel_type": ["m.thread"], "event_id": "$0"}), (Some(""), None, None))]
#[case::nonsense_list(json!(["m.replace"]), (Some(""), None, None))]
#[case::nonsense_text(json!("$2"), (Some(""), None, None))]
#[case::thread_without_root(json!({"rel_type": "m.thread"}), (None, Some(""), None))]
#[case::thread_of_a_number(
    json!({"rel_type": "m.thread", "event_id": 5, "is_falling_back": true, "m.in_reply_to": 5}),
    (None, Some(""), None))]
#[case::edit_of_a_number(json!({"rel_type": "m.replace", "event_id": 5}), (None, None, Some("")))]
fn relations_are_read(
    #[case] relation: Value,
    #[case] expected: (Option<&str>, Option<&str>, Option<&str>),
) {
    let line = line_of(&json!({
        "msgtype": "m.text", "body": "a", "m.relates_to": relation,
        "m.new_content": {"msgtype": "m.text", "body": "a"},
    }));
    let text = |id: &Option<EventId>| id.as_ref().map(ToString::to_string);
    let expected = (
        expected.0.map(str::to_owned),
        expected.1.map(str::to_owned),
        expected.2.map(str::to_owned),
    );
    assert_eq!(
        (
            text(&line.reply_to),
            text(&line.thread),
            text(&line.replaces)
        ),
        expected
    );
}

#[test]
fn an_edit_is_read_by_its_new_content() {
    let line = line_of(&json!({
        "msgtype": "m.text",
        "body": "* new",
        "m.mentions": {"user_ids": ["@old:example.org"]},
        "m.new_content": {
            "msgtype": "m.notice",
            "body": "new",
            "format": "org.matrix.custom.html",
            "formatted_body": "<em>new</em>",
            "m.mentions": {"user_ids": ["@budi:example.org"]},
        },
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"},
    }));
    assert_eq!(
        told(&line),
        json!({
            "msgtype": "m.notice",
            "body": "new",
            "html": "<em>new</em>",
            "mentions": ["@budi:example.org"],
            "reply_to": null,
            "thread": null,
            "replaces": "$0",
        })
    );
}

#[rstest]
#[case::missing(json!({"msgtype": "m.text", "body": "* a", "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}))]
#[case::not_an_object(json!({"msgtype": "m.text", "body": "* a", "m.new_content": "a", "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}))]
#[case::redacted(json!({}))]
#[case::list(json!([1]))]
fn a_message_without_readable_content_is_no_line(#[case] content: Value) {
    assert_eq!(
        content_of(&event("m.room.message", &content)),
        other("m.room.message")
    );
}

#[test]
fn the_quotation_of_an_older_reply_is_taken_away() {
    let line = line_of(&json!({
        "msgtype": "m.text",
        "body": "> <@budi:example.org> secret\n> more\n\nok\n> mine",
        "format": "org.matrix.custom.html",
        "formatted_body": "<mx-reply><blockquote>secret</blockquote></mx-reply>ok",
        "m.relates_to": {"m.in_reply_to": {"event_id": "$2"}},
    }));
    assert_eq!(
        (line.body.as_str(), write(&line.text).as_str()),
        ("ok\n> mine", "ok")
    );
}

#[rstest]
#[case::no_reply("> <@budi:example.org> a\n\nb", json!(null), "> <@budi:example.org> a\n\nb")]
#[case::own_quotation("> a\n\nb", json!({"m.in_reply_to": {"event_id": "$2"}}), "> a\n\nb")]
#[case::nothing_else("> <@budi:example.org> a", json!({"m.in_reply_to": {"event_id": "$2"}}), "")]
#[case::emote("> * <@budi:example.org> a\n\nb", json!({"m.in_reply_to": {"event_id": "$2"}}), "b")]
fn only_the_quotation_of_a_reply_is_taken_away(
    #[case] body: &str,
    #[case] relation: Value,
    #[case] expected: &str,
) {
    let line = line_of(&json!({"msgtype": "m.text", "body": body, "m.relates_to": relation}));
    assert_eq!(line.body, expected);
}

#[rstest]
#[case::only_html(json!({"msgtype": "m.text", "format": "org.matrix.custom.html", "formatted_body": "<b>x</b>"}), "", "<strong>x</strong>")]
#[case::html_says_otherwise(json!({"msgtype": "m.text", "body": "a", "format": "org.matrix.custom.html", "formatted_body": "b"}), "a", "b")]
#[case::unknown_format(json!({"msgtype": "m.text", "body": "a", "format": "x", "formatted_body": "b"}), "a", "a")]
#[case::no_format(json!({"msgtype": "m.text", "body": "a", "formatted_body": "b"}), "a", "a")]
#[case::empty_html(json!({"msgtype": "m.text", "body": "a", "format": "org.matrix.custom.html", "formatted_body": ""}), "a", "a")]
#[case::wrong_types(json!({"msgtype": 1, "body": "a", "formatted_body": {}}), "a", "a")]
#[case::lines_of_element_x(json!({"msgtype": "m.text", "body": "a\n\n b"}), "a\n\n b", "a<br><br> b")]
#[case::image(json!({"msgtype": "m.image", "body": "a.jpg", "url": "mxc://a/b"}), "a.jpg", "")]
#[case::image_named_twice(json!({"msgtype": "m.image", "body": "a.jpg", "filename": "a.jpg"}), "a.jpg", "")]
#[case::caption(json!({"msgtype": "m.image", "body": "look", "filename": "a.jpg"}), "look", "look")]
#[case::html_too_deep(json!({"msgtype": "m.text", "body": "a", "format": "org.matrix.custom.html", "formatted_body": "<div>".repeat(9000)}), "a", "a")]
fn body_and_text_are_kept_apart(#[case] content: Value, #[case] body: &str, #[case] html: &str) {
    let line = line_of(&content);
    assert_eq!(
        (line.body.as_str(), write(&line.text).as_str()),
        (body, html)
    );
}

#[test]
fn a_pill_counts_once_however_it_is_told() {
    let line = line_of(&json!({
        "msgtype": "m.text",
        "body": "Budi Budi",
        "format": "org.matrix.custom.html",
        "formatted_body": "<ul><li><b><a href=\"https://matrix.to/#/%40budi%3Aexample.org\">Budi</a></b></li></ul><blockquote><a href=\"matrix:u/budi:example.org\">Budi</a></blockquote>",
    }));
    assert_eq!(line.mentions, [UserId::from("@budi:example.org")]);
}

#[test]
fn reactions_are_read() {
    let content = json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": "$0", "key": "✅"}, "shortcode": "x"});
    assert_eq!(
        content_of(&event("m.reaction", &content)),
        RoomContent::Reaction {
            target: "$0".into(),
            key: "✅".into()
        }
    );
    assert_eq!(
        content_of(&event("m.reaction", &json!({}))),
        other("m.reaction")
    );
}

#[test]
fn redactions_are_read_from_both_places() {
    let mut older = event("m.room.redaction", &json!({"reason": "x"}));
    older["redacts"] = "$0".into();
    let expected = RoomContent::Redaction {
        target: "$0".into(),
    };
    assert_eq!(content_of(&older), expected);
    let newer = event("m.room.redaction", &json!({"redacts": "$0"}));
    assert_eq!(content_of(&newer), expected);
    assert_eq!(
        content_of(&event("m.room.redaction", &json!({}))),
        other("m.room.redaction")
    );
}

#[test]
fn state_is_told_from_messages() {
    let state = |kind: &str, key: &str, content: Value| {
        let mut event = event(kind, &content);
        event["state_key"] = key.into();
        content_of(&event)
    };
    assert_eq!(
        state(
            "m.room.member",
            "@budi:example.org",
            json!({"membership": "invite", "displayname": "Budi"})
        ),
        RoomContent::Member {
            user: "@budi:example.org".into(),
            membership: "invite".into(),
            name: Some("Budi".into()),
        }
    );
    assert_eq!(
        state(
            "m.room.encryption",
            "",
            json!({"algorithm": "m.megolm.v1.aes-sha2"})
        ),
        RoomContent::EncryptionOn
    );
    assert_eq!(
        state(
            "m.room.message",
            "",
            json!({"msgtype": "m.text", "body": "a"})
        ),
        other("m.room.message")
    );
    assert_eq!(
        state("m.room.topic", "", json!({"topic": "a"})),
        other("m.room.topic")
    );
    assert_eq!(
        content_of(&event("m.room.encryption", &json!({}))),
        other("m.room.encryption"),
    );
    assert_eq!(
        content_of(&event("m.room.encrypted", &json!({"ciphertext": "x"}))),
        RoomContent::Encrypted
    );
    assert_eq!(
        content_of(&event("m.sticker", &json!({"body": "x"}))),
        other("m.sticker")
    );
}

#[rstest]
#[case::not_json("{".to_owned())]
#[case::not_an_object("[]".to_owned())]
#[case::no_content(r#"{"type":"a","event_id":"$1","room_id":"!r","sender":"@a:b"}"#.to_owned())]
#[case::no_room(r#"{"type":"a","event_id":"$1","sender":"@a:b","content":{}}"#.to_owned())]
#[case::id_of_wrong_type(r#"{"type":"a","event_id":1,"room_id":"!r","sender":"@a:b","content":{}}"#.to_owned())]
#[case::too_deep(format!(r#"{{"type":"a","event_id":"$1","room_id":"!r","sender":"@a:b","content":{}{}}}"#, "[".repeat(9_000), "]".repeat(9_000)))]
fn what_is_no_event_cannot_be_read(#[case] json: String) {
    assert_eq!(room_event(&json, Timestamp::UNIX_EPOCH), None);
}

#[rstest]
#[case::missing(Value::Null)]
#[case::text(json!("1700000000000"))]
#[case::beyond_all_calendars(json!(i64::MAX))]
#[case::beyond_all_numbers(json!(u64::MAX))]
#[case::before_all_computers(json!(-1))]
#[case::zero(json!(0))]
#[case::broken(json!(1.5))]
fn an_event_without_a_time_happened_when_it_came(#[case] at: Value) {
    let mut event = event("m.sticker", &json!({}));
    event["origin_server_ts"] = at;
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    assert_eq!(room_event(&event.to_string(), now).unwrap().at, now);
}

#[test]
fn receipts_and_typing_become_signals() {
    let receipt = json!({"type": "m.receipt", "room_id": "!r", "content": {
        "$1": {"m.read": {"@ayu:example.org": {"ts": 1, "thread_id": "main"}},
               "m.read.private": {"@budi:example.org": {"ts": 1}}},
        "$2": {"m.read": "x"},
    }});
    assert_eq!(
        signals(&receipt.to_string()),
        [Signal::Read {
            room: "!r".into(),
            user: "@ayu:example.org".into(),
            event: "$1".into(),
        }]
    );
    let typing =
        json!({"type": "m.typing", "room_id": "!r", "content": {"user_ids": ["@ayu:example.org"]}});
    assert_eq!(
        signals(&typing.to_string()),
        [Signal::Typing {
            room: "!r".into(),
            users: vec!["@ayu:example.org".into()],
        }]
    );
    for nothing in [
        "{}",
        "[",
        r#"{"type":"m.presence","content":{}}"#,
        r#"{"type":"m.typing","room_id":"!r","content":[]}"#,
    ] {
        assert_eq!(signals(nothing), []);
    }
}

#[test]
fn an_unreadable_line_has_no_text() {
    let line = line_of(&json!({"msgtype": "m.location", "geo_uri": "geo:1,2"}));
    assert_eq!(line.text, Rich::default());
}

#[rstest]
#[case::lists("<ul><li>", "")]
#[case::numbered_lists_in_quotes("<blockquote><ol><li>", "")]
#[case::quotes("<blockquote>", "")]
#[case::letters("<b><i><s>", "")]
#[case::letters_in_lists("<ul><li>", "<b><i><s><b><i><s><b><i><s><b><i><s>")]
#[case::links("<a href='https://example.org'>", "")]
fn what_is_read_can_be_kept_and_read_again(#[case] outer: &str, #[case] inner: &str) {
    for times in 0..40 {
        let html = format!("{}{inner}x", outer.repeat(times));
        let content = json!({
            "msgtype": "m.text", "body": "x",
            "format": "org.matrix.custom.html", "formatted_body": html,
        });
        let event = event("m.room.message", &content).to_string();
        let read = room_event(&event, Timestamp::UNIX_EPOCH).unwrap();
        let kept = serde_json::to_string(&read).unwrap();
        let again: Result<RoomEvent, _> = serde_json::from_str(&kept);
        assert_eq!(again.ok(), Some(read), "{html}");
    }
}

#[test]
fn an_id_longer_than_matrix_allows_is_no_id() {
    for field in ["event_id", "room_id", "sender", "type"] {
        let mut event = event("m.sticker", &json!({}));
        event[field] = "a".repeat(255).into();
        assert!(room_event(&event.to_string(), Timestamp::UNIX_EPOCH).is_some());
        event[field] = "a".repeat(256).into();
        assert_eq!(room_event(&event.to_string(), Timestamp::UNIX_EPOCH), None);
    }
}

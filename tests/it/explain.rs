//! `loket explain` on every sample webhook.
//!
//! Texts and statuses are compared whole with lines written by hand from the
//! sample and the specification; the others by kind and account.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a sample that cannot be read fails the test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use loket::channel::whatsapp::explain::explain;
use rstest::rstest;
use serde_json::{Value, json};

/// The folder of the samples.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A sample's bytes.
fn sample(name: &str) -> Vec<u8> {
    let path = folder().join("whatsapp").join(format!("{name}.json"));
    std::fs::read(path).unwrap()
}

/// The lines for a body as they are printed; `None` if it is not JSON.
fn output(body: &[u8]) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    let explained = explain(body, &mut |line| lines.push(line));
    assert!(explained.is_ok() || lines.is_empty());
    explained.is_ok().then_some(lines)
}

/// The lines for a body, parsed again.
fn lines(body: &[u8]) -> Vec<Value> {
    let lines = output(body).unwrap();
    lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The contact of most samples.
fn test_name() -> Value {
    json!({
        "user_id": "US.13491208655302741918",
        "wa_id": "972987654321",
        "username": null,
        "name": "Test Name",
    })
}

/// A contact without a user id.
fn by_phone(wa_id: &str, name: Option<&str>) -> Value {
    json!({"user_id": null, "wa_id": wa_id, "username": null, "name": name})
}

/// A line with these values and `null` for the rest.
fn line(known: Value) -> Value {
    let mut line = json!({
        "account": null, "kind": null, "id": null, "timestamp": null, "contact": null,
        "text": null, "target": null, "media": null, "unparsed": null,
    });
    let Value::Object(known) = known else {
        panic!("a line is an object");
    };
    for (key, value) in known {
        line[key] = value;
    }
    line
}

#[rstest]
#[case("pywa__message__text", json!({
    "account": "1122334455667", "kind": "text", "id": "wamid.xyzxyz",
    "timestamp": 1_697_043_223, "contact": test_name(), "text": "Body Text",
}))]
#[case("pywa__message__reply", json!({
    "account": "1122334455667", "kind": "text", "id": "wamid.xyzxyz",
    "timestamp": 1_697_044_746, "contact": test_name(), "text": "replied text",
    "target": "wamid.xyzxyz==",
}))]
#[case("pywa__message__forwarded", json!({
    "account": "1122334455667", "kind": "text", "id": "wamid.xyzxyz",
    "timestamp": 1_697_044_815, "contact": test_name(), "text": "forwarded text",
}))]
#[case("pywa__message__forwarded_many_times", json!({
    "account": "1122334455667", "kind": "text", "id": "wamid.xyzxyz",
    "timestamp": 1_697_044_968, "contact": test_name(), "text": "text forwarded many times",
}))]
#[case("pywa__message__referral", json!({
    "account": "1122334455667", "kind": "text", "id": "wamid.ID",
    "timestamp": 1_697_045_000, "contact": test_name(), "text": "BODY",
}))]
#[case("fbopenapi__text_message", json!({
    "account": "106540352242922", "kind": "text",
    "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
    "timestamp": 1_749_416_383, "contact": by_phone("16505551234", Some("Sheena Nelson")),
    "text": "Does it come in another color?",
}))]
#[case("fbopenapi__text_message_with_context_product_inquiry", json!({
    "account": "106540352242922", "kind": "text",
    "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTA2NTUwRkNEMDdFQjJCRUU0NQA=",
    "timestamp": 1_750_016_800, "contact": by_phone("16505551234", Some("Sheena Nelson")),
    "text": "Is this still available?",
    "target": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGA9wcm9kdWN0X2lucXVpcnkA",
}))]
#[case("fbopenapi__text_message_from_click_to_whatsapp_ad", json!({
    "account": "106540352242922", "kind": "text",
    "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUQ0N0VFMDA2MTQ0RkJFNkNDNAA=",
    "timestamp": 1_750_275_992, "contact": by_phone("16505551234", Some("Sheena Nelson")),
    "text": "Hello! Can I get more info on this?",
}))]
#[case("vercelchat__whatsapp_firstMessage", json!({
    "account": "100000000000001", "kind": "text", "id": "wamid.FAKE_MSG_ID_001",
    "timestamp": 1_772_998_024, "contact": by_phone("15550002222", Some("Test User")),
    "text": "What is Vercel?",
}))]
#[case("vercelchat__whatsapp_secondMessage", json!({
    "account": "100000000000001", "kind": "text", "id": "wamid.FAKE_MSG_ID_002",
    "timestamp": 1_772_998_054, "contact": by_phone("15550002222", Some("Test User")),
    "text": "Tell me more",
}))]
fn a_text_is_explained_whole(#[case] name: &str, #[case] expected: Value) {
    assert_eq!(lines(&sample(name)), [line(expected)]);
}

#[rstest]
#[case("pywa__message_status__sent", json!({
    "account": "1122334455667", "kind": "status.sent", "id": "wamid.xyzxyz",
    "timestamp": 1_698_266_945, "contact": test_name(), "target": "wamid.xyzxyz",
}))]
#[case("pywa__message_status__with_tracker", json!({
    "account": "1122334455667", "kind": "status.sent", "id": "wamid.xyzxyz",
    "timestamp": 1_698_266_945, "contact": test_name(), "target": "wamid.xyzxyz",
}))]
#[case("pywa__message_status__delivered", json!({
    "account": "1122334455667", "kind": "status.delivered", "id": "wamid.xyzxyz",
    "timestamp": 1_698_266_945, "contact": test_name(), "target": "wamid.xyzxyz",
}))]
#[case("pywa__message_status__read", json!({
    "account": "1122334455667", "kind": "status.read", "id": "wamid.xyzxyz",
    "timestamp": 1_689_380_458, "contact": test_name(), "target": "wamid.xyzxyz",
}))]
#[case("pywa__message_status__played", json!({
    "account": "1122334455667", "kind": "status.played", "id": "wamid.xyzxyz",
    "timestamp": 1_689_380_458, "contact": test_name(), "target": "wamid.xyzxyz",
}))]
#[case("pywa__message_status__failed", json!({
    "account": "1122334455667", "kind": "status.failed", "id": "wamid.xyzxyz",
    "timestamp": 1_689_380_458, "contact": test_name(), "target": "wamid.xyzxyz",
}))]
// In a group the contact is the participant.
#[case("pywa__message_status__group", json!({
    "account": "<BUSINESS_PHONE_NUMBER_ID>", "kind": "status.read",
    "id": "<WHATSAPP_MESSAGE_ID>", "timestamp": 1_698_266_945,
    "contact": {
        "user_id": "US.123456", "wa_id": "<GROUP_PARTICIPANT_USER_PHONE_NUMBER>",
        "username": "<USERNAME>", "name": "<USER_DISPLAY_NAME>",
    },
    "target": "<WHATSAPP_MESSAGE_ID>",
}))]
#[case("vercelchat__whatsapp_statusUpdate", json!({
    "account": "100000000000001", "kind": "status.sent", "id": "wamid.FAKE_MSG_SENT_001",
    "timestamp": 1_772_998_034, "contact": by_phone("15550002222", None),
    "target": "wamid.FAKE_MSG_SENT_001",
}))]
fn a_status_is_explained_whole(#[case] name: &str, #[case] expected: Value) {
    assert_eq!(lines(&sample(name)), [line(expected)]);
}

#[test]
fn other_messages_are_explained_whole() {
    // The edit comes from a number that `contacts` does not list.
    let edit = line(json!({
        "account": "106540352242922", "kind": "edit",
        "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA=",
        "timestamp": 1_749_854_575, "contact": by_phone("16505551234", None),
        "text": "Updated image caption",
        "target": "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA=",
        "media": {
            "id": "1234567890", "mime_type": "image/jpeg", "sha256": "a1b2c3d4e5f6...",
            "filename": null, "url": "https://media.example.com/updated-image.jpg",
            "voice": null, "animated": null,
        },
    }));
    assert_eq!(lines(&sample("pywa__edited_message__image")), [edit]);

    let removed = line(json!({
        "account": "1122334455667", "kind": "reaction", "id": "wamid.xyzxyz",
        "timestamp": 1_697_044_456, "contact": test_name(), "target": "wamid.yzxyzx=",
    }));
    for name in [
        "pywa__message__unreaction_empty",
        "pywa__message__unreaction_no_emoji",
    ] {
        assert_eq!(lines(&sample(name)), std::slice::from_ref(&removed));
    }

    let document = line(json!({
        "account": "1122334455667", "kind": "document", "id": "wamid.xyzxyz",
        "timestamp": 1_697_043_666, "contact": test_name(), "text": "caption",
        "media": {
            "id": "1234567890987654321", "mime_type": "application/pdf",
            "sha256": "grwfwe/ZPx0wAbdfbdeFUNItPZ0RylL8gGUvdt3YFqc18SY=",
            "filename": "filename.pdf", "url": null, "voice": null, "animated": null,
        },
    }));
    assert_eq!(lines(&sample("pywa__message__document")), [document]);

    let chosen = line(json!({
        "account": "106540352242922", "kind": "interactive",
        "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTZBQzg0MzQ4QjRCM0NGNkVGOAA=",
        "timestamp": 1_750_025_136, "contact": by_phone("16505551234", Some("Sheena Nelson")),
        "text": "Cancel", "target": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA",
    }));
    assert_eq!(
        lines(&sample("fbopenapi__interactive_button_reply_message")),
        [chosen]
    );
}

/// The kind that `explain` prints for one of the manifest's: `msg.text+context` →
/// `text`.
fn printed(kind: &str) -> String {
    let kind = kind.split('+').next().unwrap();
    match kind.strip_prefix("msg.") {
        Some(message) => message.split('.').next().unwrap().to_owned(),
        None => kind.to_owned(),
    }
}

/// The account in a sample's only entry and change, as the promise defines it.
fn account(body: &[u8]) -> Value {
    let body: Value = serde_json::from_slice(body).unwrap();
    [
        "/value/metadata/phone_number_id",
        "/value/recipient/phone_number_id",
    ]
    .iter()
    .find_map(|path| body.pointer(&format!("/entry/0/changes/0{path}")))
    .or_else(|| body.pointer("/entry/0/id"))
    .unwrap()
    .clone()
}

/// What nobody can understand in a sample, by file.
fn not_understood() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        // The placeholder is no phone number.
        ("pywa__deleted_message__revoke", "from"),
        ("pywa__message__interactive_message_with_err", "interactive"),
    ])
}

#[test]
fn every_sample_has_the_kinds_of_the_manifest() {
    let manifest = std::fs::read(folder().join("manifest.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_slice(&manifest).unwrap();
    let mut seen = 0;
    for entry in &manifest {
        let file = entry["file"].as_str().unwrap();
        let Some(name) = file.strip_prefix("whatsapp/") else {
            continue;
        };
        let name = name.strip_suffix(".json").unwrap();
        let body = sample(name);
        let lines = lines(&body);
        let kinds: Vec<&str> = lines
            .iter()
            .map(|line| line["kind"].as_str().unwrap())
            .collect();
        let expected: Vec<String> = entry["kinds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kind| printed(kind.as_str().unwrap()))
            .collect();
        assert_eq!(kinds, expected, "{name}");
        for line in &lines {
            assert_eq!(line["account"], account(&body), "{name}");
        }
        let unparsed = not_understood().get(name).copied().map(Value::from);
        assert_eq!(lines[0]["unparsed"], unparsed.unwrap_or_default(), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 93);
}

#[test]
fn the_keys_and_their_order_are_a_promise() {
    let lines = output(&sample("vercelchat__whatsapp_secondMessage")).unwrap();
    assert_eq!(
        lines,
        [concat!(
            r#"{"account":"100000000000001","kind":"text","id":"wamid.FAKE_MSG_ID_002","#,
            r#""timestamp":1772998054,"contact":{"user_id":null,"wa_id":"15550002222","#,
            r#""username":null,"name":"Test User"},"text":"Tell me more","target":null,"#,
            r#""media":null,"unparsed":null}"#
        )]
    );
}

#[test]
fn any_json_is_explained_and_anything_else_is_not() {
    for body in ["5", "[]", "null", "{\"entry\":{}}", "1e999"] {
        let lines = lines(body.as_bytes());
        assert_eq!(lines.len(), 1, "{body}");
        assert_eq!(lines[0]["kind"], "body", "{body}");
        assert_ne!(lines[0]["unparsed"], Value::Null, "{body}");
    }
    assert_eq!(output(b"<xml/>"), None);
    assert_eq!(output(b""), None);
}

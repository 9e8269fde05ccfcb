//! Strategies: JSON of any shape, as text, since much of it is no [`Value`].

use proptest::prelude::*;
use serde_json::{Value, json};

/// Words that the readers look for.
const WORDS: [&str; 34] = [
    "entry",
    "changes",
    "value",
    "field",
    "messages",
    "statuses",
    "contacts",
    "errors",
    "id",
    "type",
    "text",
    "body",
    "from",
    "from_user_id",
    "timestamp",
    "status",
    "image",
    "edit",
    "message",
    "context",
    "interactive",
    "metadata",
    "phone_number_id",
    "object",
    "time",
    "code",
    "reaction",
    "recipient_id",
    "profile",
    "wa_id",
    "events",
    "event_id",
    "room_id",
    "content",
];

/// A piece of JSON that hurts.
fn nasty() -> impl Strategy<Value = String> {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let deep_object =
        |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    prop_oneof![
        (1_usize..3_000).prop_map(deep),
        (1_usize..3_000).prop_map(deep_object),
        Just("1e999".to_owned()),
        Just("-1e-999".to_owned()),
        Just("123456789012345678901234567890".to_owned()),
        Just(r#""\ud83d""#.to_owned()),
        Just(r#""\udc00\ud800 \\ud800""#.to_owned()),
        Just(r#""\u0000\u202e\u200b\ufeff""#.to_owned()),
        Just(r#"{"a":1,"a":2}"#.to_owned()),
        Just(r#"{"\ud800":1}"#.to_owned()),
        "[a-z]".prop_map(|letter| json!(letter.repeat(20_000)).to_string()),
    ]
}

/// Any JSON, written as text.
pub(super) fn any_json() -> impl Strategy<Value = String> {
    let word = || prop::sample::select(&WORDS[..]);
    let leaf = prop_oneof![
        4 => Just("null".to_owned()),
        4 => any::<bool>().prop_map(|flag| flag.to_string()),
        4 => any::<i64>().prop_map(|number| number.to_string()),
        4 => any::<f64>().prop_map(|number| json!(number).to_string()),
        4 => word().prop_map(|word| json!(word).to_string()),
        4 => any::<String>().prop_map(|text| json!(text).to_string()),
        3 => nasty(),
    ];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4)
            .prop_map(|items| format!("[{}]", items.join(",")));
        let member = (word(), inner).prop_map(|(key, value)| format!("{}:{value}", json!(key)));
        let object = prop::collection::vec(member, 0..5)
            .prop_map(|members| format!("{{{}}}", members.join(",")));
        prop_oneof![list, object]
    })
}

/// Bytes that look like JSON and may be none.
pub(super) fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let broken =
        (any_json(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(text, at, byte)| {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        });
    let cut = (any_json(), any::<prop::sample::Index>()).prop_map(|(text, at)| {
        let mut bytes = text.into_bytes();
        bytes.truncate(at.index(bytes.len()));
        bytes
    });
    prop_oneof![
        any_json().prop_map(String::into_bytes),
        broken,
        cut,
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

/// A well-formed message whose text is its id.
pub(super) fn message(id: &str) -> Value {
    json!({"from": "62812", "id": id, "timestamp": "1795000000", "type": "text", "text": {"body": id}})
}

/// A body around these elements of `messages`.
pub(super) fn body(messages: &[String]) -> String {
    let value = format!(
        r#"{{"metadata":{{"phone_number_id":"PNID"}},"messages":[{}]}}"#,
        messages.join(",")
    );
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"WABA","changes":[{{"field":"messages","value":{value}}}]}}]}}"#
    )
}

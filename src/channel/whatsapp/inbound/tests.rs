//! Bodies by hand; the samples of others are read in `tests/it/explain.rs`.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::contact::{Address, AddressKind};
use crate::domain::content::Content;
use crate::domain::delivery::Receipt;
use crate::domain::ids::AttemptId;
use crate::domain::inbound::{Along, Reported, Said, StatusChange};
use crate::domain::rich::{Block, Inline, Rich};
use crate::saying;

/// A body with one change of `field`.
fn body(field: &str, value: &Value) -> Vec<u8> {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "WABA", "time": 1_795_000_000, "changes": [{"field": field, "value": value}]}],
    })
    .to_string()
    .into_bytes()
}

/// The updates of a value of the field `messages`.
fn messages(mut value: Value) -> Vec<Update> {
    value["metadata"] = json!({"phone_number_id": "PNID"});
    parse(&body("messages", &value)).unwrap().updates
}

/// The only update of a value of the field `messages`.
fn only(value: Value) -> Update {
    let mut updates = messages(value);
    assert_eq!(updates.len(), 1);
    updates.remove(0)
}

/// A message of `kind` with its part.
fn message(kind: &str, part: &Value) -> Update {
    only(json!({"messages": [{
        "from": "62812", "id": "wamid.1", "timestamp": "1795000000", "type": kind, kind: part,
    }]}))
}

/// The event of a line that is shown by its kind.
fn other(kind: &str, text: Option<&str>, target: Option<&str>) -> Event {
    Event::Said(Said {
        content: Content::Other {
            kind: kind.to_owned(),
            text: text.map(str::to_owned),
            target: target.map(ProviderId::from),
        },
        reply_to: None,
        along: Along::default(),
    })
}

#[test]
fn a_text_is_a_formatted_line_of_its_sender() {
    let update = only(json!({
        "contacts": [{"profile": {"name": "Budi", "username": "budi.s"}, "wa_id": "62812", "user_id": "ID.1"}],
        "messages": [{
            "from": "62812", "id": "wamid.1", "timestamp": "1795000000", "type": "text",
            "text": {"body": "*Halo* kak"}, "context": {"from": "PNID", "id": "wamid.0"},
        }],
    }));
    let sender = update.sender.clone().unwrap();
    let addresses: Vec<_> = sender
        .addresses
        .iter()
        .map(|one| (one.kind, one.value.reveal()))
        .collect();
    assert_eq!(
        addresses,
        [(AddressKind::Bsuid, "ID.1"), (AddressKind::Phone, "62812")]
    );
    assert_eq!(sender.name.unwrap().reveal(), "Budi");
    assert_eq!(sender.username.unwrap().reveal(), "budi.s");
    let line = Rich {
        blocks: vec![Block::Paragraph(vec![
            Inline::Bold(vec![Inline::Text("Halo".into())]),
            Inline::Text(" kak".into()),
        ])],
    };
    assert!(
        update.event
            == Event::Said(Said {
                content: Content::Text(line),
                reply_to: Some("wamid.0".into()),
                along: Along::default(),
            })
    );
    assert_eq!(update.account, "PNID");
    assert_eq!(update.kind, "text");
    assert_eq!(update.id, Some("wamid.1".into()));
    assert_eq!(update.dedupe_key, "messages|wamid.1|text");
    assert_eq!(update.timestamp.unwrap().as_second(), 1_795_000_000);
    assert_eq!(update.unparsed, None);
}

#[test]
fn a_customer_without_a_number_is_found_by_user_id() {
    let updates = messages(json!({
        "contacts": [
            {"profile": {"name": "Ayu"}, "user_id": "ID.2"},
            {"profile": {"name": "Budi"}, "user_id": "ID.1"},
        ],
        "messages": [
            {"from_user_id": "ID.1", "id": "a", "timestamp": "1", "type": "text", "text": {"body": "1"}},
            {"from_user_id": "ID.2", "id": "b", "timestamp": "2", "type": "text", "text": {"body": "2"}},
        ],
    }));
    let who: Vec<_> = updates
        .iter()
        .map(|update| {
            let sender = update.sender.clone().unwrap();
            (sender.addresses, sender.name.unwrap().into_revealed())
        })
        .collect();
    let bsuid = |value: &str| {
        vec![Address {
            kind: AddressKind::Bsuid,
            value: value.into(),
        }]
    };
    assert_eq!(
        who,
        [
            (bsuid("ID.1"), "Budi".to_owned()),
            (bsuid("ID.2"), "Ayu".to_owned())
        ]
    );
}

#[test]
fn a_whole_batch_is_read_and_put_into_order() {
    let value = |id: &str, timestamp: &str| {
        json!({
            "metadata": {"phone_number_id": "PNID"},
            "messages": [{"from": "62812", "id": id, "timestamp": timestamp, "type": "text", "text": {"body": id}}],
            "statuses": [{"id": format!("{id}.s"), "status": "sent", "timestamp": timestamp, "recipient_id": "62812"}],
        })
    };
    let change = |id: &str, at: &str| json!({"value": value(id, at), "field": "messages"});
    let body = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "A", "changes": [change("late", "30"), change("early", "10")]},
        {"id": "B", "changes": [change("middle", "20"), {"field": "account_update", "value": {"event": "X"}}]},
    ]});
    let parsed = parse(body.to_string().as_bytes()).unwrap();
    let ids = |updates: &[Update]| -> Vec<String> {
        let id = |update: &Update| update.id.clone().map_or(update.kind.clone(), String::from);
        updates.iter().map(id).collect()
    };
    assert_eq!(
        ids(&parsed.updates),
        [
            "late",
            "late.s",
            "early",
            "early.s",
            "middle",
            "middle.s",
            "field.account_update"
        ]
    );
    // What has no time keeps its place behind its neighbor.
    assert_eq!(
        ids(&in_order(parsed.updates)),
        [
            "early",
            "early.s",
            "middle",
            "middle.s",
            "field.account_update",
            "late",
            "late.s"
        ]
    );
}

#[test]
fn unknown_things_are_named_and_kept() {
    let update = message("hologram", &json!({"id": 1}));
    assert_eq!(update.kind, "hologram");
    assert_eq!(update.unparsed.as_deref(), Some("type"));
    assert!(update.event == other("hologram", None, None));
    assert!(update.fragment.contains(r#""hologram":{"id":1}"#));

    let parsed = parse(&body("brand_new", &json!({"x": 1}))).unwrap();
    let update = parsed.updates.first().unwrap();
    assert_eq!(
        (update.kind.as_str(), update.account.as_str()),
        ("field.brand_new", "WABA")
    );
    assert_eq!(update.unparsed.as_deref(), Some("field"));
    assert_eq!(update.event, Event::Kept);
}

#[test]
fn a_text_without_text_is_named_and_kept() {
    for part in [
        json!({"body": {"rich": true}}),
        json!({"body": ""}),
        json!({"body": " \n"}),
        json!({}),
        json!(null),
    ] {
        let update = message("text", &part);
        assert!(update.event == other("text", None, None), "{part}");
        assert_eq!(update.unparsed.as_deref(), Some("text.body"), "{part}");
    }
}

#[test]
fn odd_types_are_never_an_error() {
    let update = only(json!({"messages": [7]}));
    assert_eq!(update.kind, "unknown");
    assert_eq!(update.event, Event::Kept);
    assert_eq!(
        update.unparsed.as_deref(),
        Some("type, from, id, timestamp")
    );

    let update = only(json!({"messages": {"not": "a list"}}));
    assert_eq!(
        (update.kind.as_str(), update.unparsed.as_deref()),
        ("field.messages", Some("messages"))
    );

    let update = only(json!({"contacts": "?", "messages": [
        {"from": 62812, "id": 5, "timestamp": 1_795_000_000, "type": "text", "text": {"body": 12}},
    ]}));
    assert_eq!(update.dedupe_key, "messages|5|text");
    assert_eq!(update.unparsed, None);
}

#[test]
fn a_line_that_names_nobody_is_kept_and_not_given_to_anybody() {
    let update = only(json!({
        "contacts": [{"profile": {"name": "Budi"}, "wa_id": "62812"}],
        "messages": [{"id": "wamid.1", "timestamp": "1", "type": "text", "text": {"body": "x"}}],
    }));
    assert_eq!(update.sender, None);
    assert_eq!(update.event, Event::Kept);
    assert_eq!(update.unparsed.as_deref(), Some("from"));
}

#[test]
fn what_is_said_in_a_group_is_kept() {
    let update = only(json!({"messages": [{
        "from": "62812", "id": "wamid.1", "timestamp": "1", "type": "text",
        "text": {"body": "x"}, "group_id": "g",
    }]}));
    assert_eq!((update.event, update.unparsed), (Event::Kept, None));
}

/// The event and key of a status.
fn status(status: &Value) -> (Event, String) {
    let update = only(json!({"statuses": [status]}));
    (update.event, update.dedupe_key)
}

#[test]
fn statuses_climb_the_ladder() {
    for (name, receipt) in [
        ("sent", Receipt::Accepted),
        ("delivered", Receipt::Delivered),
        ("read", Receipt::Read),
        ("played", Receipt::Read),
    ] {
        let (event, key) = status(&json!({
            "id": "wamid.1", "status": name, "timestamp": "1", "recipient_id": "62812",
            "biz_opaque_callback_data": "att_7",
        }));
        let change = StatusChange {
            target: "wamid.1".into(),
            attempt: Some(AttemptId::from("att_7")),
            status: Reported::Receipt(receipt),
        };
        assert_eq!(event, Event::Status(change));
        assert_eq!(key, format!("wamid.1|{name}"));
    }
}

#[test]
fn a_failure_says_why() {
    let (event, _) = status(&json!({
        "id": "wamid.1", "status": "failed", "timestamp": "1", "recipient_id": "62812",
        "biz_opaque_callback_data": "of another tool",
        "errors": [{"code": 131_026, "title": "Message undeliverable"}],
    }));
    let change = StatusChange {
        target: "wamid.1".into(),
        attempt: None,
        status: Reported::Failed {
            reason: saying!("refused-undeliverable", code = 131_026),
            code: Some(131_026),
        },
    };
    assert_eq!(event, Event::Status(change));
}

#[test]
fn a_status_nobody_knows_is_named() {
    let update =
        only(json!({"statuses": [{"id": "wamid.1", "status": "warning", "timestamp": "1"}]}));
    assert_eq!(update.kind, "status.warning");
    assert_eq!(update.unparsed.as_deref(), Some("status"));
    let Event::Status(change) = update.event else {
        panic!("not a status");
    };
    assert_eq!(change.status, Reported::Unknown("warning".into()));
}

#[test]
fn what_has_no_id_has_a_key_of_its_account_kind_and_value() {
    let key = |field: &str, account: &str, value: &Value| {
        let mut value = value.clone();
        value["recipient"] = json!({"phone_number_id": account});
        let parsed = parse(&body(field, &value)).unwrap();
        parsed.updates.first().unwrap().dedupe_key.clone()
    };
    let value = json!({"event": "ACCOUNT_VIOLATION"});
    let one = key("account_update", "1", &value);
    assert_eq!(one, key("account_update", "1", &value));
    assert_ne!(one, key("account_update", "2", &value));
    assert_ne!(one, key("account_alerts", "1", &value));
    assert_ne!(
        one,
        key("account_update", "1", &json!({"event": "ACCOUNT_DELETED"}))
    );
}

#[test]
fn trouble_with_the_account_is_said_in_words() {
    let said = |field: &str, value: &Value| {
        let parsed = parse(&body(field, value)).unwrap();
        parsed.updates.first().unwrap().event.clone()
    };
    assert_eq!(
        said(
            "account_update",
            &json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "ADULT"}})
        ),
        Event::Account(saying!("account-violation", detail = "ADULT"))
    );
    assert_eq!(
        said("account_update", &json!({"event": "PARTNER_ADDED"})),
        Event::Kept
    );
    assert_eq!(
        said("account_update", &json!({"event": "NEW_THING"})),
        Event::Account(saying!("account-event", event = "new_thing"))
    );
    let rejected =
        json!({"event": "REJECTED", "message_template_name": "promo", "reason": "INVALID_FORMAT"});
    assert_eq!(
        said("message_template_status_update", &rejected),
        Event::Account(saying!(
            "account-template",
            template = "promo",
            event = "rejected",
            reason = "INVALID_FORMAT"
        ))
    );
    let update = only(json!({"errors": [{"code": 130_429, "title": "Rate limit hit"}]}));
    assert_eq!(update.kind, "value.errors");
    let says = saying!("account-fault", code = 130_429, detail = "Rate limit hit");
    assert_eq!(update.event, Event::Account(says));
}

#[test]
fn bodies_that_are_no_envelope_are_named() {
    let unparsed = |body: &str| {
        let parsed = parse(body.as_bytes()).unwrap();
        (parsed.updates.len(), parsed.unparsed)
    };
    let named = |name: &str| (0, Some(name.to_owned()));
    assert_eq!(unparsed("5"), named("entry"));
    assert_eq!(unparsed("{}"), named("entry"));
    assert_eq!(
        unparsed(r#"{"object":"instagram","entry":[]}"#),
        named("object")
    );
    assert_eq!(
        unparsed(r#"{"entry":[{"id":"1"}]}"#),
        named("entry.changes")
    );
    assert_eq!(unparsed(r#"{"entry":[]}"#), (0, None));
    assert_eq!(parse(b"{\"entry\":["), Err(NotJson));
}

/// Any JSON, with a liking for the words of the envelope.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
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
        "event",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 128, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(value in any_json()) {
        let bytes = value.to_string().into_bytes();
        prop_assert!(parse(&bytes).is_ok());
        prop_assert!(parse(&body("messages", &value)).is_ok());
        let lists = json!({"messages": [value.clone()], "statuses": [value.clone()], "errors": [value]});
        prop_assert_eq!(parse(&body("messages", &lists)).unwrap().updates.len(), 3);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(parse(&bytes));
    }
}

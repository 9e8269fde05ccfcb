//! What is about a customer, by hand from Meta's description.

use serde_json::json;

use super::super::parse;
use super::*;
use crate::domain::contact::AddressKind;
use crate::domain::inbound::Update;

/// The updates of a change of `field`.
fn updates(field: &str, mut value: Value) -> Vec<Update> {
    value["metadata"] = json!({"phone_number_id": "PNID"});
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "WABA", "changes": [{"field": field, "value": value}]}],
    });
    parse(body.to_string().as_bytes()).unwrap().updates
}

/// The update of a message of the system.
fn system(part: &Value) -> Update {
    let mut updates = updates(
        "messages",
        json!({"messages": [{"from": "62812", "from_user_id": "ID.1", "id": "wamid.1",
            "timestamp": "1795000000", "type": "system", "system": part}]}),
    );
    updates.remove(0)
}

/// The new addresses that an event tells, as kind and value.
fn told(event: &Event) -> Vec<(AddressKind, &str)> {
    let Event::Moved { to } = event else {
        panic!("{event:?}")
    };
    to.iter()
        .map(|address| (address.kind, address.value.reveal()))
        .collect()
}

/// The addresses of an update's sender.
fn sender(update: &Update) -> Vec<&str> {
    let sender = update.sender.as_ref().unwrap();
    sender
        .addresses
        .iter()
        .map(|address| address.value.reveal())
        .collect()
}

#[test]
fn a_new_number_is_where_the_same_customer_is_reached() {
    for kind in ["user_changed_number", "customer_changed_number"] {
        let update = system(&json!({"type": kind, "wa_id": "62899", "body": "…"}));
        assert_eq!(sender(&update), ["ID.1", "62812"], "{kind}");
        assert_eq!(
            told(&update.event),
            [(AddressKind::Phone, "62899")],
            "{kind}"
        );
        assert_eq!(update.unparsed, None, "{kind}");
    }
}

#[test]
fn a_new_user_id_comes_with_a_number_or_without() {
    let alone = system(&json!({"type": "user_changed_user_id", "user_id": "ID.2"}));
    assert_eq!(told(&alone.event), [(AddressKind::Bsuid, "ID.2")]);
    let both = json!({"type": "user_changed_user_id", "user_id": "ID.2", "wa_id": "62899"});
    assert_eq!(
        told(&system(&both).event),
        [(AddressKind::Bsuid, "ID.2"), (AddressKind::Phone, "62899")]
    );
}

#[test]
fn a_news_of_the_system_without_an_address_or_a_known_type_is_named() {
    let nowhere = system(&json!({"type": "user_changed_number", "wa_id": "nobody"}));
    assert_eq!(nowhere.event, Event::Kept);
    assert_eq!(nowhere.unparsed.as_deref(), Some("system.wa_id"));
    let odd = system(&json!({"type": "user_moved_to_mars"}));
    assert_eq!(odd.event, Event::Kept);
    assert_eq!(odd.unparsed.as_deref(), Some("system.type"));
}

#[test]
fn a_new_security_code_is_told() {
    let update = system(&json!({"type": "customer_identity_changed", "body": "…"}));
    assert_eq!(update.event, Event::Told(saying!("customer-new-key")));
}

#[test]
fn every_changed_user_id_of_a_body_is_an_update_of_its_own() {
    let value = json!({"user_id_update": [
        {"user_id": {"previous": "ID.1", "current": "ID.2"}, "timestamp": "1795000000"},
        {"user_id": {"previous": "ID.3", "current": "ID.4"}, "wa_id": "62811"},
        {"user_id": {"previous": "ID.5"}},
    ]});
    let updates = updates("user_id_update", value);
    assert_eq!(updates.len(), 3);
    assert_eq!(sender(&updates[0]), ["ID.1"]);
    assert_eq!(told(&updates[0].event), [(AddressKind::Bsuid, "ID.2")]);
    assert_eq!(updates[0].timestamp.unwrap().as_second(), 1_795_000_000);
    assert_eq!(sender(&updates[1]), ["ID.3", "62811"]);
    assert_eq!(updates[2].unparsed.as_deref(), Some("user_id.current"));
    let keys: Vec<_> = updates.iter().map(|update| &update.dedupe_key).collect();
    assert!(keys[0] != keys[1] && keys[1] != keys[2]);
}

#[test]
fn wishes_about_marketing_are_told() {
    let value = |value: &str| {
        let wish = json!({"wa_id": "62812", "category": "marketing_messages", "value": value,
            "timestamp": 1_795_000_000});
        let mut updates = updates("user_preferences", json!({"user_preferences": [wish]}));
        updates.remove(0)
    };
    assert_eq!(
        value("stop").event,
        Event::Told(saying!("customer-opted-out"))
    );
    for again in ["resume", "signup"] {
        assert_eq!(
            value(again).event,
            Event::Told(saying!("customer-opted-in"))
        );
    }
    assert_eq!(value("maybe").unparsed.as_deref(), Some("value"));
}

#[test]
fn a_call_of_the_customers_is_a_message_of_theirs_and_its_end_is_none() {
    let call = |event: &str, direction: &str| {
        let call = json!({"id": "wacid.1", "from": "62812", "to": "62800", "event": event,
            "direction": direction, "timestamp": "1795000000"});
        updates("calls", json!({"calls": [call]})).remove(0)
    };
    let Event::Said(said) = call("connect", "USER_INITIATED").event else {
        panic!("no message")
    };
    assert_eq!(said.content.kind(), "call");
    assert_eq!(call("terminate", "USER_INITIATED").event, Event::Kept);
    assert_eq!(call("connect", "BUSINESS_INITIATED").event, Event::Kept);
}

#[test]
fn what_is_written_on_the_phone_is_an_echo_to_its_customer() {
    let echo = |mut message: Value| {
        message["from"] = "62800".into();
        message["to"] = "62812".into();
        message["id"] = "wamid.9".into();
        message["timestamp"] = "1795000000".into();
        let value = json!({"message_echoes": [message]});
        updates("smb_message_echoes", value).remove(0)
    };
    let text = echo(json!({"type": "text", "text": {"body": "dari ponsel"}}));
    assert_eq!(sender(&text), ["62812"]);
    assert_eq!(text.kind, "field.smb_message_echoes");
    assert_eq!(text.dedupe_key, "smb_message_echoes|wamid.9|text");
    let Event::Echoed(said) = text.event else {
        panic!("no echo")
    };
    assert_eq!(said.content.text().plain(), "dari ponsel");
    let edit = echo(
        json!({"type": "edit", "edit": {"original_message_id": "wamid.8",
        "message": {"type": "text", "text": {"body": "baru"}}}}),
    );
    assert_eq!(
        edit.event,
        Event::Told(saying!("phone-edited", text = "baru"))
    );
    let revoke = echo(json!({"type": "revoke", "revoke": {"original_message_id": "wamid.8"}}));
    assert_eq!(revoke.event, Event::Told(saying!("phone-deleted")));
    let reaction =
        json!({"type": "reaction", "reaction": {"message_id": "wamid.8", "emoji": "👍"}});
    assert_eq!(echo(reaction).event, Event::Kept);
}

//! The reader of transactions.

use jiff::Timestamp;
use loket::intake::Transaction;
use loket::matrix::transaction::read;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::soup::{any_bytes, any_json};

/// Reads a body.
fn reading(body: &[u8]) -> Transaction {
    read("1".into(), body, Timestamp::UNIX_EPOCH)
}

/// A well-formed event.
fn event(id: &str) -> Value {
    json!({"type": "m.room.message", "event_id": id, "room_id": "!r", "sender": "@a:b",
           "origin_server_ts": 1, "content": {"msgtype": "m.text", "body": id}})
}

/// The ids of what was read.
fn ids(transaction: &Transaction) -> Vec<&str> {
    transaction
        .events
        .iter()
        .map(|event| event.id.as_str())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_are_lost(bytes in any_bytes()) {
        let one = reading(&bytes);
        let again = reading(&bytes);
        prop_assert_eq!(ids(&one), ids(&again));
        prop_assert_eq!(&one.parked, &again.parked);
        let text = String::from_utf8_lossy(&bytes);
        let is_object = serde_json::from_str::<&RawValue>(&text).is_ok() && text.trim().starts_with('{');
        if !is_object {
            prop_assert_eq!(one.parked, [text.into_owned()]);
            prop_assert!(one.events.is_empty() && one.signals.is_empty());
        }
    }

    #[test]
    fn every_event_is_read_or_parked_and_keeps_its_place(
        odd in prop::collection::vec(any_json(), 0..6),
        beside in any_json(),
    ) {
        let mut elements: Vec<String> = Vec::new();
        for (n, odd) in odd.iter().enumerate() {
            elements.extend([odd.clone(), event(&format!("${n}")).to_string()]);
        }
        let body = format!(
            r#"{{"x":{beside},"ephemeral":{beside},"events":[{}],"de.sorunome.msc2409.ephemeral":{beside}}}"#,
            elements.join(",")
        );
        let read = reading(body.as_bytes());
        prop_assert_eq!(read.events.len() + read.parked.len(), elements.len());
        let known: Vec<String> = (0..odd.len()).map(|n| format!("${n}")).collect();
        let found: Vec<&str> = ids(&read).into_iter().filter(|id| known.iter().any(|known| known == id)).collect();
        prop_assert_eq!(found, known.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

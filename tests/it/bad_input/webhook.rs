//! The reader of webhooks.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use loket::channel::whatsapp::inbound::{Parsed, in_order, parse, parse_from};
use loket::domain::content::Content;
use loket::domain::inbound::{Event, Update};
use proptest::prelude::*;
use serde_json::json;

use super::soup::{any_bytes, any_json, body, message};

/// How long reading a body of the largest size may take, also without optimization
/// on a machine that does other things.
const PATIENCE: Duration = Duration::from_secs(30);

/// The updates of a body.
fn updates(body: &str) -> Vec<Update> {
    parse(body.as_bytes()).unwrap().updates
}

/// The text that a customer said.
fn said(update: &Update) -> Option<String> {
    match &update.event {
        Event::Said(said) => match &said.content {
            Content::Text(text) => Some(text.plain()),
            _ => None,
        },
        _ => None,
    }
}

/// What makes two readings the same.
fn told(parsed: &Parsed) -> (Vec<(String, String)>, Option<String>) {
    let one = |update: &Update| (update.dedupe_key.clone(), update.fragment.clone());
    let updates = parsed.updates.iter().map(one).collect();
    (updates, parsed.unparsed.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_are_lost_and_the_same_bytes_are_read_the_same(bytes in any_bytes()) {
        if let Ok(parsed) = parse(&bytes) {
            // JSON always tells something, or has something that was not understood,
            // unless its lists are empty.
            let again = parse(&bytes).unwrap();
            prop_assert_eq!(told(&parsed), told(&again));
            for update in &parsed.updates {
                prop_assert!(!update.dedupe_key.is_empty() && !update.kind.is_empty());
                prop_assert!(!update.fragment.is_empty());
            }
        }
    }

    #[test]
    fn the_well_formed_survive_among_any_neighbors(
        before in prop::collection::vec(any_json(), 0..4),
        between in prop::collection::vec(any_json(), 0..4),
    ) {
        let good = |id: &str| message(id).to_string();
        let elements = [before.clone(), vec![good("wamid.A")], between.clone(), vec![good("wamid.B")]].concat();
        let updates = updates(&body(&elements));
        prop_assert_eq!(updates.len(), elements.len());
        let first = &updates[before.len()];
        prop_assert_eq!(said(first), Some("wamid.A".to_owned()));
        let last = updates.last().unwrap();
        prop_assert_eq!(said(last), Some("wamid.B".to_owned()));
        for update in [first, last] {
            prop_assert_eq!(&update.unparsed, &None);
            prop_assert_eq!(&update.account, "PNID");
        }
    }

    #[test]
    fn any_neighbor_in_the_envelope_spoils_nothing(
        odd in any_json(),
        key in prop::sample::select(vec!["entry", "messages", "contacts", "statuses", "x", "metadata"]),
    ) {
        let good = message("wamid.A");
        let value = format!(r#"{{"{key}":{odd},"metadata":{{"phone_number_id":"PNID"}},"messages":[{good}],"{key}2":{odd}}}"#);
        let change = format!(r#"{{"field":"messages","value":{value}}}"#);
        let entry = format!(r#"{{"x":{odd},"id":"WABA","changes":[{odd},{change},{odd}]}}"#);
        let body = format!(r#"{{"entry":[{odd},{entry},{odd}],"entry":{odd}}}"#);
        let found = updates(&body);
        let good: Vec<_> = found.iter().filter_map(said).filter(|text| text == "wamid.A").collect();
        prop_assert_eq!(good, ["wamid.A"]);
    }

    #[test]
    fn order_is_by_time_and_then_as_it_came(times in prop::collection::vec(prop::option::of(1_i64..9), 0..12)) {
        let elements: Vec<String> = times.iter().enumerate().map(|(n, time)| {
            let mut message = message(&format!("{n:02}"));
            message["timestamp"] = json!(time);
            message.to_string()
        }).collect();
        let mut last = None;
        let mut expected: Vec<(Option<i64>, String)> = times.iter().enumerate().map(|(n, time)| {
            last = time.or(last);
            (last, format!("{n:02}"))
        }).collect();
        expected.sort();
        let ordered: Vec<_> = in_order(updates(&body(&elements))).iter().filter_map(said).collect();
        prop_assert_eq!(ordered, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    }
}

/// Reads a body of nearly the largest size that is taken, in time.
fn read_in_time(body: &str) -> Parsed {
    assert!(body.len() <= 4 * 1024 * 1024, "{} bytes", body.len());
    let begun = Instant::now();
    let parsed = parse(body.as_bytes()).unwrap();
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    parsed
}

#[test]
fn a_body_of_empty_lists_is_kept_as_a_body() {
    let parsed = read_in_time(&body(&vec!["[]".to_owned(); 1_300_000]));
    assert_eq!(parsed.updates.len(), 10_000);
    assert_eq!((parsed.unparsed, parsed.next), (None, Some(10_000)));
    let parsed = read_in_time(&format!(
        r#"{{"entry":[{}]}}"#,
        vec!["[]"; 1_300_000].join(",")
    ));
    assert_eq!(parsed.updates.len(), 0);
    assert_eq!(parsed.unparsed.as_deref(), Some("entry.changes"));
}

#[test]
fn the_pieces_of_a_long_body_are_all_read_in_the_end() {
    let ids: Vec<String> = (0..20_001).map(|n| format!("wamid.{n}")).collect();
    let messages: Vec<String> = ids.iter().map(|id| message(id).to_string()).collect();
    let body = body(&messages);
    let mut found = Vec::new();
    let mut first = Some(0);
    while let Some(from) = first {
        let parsed = parse_from(from, body.as_bytes()).unwrap();
        assert_eq!(parsed.unparsed, None);
        found.extend(parsed.updates.iter().filter_map(said));
        first = parsed.next;
    }
    assert!(found == ids);
    let beyond = parse_from(20_001, body.as_bytes()).unwrap();
    assert_eq!((beyond.updates.len(), beyond.next), (0, None));
}

#[test]
fn as_many_contacts_as_messages_take_no_square_of_their_number() {
    let mut contacts = String::new();
    for n in 0..30_000 {
        write!(
            contacts,
            r#"{{"wa_id":"62{n:09}","profile":{{"name":"N{n}"}}}},"#
        )
        .unwrap();
    }
    let mut message = message("wamid.A");
    message["from"] = json!("62000029999");
    let messages = vec![message.to_string(); 9_000].join(",");
    let value = format!(r#"{{"contacts":[{contacts}{{}}],"messages":[{messages}]}}"#);
    let body = format!(r#"{{"entry":[{{"changes":[{{"field":"messages","value":{value}}}]}}]}}"#);
    let parsed = read_in_time(&body);
    assert_eq!(parsed.updates.len(), 9_000);
    let sender = parsed.updates[8_999].sender.as_ref().unwrap();
    assert_eq!(sender.name.as_ref().unwrap().reveal(), "N29999");
}

#[test]
fn a_text_without_end_is_read_in_time() {
    for unit in [
        "*", "_*~", "`", "```", "> ", "- ", "1. ", "\n", "http://", "*a ", "`a ", "e\u{301}",
        "\u{202e}",
    ] {
        let mut message = message("wamid.A");
        message["text"]["body"] = json!(unit.repeat(600_000 / unit.len()));
        let parsed = read_in_time(&body(&[message.to_string()]));
        assert_eq!(parsed.updates.len(), 1, "{unit}");
    }
}

#[test]
fn brackets_without_end_are_a_piece_that_was_not_understood() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let parsed = read_in_time(&body(&[deep, message("wamid.A").to_string()]));
    assert_eq!(parsed.updates.len(), 2);
    assert_eq!(
        parsed.updates[0].unparsed.as_deref(),
        Some("type, from, id, timestamp, shape")
    );
    assert_eq!(said(&parsed.updates[1]).as_deref(), Some("wamid.A"));
}

#[test]
fn bytes_that_are_no_text_are_shown_as_such_and_named() {
    let text = body(&[
        message("wamid.A").to_string(),
        message("wamid.?").to_string(),
    ]);
    let bytes: Vec<u8> = text
        .bytes()
        .map(|b| if b == b'?' { 0xff } else { b })
        .collect();
    let parsed = parse(&bytes).unwrap();
    assert_eq!(parsed.unparsed.as_deref(), Some("encoding"));
    let texts: Vec<_> = parsed.updates.iter().filter_map(said).collect();
    assert_eq!(texts, ["wamid.A", "wamid.\u{fffd}"]);
}

#[test]
fn ids_and_times_beyond_belief_are_none() {
    let read = |key: &str, value: serde_json::Value| {
        let mut message = message("wamid.A");
        message[key] = value;
        updates(&body(&[message.to_string()])).remove(0)
    };
    for odd in [
        json!(0),
        json!(-1),
        json!("-5"),
        json!(1_795_000_000_000_i64),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
        json!("soon"),
        json!({}),
        json!(null),
    ] {
        let update = read("timestamp", odd.clone());
        assert_eq!(update.timestamp, None, "{odd}");
        assert_eq!(update.unparsed.as_deref(), Some("timestamp"), "{odd}");
    }
    for (key, name) in [("id", "id"), ("from", "from")] {
        let update = read(key, json!("9".repeat(10_000)));
        assert_eq!(update.unparsed.as_deref(), Some(name));
        assert!(update.dedupe_key.len() < 1_000 || key == "from");
    }
    let update = read("from_user_id", json!("9".repeat(10_000)));
    assert_eq!(update.sender.unwrap().addresses.len(), 1);
}

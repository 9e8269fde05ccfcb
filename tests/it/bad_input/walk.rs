//! Every other type at every place of every sample, between good neighbors.

use std::path::Path;

use loket::channel::whatsapp::explain::explain;
use loket::channel::whatsapp::inbound::parse;
use serde_json::{Value, json};

use super::soup::message;

/// One of each type, as text.
const TYPES: [&str; 8] = [
    "null",
    "true",
    "-7",
    "1e999",
    "\"x\"",
    "[]",
    "{\"x\":[null]}",
    "[[[[[[[[1e999]]]]]]]]",
];

/// What stands for the place in a text; no sample says so.
const HERE: &str = "\"⟨here⟩\"";

/// The paths of all nodes below and with `value`.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{n}"), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(member, &format!("{at}/{key}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A change with a good message.
fn good(id: &str) -> Value {
    json!({"field": "messages", "value": {"messages": [message(id)]}})
}

/// A sample between good neighbors: changes beside its own, and a message beside its
/// own where there is a list of them. Second, how many neighbors there are.
fn surrounded(sample: &Value) -> (Value, usize) {
    let mut entry = sample["entry"][0].clone();
    let mut count = 2;
    if let Some(list) = entry.pointer_mut("/changes/0/value/messages") {
        list.as_array_mut().unwrap().push(message("wamid.beside"));
        count += 1;
    }
    let outer = |id: &str| json!({"id": "1", "changes": [good(id)]});
    let body = json!({"entry": [outer("wamid.before"), entry, outer("wamid.after")]});
    (body, count)
}

/// Where the neighbor in the same list stands: below this, a change may take it along.
const OWN: [&str; 6] = [
    "/entry/1",
    "/entry/1/changes",
    "/entry/1/changes/0",
    "/entry/1/changes/0/field",
    "/entry/1/changes/0/value",
    "/entry/1/changes/0/value/messages",
];

/// Reads a changed sample and compares what came through.
fn check(name: &str, place: &str, body: &str, expected: usize) {
    let parsed = parse(body.as_bytes()).unwrap();
    let neighbors = parsed.updates.iter().filter(|update| {
        let id = update.id.as_ref().map_or("", |id| id.as_str());
        ["wamid.before", "wamid.beside", "wamid.after"].contains(&id) && update.unparsed.is_none()
    });
    assert_eq!(neighbors.count(), expected, "{name} {place}: {body}");
    let mut lines = 0;
    explain(body.as_bytes(), &mut |line| {
        lines += 1;
        assert!(serde_json::from_str::<Value>(&line).is_ok(), "{line}");
    })
    .unwrap();
    let odd = usize::from(parsed.unparsed.is_some());
    assert_eq!(lines, parsed.updates.len() + odd, "{name} {place}");
    // The sample itself is there in some form, whatever was done to it.
    assert!(
        lines > expected || place == "/entry/1/changes",
        "{name} {place}: {body}"
    );
}

#[test]
fn a_wrong_type_at_any_place_takes_no_neighbor_along() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/whatsapp");
    let mut changed = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(sample) = serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()) else {
            panic!("{name} is not JSON");
        };
        let (body, neighbors) = surrounded(&sample);
        let mut found = Vec::new();
        places(&body["entry"][1], "/entry/1", &mut found);
        for place in found
            .iter()
            .filter(|place| !place.ends_with("/messages/1") && !place.contains("/messages/1/"))
        {
            let mut body = body.clone();
            *body.pointer_mut(place).unwrap() = json!("⟨here⟩");
            let text = body.to_string();
            let expected = if OWN.contains(&place.as_str()) {
                2
            } else {
                neighbors
            };
            for other in TYPES {
                check(&name, place, &text.replace(HERE, other), expected);
                changed += 1;
            }
            // The key left out, and written twice.
            let (parent, key) = place.rsplit_once('/').unwrap();
            if let Some(Value::Object(members)) = body.pointer_mut(parent) {
                members.remove(key);
                check(&name, place, &body.to_string(), expected);
            }
        }
    }
    assert!(changed > 10_000, "{changed}");
}

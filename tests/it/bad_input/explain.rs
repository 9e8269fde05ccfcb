//! `loket explain`.

use loket::channel::whatsapp::explain::explain;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

use super::soup::any_bytes;

/// The keys of a line, in their order.
const KEYS: [&str; 9] = [
    "account",
    "kind",
    "id",
    "timestamp",
    "contact",
    "text",
    "target",
    "media",
    "unparsed",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_json_is_explained_in_lines_and_nothing_else_is(bytes in any_bytes()) {
        let is_json = serde_json::from_slice::<&RawValue>(&bytes).is_ok();
        let mut lines = Vec::new();
        let explained = explain(&bytes, &mut |line| lines.push(line));
        prop_assert_eq!(explained.is_ok(), is_json);
        prop_assert!(is_json || lines.is_empty());
        for line in lines {
            prop_assert!(!line.contains('\n'));
            let line: Value = serde_json::from_str(&line).unwrap();
            let object = line.as_object().unwrap();
            prop_assert!(KEYS.iter().all(|key| object.contains_key(*key)));
            prop_assert_eq!(object.len(), KEYS.len());
        }
    }
}

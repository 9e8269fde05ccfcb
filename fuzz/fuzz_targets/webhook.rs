//! The reader of webhooks: never panics, reads the same bytes the same, keeps
//! something of everything, and what it makes can be stored and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loket::channel::whatsapp::inbound::{in_order, parse};
use loket::domain::inbound::Update;

fuzz_target!(|bytes: &[u8]| {
    let Ok(parsed) = parse(bytes) else {
        return;
    };
    assert!(parse(bytes).as_ref() == Ok(&parsed), "read differently");
    let count = parsed.updates.len();
    let ordered = in_order(parsed.updates);
    assert_eq!(ordered.len(), count, "lost by ordering");
    for update in ordered {
        assert!(!update.dedupe_key.is_empty() && !update.fragment.is_empty());
        let kept = serde_json::to_string(&update).expect("plain data");
        let again: Update = serde_json::from_str(&kept).expect("was written by us");
        assert!(again == update, "stored differently");
    }
});

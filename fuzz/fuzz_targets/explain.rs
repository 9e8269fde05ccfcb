//! `loket explain`: a line of JSON for every piece of any JSON, nothing for the rest.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loket::channel::whatsapp::explain::explain;
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|bytes: &[u8]| {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_json = serde_json::from_slice::<&RawValue>(text).is_ok();
    let mut lines = 0;
    let explained = explain(bytes, &mut |line| {
        lines += 1;
        let line: Value = serde_json::from_str(&line).expect("a line is JSON");
        assert_eq!(line.as_object().map(serde_json::Map::len), Some(9));
    });
    assert_eq!(explained.is_ok(), is_json);
    assert!(is_json || lines == 0, "said something of no JSON");
});

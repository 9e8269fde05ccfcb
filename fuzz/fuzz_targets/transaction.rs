//! The reader of transactions: never panics, parks what it cannot read, and what it
//! reads can be stored and read again.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use loket::domain::room_event::RoomEvent;
use loket::matrix::html;
use loket::matrix::transaction::read;

/// What a link may lead to.
const SCHEMES: [&str; 6] = ["http:", "https:", "mailto:", "tel:", "ftp:", "magnet:"];

fuzz_target!(|bytes: &[u8]| {
    let transaction = read("1".to_owned(), bytes, Timestamp::UNIX_EPOCH);
    // What other programs put before a text is no part of it.
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_object = bare.trim_ascii_start().starts_with(b"{");
    if serde_json::from_slice::<serde_json::Value>(bytes).is_err() && !is_object {
        assert_eq!(transaction.events.len(), 0);
    }
    for event in transaction.events {
        let kept = serde_json::to_string(&event).expect("plain data");
        let again: RoomEvent = serde_json::from_str(&kept).expect("was written by us");
        assert!(again == event, "stored differently");
    }
    // The same bytes as an agent's formatted line.
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(rich) = html::read(text)
    {
        let written = html::write(&rich);
        assert!(!written.contains("<script"));
        for link in written.split("<a href=\"").skip(1) {
            let link = link.to_ascii_lowercase();
            assert!(
                SCHEMES.iter().any(|scheme| link.starts_with(scheme)),
                "{link}"
            );
        }
        drop(rich.plain());
    }
});

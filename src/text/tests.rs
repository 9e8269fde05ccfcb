//! Catalogs against sources, and sentences as people read them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_bundle::FluentResource;

use super::*;
use crate::saying;

/// What a refusal before sending ends with, by language.
const NOTHING_SENT: [(&str, &str); 2] = [
    (EN, "Nothing was sent to the customer."),
    (ID, "Tidak ada yang dikirim ke pelanggan."),
];

/// Keys of a catalog with the arguments each uses, in order.
fn keys(source: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut keys: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some((key, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
            keys.push((key.to_owned(), BTreeSet::new()));
        }
        if let Some((_, args)) = keys.last_mut() {
            let names = line.split("{ $").skip(1);
            args.extend(
                names.filter_map(|rest| rest.split_once(" }").map(|(name, _)| name.to_owned())),
            );
        }
    }
    keys
}

/// The text of every Rust source below `folder`, without comments and unit tests.
fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if is_test {
            continue;
        }
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let lines = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            into.push(lines.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// The keys that the sources say.
fn said() -> BTreeSet<String> {
    let mut texts = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut texts,
    );
    let mut keys = BTreeSet::new();
    for text in texts {
        for after in text.split("saying!(").skip(1) {
            let literal = after.trim_start().strip_prefix('"');
            if let Some((key, _)) = literal.and_then(|rest| rest.split_once('"')) {
                keys.insert(key.to_owned());
            }
        }
    }
    keys
}

#[test]
fn both_catalogs_can_be_read_and_agree() {
    for source in [EN, ID] {
        let read = FluentResource::try_new(source.to_owned());
        assert!(read.is_ok(), "{:?}", read.err().map(|(_, errors)| errors));
    }
    assert_eq!(keys(EN), keys(ID));
    let distinct: BTreeMap<_, _> = keys(EN).into_iter().collect();
    assert_eq!(distinct.len(), keys(EN).len(), "a key stands twice");
}

#[test]
fn the_catalogs_have_what_the_sources_say_and_nothing_else() {
    let written: BTreeSet<String> = keys(EN).into_iter().map(|(key, _)| key).collect();
    let said = said();
    let missing: Vec<_> = said.difference(&written).collect();
    let unused: Vec<_> = written.difference(&said).collect();
    assert_eq!((missing, unused), (vec![], vec![]), "(missing, unused)");
}

#[test]
fn refusals_of_commands_end_with_what_is_certain() {
    let refusals = [
        "resend-needs-reply",
        "has-it",
        "has-it-undated",
        "takeover-solved",
        "already-solved",
        "held-not-yours",
        "resend-held",
        "resend-cancelled",
        "resend-window-closed",
    ];
    for (source, ending) in NOTHING_SENT {
        for line in source.lines() {
            let key = line.split(" =").next().unwrap_or_default();
            let is_refusal = key.starts_with("command-") || refusals.contains(&key);
            assert!(!is_refusal || line.ends_with(ending), "{line}");
        }
    }
}

#[test]
fn a_takeover_is_told_in_the_words_of_the_specification() {
    let from = saying!("owner-agent", agent = "Sari");
    let taken = saying!("taken-over", agent = "Ayu", from = from);
    assert_eq!(
        say(Language::English, &taken),
        "👤 Ayu took over from Sari · 🤖 gives it back"
    );
}

#[test]
fn arguments_stand_in_the_sentence_without_direction_marks() {
    let saying = saying!("not-sent-foreign", owner = "Budi");
    assert_eq!(
        say(Language::English, &saying),
        "⚠ Not sent: Budi has this conversation. !takeover force, then write again."
    );
    assert_eq!(
        say(Language::Indonesian, &saying),
        "⚠ Tidak dikirim: percakapan ini dipegang Budi. !takeover force, lalu tulis lagi."
    );
}

#[test]
fn a_saying_inside_a_saying_speaks_the_same_language() {
    let saying = saying!(
        "command-role",
        command = "!ai",
        role = saying!("role-supervisor")
    );
    assert_eq!(
        say(Language::Indonesian, &saying),
        "⚠ !ai hanya untuk peran «supervisor» ke atas. Tidak ada yang dikirim ke pelanggan."
    );
}

#[test]
fn numbers_are_plain_and_unknown_keys_show_themselves() {
    let saying = saying!("help-line", usage = 12_345, help = "x");
    assert_eq!(say(Language::English, &saying), "12345 — x");
    let unknown = saying!("no-such-key");
    assert_eq!(say(Language::Indonesian, &unknown), "no-such-key");
}

#[test]
fn an_encrypted_room_is_explained_in_the_words_of_the_specification() {
    assert_eq!(
        say(Language::English, &saying!("not-sent-encrypted")),
        "⚠ Not sent: this room is encrypted and Loket cannot read it. Ask your operator to run: \
         loket doctor"
    );
}

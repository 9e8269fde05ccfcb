//! The rules find what they are there for: breaches, planted one by one.

use rstest::rstest;

use super::paths::{Source, read, read_tests};
use super::{layout, table};

/// Two files of other rooms, so that there is something to reach into, and the
/// planted one.
fn house_with(file: &str, text: &str) -> Vec<Source> {
    let files = [
        ("channel/mod.rs", "pub mod whatsapp; pub trait Channel {}"),
        ("channel/webhook.rs", ""),
        ("channel/whatsapp/mod.rs", "mod outbound;"),
        ("channel/whatsapp/outbound.rs", ""),
        ("channel/instagram/mod.rs", "mod outbound;"),
        ("channel/instagram/outbound.rs", ""),
        (file, text),
    ];
    let owned = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    read(owned.into())
}

#[rstest]
#[case::the_domain_asks_the_store("domain/leak.rs", "use crate::store::Store;")]
#[case::the_domain_logs("domain/leak.rs", "fn f() { tracing::info!(\"x\"); }")]
#[case::the_domain_waits("domain/leak.rs", "use tokio::time;")]
#[case::by_a_nested_import("domain/leak.rs", "use crate::{clock::Clock, domain::ids};")]
#[case::by_its_full_name("domain/leak.rs", "fn f() -> crate::store::Tx { loop {} }")]
#[case::by_climbing_out("domain/leak/line.rs", "use super::super::super::store;")]
#[case::by_the_crates_own_name("command/help.rs", "use loket::store::Store;")]
#[case::in_a_macro("queue/mod.rs", "fn f() { assert!(crate::work::x()); }")]
#[case::behind_an_attribute("queue/mod.rs", "#[derive(Debug)] struct S { w: crate::work::W }")]
#[case::the_daemon_but_not_tests("queue/mod.rs", "#[cfg(not(test))] use crate::work::W;")]
#[case::after_a_test_item(
    "queue/mod.rs",
    "#[cfg(test)] mod tests { fn f() {} } use crate::work::W;"
)]
#[case::a_worker_names_a_channel("work/deliver.rs", "use crate::channel::whatsapp::Whatsapp;")]
#[case::a_worker_speaks_http("work/deliver.rs", "use reqwest::Client;")]
#[case::a_worker_writes_sql("work/deliver.rs", "use sqlx::query;")]
#[case::a_command_asks_the_store("command/solve.rs", "use crate::store::Tx;")]
#[case::a_channel_knows_another(
    "channel/whatsapp/inbound.rs",
    "use crate::channel::instagram::outbound;"
)]
#[case::a_channel_knows_another_by_climbing(
    "channel/whatsapp/inbound.rs",
    "use super::super::instagram::outbound;"
)]
#[case::a_channel_serves_elsewhere("channel/whatsapp/outbound2.rs", "use axum::Router;")]
#[case::the_simulator_shares_mapping("simulator/graph.rs", "use crate::channel::Channel;")]
#[case::the_simulator_shares_wire_types("simulator/graph.rs", "use crate::meta::wire::Body;")]
#[case::the_library_of_meta_knows_the_domain("meta/client.rs", "use crate::domain::ids;")]
#[case::anyhow_in_a_module("store/mod.rs", "fn f() -> anyhow::Result<()> { Ok(()) }")]
#[case::matrix_types_elsewhere("work/project.rs", "use ruma::events;")]
#[case::a_saying_in_meta("meta/errors.rs", "use crate::saying;")]
#[case::a_renamed_import("domain/leak.rs", "use crate::store as memory;")]
#[case::everything_of_it("domain/leak.rs", "use crate::store::*;")]
#[case::a_room_that_the_table_does_not_know("plumbing/mod.rs", "use crate::domain::ids;")]
fn a_breach_is_found(#[case] file: &str, #[case] text: &str) {
    let found = table::breaches(&house_with(file, text));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[rstest]
#[case::the_domain_with_itself(
    "domain/leak.rs",
    "use super::ids; use crate::{domain::rich, saying}; use std::fmt; use serde::Serialize;"
)]
#[case::a_worker_with_a_trait("work/deliver.rs", "use crate::channel::{Channel, Outbound};")]
#[case::a_channel_with_itself("channel/whatsapp/inbound.rs", "use crate::channel::whatsapp::x;")]
#[case::a_channel_with_what_all_share(
    "channel/whatsapp/webhook.rs",
    "use super::super::webhook::X;"
)]
#[case::a_local_module_named_like_a_key_of_the_manifest("domain/rich/mod.rs", "use strip::X;")]
#[case::a_webhook_with_axum("channel/whatsapp/webhook.rs", "use axum::Router;")]
#[case::in_a_comment(
    "domain/leak.rs",
    "// crate::store\n/* crate::work */ //! [`crate::store`]"
)]
#[case::in_a_string("domain/leak.rs", "const X: &str = \"crate::store\";")]
#[case::a_test_with_anything("domain/leak.rs", "#[cfg(test)] mod tests { use crate::store::Tx; }")]
#[case::a_fake_with_anything("matrix/mod.rs", "#[cfg(feature = \"testing\")] use crate::store::X;")]
#[case::the_simulator_with_the_signature("simulator/sign.rs", "use crate::meta::signature;")]
#[case::the_root_with_all(
    "app.rs",
    "use crate::{store, work, channel::whatsapp}; use anyhow::X;"
)]
#[case::a_method_named_like_a_crate("domain/leak.rs", "fn f() { x.store::<u8>(); }")]
fn what_the_table_allows_is_no_breach(#[case] file: &str, #[case] text: &str) {
    assert_eq!(
        table::breaches(&house_with(file, text)),
        Vec::<String>::new()
    );
}

#[test]
fn a_test_modules_own_file_is_a_test() {
    let files = [
        ("domain/leak/mod.rs", "#[cfg(test)]\nmod tests;"),
        (
            "domain/leak/tests/mod.rs",
            "use crate::store::Tx; mod more;",
        ),
        ("domain/leak/tests/more.rs", "use crate::work::X;"),
    ];
    let owned = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    assert_eq!(table::breaches(&read(owned.into())), Vec::<String>::new());
}

#[test]
fn planted_faults_of_the_layout_are_found() {
    let stranger = house_with("domain/utils.rs", "");
    assert_eq!(layout::strangers(&stranger), ["domain/utils.rs"]);
    let channel = house_with("channel/instagram/inbound.rs", "");
    assert!(
        layout::unlike_neighbours(&channel)
            .contains(&"channel/instagram has no webhook.rs".to_owned())
    );
    let sql = house_with(
        "work/deliver.rs",
        "const X: &str = \"SELECT id FROM lane\";",
    );
    assert_eq!(layout::stray_sql(&sql), ["work/deliver.rs"]);
    let commit = house_with(
        "work/deliver.rs",
        "fn f() { self.0\n.store\n.write(move |tx| g(tx)) }",
    );
    assert_eq!(layout::unnamed_commits(&commit), ["work/deliver.rs"]);
}

#[test]
fn a_command_without_a_line_in_the_registry_is_found() {
    let files = [
        (
            "command/registry.rs",
            "const ALL: &[X] = &[X(&solve::Solve)];",
        ),
        ("command/solve.rs", ""),
        ("command/undo.rs", ""),
    ];
    let owned = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    assert_eq!(
        layout::unlisted_commands(&read(owned.into())),
        ["command/undo.rs has no line in command/registry.rs"]
    );
}

#[test]
fn links_to_files_are_found() {
    let text = "[a](docs/a.md#part), [b](#here), [c](https://example.org) and [d](../d.md)";
    let found: Vec<&str> = layout::links(text).collect();
    assert_eq!(found, ["docs/a.md", "../d.md"]);
}

#[rstest]
#[case("#[test]\n#[ ignore ] fn f() {}")]
#[case("#[test]\n#[ ignore = \"slow\" ] fn f() {}")]
#[case("fn f() { std::thread :: sleep(x); }")]
#[case("use tokio::time::sleep;")]
fn a_lazy_test_is_found(#[case] text: &str) {
    let tests = read_tests(vec![("it/x.rs".to_owned(), text.to_owned())]);
    assert_eq!(layout::lazy_tests(&tests), ["it/x.rs"]);
}

//! What the server says about itself, and what sessions ask of it.

use url::Url;

use super::ENGINE;
use super::opening::run;
use crate::store::testing::TestDatabase;
use crate::store::{Options, Peek, Store};

/// Sets how the server's commits wait in a database, and opens it: how ours do.
async fn waits(server: &str) -> String {
    let database = TestDatabase::new(ENGINE).await;
    let name = Url::parse(database.url()).unwrap().path().replace('/', "");
    let set = format!("ALTER DATABASE {name} SET synchronous_commit = {server}");
    run(database.url(), &set).await;
    let store = Store::open(database.url(), Options::default())
        .await
        .unwrap();
    let asked = store.write(|tx| {
        Box::pin(async move {
            let row = tx.row("SHOW synchronous_commit", Vec::new()).await?;
            row.unwrap().text("synchronous_commit")
        })
    });
    asked.await.unwrap()
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_server_does_for_others() {
    assert_eq!(waits("off").await, "on");
    assert_eq!(waits("on").await, "on");
    assert_eq!(waits("remote_apply").await, "remote_apply");
}

#[tokio::test]
async fn a_look_from_outside_tells_version_schema_size_and_what_to_change() {
    let database = TestDatabase::new(ENGINE).await;
    let peek = Peek::open(database.url()).await.unwrap().unwrap();
    let about = peek.about().await.unwrap();
    peek.close().await;
    assert!(about.engine.starts_with("PostgreSQL 1"), "{about:?}");
    assert_eq!(about.schema, Store::schema_version());
    assert!(about.bytes > 1_000_000, "{about:?}");
    assert_eq!(about.log_bytes, None);
    // The server of the tests does not wait for its disk; it has connections enough,
    // and our clock.
    assert_eq!(
        about.advice,
        ["`fsync` is off: a power cut loses what was acknowledged. Switch it on"]
    );
}

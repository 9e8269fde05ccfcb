//! Connections between transactions.

use futures_util::future::BoxFuture;

use super::opening::run;
use super::suite::*;
use crate::store::{Store, StoreError, Tx};

/// Ends all connections of a database but the one that asks.
const CUT: &str = "
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Writes something.
fn probe(tx: &mut Tx) -> BoxFuture<'_, Result<(), StoreError>> {
    Box::pin(async move { tx.probe(at(0)).await })
}

/// Reads something.
async fn look(store: &Store) -> Result<(), StoreError> {
    let read = store.read(|tx| Box::pin(async move { tx.next_timer().await.map(|_due| ()) }));
    read.await
}

#[tokio::test]
async fn connections_that_were_cut_at_rest_are_replaced_unnoticed() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        let writes = (0..8).map(|_| desk.store.write(probe));
        for written in futures_util::future::join_all(writes).await {
            written.unwrap();
        }
        look(&desk.store).await.unwrap();
        run(desk.database.url(), CUT).await;
    }
    desk.store.write(probe).await.unwrap();
    look(&desk.store).await.unwrap();
}

#[tokio::test]
async fn a_connection_left_in_the_middle_of_a_transaction_is_not_used_again() {
    let desk = Desk::new().await;
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let store = desk.store.clone();
    let read = store.read(move |tx| {
        Box::pin(async move {
            tx.next_timer().await?;
            begun.send(()).unwrap_or_default();
            std::future::pending::<Result<(), StoreError>>().await
        })
    });
    // Whoever reads goes away in the middle of it.
    tokio::select! {
        _ = read => panic!("it ended"),
        heard = has_begun => heard.unwrap(),
    }
    // Everything that is read sees what was written before, on whichever connection.
    let timer = crate::store::TimerRow {
        id: "timer".to_owned(),
        due_at: at(7),
        lane: lane(crate::store::LaneKind::In, "cnv_1"),
        payload: "{}".to_owned(),
    };
    desk.write(move |tx| Box::pin(async move { tx.insert_timer(&timer).await }))
        .await;
    for _ in 0..8 {
        let due = desk.read(|tx| Box::pin(async move { tx.next_timer().await }));
        assert_eq!(due.await, Some(at(7)));
    }
}

#[tokio::test]
async fn a_store_that_is_closed_leaves_no_connection() {
    let desk = Desk::new().await;
    desk.store.write(probe).await.unwrap();
    look(&desk.store).await.unwrap();
    desk.store.close().await;
    assert!(look(&desk.store).await.is_err());
}

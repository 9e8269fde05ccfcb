//! Statements that take a few rows of many take no more, however the server runs them.

use std::str::FromStr as _;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use super::suite::{Desk, at, lane, row};
use crate::store::{LaneKind, TimerRow};

/// More than are taken at once, on one page of the table.
const MANY: usize = 20;

/// Tells the server what is in a table now. Of one with a single row it believes that
/// running something again for each row costs nothing.
async fn analyze(desk: &Desk, sql: &'static str) {
    let options = PgConnectOptions::from_str(desk.database.url()).unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
}

/// Sets a timer.
async fn set(desk: &Desk, n: usize) {
    let timer = TimerRow {
        id: format!("timer {n}"),
        due_at: at(0),
        lane: lane(LaneKind::In, "cnv_1"),
        payload: "{}".to_owned(),
    };
    desk.write(move |tx| Box::pin(async move { tx.insert_timer(&timer).await }))
        .await;
}

/// Stores a row for a conversation of its own.
async fn put(desk: &Desk, n: usize) {
    let row = row(&format!("row_{n}"), &format!("cnv_{n}"), at(0));
    desk.write(move |tx| Box::pin(async move { tx.insert_inbox(vec![row]).await }))
        .await;
}

#[tokio::test]
async fn no_more_timers_are_taken_than_asked_for() {
    let desk = Desk::new().await;
    set(&desk, 0).await;
    analyze(&desk, "ANALYZE timer").await;
    for n in 1..MANY {
        set(&desk, n).await;
    }
    let take = |limit| desk.write(move |tx| Box::pin(tx.take_timers(at(1), limit)));
    assert_eq!(take(2).await.len(), 2);
    assert_eq!(take(100).await.len(), MANY - 2);
}

#[tokio::test]
async fn no_more_lanes_are_claimed_than_asked_for() {
    let desk = Desk::new().await;
    put(&desk, 0).await;
    analyze(&desk, "ANALYZE lane").await;
    for n in 1..MANY {
        put(&desk, n).await;
    }
    let claim =
        |limit| desk.write(move |tx| Box::pin(tx.claim(LaneKind::In, limit, at(1), "a", at(31))));
    assert_eq!(claim(2).await.len(), 2);
    assert_eq!(claim(100).await.len(), MANY - 2);
}

//! The pace of an account, for all processes together.

use jiff::SignedDuration;

use super::*;
use crate::domain::delivery::Rate;

/// 80 a second, 20 at once.
const RATE: Rate = Rate {
    every: SignedDuration::from_micros(12_500),
    burst: 20,
};

/// A millisecond of the test's day.
fn milli(millis: i64) -> Timestamp {
    at(0) + SignedDuration::from_millis(millis)
}

/// Takes a turn on `wa` if there is one.
async fn take(store: &Store, now: Timestamp) -> bool {
    let taken = store
        .write(move |tx| Box::pin(async move { tx.take_turn(&"wa".into(), &RATE, now).await }));
    taken.await.unwrap()
}

/// How many milliseconds until there is a turn on `wa`.
async fn wait(desk: &Desk, now: Timestamp) -> Option<i128> {
    let wait = desk
        .read(move |tx| Box::pin(async move { tx.turn_wait(&"wa".into(), &RATE, now).await }))
        .await;
    wait.map(|wait| wait.as_millis())
}

#[tokio::test]
async fn an_account_sends_80_a_second_after_its_burst() {
    let desk = Desk::new().await;
    let mut sent = 0;
    for millis in 0..500 {
        if take(&desk.store, milli(millis)).await {
            sent += 1;
        }
    }
    // Half a second, and the burst but its first.
    assert_eq!(sent, 40 + 19);
    assert_eq!(wait(&desk, milli(499)).await, Some(1));
    assert_eq!(wait(&desk, milli(501)).await, None);
}

#[tokio::test]
async fn a_held_account_sends_nothing_and_a_shorter_hold_does_not_free_it() {
    let desk = Desk::new().await;
    desk.write(|tx| {
        Box::pin(async move {
            tx.hold_account(&"wa".into(), at(60)).await?;
            tx.hold_account(&"wa".into(), at(2)).await
        })
    })
    .await;
    assert_eq!(wait(&desk, at(10)).await, Some(50_000));
    assert!(!take(&desk.store, at(59)).await);
    assert_eq!(wait(&desk, at(60)).await, None);
    assert!(take(&desk.store, at(60)).await);
}

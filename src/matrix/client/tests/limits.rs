//! How many requests are under way at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Request, State};
use axum::{Json, Router};
use futures_util::future::join_all;
use tokio::sync::Barrier;

use super::*;
use crate::shutdown::{Shutdown, Tasks};

/// A homeserver that answers when enough requests are there at once.
#[derive(Debug)]
struct Slow {
    /// How many must be there.
    gate: Barrier,
    /// How many are there.
    now: AtomicUsize,
    /// The most that were there.
    most: AtomicUsize,
}

async fn answer(State(slow): State<Arc<Slow>>, request: Request) -> Json<Value> {
    if request.uri().path().ends_with("/versions") {
        return Json(json!({"versions": ["v1.11"]}));
    }
    let now = slow.now.fetch_add(1, Ordering::SeqCst) + 1;
    slow.most.fetch_max(now, Ordering::SeqCst);
    slow.gate.wait().await;
    slow.now.fetch_sub(1, Ordering::SeqCst);
    Json(json!({"event_id": "$1", "room_id": "!r"}))
}

/// A homeserver that holds requests until `at_once` are there, and a client of it.
async fn slow(at_once: usize, tasks: &mut Tasks) -> (Arc<Slow>, Client) {
    let slow = Arc::new(Slow {
        gate: Barrier::new(at_once),
        now: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    });
    let router = Router::new().fallback(answer).with_state(slow.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn("homeserver", async move {
        axum::serve(listener, router).await.unwrap();
    });
    (slow, client_at(&address, None))
}

#[tokio::test]
async fn twelve_sends_are_under_way_at_most() {
    let mut tasks = Tasks::new(Shutdown::new());
    let (slow, client) = slow(12, &mut tasks).await;
    let lines: Vec<Outgoing> = (0..36).map(|n| line(&n.to_string())).collect();
    let sent = join_all(lines.iter().map(|line| client.send(line))).await;
    assert!(sent.iter().all(Result::is_ok));
    assert_eq!(slow.most.load(Ordering::SeqCst), 12);
}

#[tokio::test]
async fn three_joins_are_under_way_at_most_and_hold_up_no_send() {
    let mut tasks = Tasks::new(Shutdown::new());
    // Only if the sends come through beside the joins are there fifteen at once.
    let (slow, client) = slow(15, &mut tasks).await;
    let lines: Vec<Outgoing> = (0..12).map(|n| line(&n.to_string())).collect();
    let (user, room) = (UserId::from(GHOST), RoomId::from("!r"));
    let sends = join_all(lines.iter().map(|line| client.send(line)));
    let joins = join_all((0..3).map(|_| client.join(&user, &room)));
    let (sent, joined) = tokio::join!(sends, joins);
    assert!(sent.iter().all(Result::is_ok) && joined.iter().all(Result::is_ok));
    assert_eq!(slow.most.load(Ordering::SeqCst), 15);
}

//! Transactions, pushed to the application service as Synapse pushes them.
//!
//! One in flight, at most 100 events. What is queued is only in memory; what was
//! made a transaction is kept. After a failure the service counts as down: each
//! new event becomes a transaction of its own at once, the oldest is tried again
//! with a growing wait, receipts and typing of failed transactions are dropped.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Asked, Refusal};
use super::serve::Hub;
use super::world::World;

/// The most events of a transaction, and as many whispers.
const MOST: usize = 100;

/// How long the application service may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many times the wait doubles.
const DOUBLINGS: u32 = 8;

/// A transaction that was not acknowledged yet.
#[derive(Debug, Clone)]
struct Kept {
    /// Its id.
    id: u64,
    /// Places of its events.
    events: Vec<usize>,
    /// Typing and receipts, until it fails once.
    whispers: Vec<Value>,
}

/// What goes to the application service.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Places of events in no transaction yet; a restart loses them.
    events: VecDeque<usize>,
    /// Typing and receipts in no transaction yet.
    whispers: VecDeque<Value>,
    /// Transactions, oldest first; a restart keeps them.
    kept: VecDeque<Kept>,
    /// Whether the last transaction failed.
    down: bool,
    /// Whether nothing is tried until something new happens: the server has begun
    /// anew and knows of no hurry.
    asleep: bool,
    /// How many transactions were acknowledged since the start.
    acknowledged: u64,
    /// The id of the last transaction.
    last: u64,
    /// Tries of the oldest transaction since the last success.
    tries: u32,
    /// Counts restarts: what was under way before one is not ended after it.
    life: u64,
    /// A transaction of before the restart that comes back late.
    stray: Option<Kept>,
    /// Wakes the pusher.
    pub(super) wake: Arc<tokio::sync::Notify>,
    /// Makes the pusher try at once.
    hurry: bool,
}

impl Queue {
    /// An event is to be told.
    pub(super) fn push_event(&mut self, place: usize) {
        self.asleep = false;
        if self.down {
            self.keep(vec![place], Vec::new());
        } else {
            self.events.push_back(place);
        }
        self.wake.notify_one();
    }

    /// Typing or a receipt is to be told.
    pub(super) fn push_whisper(&mut self, event: Value) {
        if !self.down {
            self.whispers.push_back(event);
            self.wake.notify_one();
        }
    }

    /// Whether there is nothing left to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.kept.is_empty() && self.stray.is_none()
    }

    /// How many events wait, in transactions or not.
    pub(super) fn depth(&self) -> usize {
        let kept: usize = self.kept.iter().map(|kept| kept.events.len()).sum();
        self.events.len() + kept
    }

    /// Begins anew: what was only queued is lost, what was under way comes back
    /// after newer events, ids are counted from 1. How many events are lost.
    pub(super) fn restart(&mut self) -> usize {
        let lost = self.events.len();
        self.events.clear();
        self.whispers.clear();
        self.life += 1;
        if !self.down {
            // What was under way was kept, and nobody remembers to try it.
            self.stray = self.kept.pop_front();
        }
        self.asleep = true;
        self.tries = 0;
        self.acknowledged = 0;
        self.last = self.kept.back().map_or(0, |kept| kept.id);
        lost
    }

    /// Forgets everything that was not told; how many events.
    pub(super) fn forget(&mut self) -> usize {
        let lost = self.depth();
        self.restart();
        self.kept.clear();
        self.stray = None;
        self.down = false;
        lost
    }

    /// Tries at once.
    pub(super) fn hurry(&mut self) {
        if !self.kept.is_empty() {
            self.hurry = true;
            self.wake.notify_one();
        }
    }

    /// Makes a transaction.
    fn keep(&mut self, events: Vec<usize>, whispers: Vec<Value>) {
        self.last += 1;
        self.kept.push_back(Kept {
            id: self.last,
            events,
            whispers,
        });
    }

    /// The transaction that is next.
    fn next(&mut self) -> Option<Kept> {
        if self.asleep {
            return None;
        }
        if self.kept.is_empty() {
            let events = take(&mut self.events);
            let whispers = take(&mut self.whispers);
            if !(events.is_empty() && whispers.is_empty()) {
                self.keep(events, whispers);
            } else if self.acknowledged > 0 {
                self.kept.extend(self.stray.take());
            }
        }
        self.kept.front().cloned()
    }

    /// A transaction was acknowledged.
    fn done(&mut self, id: u64, life: u64) {
        if self.life != life {
            // Whoever sent it is dead and never heard of it.
            return;
        }
        self.acknowledged += 1;
        self.kept.retain(|kept| kept.id != id);
        self.tries = 0;
        self.down = !self.kept.is_empty();
    }

    /// A transaction failed.
    fn failed(&mut self, life: u64) {
        if self.life != life {
            return;
        }
        if !self.down {
            self.down = true;
            let waiting = std::mem::take(&mut self.events);
            for place in waiting {
                self.keep(vec![place], Vec::new());
            }
            self.whispers.clear();
        }
        for kept in &mut self.kept {
            kept.whispers.clear();
        }
        self.tries += 1;
    }

    /// How long to wait before the next try; zero if none failed.
    fn wait(&mut self, unit: Duration) -> Duration {
        if std::mem::take(&mut self.hurry) || !self.down || self.tries == 0 {
            return Duration::ZERO;
        }
        unit * 2_u32.pow((self.tries - 1).min(DOUBLINGS))
    }
}

/// The first hundred.
fn take<T>(queue: &mut VecDeque<T>) -> Vec<T> {
    let count = queue.len().min(MOST);
    queue.drain(..count).collect()
}

impl World {
    /// A transaction's body.
    fn transaction(&self, kept: &Kept) -> Value {
        let events = kept.events.iter().filter_map(|place| self.at(*place));
        let events: Vec<Value> = events.map(super::event::Event::shown).collect();
        let mut body = json!({ "events": events });
        if self.setting.ephemeral {
            body["ephemeral"] = kept.whispers.clone().into();
        }
        body
    }
}

/// Pushes transactions for ever.
pub(super) async fn run(hub: Arc<Hub>) {
    let wake = Arc::clone(&hub.world().queue.wake);
    let unit = hub.world().setting.backoff;
    loop {
        if !hub.is_up() {
            wake.notified().await;
            continue;
        }
        let wait = hub.world().queue.wait(unit);
        if !wait.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = hub.hurried() => {}
            }
        }
        let Some((kept, body, life)) = next(&hub) else {
            wake.notified().await;
            continue;
        };
        let told = tell(&hub, &kept, &body).await;
        let mut world = hub.world();
        world.counts.transactions += 1;
        if told {
            world.queue.done(kept.id, life);
        } else {
            world.counts.failed_transactions += 1;
            world.queue.failed(life);
        }
    }
}

/// The next transaction, its body, and the life it belongs to.
fn next(hub: &Hub) -> Option<(Kept, Value, u64)> {
    let mut world = hub.world();
    if !hub.is_up() {
        return None;
    }
    let kept = world.queue.next()?;
    let body = world.transaction(&kept);
    Some((kept, body, world.queue.life))
}

/// Puts one transaction; whether it was acknowledged.
async fn tell(hub: &Hub, kept: &Kept, body: &Value) -> bool {
    let (url, token) = hub.registration();
    let Some(url) = url else {
        return true;
    };
    let path = format!("{url}/_matrix/app/v1/transactions/{}", kept.id);
    let request = hub
        .http
        .put(path)
        .bearer_auth(token)
        .json(body)
        .timeout(PATIENCE);
    request
        .send()
        .await
        .is_ok_and(|answer| answer.status().is_success())
}

/// `POST /_matrix/client/v1/appservice/{id}/ping`: calls the application service
/// back, and tries what is waiting at once if it is there.
pub(super) async fn ping(hub: &Hub, id: &str, body: &serde_json::Map<String, Value>) -> Asked {
    if hub.world().setting.id != id {
        return Err(Refusal::forbidden("Incorrect application service ID"));
    }
    let (url, token) = hub.registration();
    let url =
        url.ok_or_else(|| Refusal::bad("M_URL_NOT_SET", "The application service has no URL"))?;
    let mut said = json!({});
    if let Some(txn) = body.get("transaction_id") {
        said["transaction_id"] = txn.clone();
    }
    let begun = std::time::Instant::now();
    let request = hub.http.post(format!("{url}/_matrix/app/v1/ping"));
    let answer = request
        .bearer_auth(token)
        .json(&said)
        .timeout(PATIENCE)
        .send()
        .await;
    match answer {
        Err(error) if error.is_timeout() => Err(Refusal::new(
            504,
            "M_CONNECTION_TIMEOUT",
            "No answer in time",
        )),
        Err(_) => Err(Refusal::new(502, "M_CONNECTION_FAILED", "No connection")),
        Ok(answer) if !answer.status().is_success() => Err(Refusal::new(
            502,
            "M_BAD_STATUS",
            "HTTP status is no success",
        )),
        Ok(_) => {
            hub.world().queue.hurry();
            hub.hurry.notify_waiters();
            let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            Ok(json!({ "duration_ms": took }))
        }
    }
}

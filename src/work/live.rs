//! What is told at once or not at all: receipts and gestures. Never a row: when we
//! are down it is lost, and nobody misses it.
//!
//! Receipts go to the homeserver, gestures to a channel; each has a queue of its
//! own, so that a slow one does not hold up the other.

mod latest;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};

use crate::channel::{Gesture, SharedChannel};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, EventId, RoomId, UserId};
use crate::domain::leak;
use crate::domain::room_event::{EventKind, Signal};
use crate::shutdown::Shutdown;
use crate::store::{Direction, MessageRow, StoreError, Tx};

use super::Works;
use latest::Latest;

/// How many rooms may wait in a queue; more are dropped.
const QUEUE: usize = 1_024;

/// How many of a queue are told at the same time.
const IN_FLIGHT: usize = 4;

/// How long "typing" lasts on the customer's side, nearly: it is not told again
/// before.
const TYPING: SignedDuration = SignedDuration::from_secs(20);

/// How many conversations are remembered; then all are forgotten, and something may
/// be told twice.
const REMEMBERED: usize = 4_096;

/// Whose receipts and typing in which room; nobody's name stands for everybody who
/// types there.
type Place = (RoomId, Option<UserId>);

/// The way to tell something; cheap to clone.
#[derive(Debug, Clone)]
pub struct Live {
    /// What one of our users has read.
    receipts: Latest<Place, EventId>,
    /// What agents did in rooms that is not stored.
    signals: Latest<Place, Signal>,
}

/// The other end of [`Live`].
#[derive(Debug)]
pub struct Pieces {
    /// What waits.
    live: Live,
    /// What customers have been told.
    told: Mutex<HashMap<ConversationId, Told>>,
}

/// What a customer has been told.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    /// The number of their newest message that was told to be read.
    read: i64,
    /// When "typing" was told last.
    typing: Option<Timestamp>,
}

impl Live {
    /// A bounded queue of pieces.
    pub fn new() -> (Self, Pieces) {
        let live = Self {
            receipts: Latest::new(QUEUE),
            signals: Latest::new(QUEUE),
        };
        let told = Mutex::default();
        (live.clone(), Pieces { live, told })
    }

    /// Marks an event as read by one of our users.
    pub fn read(&self, user: UserId, room: RoomId, event: EventId) {
        count(self.receipts.put((room, Some(user)), event));
    }

    /// Takes in what an agent did.
    pub fn signal(&self, signal: Signal) {
        let place = match &signal {
            Signal::Read { room, user, .. } => (room.clone(), Some(user.clone())),
            Signal::Typing { room, .. } => (room.clone(), None),
        };
        count(self.signals.put(place, signal));
    }
}

/// Counts what was dropped.
fn count(taken: bool) {
    if !taken {
        metrics::counter!("loket_signals_dropped_total").increment(1);
    }
}

impl Pieces {
    /// Tells pieces until the stop.
    pub async fn run(self, work: Works, shutdown: Shutdown) {
        let receipts = pump(&self.live.receipts, |place, event| {
            tell_receipt(&work, place, event)
        });
        let signals = pump(&self.live.signals, |_place, signal| {
            self.tell_signal(&work, signal)
        });
        tokio::select! {
            () = shutdown.wait() => {}
            () = receipts => {}
            () = signals => {}
        }
    }

    /// Tells everything that waits now. For tests.
    pub async fn drain(&mut self, work: &Works) {
        while let Some((place, event)) = self.live.receipts.take() {
            tell_receipt(work, place.clone(), event).await;
            self.live.receipts.done(&place);
        }
        while let Some((place, signal)) = self.live.signals.take() {
            self.tell_signal(work, signal).await;
            self.live.signals.done(&place);
        }
    }

    /// Tells the customer what they may see of a signal; a failure is logged and
    /// forgotten.
    async fn tell_signal(&self, work: &Works, signal: Signal) {
        let shown = match shown_of(work, signal).await {
            Ok(Some(shown)) => shown,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "a signal could not be looked up");
                return;
            }
        };
        if !self.is_new(&shown, work.clock.now()) {
            return;
        }
        if let Err(error) = shown.channel.gesture(&shown.gesture).await {
            tracing::debug!(?error, "a gesture was not told");
        }
    }

    /// Whether the customer does not know this yet; from now on they do.
    fn is_new(&self, shown: &Shown, now: Timestamp) -> bool {
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED && !all.contains_key(&shown.conversation) {
            all.clear();
        }
        let told = all.entry(shown.conversation.clone()).or_default();
        match shown.gesture {
            Gesture::Read(_) => {
                let new = shown.seq > told.read;
                told.read = told.read.max(shown.seq);
                new
            }
            Gesture::Typing(_) => {
                let new = told.typing.is_none_or(|last| now >= last + TYPING);
                if new {
                    told.typing = Some(now);
                }
                new
            }
        }
    }
}

/// Tells what waits in a queue, some at the same time, for ever.
async fn pump<K, V, F>(queue: &Latest<K, V>, tell: impl Fn(K, V) -> F)
where
    K: Clone + Eq + Hash,
    F: Future<Output = ()>,
{
    let mut flying = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(place) = flying.next(), if !flying.is_empty() => queue.done(&place),
            (place, piece) = queue.next(), if flying.len() < IN_FLIGHT => {
                let told = tell(place.clone(), piece);
                flying.push(async move {
                    told.await;
                    place
                });
            }
        }
    }
}

/// Tells the homeserver what one of our users has read; a failure is logged and
/// forgotten.
async fn tell_receipt(work: &Works, (room, user): Place, event: EventId) {
    let Some(user) = user else { return };
    if let Err(error) = work.homeserver.read(&user, &room, &event).await {
        tracing::debug!(%error, "a read receipt was not told");
    }
}

/// What a customer may see of a signal.
#[derive(Debug)]
struct Shown {
    /// The conversation.
    conversation: ConversationId,
    /// Its channel.
    channel: SharedChannel,
    /// What is shown.
    gesture: Gesture,
    /// The number of the message that the gesture names.
    seq: i64,
}

/// What the customer may see of a signal: only what the owner does.
async fn shown_of(work: &Works, signal: Signal) -> Result<Option<Shown>, StoreError> {
    let directory = Arc::clone(&work.directory);
    work.store
        .read(move |tx| {
            Box::pin(async move {
                let (room, users) = match &signal {
                    Signal::Read { room, user, .. } => (room, std::slice::from_ref(user)),
                    Signal::Typing { room, users } => (room, users.as_slice()),
                };
                let Some(id) = tx.find_by_room(room).await? else {
                    return Ok(None);
                };
                let conversation = tx.lock_conversation(&id).await?;
                let may = |user| leak::may_signal(user, &conversation);
                let speaks = users.iter().any(may);
                let Some(channel) = directory.channel(&conversation.account).filter(|_| speaks)
                else {
                    return Ok(None);
                };
                let Some(message) = message_of(tx, &conversation, &signal).await? else {
                    return Ok(None);
                };
                let parts = tx.list_parts(&message.id).await?;
                let Some(provider) = parts.into_iter().find_map(|part| part.provider) else {
                    return Ok(None);
                };
                Ok(Some(Shown {
                    conversation: id,
                    channel: Arc::clone(channel),
                    gesture: match signal {
                        Signal::Read { .. } => Gesture::Read(provider),
                        Signal::Typing { .. } => Gesture::Typing(provider),
                    },
                    seq: message.seq,
                }))
            })
        })
        .await
}

/// The customer's message that a signal is about: the newest one, or the newest that
/// stands in the room no later than the event that was read. Of an event that we
/// know nothing of we cannot tell what stands before it.
async fn message_of(
    tx: &mut Tx,
    conversation: &Conversation,
    signal: &Signal,
) -> Result<Option<MessageRow>, StoreError> {
    let Signal::Read { event, .. } = signal else {
        return tx.last_message(&conversation.id, Direction::In).await;
    };
    let Some(event) = tx.find_event(event).await? else {
        return Ok(None);
    };
    if event.conversation.as_ref() != Some(&conversation.id) {
        return Ok(None);
    }
    let read = match (event.kind, event.message) {
        (EventKind::Customer, Some(message)) => Some(message),
        _ => tx.shown_before(&conversation.id, event.at).await?,
    };
    match read {
        Some(message) => tx.find_message(&message).await,
        None => Ok(None),
    }
}

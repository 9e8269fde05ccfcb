//! What is told at once or not at all: receipts and gestures. Never a row: when we
//! are down it is lost, and nobody misses it.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::channel::{Gesture, SharedChannel};
use crate::domain::ids::{EventId, RoomId, UserId};
use crate::domain::leak;
use crate::domain::room_event::Signal;
use crate::shutdown::Shutdown;
use crate::store::{Direction, StoreError};

use super::Works;

/// How many pieces may wait; more are dropped.
const QUEUE: usize = 1_024;

/// Something to tell.
#[derive(Debug)]
enum Piece {
    /// One of our users has read up to an event.
    Read {
        /// The user.
        user: UserId,
        /// The room.
        room: RoomId,
        /// Up to here.
        event: EventId,
    },
    /// An agent did something in a room that is not stored.
    Signal(Signal),
}

/// The way to tell something; cheap to clone.
#[derive(Debug, Clone)]
pub struct Live {
    /// Takes the pieces.
    pieces: mpsc::Sender<Piece>,
}

/// The other end of [`Live`].
#[derive(Debug)]
pub struct Pieces(mpsc::Receiver<Piece>);

impl Live {
    /// A bounded queue of pieces.
    pub fn new() -> (Self, Pieces) {
        let (pieces, taken) = mpsc::channel(QUEUE);
        (Self { pieces }, Pieces(taken))
    }

    /// Marks an event as read by one of our users.
    pub fn read(&self, user: UserId, room: RoomId, event: EventId) {
        self.tell(Piece::Read { user, room, event });
    }

    /// Takes in what an agent did.
    pub fn signal(&self, signal: Signal) {
        self.tell(Piece::Signal(signal));
    }

    /// Queues a piece, or drops it.
    fn tell(&self, piece: Piece) {
        if self.pieces.try_send(piece).is_err() {
            metrics::counter!("loket_signals_dropped_total").increment(1);
        }
    }
}

impl Pieces {
    /// Tells pieces until the stop.
    pub async fn run(mut self, work: Works, shutdown: Shutdown) {
        loop {
            let piece = tokio::select! {
                () = shutdown.wait() => return,
                piece = self.0.recv() => piece,
            };
            let Some(piece) = piece else { return };
            tell(&work, piece).await;
        }
    }

    /// Tells everything that waits now. For tests.
    pub async fn drain(&mut self, work: &Works) {
        while let Ok(piece) = self.0.try_recv() {
            tell(work, piece).await;
        }
    }
}

/// Tells one piece; a failure is logged and forgotten.
async fn tell(work: &Works, piece: Piece) {
    match piece {
        Piece::Read { user, room, event } => {
            if let Err(error) = work.homeserver.read(&user, &room, &event).await {
                tracing::debug!(%error, "a read receipt was not told");
            }
        }
        Piece::Signal(signal) => match gesture_of(work, signal).await {
            Ok(Some((channel, gesture))) => {
                if let Err(error) = channel.gesture(&gesture).await {
                    tracing::debug!(?error, "a gesture was not told");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a signal could not be looked up"),
        },
    }
}

/// What the customer may see of a signal: only what the owner does.
async fn gesture_of(
    work: &Works,
    signal: Signal,
) -> Result<Option<(SharedChannel, Gesture)>, StoreError> {
    let (room, users, typing) = match &signal {
        Signal::Read { room, user, .. } => (room.clone(), vec![user.clone()], false),
        Signal::Typing { room, users } => (room.clone(), users.clone(), true),
    };
    let directory = Arc::clone(&work.directory);
    work.store
        .read(move |tx| {
            Box::pin(async move {
                let Some(id) = tx.find_by_room(&room).await? else {
                    return Ok(None);
                };
                let conversation = tx.lock_conversation(&id).await?;
                let speaks = users
                    .iter()
                    .any(|user| leak::may_signal(user, &conversation));
                let Some(channel) = directory.channel(&conversation.account).filter(|_| speaks)
                else {
                    return Ok(None);
                };
                let Some(message) = tx.last_message(&id, Direction::In).await? else {
                    return Ok(None);
                };
                let parts = tx.list_parts(&message.id).await?;
                let Some(newest) = parts.into_iter().find_map(|part| part.provider) else {
                    return Ok(None);
                };
                let gesture = if typing {
                    Gesture::Typing(newest)
                } else {
                    Gesture::Read(newest)
                };
                Ok(Some((Arc::clone(channel), gesture)))
            })
        })
        .await
}

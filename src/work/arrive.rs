//! Events of rooms find their places in lanes: those that the homeserver delivers
//! come last, those that it did not deliver go to where they belong.
//!
//! Where that is follows from when the homeserver was asked, not from any clock. The
//! stretch of a gap is drawn before the question, so every event of the room before the
//! gap was stored before it, or by an earlier gap. Events after the answer are stored
//! later. What lies between is read in the room's own order.
//!
//! In: events from [`super::accept`] and [`super::reconcile`]. Out: inbox rows, one
//! per event id, whichever way an event comes first.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::domain::ids::{AccountId, ConversationId, EventId, RowId};
use crate::domain::room_event::{RoomContent, RoomEvent};
use crate::saying;
use crate::store::{InboxState, Lane, LaneKind, NewInbox, Source, StoreError, Tx};

use super::task::encode;
use super::{Works, alarm};

/// How long a send takes at most, nearly always: the answer is then there, and the
/// echo tells nothing new.
pub const ANSWERED: SignedDuration = SignedDuration::from_secs(5);

/// Our own events among these, with the rows that wrote them.
pub fn echoes<'a>(
    work: &'a Works,
    events: &'a [RoomEvent],
) -> impl Iterator<Item = (RowId, EventId)> + 'a {
    events
        .iter()
        .filter(|event| work.homeserver.is_ours(&event.sender))
        .filter_map(|event| Some((event.loket_id.as_deref()?.into(), event.id.clone())))
}

/// Whether an event of a room is stored: not our own echoes, and nothing that no
/// rule speaks of.
pub fn matters(work: &Works, event: &RoomEvent) -> bool {
    match &event.content {
        // An invitation of the desk comes from an agent, a kick of it too.
        RoomContent::EncryptionOn => true,
        RoomContent::Line(_)
        | RoomContent::Reaction { .. }
        | RoomContent::Redaction { .. }
        | RoomContent::Encrypted
        | RoomContent::Member { .. } => !work.homeserver.is_ours(&event.sender),
        RoomContent::Other { .. } => false,
    }
}

/// The key under which an event is stored once.
pub fn key(event: &EventId) -> String {
    format!("matrix:{event}")
}

/// Stores a transaction's events, each last in the lane of its conversation; how many
/// were new, with what is parked.
///
/// # Errors
/// The database's: the transaction must be given up.
pub async fn store(
    tx: &mut Tx,
    work: &Works,
    events: Vec<RoomEvent>,
    parked: Vec<String>,
    at: Timestamp,
) -> Result<usize, StoreError> {
    let mut rows = Vec::with_capacity(events.len() + parked.len());
    for event in events {
        let lane = lane_of(tx, &event).await?;
        rows.push(row(work, lane, &event, at)?);
    }
    if !parked.is_empty() {
        alarm::daily(tx, "parked", saying!("alarm-parked"), at).await?;
    }
    for raw in parked {
        rows.push(NewInbox {
            id: RowId::new(work.clock.uuid()),
            lane: Lane::desk(LaneKind::In),
            dedupe_key: format!("parked:{}", hex::encode(Sha256::digest(raw.as_bytes()))),
            source: Source::Matrix,
            account: AccountId::from(""),
            payload: raw,
            body: None,
            received_at: at,
            state: InboxState::Unparsed,
            position: None,
        });
    }
    tx.insert_inbox(rows).await.map(|new| new.len())
}

/// What became of recovered events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// How many had been missing.
    pub missing: usize,
    /// The place of the last one.
    pub position: i64,
}

/// Puts events of one room, oldest first, in this order behind the place `position`:
/// those that are missing, and those that are known and wait. What the room had before
/// them stands before that place, what it has after them behind its stretch
/// ([`Tx::draw_stretch`]).
///
/// Our own events make no rows; they tell that a send whose answer was lost arrived.
///
/// An event is as old as it says: an agent's line of yesterday does not leave
/// without being asked about.
///
/// # Errors
/// The database's: the transaction must be given up.
pub async fn recover(
    tx: &mut Tx,
    work: &Works,
    events: Vec<RoomEvent>,
    mut position: i64,
) -> Result<Recovered, StoreError> {
    let now = work.clock.now();
    for (row, event) in echoes(work, &events) {
        if tx.is_uncertain(&row, now - ANSWERED).await? {
            tx.confirm_send(&row, &event).await?;
        }
    }
    let mut missing = 0;
    for event in events.into_iter().filter(|event| matters(work, event)) {
        position += 1;
        missing += usize::from(put(tx, work, &event, position, now).await?);
    }
    Ok(Recovered { missing, position })
}

/// Puts an event that the room has into its place; whether it was missing.
async fn put(
    tx: &mut Tx,
    work: &Works,
    event: &RoomEvent,
    place: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let lane = lane_of(tx, event).await?;
    if bring(tx, event, &lane, place).await? {
        return Ok(false);
    }
    let at = event.at.clamp(Timestamp::UNIX_EPOCH, now);
    let mut row = row(work, lane.clone(), event, at)?;
    row.position = Some(place);
    if !tx.insert_inbox(vec![row]).await?.is_empty() {
        return Ok(true);
    }
    // Another process was storing it just now, in the place in which it was delivered.
    bring(tx, event, &lane, place).await.map(|_known| false)
}

/// Brings an event that is known to its place, if it waits in this lane; whether it is
/// known.
async fn bring(
    tx: &mut Tx,
    event: &RoomEvent,
    lane: &Lane,
    place: i64,
) -> Result<bool, StoreError> {
    let Some(known) = tx.find_inbox_by_key(&key(&event.id)).await? else {
        return Ok(false);
    };
    if known.state == InboxState::Pending && known.lane == *lane {
        tx.move_inbox(&known.id, place).await?;
    }
    Ok(true)
}

/// The row of an event.
fn row(work: &Works, lane: Lane, event: &RoomEvent, at: Timestamp) -> Result<NewInbox, StoreError> {
    Ok(NewInbox {
        id: RowId::new(work.clock.uuid()),
        lane,
        dedupe_key: key(&event.id),
        source: Source::Matrix,
        account: AccountId::from(""),
        payload: encode(event)?,
        body: None,
        received_at: at,
        state: InboxState::Pending,
        position: None,
    })
}

/// The lane of an event.
///
/// # Errors
/// The database's.
pub async fn lane_of(tx: &mut Tx, event: &RoomEvent) -> Result<Lane, StoreError> {
    let conversation = conversation_of(tx, event).await?;
    Ok(conversation.map_or_else(
        || Lane::desk(LaneKind::In),
        |id| Lane::of(LaneKind::In, &id),
    ))
}

/// The conversation an event belongs to: that of its room, or, for a button on a
/// lobby's line, the one the line speaks of.
async fn conversation_of(
    tx: &mut Tx,
    event: &RoomEvent,
) -> Result<Option<ConversationId>, StoreError> {
    if let Some(conversation) = tx.find_by_room(&event.room).await? {
        return Ok(Some(conversation));
    }
    match &event.content {
        RoomContent::Reaction { target, .. } => Ok(tx
            .find_event(target)
            .await?
            .and_then(|known| known.conversation)),
        RoomContent::Line(_)
        | RoomContent::Redaction { .. }
        | RoomContent::Member { .. }
        | RoomContent::EncryptionOn
        | RoomContent::Encrypted
        | RoomContent::Other { .. } => Ok(None),
    }
}

//! Events of rooms find their places in lanes: those that the homeserver delivers
//! come last, those that it did not deliver go to where they belong.
//!
//! In: events from [`super::accept`] and [`super::reconcile`]. Out: inbox rows, one
//! per event id, whichever way an event comes first.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::domain::ids::{AccountId, ConversationId, EventId, RowId};
use crate::domain::room_event::{RoomContent, RoomEvent};
use crate::saying;
use crate::store::{InboxRow, InboxState, Lane, LaneKind, NewInbox, Source, StoreError, Tx};

use super::task::encode;
use super::{Works, alarm};

/// How far before the first row that waits the places of recovered events begin.
/// Rows are further apart than that.
const ROOM: i64 = 900;

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

/// Stores a transaction's events, each last in the lane of its conversation.
///
/// # Errors
/// The database's: the transaction must be given up.
pub async fn store(
    tx: &mut Tx,
    work: &Works,
    events: Vec<RoomEvent>,
    parked: Vec<String>,
    at: Timestamp,
) -> Result<(), StoreError> {
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
    tx.insert_inbox(rows).await.map(|_new| ())
}

/// What became of recovered events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// How many had been missing.
    pub missing: usize,
    /// The place of the last one.
    pub position: Option<i64>,
}

/// Puts events of one room, oldest first, where they belong: those that are missing
/// before the first event that waits, and those that wait into the same order.
/// `position` is where the page before ended.
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
    mut position: Option<i64>,
) -> Result<Recovered, StoreError> {
    let now = work.clock.now();
    for (row, event) in echoes(work, &events) {
        if tx.is_uncertain(&row, now - ANSWERED).await? {
            tx.confirm_send(&row, &event).await?;
        }
    }
    let mut missing = 0;
    for event in events.into_iter().filter(|event| matters(work, event)) {
        let lane = lane_of(tx, &event).await?;
        let before = match position {
            Some(position) => position,
            None => place_in(tx, &lane).await?,
        };
        position = Some(before);
        if let Some(known) = tx.find_inbox_by_key(&key(&event.id)).await? {
            position = Some(bring(tx, known, &lane, before).await?);
            continue;
        }
        let at = event.at.clamp(Timestamp::UNIX_EPOCH, now);
        let mut row = row(work, lane, &event, at)?;
        row.position = position;
        missing += tx.insert_inbox(vec![row]).await?.len();
    }
    Ok(Recovered { missing, position })
}

/// The place in a lane where recovered events begin: before the first event of a room
/// that waits, else behind everything.
async fn place_in(tx: &mut Tx, lane: &Lane) -> Result<i64, StoreError> {
    match tx.first_place_of(lane, Source::Matrix).await? {
        Some(first) => Ok(first - ROOM),
        None => tx.last_place().await,
    }
}

/// Brings a known event that waits in this lane behind the place `before`; the place
/// behind which the next one comes.
async fn bring(tx: &mut Tx, known: InboxRow, lane: &Lane, before: i64) -> Result<i64, StoreError> {
    if known.state != InboxState::Pending || known.lane != *lane {
        return Ok(before);
    }
    let place = (before + 1).min(known.position);
    tx.move_inbox(&known.id, place).await?;
    Ok(place)
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

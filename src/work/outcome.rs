//! What the agent learns about a line: ⏳, ⚠️, 🔁, a reply in words, receipts.
//! Called by the delivery worker and by status updates, inside their transactions.

use jiff::Timestamp;

use crate::domain::conversation::{Mark, Say};
use crate::domain::ids::{EventId, RowId, UserId};
use crate::domain::message::LineState;
use crate::domain::saying::Saying;
use crate::saying;
use crate::store::{MessageRow, PartMove, PartState, StoreError, Tx};

use super::Works;
use super::effects::{Carrier, forget_waiting};
use super::task::Task;

/// A part has moved up the ladder: what that makes of its line is shown. When it was
/// what the line was said to have failed at, the parts behind it go on.
///
/// # Errors
/// The database's.
pub async fn moved(
    tx: &mut Tx,
    work: &Works,
    base: &RowId,
    moved: &PartMove,
    now: Timestamp,
) -> Result<(), StoreError> {
    let message = tx.get_message(&moved.message).await?;
    if troubled(moved.line_before) && !troubled(moved.line) {
        let cleared_by = RowId::from(format!("{base}.cleared"));
        cleared(tx, &cleared_by, &message, now).await?;
        send_rest(tx, &RowId::from(format!("{base}.rest")), &message, now).await?;
    }
    if went(moved.line) && !went(moved.line_before) {
        accepted(tx, work, base, &message, now).await?;
    }
    if moved.line == Some(LineState::Read) && moved.line_before != moved.line {
        read(tx, work, &message).await?;
    }
    Ok(())
}

/// Whether a line was not sent, or perhaps not.
fn troubled(state: Option<LineState>) -> bool {
    matches!(state, Some(LineState::Failed | LineState::Unknown))
}

/// Whether the provider has all of a line.
fn went(state: Option<LineState>) -> bool {
    matches!(
        state,
        Some(LineState::Accepted | LineState::Delivered | LineState::Read)
    )
}

/// The lane had given the line up before all its parts were sent: it takes it again.
async fn send_rest(
    tx: &mut Tx,
    base: &RowId,
    message: &MessageRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let parts = tx.list_parts(&message.id).await?;
    let rest = parts.iter().any(|part| part.state == PartState::Pending);
    if !rest || tx.has_pending_send(&message.id).await? {
        return Ok(());
    }
    let mut conversation = tx.lock_conversation(&message.conversation).await?;
    Carrier::new(base, &mut conversation, now)
        .send(tx, message.id.clone(), now)
        .await
}

/// The provider has the whole line: ⏳ goes, the desk's read receipt comes.
async fn accepted(
    tx: &mut Tx,
    work: &Works,
    base: &RowId,
    message: &MessageRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(event) = message.event.clone() else {
        return Ok(());
    };
    let desk = work.homeserver.desk();
    receipt(tx, work, message, desk, &event).await?;
    if forget_waiting(tx, &message.id).await? {
        let tasks = vec![unmark(&event, Mark::Waiting)];
        tell(tx, base, message, now, tasks).await?;
    }
    Ok(())
}

/// A line that was said to have failed went after all, or is on its way again: the
/// marks go.
///
/// # Errors
/// The database's.
pub async fn cleared(
    tx: &mut Tx,
    base: &RowId,
    message: &MessageRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(event) = &message.event else {
        return Ok(());
    };
    let tasks = vec![unmark(event, Mark::Failed), unmark(event, Mark::Again)];
    tell(tx, base, message, now, tasks).await
}

/// The customer has read the whole line: the ghost's read receipt.
async fn read(tx: &mut Tx, work: &Works, message: &MessageRow) -> Result<(), StoreError> {
    let Some(event) = &message.event else {
        return Ok(());
    };
    let conversation = tx.lock_conversation(&message.conversation).await?;
    let identity = tx.get_identity(&conversation.identity).await?;
    let ghost = work.homeserver.ghost(identity.channel, &identity.id);
    receipt(tx, work, message, ghost, event).await
}

/// At least one part certainly did not go and never will.
///
/// # Errors
/// The database's.
pub async fn failed(
    tx: &mut Tx,
    base: &RowId,
    message: &MessageRow,
    reason: Saying,
    now: Timestamp,
) -> Result<(), StoreError> {
    warn(tx, base, message, saying!("not-sent", reason = reason), now).await
}

/// It is not known whether the line went.
///
/// # Errors
/// The database's.
pub async fn unknown(
    tx: &mut Tx,
    base: &RowId,
    message: &MessageRow,
    channel: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    warn(
        tx,
        base,
        message,
        saying!("may-not-have-been-sent", channel = channel),
        now,
    )
    .await
}

/// ⚠️, 🔁 and one reply in words that rings the writer.
///
/// # Errors
/// The database's.
pub async fn warn(
    tx: &mut Tx,
    base: &RowId,
    message: &MessageRow,
    text: Saying,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(event) = message.event.clone() else {
        return Ok(());
    };
    forget_waiting(tx, &message.id).await?;
    let writer = UserId::from(message.author.clone());
    let mark = |mark| Task::Mark {
        target: event.clone(),
        mark,
    };
    let say = Say::notice(text).in_reply_to(event.clone()).ringing(writer);
    let tasks = vec![
        unmark(&event, Mark::Waiting),
        mark(Mark::Failed),
        mark(Mark::Again),
        Task::Say(say),
    ];
    tell(tx, base, message, now, tasks).await
}

/// The task that takes a mark away.
fn unmark(event: &EventId, mark: Mark) -> Task {
    Task::Unmark {
        target: event.clone(),
        mark,
    }
}

/// Puts tasks into the room's lane.
async fn tell(
    tx: &mut Tx,
    base: &RowId,
    message: &MessageRow,
    now: Timestamp,
    tasks: Vec<Task>,
) -> Result<(), StoreError> {
    let mut conversation = tx.lock_conversation(&message.conversation).await?;
    let mut carrier = Carrier::new(base, &mut conversation, now);
    for task in tasks {
        carrier.room(tx, task).await?;
    }
    Ok(())
}

/// Marks a line as read by `user`, at once or not at all.
async fn receipt(
    tx: &mut Tx,
    work: &Works,
    message: &MessageRow,
    user: UserId,
    event: &EventId,
) -> Result<(), StoreError> {
    let portal = tx.find_portal(&message.conversation).await?;
    if let Some(room) = portal.and_then(|portal| portal.room) {
        work.live.read(user, room, event.clone());
    }
    Ok(())
}

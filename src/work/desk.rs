//! The desk's own stream: what happens in the lobby, in direct chats and about
//! accounts. Runs inside the transaction of [`super::ingest`].

use jiff::{SignedDuration, Timestamp};

use crate::command::{self, Outcome, Query, Room};
use crate::domain::conversation::Say;
use crate::domain::ids::{RoomId, RowId};
use crate::domain::inbound::{Event, StatusChange, Update};
use crate::domain::rich::Rich;
use crate::domain::room_event::{Line, RoomContent, RoomEvent};
use crate::domain::saying::Saying;
use crate::saying;
use crate::store::{InboxRow, Lane, LaneKind, NewOutbox, Source, StoreError, Tx};

use super::task::{Task, decode};
use super::{Works, alarm, rooms, status, trace};

/// How long a status waits for its message: another tool may send on the same
/// number.
const WAITING: SignedDuration = SignedDuration::from_mins(10);

/// Decides a row of the desk's own lane; whether it is done (it may wait instead).
///
/// # Errors
/// The database's: the transaction must be given up.
pub async fn decide(
    tx: &mut Tx,
    work: &Works,
    row: &InboxRow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match row.source {
        Source::Matrix => {
            let event = decode(&row.payload)?;
            room_event(tx, work, row, event, now).await.map(|()| true)
        }
        Source::Webhook => {
            let update: Update = decode(&row.payload)?;
            match update.event {
                Event::Account(says) => {
                    let account = row.account.as_str();
                    let says = saying!("alarm-account", account = account, what = says);
                    alarm::news(tx, row.id.as_str(), says, now).await?;
                    Ok(true)
                }
                Event::Status(change) => wait_for_message(tx, row, &change, now).await,
                Event::Said(_)
                | Event::Reacted { .. }
                | Event::Edited { .. }
                | Event::Revoked { .. }
                | Event::Echoed(_)
                | Event::Moved { .. }
                | Event::Told(_)
                | Event::Kept => Ok(true),
            }
        }
        Source::Timer | Source::Internal => Ok(true),
    }
}

/// A status whose message nobody knew when it came: it goes into the message's lane
/// as soon as there is one; after a while it is counted and dropped.
async fn wait_for_message(
    tx: &mut Tx,
    row: &InboxRow,
    change: &StatusChange,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if row.waited {
        status::drop_status();
        return Ok(true);
    }
    let key = change.target.as_str();
    // Whoever learns the message's id meanwhile waits, then finds this row waiting.
    tx.lock_name(key).await?;
    tx.inbox_wait_for(&row.id, key, now + WAITING).await?;
    if let Some(part) = tx.find_part_by_provider(&change.target).await? {
        let message = tx.get_message(&part.message).await?;
        let lane = Lane::of(LaneKind::In, &message.conversation);
        tx.release_waiting(key, &lane, now).await?;
    }
    Ok(false)
}

/// Decides an event of a room that is no portal.
async fn room_event(
    tx: &mut Tx,
    work: &Works,
    row: &InboxRow,
    event: RoomEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    match &event.content {
        RoomContent::EncryptionOn => return encryption_on(tx, &event.room, now).await,
        RoomContent::Member {
            user, membership, ..
        } if matches!(membership.as_str(), "invite" | "join") => {
            rooms::no_longer_direct(tx, &event.room, user, &work.homeserver.desk()).await?;
        }
        RoomContent::Line(_)
        | RoomContent::Reaction { .. }
        | RoomContent::Redaction { .. }
        | RoomContent::Member { .. }
        | RoomContent::Encrypted
        | RoomContent::Other { .. } => {}
    }
    let Some(role) = work.directory.role_anywhere(&event.sender) else {
        return Ok(());
    };
    match &event.content {
        RoomContent::Member {
            user, membership, ..
        } if membership == "invite" && *user == work.homeserver.desk() => {
            let task = Task::Join {
                room: event.room.clone(),
                agent: event.sender.clone(),
            };
            put(tx, row, &task, now).await
        }
        RoomContent::Line(line) if line.msgtype == "m.text" && line.replaces.is_none() => {
            let Some(known) = tx.find_room_by_id(&event.room).await? else {
                return Ok(());
            };
            let direct = known.id == rooms::direct_key(&event.sender, &event.room);
            let Some(text) = command_text(line, work.directory.prefix(), direct) else {
                return Ok(());
            };
            let prefix = work.directory.prefix();
            let ran = command::run(
                &Rich::from_plain(&text),
                &command::Context {
                    agent: &event.sender,
                    role,
                    room: Room::Desk,
                    event: &event.id,
                    reply: None,
                    conversation: None,
                    prefix,
                },
            );
            let task = match ran {
                Ok(Outcome::Query(Query::Queue)) => Task::Queue {
                    room: event.room.clone(),
                    reply_to: event.id.clone(),
                    agent: event.sender.clone(),
                },
                Ok(Outcome::Answer(says)) => answer(&event, says),
                Ok(Outcome::Query(Query::Trace { case: Some(case) })) => {
                    let about = trace::About::Case(case);
                    let told = trace::trace(tx, work, &event.sender, about).await?;
                    answer(&event, told)
                }
                Ok(Outcome::Query(_) | Outcome::Apply(_) | Outcome::Outward(_)) => {
                    answer(&event, saying!("command-not-here"))
                }
                Err(error) => answer(&event, error.saying(prefix)),
            };
            put(tx, row, &task, now).await
        }
        RoomContent::Line(_)
        | RoomContent::Reaction { .. }
        | RoomContent::Redaction { .. }
        | RoomContent::Member { .. }
        | RoomContent::EncryptionOn
        | RoomContent::Encrypted
        | RoomContent::Other { .. } => Ok(()),
    }
}

/// A room of the desk became encrypted: what agents write there cannot be read.
/// Chats that agents opened are theirs to encrypt.
async fn encryption_on(tx: &mut Tx, room: &RoomId, now: Timestamp) -> Result<(), StoreError> {
    match tx.find_room_by_id(room).await? {
        Some(known) if rooms::is_made_by_us(&known.id) => alarm::encryption(tx, true, now).await,
        Some(_) | None => Ok(()),
    }
}

/// The command in a line; in a direct chat the prefix may be left out.
fn command_text(line: &Line, prefix: &str, direct: bool) -> Option<String> {
    let body = line.body.trim();
    let command = body
        .strip_prefix(prefix)
        .or_else(|| body.strip_prefix('/'))
        .map(|rest| rest.trim().to_owned());
    command
        .or_else(|| direct.then(|| body.to_owned()))
        .filter(|text| !text.is_empty())
}

/// An answer to a line.
fn answer(event: &RoomEvent, says: Saying) -> Task {
    Task::Answer {
        room: RoomId::clone(&event.room),
        say: Say::notice(says).in_reply_to(event.id.clone()),
    }
}

/// Puts a task into the desk's lane `matrix`.
async fn put(tx: &mut Tx, row: &InboxRow, task: &Task, now: Timestamp) -> Result<(), StoreError> {
    let row = NewOutbox {
        id: RowId::child(&row.id, 1),
        lane: Lane::desk(LaneKind::Matrix),
        payload: task.encode()?,
        due: now,
        message: None,
    };
    tx.insert_outbox(vec![row], now).await.map(|_new| ())
}

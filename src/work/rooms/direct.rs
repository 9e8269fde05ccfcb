//! Rooms into which agents invited the desk. Only where an agent and the desk are
//! alone is every line meant for the desk; elsewhere commands need their prefix.

use crate::crash::Spot;
use crate::domain::ids::{RoomId, UserId};
use crate::store::{StoreError, Tx};
use crate::work::Works;
use crate::work::show::Trouble;

/// How our keys of direct chats begin.
const DIRECT: &str = "direct:";

/// How our keys of rooms begin where others are too.
const SHARED: &str = "shared:";

/// Our key of a direct chat with an agent: nobody else is in the room.
pub fn direct_key(agent: &UserId, room: &RoomId) -> String {
    format!("{DIRECT}{agent}:{room}")
}

/// Whether the room with our key `key` is one of those that we make.
pub fn is_made_by_us(key: &str) -> bool {
    !key.starts_with(DIRECT) && !key.starts_with(SHARED)
}

/// Remembers a room into which an agent invited the desk: a direct chat if those two
/// are alone there.
///
/// # Errors
/// The homeserver's and the database's.
pub async fn remember_direct(work: &Works, agent: &UserId, room: &RoomId) -> Result<(), Trouble> {
    let desk = work.homeserver.desk();
    let members = work.homeserver.members(room).await?;
    let alone = members.iter().all(|user| user == agent || *user == desk);
    let (direct, room) = (direct_key(agent, room), room.clone());
    work.store
        .at(Spot::RoomDirect)
        .write(move |tx| {
            Box::pin(async move {
                let shared = format!("{SHARED}{room}");
                let (now, before) = if alone {
                    (direct, shared)
                } else {
                    (shared, direct)
                };
                tx.delete_room(&before).await?;
                tx.set_room_ready(&now, &room).await
            })
        })
        .await?;
    Ok(())
}

/// `user` comes into a room: if that was a direct chat with somebody else, not every
/// line there is meant for the desk any more.
///
/// # Errors
/// The database's.
pub async fn no_longer_direct(
    tx: &mut Tx,
    room: &RoomId,
    user: &UserId,
    desk: &UserId,
) -> Result<(), StoreError> {
    let Some(known) = tx.find_room_by_id(room).await? else {
        return Ok(());
    };
    let theirs = user == desk || known.id == direct_key(user, room);
    if theirs || !known.id.starts_with(DIRECT) {
        return Ok(());
    }
    tx.delete_room(&known.id).await?;
    tx.set_room_ready(&format!("{SHARED}{room}"), room).await
}

//! Rooms that belong to no conversation: spaces, lobbies, alerts, and those into
//! which agents invited the desk.

use super::error::StoreError;
use super::portals::PortalState;
use super::tx::Tx;
use super::value::{Row, statements, values};
use crate::domain::ids::RoomId;

statements! {
    /// Reserves a room unless there is one.
    INSERT = "
        INSERT INTO room (id, room_id, attempt, state) VALUES ($1, '', 1, 'creating')
        ON CONFLICT (id) DO NOTHING";
    /// A room by our key.
    FIND = "SELECT id, room_id, attempt, state FROM room WHERE id = $1";
    /// A room by its room id.
    FIND_BY_ROOM = "
        SELECT id, room_id, attempt, state FROM room WHERE room_id = $1 AND room_id <> ''";
    /// All of them.
    LIST = "SELECT id, room_id, attempt, state FROM room ORDER BY id";
    /// The alias is somebody else's: the next one is tried.
    NEXT_ATTEMPT = "
        UPDATE room SET attempt = attempt + 1
        WHERE id = $1 AND state = 'creating' RETURNING attempt";
    /// The room is there.
    READY = "UPDATE room SET state = 'ready', room_id = $2 WHERE id = $1";
    /// The room is gone.
    DELETE = "DELETE FROM room WHERE id = $1";
}

/// A room that belongs to no conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    /// Our key: `space`, `space:wa`, `lobby:main`, `alerts`, `direct:@ayu:…`,
    /// `shared:!…`.
    pub id: String,
    /// The room, once it is there.
    pub room: Option<RoomId>,
    /// The number in the alias under which it is created.
    pub attempt: i64,
    /// Where it stands.
    pub state: PortalState,
}

impl RoomRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.text("id")?,
            room: row.id_or_none("room_id")?,
            attempt: row.int("attempt")?,
            state: row.word("state")?,
        })
    }
}

impl Tx {
    /// The room of a key, reserved if there is none.
    pub async fn ensure_room(&mut self, key: &str) -> Result<RoomRow, StoreError> {
        if let Some(room) = self.find_room(key).await? {
            return Ok(room);
        }
        self.execute(INSERT, values![key]).await?;
        self.find_room(key)
            .await?
            .ok_or(StoreError::Missing { what: "room" })
    }

    /// The room of a key.
    pub async fn find_room(&mut self, key: &str) -> Result<Option<RoomRow>, StoreError> {
        let row = self.row(FIND, values![key]).await?;
        row.map(|row| RoomRow::read(&row)).transpose()
    }

    /// What a Matrix room is to us; `None` for portals and strange rooms.
    pub async fn find_room_by_id(&mut self, room: &RoomId) -> Result<Option<RoomRow>, StoreError> {
        let row = self.row(FIND_BY_ROOM, values![room]).await?;
        row.map(|row| RoomRow::read(&row)).transpose()
    }

    /// All rooms, by key: a handful, and the agents' direct chats.
    pub async fn list_rooms(&mut self) -> Result<Vec<RoomRow>, StoreError> {
        let rows = self.rows(LIST, values![]).await?;
        rows.iter().map(RoomRow::read).collect()
    }

    /// The alias is somebody else's: the number of the next one.
    /// [`StoreError::Stale`] if the room is ready.
    pub async fn next_room_attempt(&mut self, key: &str) -> Result<i64, StoreError> {
        let row = self.row(NEXT_ATTEMPT, values![key]).await?;
        row.ok_or(StoreError::Stale)?.int("attempt")
    }

    /// The room is there; also for rooms that others made (direct chats).
    pub async fn set_room_ready(&mut self, key: &str, room: &RoomId) -> Result<(), StoreError> {
        self.ensure_room(key).await?;
        self.execute(READY, values![key, room]).await?;
        Ok(())
    }

    /// The room is gone, or is something else now; whether there was one.
    pub async fn delete_room(&mut self, key: &str) -> Result<bool, StoreError> {
        self.touch(DELETE, values![key]).await
    }
}

//! Gaps: stretches of a room in which events are missing, until they are read, and
//! the places in a lane that those events get.

use jiff::Timestamp;

use super::error::StoreError;
use super::inbox::Source;
use super::lane::{Lane, LaneKind};
use super::tx::Tx;
use super::value::{Row, statements, values, word};
use crate::domain::ids::{RoomId, RowId};

statements! {
    /// Notes a gap; one that is known becomes longer.
    OPEN = "
        INSERT INTO gap (room_id, from_token, to_token, position, found_at)
        VALUES ($1, $2, $3, 0, $4)
        ON CONFLICT (room_id) DO UPDATE SET to_token = excluded.to_token";
    /// The gap of a room.
    FIND = "
        SELECT room_id, from_token, to_token, position, found_at FROM gap WHERE room_id = $1";
    /// A part of it has been read.
    ADVANCE = "UPDATE gap SET from_token = $2, position = $3 WHERE room_id = $1";
    /// All of it has been read, unless it has become longer meanwhile.
    CLOSE = "DELETE FROM gap WHERE room_id = $1 AND to_token = $2";
    /// Where the first pending row of a source stands in a lane.
    FIRST_OF = "
        SELECT position FROM inbox WHERE lane = $1 AND state = 0 AND source = $2
        ORDER BY position, id LIMIT 1";
    /// Gives a pending row another place.
    MOVE = "UPDATE inbox SET position = $2 WHERE id = $1 AND state = 0";
}

/// A stretch of a room in which events are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapRow {
    /// The room.
    pub room: RoomId,
    /// Where in the homeserver's stream the rest of it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// The place in the lane of what was read of it last; `None` = of nothing yet.
    pub position: Option<i64>,
    /// When it was found.
    pub found_at: Timestamp,
}

impl GapRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        let position = row.int("position")?;
        Ok(Self {
            room: row.id("room_id")?,
            from: row.text("from_token")?,
            to: row.text("to_token")?,
            position: (position > 0).then_some(position),
            found_at: row.time("found_at")?,
        })
    }
}

impl Tx {
    /// Notes that events are missing in a room between two places of the stream; to
    /// be read at `due`.
    pub async fn open_gap(
        &mut self,
        room: &RoomId,
        from: &str,
        to: &str,
        now: Timestamp,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(OPEN, values![room, from, to, now]).await?;
        self.wake(&Lane::of_room(LaneKind::Recover, room), due);
        Ok(())
    }

    /// The gap of a room.
    pub async fn find_gap(&mut self, room: &RoomId) -> Result<Option<GapRow>, StoreError> {
        let row = self.row(FIND, values![room]).await?;
        row.map(|row| GapRow::read(&row)).transpose()
    }

    /// A part of a gap has been read: the rest begins at `from`.
    pub async fn advance_gap(
        &mut self,
        room: &RoomId,
        from: &str,
        position: Option<i64>,
    ) -> Result<(), StoreError> {
        let position = position.unwrap_or_default();
        self.execute(ADVANCE, values![room, from, position]).await?;
        Ok(())
    }

    /// A gap that ends at `to` is no more; `false` if it has become longer.
    pub async fn close_gap(&mut self, room: &RoomId, to: &str) -> Result<bool, StoreError> {
        self.touch(CLOSE, values![room, to]).await
    }

    /// Where the first row that waits and comes from `source` stands in a lane.
    pub async fn first_place_of(
        &mut self,
        lane: &Lane,
        source: Source,
    ) -> Result<Option<i64>, StoreError> {
        let row = self.row(FIRST_OF, values![lane, word(&source)?]).await?;
        row.map(|row| row.int("position")).transpose()
    }

    /// A place behind everything there is.
    pub async fn last_place(&mut self) -> Result<i64, StoreError> {
        let drawn = self.draw_positions(1).await?;
        drawn
            .first()
            .copied()
            .ok_or(StoreError::Missing { what: "counter" })
    }

    /// Gives a row that waits another place in its lane.
    pub async fn move_inbox(&mut self, row: &RowId, position: i64) -> Result<(), StoreError> {
        self.execute(MOVE, values![row, position]).await?;
        Ok(())
    }
}

//! Gaps: parts of a room in which events are missing, until they are read, and the
//! stretches of the lanes into which those events go.

use jiff::Timestamp;

use super::error::StoreError;
use super::lane::{Lane, LaneKind};
use super::tx::Tx;
use super::value::{Row, statements, values};
use crate::domain::ids::{RoomId, RowId};

statements! {
    /// Notes a gap; one that is known becomes longer, and keeps its place.
    OPEN = "
        INSERT INTO gap (room_id, from_token, to_token, position, found_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (room_id) DO UPDATE SET to_token = excluded.to_token";
    /// The gap of a room.
    FIND = "
        SELECT room_id, from_token, to_token, position, found_at FROM gap WHERE room_id = $1";
    /// A part of it has been read.
    ADVANCE = "UPDATE gap SET from_token = $2, position = $3 WHERE room_id = $1";
    /// All of it has been read, unless it has become longer meanwhile.
    CLOSE = "DELETE FROM gap WHERE room_id = $1 AND to_token = $2";
    /// Gives a pending row another place.
    MOVE = "UPDATE inbox SET position = $2 WHERE id = $1 AND state = 0";
}

/// A part of a room in which events are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapRow {
    /// The room.
    pub room: RoomId,
    /// Where in the homeserver's stream the rest of it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// The place in the lane behind which the rest of it goes: the beginning of a
    /// stretch ([`Tx::draw_stretch`]), or of what was read of it last.
    pub position: i64,
    /// When it was found.
    pub found_at: Timestamp,
}

impl GapRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            room: row.id("room_id")?,
            from: row.text("from_token")?,
            to: row.text("to_token")?,
            position: row.int("position")?,
            found_at: row.time("found_at")?,
        })
    }
}

impl Tx {
    /// Notes that events are missing in a room; to be read at `due`.
    pub async fn open_gap(&mut self, gap: &GapRow, due: Timestamp) -> Result<(), StoreError> {
        let values = values![&gap.room, &*gap.from, &*gap.to, gap.position, gap.found_at];
        self.execute(OPEN, values).await?;
        self.wake(&Lane::of_room(LaneKind::Recover, &gap.room), due);
        Ok(())
    }

    /// The gap of a room.
    pub async fn find_gap(&mut self, room: &RoomId) -> Result<Option<GapRow>, StoreError> {
        let row = self.row(FIND, values![room]).await?;
        row.map(|row| GapRow::read(&row)).transpose()
    }

    /// A part of a gap has been read: the rest begins at `from` and goes behind
    /// `position`.
    pub async fn advance_gap(
        &mut self,
        room: &RoomId,
        from: &str,
        position: i64,
    ) -> Result<(), StoreError> {
        self.execute(ADVANCE, values![room, from, position]).await?;
        Ok(())
    }

    /// A gap that ends at `to` is no more; `false` if it has become longer.
    pub async fn close_gap(&mut self, room: &RoomId, to: &str) -> Result<bool, StoreError> {
        self.touch(CLOSE, values![room, to]).await
    }

    /// A stretch of [`POSITION_STEP`](super::counters::POSITION_STEP) places behind
    /// everything there is, for what is found later and happened earlier than whatever
    /// is stored from now on: the place before its first.
    pub async fn draw_stretch(&mut self) -> Result<i64, StoreError> {
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

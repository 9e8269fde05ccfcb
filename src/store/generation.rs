//! The generation of the homeserver: moves when it may have lost what it had not
//! delivered to us, and how far that has been made good.

use super::error::StoreError;
use super::lane::{Lane, LaneKind};
use super::tx::Tx;
use super::value::{statements, values};
use crate::domain::ids::RoomId;
use jiff::Timestamp;

statements! {
    /// The only row.
    GET = "
        SELECT raised, recovered, token FROM matrix_generation WHERE id = 'matrix'";
    /// Something may be lost. Rows that were stored before stay in order without
    /// it, so where they end is noted, at the first of several times.
    RAISE = "
        UPDATE matrix_generation SET raised = raised + 1,
            after_position = CASE WHEN raised > recovered THEN after_position ELSE $1 END
        WHERE id = 'matrix'";
    /// Everything up to a generation has been asked for.
    RECOVERED = "
        UPDATE matrix_generation SET token = $1,
            recovered = CASE WHEN recovered < $2 THEN $2 ELSE recovered END
        WHERE id = 'matrix'";
    /// Whether something before a row of a room may be missing.
    MUST_WAIT = "
        SELECT id FROM matrix_generation
        WHERE id = 'matrix' AND raised > recovered AND after_position < $2
        UNION ALL
        SELECT room_id AS id FROM gap WHERE room_id = $1";
}

/// What we know of the homeserver's deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Moves with every outage.
    pub raised: i64,
    /// The last one after which everything was asked for.
    pub recovered: i64,
    /// Up to here in the homeserver's stream of events nothing is missing, but for
    /// gaps that are known; `None` before the first time.
    pub token: Option<String>,
}

impl Tx {
    /// What we know of the homeserver's deliveries.
    pub async fn generation(&mut self) -> Result<Generation, StoreError> {
        let row = self.row(GET, values![]).await?;
        let row = row.ok_or(StoreError::Missing { what: "generation" })?;
        let token = row.text("token")?;
        Ok(Generation {
            raised: row.int("raised")?,
            recovered: row.int("recovered")?,
            token: (!token.is_empty()).then_some(token),
        })
    }

    /// The homeserver may have lost something: what it delivers from now on waits
    /// until that has been asked for, which is due at once.
    pub async fn raise_generation(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let here = self.draw_stretch().await?;
        self.execute(RAISE, values![here]).await?;
        self.wake(&Lane::desk(LaneKind::Recover), now);
        Ok(())
    }

    /// Everything up to `generation` has been asked for, and `token` is where the
    /// next question begins.
    pub async fn set_recovered(&mut self, token: &str, generation: i64) -> Result<(), StoreError> {
        self.execute(RECOVERED, values![token, generation]).await?;
        Ok(())
    }

    /// Whether something that happened in `room` before the row at `position` may
    /// still be missing.
    pub async fn must_wait(&mut self, room: &RoomId, position: i64) -> Result<bool, StoreError> {
        let row = self.row(MUST_WAIT, values![room, position]).await?;
        Ok(row.is_some())
    }
}

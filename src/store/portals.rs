//! Portals: the room of each conversation, and how far what it shows lags behind.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::lane::{Lane, LaneKind};
use super::tx::Tx;
use super::value::{Row, json, statements, values};
use crate::domain::ids::{ConversationId, RoomId};
use crate::domain::room::Face;

statements! {
    /// Reserves a portal unless there is one.
    INSERT = "
        INSERT INTO portal (conversation_id, room_id, attempt, state, wanted_rev, shown_rev,
            shown_face, encrypted)
        VALUES ($1, '', 1, 'creating', 0, 0, '', $2)
        ON CONFLICT (conversation_id) DO NOTHING";
    /// The portal of a conversation.
    FIND = "
        SELECT conversation_id, room_id, attempt, state, wanted_rev, shown_rev, shown_face,
            encrypted
        FROM portal WHERE conversation_id = $1";
    /// The conversation of a room.
    FIND_BY_ROOM = "
        SELECT conversation_id FROM portal WHERE room_id = $1 AND room_id <> ''";
    /// The alias is somebody else's: the next one is tried.
    NEXT_ATTEMPT = "
        UPDATE portal SET attempt = attempt + 1
        WHERE conversation_id = $1 AND state = 'creating' RETURNING attempt";
    /// The room is there.
    READY = "
        UPDATE portal SET state = 'ready', room_id = $2
        WHERE conversation_id = $1";
    /// The room has been created; who belongs there comes later.
    ROOM = "UPDATE portal SET room_id = $2 WHERE conversation_id = $1";
    /// What the room should show has changed.
    WANT = "UPDATE portal SET wanted_rev = wanted_rev + 1 WHERE conversation_id = $1";
    /// The room shows a revision.
    SHOWN = "
        UPDATE portal SET shown_rev = $2, shown_face = $3
        WHERE conversation_id = $1 AND shown_rev <= $2";
    /// Whether the room is encrypted.
    ENCRYPTED = "
        UPDATE portal SET encrypted = $2 WHERE conversation_id = $1 AND encrypted <> $2";
}

/// Where a room of ours stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortalState {
    /// It is to be created, or may have been: its alias tells.
    Creating,
    /// It is there.
    Ready,
}

/// A conversation's room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalRow {
    /// The conversation.
    pub conversation: ConversationId,
    /// The room, once it is there.
    pub room: Option<RoomId>,
    /// The number in the alias under which it is created.
    pub attempt: i64,
    /// Where it stands.
    pub state: PortalState,
    /// Moves whenever the room should show something new.
    pub wanted_rev: i64,
    /// The revision that the room shows.
    pub shown_rev: i64,
    /// What the room shows; `None` before the first time.
    pub shown_face: Option<Face>,
    /// Whether the room turned out to be encrypted.
    pub encrypted: bool,
}

impl PortalRow {
    /// Reads a row.
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            conversation: row.id("conversation_id")?,
            room: row.id_or_none("room_id")?,
            attempt: row.int("attempt")?,
            state: row.word("state")?,
            wanted_rev: row.int("wanted_rev")?,
            shown_rev: row.int("shown_rev")?,
            shown_face: row.json_or_none("shown_face")?,
            encrypted: row.flag("encrypted")?,
        })
    }
}

impl Tx {
    /// The portal of a conversation, reserved if there is none.
    pub async fn ensure_portal(
        &mut self,
        conversation: &ConversationId,
    ) -> Result<PortalRow, StoreError> {
        if let Some(portal) = self.find_portal(conversation).await? {
            return Ok(portal);
        }
        self.execute(INSERT, values![conversation, false]).await?;
        self.find_portal(conversation)
            .await?
            .ok_or(StoreError::Missing { what: "portal" })
    }

    /// The portal of a conversation.
    pub async fn find_portal(
        &mut self,
        conversation: &ConversationId,
    ) -> Result<Option<PortalRow>, StoreError> {
        let row = self.row(FIND, values![conversation]).await?;
        row.map(|row| PortalRow::read(&row)).transpose()
    }

    /// The conversation whose room this is.
    pub async fn find_by_room(
        &mut self,
        room: &RoomId,
    ) -> Result<Option<ConversationId>, StoreError> {
        let row = self.row(FIND_BY_ROOM, values![room]).await?;
        row.map(|row| row.id("conversation_id")).transpose()
    }

    /// The alias is somebody else's: the number of the next one.
    /// [`StoreError::Stale`] if the portal is ready.
    pub async fn next_portal_attempt(
        &mut self,
        conversation: &ConversationId,
    ) -> Result<i64, StoreError> {
        let row = self.row(NEXT_ATTEMPT, values![conversation]).await?;
        row.ok_or(StoreError::Stale)?.int("attempt")
    }

    /// The room has been created; who belongs there comes later.
    pub async fn set_portal_room(
        &mut self,
        conversation: &ConversationId,
        room: &RoomId,
    ) -> Result<(), StoreError> {
        self.execute(ROOM, values![conversation, room]).await?;
        Ok(())
    }

    /// The room is there.
    pub async fn set_portal_ready(
        &mut self,
        conversation: &ConversationId,
        room: &RoomId,
    ) -> Result<(), StoreError> {
        self.execute(READY, values![conversation, room]).await?;
        Ok(())
    }

    /// What the room should show has changed: its lane is due at `due`, so that
    /// several changes become one.
    pub async fn want_portal(
        &mut self,
        conversation: &ConversationId,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.touch(WANT, values![conversation]).await? {
            self.ensure_portal(conversation).await?;
            self.execute(WANT, values![conversation]).await?;
        }
        self.wake(&Lane::of(LaneKind::Portal, conversation), due);
        Ok(())
    }

    /// The room shows revision `rev`, which looks like `face`.
    pub async fn set_portal_shown(
        &mut self,
        conversation: &ConversationId,
        rev: i64,
        face: &Face,
    ) -> Result<(), StoreError> {
        self.execute(SHOWN, values![conversation, rev, json(face)?])
            .await?;
        Ok(())
    }

    /// Whether the room is encrypted; `true` if that is news.
    pub async fn set_portal_encrypted(
        &mut self,
        conversation: &ConversationId,
        encrypted: bool,
    ) -> Result<bool, StoreError> {
        self.touch(ENCRYPTED, values![conversation, encrypted])
            .await
    }
}

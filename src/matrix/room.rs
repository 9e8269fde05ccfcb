//! Rooms: creating and finding them, their state.

use ruma::OwnedRoomAliasId;
use ruma::api::client::alias::get_alias;
use ruma::api::client::state::get_state_event_for_key::v3::StateEventFormat;
use ruma::api::client::state::{get_state_event_for_key, send_state_event};
use ruma::serde::Raw;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use super::MatrixError;
use super::client::Client;
use super::names::id;
use super::recipe;
use super::wire::Share;
use crate::domain::ids::{RoomId, UserId};
use crate::domain::room::{Face, Recipe};

impl Client {
    /// Creates a room as the desk.
    pub(super) async fn create(&self, recipe: &Recipe) -> Result<RoomId, MatrixError> {
        let version = self.new_rooms_version().await?;
        let mut request = recipe::request(recipe, &self.desk, &version)?;
        request.room_version = self.wanted_version();
        let call = self.as_desk("create_room", Share::Rooms);
        let answer = self.wire.ask(call, request).await?;
        Ok(answer.room_id.as_str().into())
    }

    /// The room behind an alias, if it is ours and complete.
    pub(super) async fn find(
        &self,
        alias: &str,
        loket_id: &str,
    ) -> Result<Option<RoomId>, MatrixError> {
        let alias: OwnedRoomAliasId = id(alias)?;
        let call = self.as_desk("find_alias", Share::Others);
        let answer = self.wire.ask(call, get_alias::v3::Request::new(alias));
        let Some(answer) = unless_missing(answer.await)? else {
            return Ok(None);
        };
        let room = RoomId::from(answer.room_id.as_str());
        let created = self
            .state_as(&room, "m.room.create", "", StateEventFormat::Event)
            .await?;
        let by_desk = created
            .as_ref()
            .and_then(|event| event.get("sender"))
            .is_some_and(|sender| sender == self.desk.as_str());
        if !by_desk {
            return Ok(None);
        }
        // The last event of the recipe: what has it has everything.
        let ours = self.state(&room, recipe::ROOM, "").await?;
        let same = ours
            .as_ref()
            .and_then(|ours| ours.get("loket_id"))
            .is_some_and(|id| id == loket_id);
        Ok(same.then_some(room))
    }

    /// Brings name, topic and state event up to date.
    pub(super) async fn bring_face(
        &self,
        room: &RoomId,
        shown: Option<&Face>,
        wanted: &Face,
    ) -> Result<(), MatrixError> {
        if shown.is_none_or(|shown| shown.name != wanted.name) {
            let content = json!({ "name": wanted.name });
            self.put_state(room, "m.room.name", "", &content).await?;
        }
        if shown.is_none_or(|shown| shown.topic != wanted.topic) {
            let content = json!({ "topic": wanted.topic });
            self.put_state(room, "m.room.topic", "", &content).await?;
        }
        if shown.is_none_or(|shown| shown.state != wanted.state) {
            let content = json!(wanted.state);
            self.put_state(room, recipe::CONVERSATION, "", &content)
                .await?;
        }
        Ok(())
    }

    /// Puts a room into a space.
    pub(super) async fn put_child(
        &self,
        space: &RoomId,
        child: &RoomId,
    ) -> Result<(), MatrixError> {
        let content = json!({ "via": [self.names.domain] });
        self.put_state(space, "m.space.child", child.as_str(), &content)
            .await
    }

    /// Sets power levels of users; others stay. The desk's own never changes.
    pub(super) async fn merge_powers(
        &self,
        room: &RoomId,
        powers: &[(UserId, i64)],
    ) -> Result<(), MatrixError> {
        let state = self.state(room, "m.room.power_levels", "").await?;
        let mut content = state.unwrap_or_else(|| json!({}));
        let before = content.clone();
        let Some(levels) = content.as_object_mut() else {
            return Ok(());
        };
        let users = levels.entry("users").or_insert_with(|| json!({}));
        if !users.is_object() {
            *users = Value::Object(Map::new());
        }
        for (user, level) in powers.iter().filter(|(user, _)| *user != self.desk) {
            users[user.as_str()] = (*level).into();
        }
        if content == before {
            return Ok(());
        }
        self.put_state(room, "m.room.power_levels", "", &content)
            .await
    }

    /// Writes a state event as the desk. Homeservers keep one event for the same
    /// content written twice.
    pub(super) async fn put_state(
        &self,
        room: &RoomId,
        kind: &str,
        key: &str,
        content: &Value,
    ) -> Result<(), MatrixError> {
        let body = to_raw_value(content).map_err(|_unwritable| MatrixError::Refused {
            code: "M_BAD_JSON".into(),
            status: 400,
        })?;
        let request = send_state_event::v3::Request::new_raw(
            id(room.as_str())?,
            kind.into(),
            key.to_owned(),
            Raw::from_json(body),
        );
        let call = self.as_desk("put_state", Share::Sends);
        self.wire.ask(call, request).await.map(|_put| ())
    }

    /// The content of a state event; `None` if there is none, or if the desk may
    /// not see it.
    pub(super) async fn state(
        &self,
        room: &RoomId,
        kind: &str,
        key: &str,
    ) -> Result<Option<Value>, MatrixError> {
        self.state_as(room, kind, key, StateEventFormat::Content)
            .await
    }

    /// A state event, whole or its content.
    async fn state_as(
        &self,
        room: &RoomId,
        kind: &str,
        key: &str,
        format: StateEventFormat,
    ) -> Result<Option<Value>, MatrixError> {
        let mut request = get_state_event_for_key::v3::Request::new(
            id(room.as_str())?,
            kind.into(),
            key.to_owned(),
        );
        request.format = format;
        let call = self.as_desk("get_state", Share::Others);
        let answer = unless_missing(self.wire.ask(call, request).await)?;
        Ok(answer.and_then(|answer| serde_json::from_str(answer.event_or_content.get()).ok()))
    }
}

/// `None` for what does not exist or is not for us to see.
fn unless_missing<T>(answer: Result<T, MatrixError>) -> Result<Option<T>, MatrixError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(MatrixError::Refused { code, status })
            if code == "M_NOT_FOUND" || (code == "M_FORBIDDEN" && status == 403) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

//! Writing events and finding them again.

use ruma::api::client::message::{get_message_events, send_message_event};
use ruma::api::client::redact::redact_event;
use ruma::serde::Raw;
use ruma::{MilliSecondsSinceUnixEpoch, OwnedRoomId, OwnedTransactionId, UInt};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::to_raw_value;

use super::MatrixError;
use super::client::Client;
use super::content::{Content, LOKET_ID, content};
use super::names::id;
use super::wire::Share;
use crate::domain::ids::{EventId, RoomId};
use crate::domain::room::Outgoing;

/// How many events are read at a time.
const PAGE: u32 = 100;

/// An event as far as we look for our own.
#[derive(Deserialize)]
struct Found {
    /// Its id.
    event_id: String,
    /// Its content.
    #[serde(default)]
    content: Value,
}

impl Client {
    /// Writes an event. The transaction id is our own id of the event: homeservers
    /// keep transaction ids apart by path and application service, not by user, and
    /// ours are unique across all users.
    pub(super) async fn write_event(&self, outgoing: &Outgoing) -> Result<EventId, MatrixError> {
        let room: OwnedRoomId = id(outgoing.room.as_str())?;
        let transaction = OwnedTransactionId::from(outgoing.loket_id.as_str());
        let written = match content(outgoing) {
            Content::Send { kind, content } => {
                let body = to_raw_value(&content).map_err(|_unwritable| too_large())?;
                let mut request = send_message_event::v3::Request::new_raw(
                    room,
                    transaction,
                    kind.into(),
                    Raw::from_json(body),
                );
                request.timestamp = outgoing.at.and_then(millis);
                let call = self.by_device("send", &outgoing.author);
                let answer = self.wire.ask(call, request).await;
                answer.map(|answer| answer.event_id)
            }
            Content::Redact { target, content } => {
                let target = id(target.as_str())?;
                let request = redact_event::v3::Request::new(room, target, transaction);
                let call = self.by_device("redact", &outgoing.author);
                let answer = self.wire.ask_with(call, request, &content).await;
                answer.map(|answer| answer.event_id)
            }
        };
        if let Err(MatrixError::Refused { .. }) = &written {
            // Perhaps the homeserver has lost the user or its device: they are made
            // anew when the user is asked for next.
            self.known.invalidate(&outgoing.author);
        }
        written.map(|event| event.as_str().into())
    }

    /// Looks for an event of ours, newest first.
    pub(super) async fn look_back(
        &self,
        room: &RoomId,
        loket_id: &str,
        limit: u32,
    ) -> Result<Option<EventId>, MatrixError> {
        let mut from = None;
        let mut left = limit;
        while left > 0 {
            let page = left.min(PAGE);
            left -= page;
            let mut request = get_message_events::v3::Request::backward(id(room.as_str())?);
            request.from = from;
            request.limit = UInt::from(page);
            let call = self.as_desk("history", Share::Others);
            let answer = self.wire.ask(call, request).await?;
            let found = answer
                .chunk
                .into_iter()
                .filter_map(|event| event.deserialize_as_unchecked::<Found>().ok())
                .find(|event| {
                    event.content.get(LOKET_ID).and_then(Value::as_str) == Some(loket_id)
                });
            if let Some(event) = found {
                return Ok(Some(event.event_id.into()));
            }
            if answer.end.is_none() {
                break;
            }
            from = answer.end;
        }
        Ok(None)
    }
}

/// A time as Matrix writes it; `None` before 1970.
fn millis(at: jiff::Timestamp) -> Option<MilliSecondsSinceUnixEpoch> {
    UInt::try_from(at.as_millisecond())
        .ok()
        .map(MilliSecondsSinceUnixEpoch)
}

/// What cannot be written as JSON.
fn too_large() -> MatrixError {
    MatrixError::Refused {
        code: "M_BAD_JSON".into(),
        status: 400,
    }
}

//! Ephemeral events → [`Signal`]s.

use serde_json::Value;

use super::text;
use crate::domain::ids::UserId;
use crate::domain::room_event::Signal;

/// Reads an ephemeral event; empty for those that do not matter. Of receipts only
/// `m.read` counts: private ones tell nobody.
pub fn signals(json: &str) -> Vec<Signal> {
    serde_json::from_str::<Value>(json)
        .ok()
        .and_then(|event| read(&event))
        .unwrap_or_default()
}

/// Reads an event; `None` if it is not one of ours.
fn read(event: &Value) -> Option<Vec<Signal>> {
    let room = text(event, "room_id")?;
    let content = event.get("content")?;
    match text(event, "type")? {
        "m.typing" => {
            let users = content.get("user_ids")?.as_array()?;
            Some(vec![Signal::Typing {
                room: room.into(),
                users: users
                    .iter()
                    .filter_map(Value::as_str)
                    .map(UserId::from)
                    .collect(),
            }])
        }
        "m.receipt" => {
            let mut read = Vec::new();
            for (event, receipts) in content.as_object()? {
                let users = receipts.get("m.read").and_then(Value::as_object);
                read.extend(users.into_iter().flatten().map(|(user, _)| Signal::Read {
                    room: room.into(),
                    user: user.as_str().into(),
                    event: event.as_str().into(),
                }));
            }
            Some(read)
        }
        _ => None,
    }
}

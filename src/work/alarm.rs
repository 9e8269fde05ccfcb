//! What the alerts room is told.
//!
//! Trouble that lasts and whose end is seen is an alarm: said when it begins
//! ([`raise`]) and when it is over ([`clear`]). What merely happens is news, said
//! each time it happens ([`news`]). Trouble whose end nobody sees is said once a
//! day while it goes on ([`daily`]).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::ids::{AccountId, RowId};
use crate::domain::saying::Saying;
use crate::saying;
use crate::store::{Lane, LaneKind, NewOutbox, StoreError, Tx};

use super::task::Task;

/// How many dead rows of a kind of lane are told of in an hour; when one thing is
/// broken, all rows may die of it.
const DEAD_AN_HOUR: usize = 5;

/// How the ids of what the alerts room is told begin.
const PREFIX: &str = "alarm_";

/// The alarm about a homeserver that refuses what it should not.
const REFUSES: &str = "homeserver-refuses";

/// The alarm about encryption by default.
const ENCRYPTED: &str = "encrypted-rooms";

/// Raises the alarm `key`, unless it is raised already.
///
/// # Errors
/// The database's.
pub async fn raise(tx: &mut Tx, key: &str, says: Saying, now: Timestamp) -> Result<(), StoreError> {
    if !tx.raise_alarm(key, &says, now).await? {
        return Ok(());
    }
    tracing::warn!(alarm = key, "alarm raised");
    let name = format!("{key}_raised_{}", now.as_millisecond());
    say(tx, &name, says, now).await.map(|_new| ())
}

/// Clears the alarm `key`; says so if it was raised.
///
/// # Errors
/// The database's.
pub async fn clear(tx: &mut Tx, key: &str, says: Saying, now: Timestamp) -> Result<(), StoreError> {
    if !tx.clear_alarm(key, now).await? {
        return Ok(());
    }
    tracing::info!(alarm = key, "alarm cleared");
    let name = format!("{key}_cleared_{}", now.as_millisecond());
    say(tx, &name, says, now).await.map(|_new| ())
}

/// Tells what happened. The same `name` is told once: name it after the row that
/// brought it about.
///
/// # Errors
/// The database's.
pub async fn news(tx: &mut Tx, name: &str, says: Saying, now: Timestamp) -> Result<(), StoreError> {
    tracing::warn!(alarm = name, "news for the alerts room");
    say(tx, name, says, now).await.map(|_new| ())
}

/// Tells of trouble `key` whose end nobody sees: once a day while it goes on.
///
/// # Errors
/// The database's.
pub async fn daily(tx: &mut Tx, key: &str, says: Saying, now: Timestamp) -> Result<(), StoreError> {
    let name = format!("{key}_{}", now.to_zoned(TimeZone::UTC).date());
    say(tx, &name, says, now).await.map(|_new| ())
}

/// Tells of a row that is dead: each by itself, up to [`DEAD_AN_HOUR`] of a kind of
/// lane in an hour.
///
/// # Errors
/// The database's.
pub async fn dead(
    tx: &mut Tx,
    kind: LaneKind,
    row: &RowId,
    what: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if row.as_str().starts_with(PREFIX) {
        // What could not be told is itself what the alerts room should be told.
        return Ok(());
    }
    let hour = now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H");
    for place in 0..DEAD_AN_HOUR {
        let name = format!("dead_{}_{hour}_{place}", kind.name());
        let says = saying!("alarm-dead", row = row.as_str(), what = what);
        if say(tx, &name, says, now).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// A room of ours came up, encrypted or not: an alarm that names the homeserver's
/// setting, until the next room comes up as it should.
///
/// # Errors
/// The database's.
pub async fn encryption(tx: &mut Tx, encrypted: bool, now: Timestamp) -> Result<(), StoreError> {
    if encrypted {
        raise(tx, ENCRYPTED, saying!("alarm-encrypted"), now).await
    } else {
        clear(tx, ENCRYPTED, saying!("alarm-encrypted-over"), now).await
    }
}

/// The homeserver refuses what it should not.
///
/// # Errors
/// The database's.
pub async fn homeserver_refuses(
    tx: &mut Tx,
    code: String,
    now: Timestamp,
) -> Result<(), StoreError> {
    let says = saying!("alarm-homeserver-refuses", code = code);
    raise(tx, REFUSES, says, now).await
}

/// The homeserver took what it had refused.
///
/// # Errors
/// The database's.
pub async fn homeserver_takes(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    clear(tx, REFUSES, saying!("alarm-homeserver-takes"), now).await
}

/// The alarm of an account whose channel takes nothing.
pub fn down_key(account: &AccountId) -> String {
    format!("channel-down:{account}")
}

/// Puts a line into the alerts room's lane; `false` if it is known.
async fn say(tx: &mut Tx, name: &str, says: Saying, now: Timestamp) -> Result<bool, StoreError> {
    let row = NewOutbox {
        id: id(name),
        lane: Lane::desk(LaneKind::Matrix),
        payload: Task::Alert(says).encode()?,
        due: now,
        message: None,
    };
    Ok(tx.insert_outbox(vec![row], now).await? > 0)
}

/// The row of what is told under `name`.
fn id(name: &str) -> RowId {
    RowId::from(format!("{PREFIX}{name}"))
}

//! What the alerts room is told.
//!
//! Trouble that lasts and whose end is seen is an alarm: said when it begins
//! ([`raise`]) and when it is over ([`clear`]). What merely happens is news, said
//! each time it happens ([`news`]). Trouble whose end nobody sees is said once a
//! day while it goes on ([`daily`]).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::ids::{AccountId, RowId};
use crate::domain::saying::Saying;
use crate::saying;
use crate::store::{Lane, LaneKind, NewOutbox, StoreError, Tx};

use super::task::Task;

/// How many dead rows of a kind of lane are told of in an hour; when one thing is
/// broken, all rows may die of it.
const DEAD_AN_HOUR: usize = 5;

/// For how long no process must have seen its own trouble before it is over: each looks
/// once a minute.
const UNSEEN: SignedDuration = SignedDuration::from_secs(150);

/// How far apart the same trouble is noticed by processes that look once a minute.
const APART: SignedDuration = SignedDuration::from_mins(1);

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
    told_begun(tx, key, says, now).await
}

/// Says that the alarm `key` is raised.
async fn told_begun(
    tx: &mut Tx,
    key: &str,
    says: Saying,
    now: Timestamp,
) -> Result<(), StoreError> {
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
    told_over(tx, key, says, now).await
}

/// Says that the alarm `key` is over.
async fn told_over(tx: &mut Tx, key: &str, says: Saying, now: Timestamp) -> Result<(), StoreError> {
    tracing::info!(alarm = key, "alarm cleared");
    let name = format!("{key}_cleared_{}", now.as_millisecond());
    say(tx, &name, says, now).await.map(|_new| ())
}

/// Raises the alarm `key` about trouble that every process sees for itself, unless it is
/// raised already; that it goes on is noted, so that no other process clears it. `shared`
/// is the time by a clock that all of them share.
///
/// # Errors
/// The database's.
pub async fn raise_own(
    tx: &mut Tx,
    key: &str,
    says: Saying,
    shared: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    if tx.raise_alarm(key, &says, shared).await? {
        return told_begun(tx, key, says, now).await;
    }
    tx.see_alarm(key, shared).await
}

/// Clears the alarm `key` about trouble that every process sees for itself, when none
/// has seen it for [`UNSEEN`]; says so if it was raised.
///
/// # Errors
/// The database's.
pub async fn clear_own(
    tx: &mut Tx,
    key: &str,
    says: Saying,
    shared: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !tx.clear_unseen_alarm(key, shared, UNSEEN).await? {
        return Ok(());
    }
    told_over(tx, key, says, now).await
}

/// Tells of trouble `key` that lasted from `since` until now, when nothing could be told:
/// once, however many processes had it.
///
/// # Errors
/// The database's.
pub async fn passed(
    tx: &mut Tx,
    key: &str,
    says: Saying,
    since: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !tx.pass_alarm(key, &says, since, now, APART).await? {
        return Ok(());
    }
    news(tx, &format!("{key}_{}", since.as_millisecond()), says, now).await
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

//! What is looked at once a minute, so that trouble is told before somebody misses
//! their lines: free space, the age of what waits, clocks, the database.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::crash::Spot;
use crate::saying;
use crate::shutdown::Shutdown;
use crate::store::{LaneKind, StoreError, Tx};

use super::{Works, alarm};

/// How long between two looks.
const EVERY: Duration = Duration::from_mins(1);

/// Less free space than this is nearly none.
const LEAST_FREE: u64 = 512 * 1024 * 1024;

/// From here on a row has waited too long.
const OLD: SignedDuration = SignedDuration::from_mins(10);

/// From here on clocks are too far apart.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Below this they are near each other again.
const NO_SKEW: SignedDuration = SignedDuration::from_secs(30);

/// The alarm about a homeserver that is not reachable.
const AWAY: &str = "homeserver-away";

/// Space in a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that we may still write.
    pub free: u64,
}

impl Room {
    /// Whether there is hardly any left.
    pub fn is_nearly_full(self) -> bool {
        self.free < LEAST_FREE
    }

    /// Whether there is so much that nobody need think of it: some more than where
    /// the trouble begins, so that it does not begin and end all the time.
    fn is_ample(self) -> bool {
        self.free > LEAST_FREE / 4 * 5
    }
}

/// The space at a folder.
///
/// # Errors
/// The operating system's.
pub fn room_at(folder: &Path) -> io::Result<Room> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(Room {
        free: found.f_bavail.saturating_mul(found.f_frsize),
    })
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub struct Seen {
    /// Since when the database takes nothing.
    database_away: Option<Timestamp>,
}

/// Looks once a minute until the stop. `folder` is where the database's file lies, if
/// it is one.
pub async fn run(work: Works, folder: Option<PathBuf>, shutdown: Shutdown) {
    let mut seen = Seen::default();
    let mut minute = tokio::time::interval(EVERY);
    minute.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            _ = minute.tick() => {}
        }
        let room = folder.as_deref().map(room_at).and_then(Result::ok);
        look(&work, room, &mut seen).await;
    }
}

/// Looks once. `room` is the space where the database lies, if that is known.
pub async fn look(work: &Works, room: Option<Room>, seen: &mut Seen) {
    let now = work.clock.now();
    let skew = work.homeserver.skew();
    let away = seen.database_away;
    let told = work.store.at(Spot::CareLook).write(move |tx| {
        Box::pin(async move {
            tx.probe(now).await?;
            back(tx, away, now).await?;
            if let Some(room) = room {
                space(tx, room, now).await?;
            }
            if let Some(skew) = skew {
                clocks(tx, skew, now).await?;
            }
            lanes(tx, now).await
        })
    });
    match told.await {
        Ok(()) => seen.database_away = None,
        Err(error) => {
            // What cannot be stored cannot be told in a room: ready and the log say it.
            tracing::error!(%error, "the database takes nothing");
            seen.database_away.get_or_insert(now);
        }
    }
}

/// The database takes something again: how long it did not is told.
async fn back(tx: &mut Tx, away: Option<Timestamp>, now: Timestamp) -> Result<(), StoreError> {
    let Some(since) = away else {
        return Ok(());
    };
    let minutes = now.duration_since(since).as_mins().max(1);
    let says = saying!("alarm-database-away", minutes = minutes);
    alarm::passed(tx, "database-away", says, since, now).await
}

/// Free space.
async fn space(tx: &mut Tx, room: Room, now: Timestamp) -> Result<(), StoreError> {
    if room.is_nearly_full() {
        let megabytes = i64::try_from(room.free / (1024 * 1024)).unwrap_or(i64::MAX);
        let says = saying!("alarm-disk", megabytes = megabytes);
        return alarm::raise(tx, "disk", says, now).await;
    }
    if room.is_ample() {
        return alarm::clear(tx, "disk", saying!("alarm-disk-over"), now).await;
    }
    Ok(())
}

/// Our clock against the homeserver's. Of several processes one may be wrong and the
/// others right; what they note is in the homeserver's time, the only one they share.
async fn clocks(tx: &mut Tx, ahead: SignedDuration, now: Timestamp) -> Result<(), StoreError> {
    let (apart, theirs) = (ahead.abs(), now - ahead);
    if apart >= SKEW {
        let says = saying!("alarm-clock", seconds = apart.as_secs());
        return alarm::raise_own(tx, "clock", says, theirs, now).await;
    }
    if apart < NO_SKEW {
        let says = saying!("alarm-clock-over");
        return alarm::clear_own(tx, "clock", says, theirs, now).await;
    }
    Ok(())
}

/// Rows that have waited too long, by kind of lane.
async fn lanes(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    for kind in LaneKind::ALL {
        let key = format!("lane-stuck:{}", kind.name());
        let depth = tx.depth_and_age(kind, now).await?;
        let age = depth.oldest.map(|oldest| now.duration_since(oldest));
        if let Some(age) = age.filter(|age| *age >= OLD) {
            let minutes = age.as_mins();
            let says = saying!("alarm-lane-stuck", lane = kind.name(), minutes = minutes);
            alarm::raise(tx, &key, says, now).await?;
        } else {
            let says = saying!("alarm-lane-stuck-over", lane = kind.name());
            alarm::clear(tx, &key, says, now).await?;
        }
    }
    Ok(())
}

/// The homeserver is there, or is not: told once when it goes and once when it is
/// back. The first of these can only be read after the second has happened.
pub async fn homeserver(work: &Works, there: bool) {
    let now = work.clock.now();
    let told = work.store.at(Spot::CareHomeserver).write(move |tx| {
        Box::pin(async move {
            if there {
                let says = saying!("alarm-homeserver-back");
                return alarm::clear(tx, AWAY, says, now).await;
            }
            let since = now.strftime("%Y-%m-%d %H:%M UTC").to_string();
            let says = saying!("alarm-homeserver-away", since = since);
            alarm::raise(tx, AWAY, says, now).await
        })
    });
    if let Err(error) = told.await {
        tracing::error!(%error, "an alarm about the homeserver could not be stored");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_room_and_a_folder_that_is_not_there_is_an_error() {
        assert!(room_at(Path::new("/")).unwrap().free > 0);
        assert!(room_at(Path::new("/no such folder")).is_err());
    }

    #[test]
    fn between_nearly_full_and_ample_nothing_changes() {
        let room = |megabytes: u64| Room {
            free: megabytes * 1024 * 1024,
        };
        assert!(room(511).is_nearly_full() && !room(511).is_ample());
        assert!(!room(600).is_nearly_full() && !room(600).is_ample());
        assert!(!room(641).is_nearly_full() && room(641).is_ample());
    }
}

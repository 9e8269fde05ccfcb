//! The database, read only: beside a daemon or without one.

use std::cmp::Ordering;

use jiff::SignedDuration;

use super::finding::Tell;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::store::{About, LaneKind, Peek, Store, StoreError};

/// From here on the write-ahead log is larger than it should ever be.
const LONG_LOG: u64 = 256 * 1024 * 1024;

/// How old the oldest row of a lane may be.
const OLD: SignedDuration = SignedDuration::from_mins(10);

/// What lies in the database and waits for somebody.
#[derive(Debug, Default)]
struct Kept {
    /// Rows that failed for good.
    dead: i64,
    /// Webhooks for none of our accounts.
    unrouted: i64,
    /// What was not understood.
    unparsed: i64,
    /// Lanes whose oldest row is too old, by name.
    stuck: Vec<&'static str>,
}

/// Examines the database.
pub(super) async fn examine(config: &Config, tell: &Tell) {
    let peek = match Peek::open(&config.database.url).await {
        Ok(Some(peek)) => peek,
        Ok(None) => {
            return tell.ok("database", "none yet: the daemon makes it when it starts");
        }
        Err(error) => return tell.fail("database", words(&error)),
    };
    match peek.about().await {
        Ok(about) => {
            schema(&about, tell);
            log(&about, tell);
            if about.schema == 0 {
                return peek.close().await;
            }
        }
        Err(error) => tell.fail("database", words(&error)),
    }
    match kept(&peek).await {
        Ok(kept) => waits(&kept, tell),
        Err(error) => tell.fail("rows", words(&error)),
    }
    peek.close().await;
}

/// The rooms that the daemon made for itself, by key.
pub(super) async fn own_rooms(config: &Config) -> Result<Vec<(String, String)>, String> {
    let peek = Peek::open(&config.database.url).await;
    let Some(peek) = peek.map_err(|error| words(&error))? else {
        return Ok(Vec::new());
    };
    let rooms = match peek.about().await {
        Ok(about) if about.schema == 0 => Ok(Vec::new()),
        Ok(_) => {
            peek.read(|tx| Box::pin(async move { tx.list_rooms().await }))
                .await
        }
        Err(error) => Err(error),
    };
    peek.close().await;
    let rooms = rooms.map_err(|error| words(&error))?;
    let own = rooms.into_iter().filter_map(|row| {
        let room = row.room?.to_string();
        (row.id == "alerts" || row.id.starts_with("lobby:")).then_some((row.id, room))
    });
    Ok(own.collect())
}

/// Says which schema it has.
fn schema(about: &About, tell: &Tell) {
    let ours = Store::schema_version();
    let (engine, found) = (&about.engine, about.schema);
    let megabytes = about.bytes / (1024 * 1024);
    let words = format!("{engine}, {megabytes} MB, schema {found}");
    match found.cmp(&ours) {
        Ordering::Less if found == 0 => tell.ok(
            "database",
            format!("{engine}, no tables yet: the daemon makes them when it starts"),
        ),
        Ordering::Greater => tell.fail(
            "database",
            format!("{words}: a newer Loket has used it, this one knows {ours}. Use the newer one"),
        ),
        Ordering::Less => tell.warn(
            "database",
            format!("{words}: the next start brings it to {ours}. Make a backup first"),
        ),
        Ordering::Equal => tell.ok("database", words),
    }
    for fault in &about.faults {
        tell.fail("database", fault.as_str());
    }
    for advice in &about.advice {
        tell.warn("database", advice.as_str());
    }
}

/// Says how long the write-ahead log is.
fn log(about: &About, tell: &Tell) {
    let Some(log) = about.log_bytes else {
        return;
    };
    let words = format!("the write-ahead log has {} MB", log / (1024 * 1024));
    if log > LONG_LOG {
        tell.warn(
            "database",
            format!("{words}: something reads for a long time (a backup?); it shrinks afterwards"),
        );
    } else {
        tell.ok("database", words);
    }
}

/// Counts what lies there.
async fn kept(peek: &Peek) -> Result<Kept, StoreError> {
    let now = SystemClock.now();
    peek.read(move |tx| {
        Box::pin(async move {
            let counts = tx.count_kept().await?;
            let mut kept = Kept {
                dead: counts.dead,
                unrouted: counts.unrouted,
                unparsed: counts.unparsed,
                stuck: Vec::new(),
            };
            for kind in LaneKind::ALL {
                let depth = tx.depth_and_age(kind, now).await?;
                if depth
                    .oldest
                    .is_some_and(|oldest| now.duration_since(oldest) > OLD)
                {
                    kept.stuck.push(kind.name());
                }
            }
            Ok(kept)
        })
    })
    .await
}

/// Says what lies there.
fn waits(kept: &Kept, tell: &Tell) {
    let mut well = true;
    for (count, what, option) in [
        (kept.dead, "could not be worked", "--dead"),
        (
            kept.unrouted,
            "are for accounts that are not in the configuration",
            "--unrouted",
        ),
        (kept.unparsed, "were not understood", "--unparsed"),
    ] {
        if count > 0 {
            well = false;
            tell.warn(
                "rows",
                format!("{count} {what}: mend the cause, then run `loket replay {option}`"),
            );
        }
    }
    if !kept.stuck.is_empty() {
        well = false;
        let lanes = kept.stuck.join(", ");
        tell.warn(
            "rows",
            format!("some wait for more than 10 minutes, in lanes: {lanes}"),
        );
    }
    if well {
        tell.ok("rows", "nothing lies about");
    }
}

/// What is wrong, with its cause.
fn words(error: &StoreError) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

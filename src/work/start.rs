//! What happens at start: the homeserver is reached, the desk's own rooms are made,
//! one harmless event is written. Until then the daemon is not ready; what comes in
//! meanwhile is stored. Afterwards the homeserver is asked again and again whether
//! it still reaches us.

use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::queue::Backoff;
use crate::shutdown::Shutdown;

use super::show::Trouble;
use super::{Works, care, reconcile, rooms};

/// How long between two pings, but for the jitter.
const EVERY: SignedDuration = SignedDuration::from_secs(25);

/// The same while the homeserver does not reach us: what it holds back is asked for
/// as soon as it is there again.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// How long the answers to two doubts lie apart at least, and two pings that agree that
/// the homeserver is away.
const REST: Duration = Duration::from_secs(1);

/// A ping that took longer has asked for long enough.
const QUICK: Duration = Duration::from_secs(3);

/// How much longer it may be, as a fraction of it.
const JITTER: f64 = 0.4;

/// Why the daemon is not ready before it has begun to start.
pub const UNREACHED: &str = "the homeserver has not been reached yet";

/// Told why the homeserver's part is missing; `None` when it is there.
pub type Report = Box<dyn Fn(Option<String>) + Send + Sync>;

/// Starts, trying until it works, then watches until the stop.
pub async fn run(work: Works, report: Report, shutdown: Shutdown) {
    tokio::select! {
        () = shutdown.wait() => {}
        () = watch(&work, &report) => {}
    }
}

/// Starts, then watches for ever. Whatever it is in the middle of may be cut off.
async fn watch(work: &Works, report: &Report) {
    report(Some(UNREACHED.to_owned()));
    let mut tries = 0;
    while let Err(trouble) = start(work).await {
        let reason = words(&trouble);
        tracing::warn!(reason, "the start is not complete yet");
        report(Some(reason));
        if matches!(trouble, Trouble::Matrix(_)) {
            care::homeserver(work, false).await;
        }
        let wait = Backoff::wait(tries, &*work.clock).min(SignedDuration::from_secs(15));
        tries += 1;
        tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
    }
    report(None);
    care::homeserver(work, true).await;
    tracing::info!("ready");
    let mut well = true;
    loop {
        let every = if well { EVERY } else { AGAIN }.unsigned_abs();
        let pause = every.mul_f64(1.0 + work.clock.jitter() * JITTER);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = doubt(work), if well => {}
        }
        well = look(work, report, well).await;
    }
}

/// Returns when a request of anybody's failed as if the homeserver were away: the one
/// that is always under way breaks off at the moment it dies.
async fn doubt(work: &Works) {
    tokio::time::sleep(REST).await;
    work.homeserver.doubted().await;
}

/// Asks whether the homeserver reaches us, and reports it; `well` is how it was before.
/// What it held back while it did not is asked for.
///
/// One request that fails turns nothing: it only leads to a ping. When that fails too and
/// at once, it is asked again after [`REST`], and only the second refusal counts.
pub async fn look(work: &Works, report: &Report, well: bool) -> bool {
    let begun = Instant::now();
    let mut reached = reach(work, well).await;
    if well && reached.is_err() {
        // Whatever the next one says: it may have been restarted in between.
        reconcile::raise(work, "it did not reach us").await;
        if begun.elapsed() < QUICK {
            tokio::time::sleep(REST).await;
            reached = reach(work, well).await;
        }
    }
    match reached {
        Ok(()) => {
            if !well {
                tracing::info!("the homeserver reaches us again");
                care::homeserver(work, true).await;
            }
            report(None);
            true
        }
        Err(trouble) => {
            let reason = words(&trouble);
            // First of all: the database may be away as well.
            report(Some(reason.clone()));
            if well {
                tracing::warn!(reason, "the homeserver does not reach us");
                if matches!(trouble, Trouble::Matrix(_)) {
                    care::homeserver(work, false).await;
                }
            }
            false
        }
    }
}

/// Pings; if it was not well before, also nudges.
async fn reach(work: &Works, well: bool) -> Result<(), Trouble> {
    work.homeserver.ping().await?;
    if !well {
        let alerts = rooms::alerts(work).await?;
        work.homeserver.nudge(&alerts).await?;
    }
    Ok(())
}

/// Does everything once.
async fn start(work: &Works) -> Result<(), Trouble> {
    rooms::ensure_all(work).await?;
    let round_trip = work.homeserver.ping().await?;
    // A service that was down gets nothing until a new event happens.
    let alerts = rooms::alerts(work).await?;
    work.homeserver.nudge(&alerts).await?;
    tracing::info!(
        round_trip_ms = i64::try_from(round_trip.as_millis()).unwrap_or(i64::MAX),
        "the homeserver reaches us"
    );
    Ok(())
}

/// What is wrong, for the operator.
fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Store(error) => format!("the database: {error}"),
        Trouble::Matrix(error) => error.to_string(),
        Trouble::NotYet(what) => (*what).to_owned(),
    }
}

//! Tells the other processes on the database that lanes were woken.
//!
//! `pg_notify` after the commit and not inside it: a commit that notifies holds a lock
//! of the whole server until it is on the disk. What is lost between the two (a
//! process dies, a connection is cut) is found by the runners' slow poll.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgListener, PgPool};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Pools;
use crate::store::Wakers;
use crate::store::lane::LaneKind;

/// The channel's name.
const CHANNEL: &str = "loket_lanes";

/// Rings. A statement that is run with parameters returns its column, which is void.
const NOTIFY: &str = "SELECT pg_notify('loket_lanes', $1)";

/// The number that the server knows this connection by.
const WHO: &str = "SELECT CAST(pg_backend_pid() AS BIGINT)";

/// How long nobody need say anything before the connection is made anew: a server that
/// has gone without a word is not heard to go.
const SILENCE: Duration = Duration::from_mins(1);

/// How long until a lost connection is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Rings for other processes; cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::store) struct Bell(mpsc::UnboundedSender<BTreeSet<LaneKind>>);

/// The connection that rings, as the server numbers it: what it says comes back to us.
type Own = Arc<AtomicU32>;

impl Bell {
    /// A bell, with tasks that ring it and listen for others.
    pub(in crate::store) fn hang(pools: &Pools, wakers: &Wakers, tasks: &mut JoinSet<()>) -> Self {
        let (bell, rung) = mpsc::unbounded_channel();
        let own = Own::default();
        let rings = ring_for_others(pools.bells.clone(), rung, Arc::clone(&own));
        tasks.spawn(rings);
        tasks.spawn(listen(pools.bells.clone(), wakers.clone(), own));
        Self(bell)
    }

    /// Lanes of these kinds were woken.
    pub(super) fn ring(&self, kinds: BTreeSet<LaneKind>) {
        if !kinds.is_empty() {
            // Nobody rings any more: the store is being closed.
            drop(self.0.send(kinds));
        }
    }
}

/// Rings for what was woken: everything that waits in one ring.
async fn ring_for_others(
    pool: PgPool,
    mut rung: mpsc::UnboundedReceiver<BTreeSet<LaneKind>>,
    own: Own,
) {
    let (mut waiting, mut kept) = (Vec::new(), None);
    while rung.recv_many(&mut waiting, usize::MAX).await > 0 {
        let kinds: BTreeSet<LaneKind> = waiting.drain(..).flatten().collect();
        let words: Vec<&str> = kinds.into_iter().map(LaneKind::name).collect();
        let words = words.join(" ");
        match tokio::time::timeout(SILENCE, ring_once(&pool, &mut kept, &words, &own)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::debug!(%error, "other processes could not be told that there is work");
            }
            Err(_elapsed) => tracing::debug!("the server does not say whether it told others"),
        }
    }
}

/// Rings once, on the connection that rang last if that is still there.
async fn ring_once(
    pool: &PgPool,
    kept: &mut Option<PoolConnection<Postgres>>,
    words: &str,
    own: &Own,
) -> Result<(), sqlx::Error> {
    if let Some(mut connection) = kept.take()
        && notify(&mut connection, words).await.is_ok()
    {
        *kept = Some(connection);
        return Ok(());
    }
    let mut connection = pool.acquire().await?;
    let who = who(&mut connection).await?;
    own.store(who, Ordering::Relaxed);
    notify(&mut connection, words).await?;
    *kept = Some(connection);
    Ok(())
}

/// Rings on a connection.
async fn notify(connection: &mut PgConnection, words: &str) -> Result<(), sqlx::Error> {
    let rung = sqlx::query(NOTIFY).bind(words).execute(connection).await;
    rung.map(|_done| ())
}

/// The number that the server knows a connection by.
async fn who(connection: &mut PgConnection) -> Result<u32, sqlx::Error> {
    let who: i64 = sqlx::query_scalar(WHO).fetch_one(connection).await?;
    Ok(u32::try_from(who).unwrap_or_default())
}

/// Wakes our own lanes when others ring, for ever. Whenever a ring may have been
/// missed, all are woken.
async fn listen(pool: PgPool, wakers: Wakers, own: Own) {
    let mut missed = false;
    loop {
        if let Err(error) = hear(&pool, &wakers, &own, missed).await {
            if matches!(error, sqlx::Error::PoolClosed) {
                return;
            }
            tracing::debug!(%error, "other processes are not heard");
        }
        missed = true;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Listens until the connection is lost for longer. `missed`: it was before.
async fn hear(
    pool: &PgPool,
    wakers: &Wakers,
    own: &Own,
    mut missed: bool,
) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        for kind in LaneKind::ALL.into_iter().filter(|_| missed) {
            wakers.wake(kind);
        }
        // After `None` the connection is there again, and was lost before.
        missed = true;
        loop {
            let Ok(ring) = tokio::time::timeout(SILENCE, listener.try_recv()).await else {
                return Ok(());
            };
            let Some(ring) = ring? else { break };
            if ring.process_id() == own.load(Ordering::Relaxed) {
                continue;
            }
            let words = ring.payload().split(' ');
            for kind in words.filter_map(LaneKind::of_name) {
                wakers.wake(kind);
            }
        }
    }
}

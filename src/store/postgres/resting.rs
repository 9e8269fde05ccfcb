//! Connections between transactions.
//!
//! The pool asks the server three times around each use of a connection whether it is
//! still there. Here a connection whose transaction has ended well is kept as it is, and
//! the next `BEGIN` finds out. The pool makes the connections and ends old ones.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor as _, Postgres};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{ACQUIRE_LIMIT, REST_LIMIT};

/// After what time a connection is shown to the pool again, and after what time one that
/// nobody uses is given back.
const KEPT: Duration = Duration::from_mins(5);

/// Connections of one purpose; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Connections(Arc<Shared>);

/// What clones of [`Connections`] share.
#[derive(Debug)]
struct Shared {
    /// Makes them.
    pool: PgPool,
    /// One for each that may be in use.
    places: Arc<Semaphore>,
    /// Those that are not in use, the one used last at the end; `None` once closed.
    at_rest: Mutex<Option<Vec<Lent>>>,
}

/// A connection that the pool has given.
#[derive(Debug)]
struct Lent {
    /// The connection.
    connection: PoolConnection<Postgres>,
    /// When the pool gave it.
    given: Instant,
    /// When it came to rest.
    rests_since: Instant,
}

/// A transaction of this engine. If it is not ended its connection is closed, and the
/// server takes back what it did.
#[derive(Debug)]
pub(in crate::store) struct Transaction {
    /// The connection, until it has ended.
    lent: Option<Lent>,
    /// Where the connection goes then.
    home: Connections,
    /// Its place among those in use.
    _place: OwnedSemaphorePermit,
}

impl Connections {
    /// At most `most` connections, which `pool` makes.
    pub(super) fn new(pool: PgPool, most: u32) -> Self {
        let most = usize::try_from(most).unwrap_or(1).max(1);
        Self(Arc::new(Shared {
            pool,
            places: Arc::new(Semaphore::new(most)),
            at_rest: Mutex::new(Some(Vec::with_capacity(most))),
        }))
    }

    /// Begins a transaction with the statement `begin`.
    pub(super) async fn begin(&self, begin: &'static str) -> Result<Transaction, sqlx::Error> {
        let place = Arc::clone(&self.0.places).acquire_owned();
        let place = tokio::time::timeout(ACQUIRE_LIMIT, place)
            .await
            .map_err(|_elapsed| sqlx::Error::PoolTimedOut)?
            .map_err(|_closed| sqlx::Error::PoolClosed)?;
        let mut tx = Transaction {
            lent: None,
            home: self.clone(),
            _place: place,
        };
        while let Some(lent) = self.take() {
            tx.lend(lent);
            match tokio::time::timeout(REST_LIMIT, tx.say(begin)).await {
                Ok(Ok(())) => return Ok(tx),
                // It was cut while nobody used it.
                Ok(Err(_error)) => {}
                // The others are from the same time, and silent like it.
                Err(_elapsed) => self.close_resting(),
            }
        }
        tx.lend(Lent {
            connection: self.0.pool.acquire().await?,
            given: Instant::now(),
            rests_since: Instant::now(),
        });
        tx.say(begin).await?;
        Ok(tx)
    }

    /// A connection that rests.
    fn take(&self) -> Option<Lent> {
        self.at_rest(|resting| resting.as_mut()?.pop())
    }

    /// A connection comes to rest.
    fn keep(&self, mut lent: Lent) {
        lent.rests_since = Instant::now();
        let given_back = self.at_rest(|resting| {
            let Some(resting) = resting else {
                return Some(lent);
            };
            if lent.given.elapsed() > KEPT {
                return Some(lent);
            }
            resting.push(lent);
            let idle = resting.first()?.rests_since.elapsed() > KEPT;
            idle.then(|| resting.remove(0))
        });
        drop(given_back);
    }

    /// Closes what rests.
    fn close_resting(&self) {
        let resting = self.at_rest(|resting| resting.as_mut().map(std::mem::take));
        for mut lent in resting.into_iter().flatten() {
            lent.connection.close_on_drop();
        }
    }

    /// Closes all, those in use when they have ended.
    pub(super) async fn close(&self) {
        self.0.places.close();
        drop(self.at_rest(Option::take));
        self.0.pool.close().await;
    }

    /// Does something with those that rest.
    fn at_rest<T>(&self, todo: impl FnOnce(&mut Option<Vec<Lent>>) -> T) -> T {
        let resting = self.0.at_rest.lock();
        todo(&mut resting.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Transaction {
    /// The connection, to run a statement on.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let lent = self.lent.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok(&mut lent.connection)
    }

    /// Commits.
    pub(in crate::store) async fn commit(self) -> Result<(), sqlx::Error> {
        self.end("COMMIT").await
    }

    /// Takes back what it did.
    pub(in crate::store) async fn rollback(self) -> Result<(), sqlx::Error> {
        self.end("ROLLBACK").await
    }

    /// Ends it; a connection on which that went well can be used again.
    async fn end(mut self, end: &'static str) -> Result<(), sqlx::Error> {
        self.say(end).await?;
        if let Some(lent) = self.lent.take() {
            self.home.keep(lent);
        }
        Ok(())
    }

    /// Begins or ends it.
    async fn say(&mut self, what: &'static str) -> Result<(), sqlx::Error> {
        self.connection()?.execute(what).await.map(|_done| ())
    }

    /// Uses this connection, and closes the one before.
    fn lend(&mut self, lent: Lent) {
        self.let_go();
        self.lent = Some(lent);
    }

    /// Closes the connection.
    fn let_go(&mut self) {
        if let Some(mut lent) = self.lent.take() {
            lent.connection.close_on_drop();
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.let_go();
    }
}

//! A server that has gone without a word: connections that stay open and say nothing.

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::ENGINE;
use super::suite::at;
use crate::store::postgres::WRITERS;
use crate::store::testing::TestDatabase;
use crate::store::{Options, Store, StoreError};

/// How long the store waits for a server that says nothing: on a busy machine all its
/// connections must be there before that.
const PATIENCE: Duration = Duration::from_secs(8);

/// What stands between us and the server. What was connected before it was cut stays
/// connected, and nothing goes through.
#[derive(Clone, Default)]
struct Wire {
    /// How often it was cut.
    cuts: Arc<AtomicUsize>,
}

impl Wire {
    /// Stands before the server of a database; its URL here. Works as long as `tasks`.
    async fn before(&self, url: &str, tasks: &mut JoinSet<()>) -> String {
        let options = PgConnectOptions::from_str(url).unwrap();
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = self.clone();
        tasks.spawn(async move {
            let mut pumps = JoinSet::new();
            loop {
                let (ours, _) = listener.accept().await.unwrap();
                let theirs = TcpStream::connect(server.clone()).await.unwrap();
                pumps.spawn(wire.clone().carry(ours, theirs));
            }
        });
        options.port(port).to_url_lossy().to_string()
    }

    /// Carries bytes both ways until it is cut, and then holds both ends.
    async fn carry(self, mut ours: TcpStream, mut theirs: TcpStream) {
        let born = self.cuts.load(Ordering::SeqCst);
        let (mut up, mut down) = ([0; 4_096], [0; 4_096]);
        loop {
            let (bytes, to) = tokio::select! {
                n = ours.read(&mut up) => (up.get(..n.unwrap_or(0)), &mut theirs),
                n = theirs.read(&mut down) => (down.get(..n.unwrap_or(0)), &mut ours),
            };
            if self.cuts.load(Ordering::SeqCst) > born {
                return std::future::pending().await;
            }
            let bytes = bytes.unwrap_or_default();
            if bytes.is_empty() || to.write_all(bytes).await.is_err() {
                return;
            }
        }
    }
}

/// The moment in the middle of a transaction.
#[derive(Clone)]
struct Middle {
    /// How many transactions have come to it.
    begun: Arc<Semaphore>,
    /// Closed when they may go on.
    go_on: Arc<Semaphore>,
}

impl Middle {
    /// Nobody has come to it.
    fn new() -> Self {
        let [begun, go_on] = [(), ()].map(|()| Arc::new(Semaphore::new(0)));
        Self { begun, go_on }
    }

    /// Waits there.
    async fn wait(&self) {
        self.begun.add_permits(1);
        drop(self.go_on.acquire().await);
    }

    /// Writes, and waits in the middle of it.
    async fn write(self, store: Store) -> Result<(), StoreError> {
        let work = store.write(move |tx| {
            Box::pin(async move {
                self.wait().await;
                tx.probe(at(0)).await
            })
        });
        work.await
    }

    /// Reads, and waits in the middle of it.
    async fn read(self, store: Store) -> Result<(), StoreError> {
        let look = store.read(move |tx| {
            Box::pin(async move {
                self.wait().await;
                tx.next_timer().await.map(|_due| ())
            })
        });
        look.await
    }
}

#[tokio::test]
async fn a_server_that_goes_without_a_word_stops_nothing_for_longer_than_it_is_away() {
    let database = TestDatabase::new(ENGINE).await;
    let (wire, mut tasks) = (Wire::default(), JoinSet::new());
    let options = Options {
        patience: PATIENCE,
        ..Options::default()
    };
    let readers = options.readers;
    let url = wire.before(database.url(), &mut tasks).await;
    let store = Store::open(&url, options).await.unwrap();
    // Every connection is in the middle of something.
    let middle = Middle::new();
    let mut caught = JoinSet::new();
    for _ in 0..WRITERS {
        caught.spawn(middle.clone().write(store.clone()));
    }
    for _ in 0..readers {
        caught.spawn(middle.clone().read(store.clone()));
    }
    drop(middle.begun.acquire_many(WRITERS + readers).await);
    wire.cuts.fetch_add(1, Ordering::SeqCst);
    middle.go_on.close();
    while let Some(ended) = caught.join_next().await {
        let ended = ended.unwrap();
        assert!(
            matches!(ended, Err(StoreError::Unavailable(_))),
            "{ended:?}"
        );
    }
    // The server is there again.
    let write = store.write(|tx| Box::pin(async move { tx.probe(at(1)).await }));
    write.await.unwrap();
    let read = store.read(|tx| Box::pin(async move { tx.next_timer().await }));
    assert_eq!(read.await.unwrap(), None);
}

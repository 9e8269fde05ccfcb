//! The application's lives: how it starts, how it dies, what it finds then.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use loket::app;
use loket::channel::SharedChannel;
use loket::config::{Config, Environment};
use loket::domain::ids::AccountId;
use loket::store::testing::Engine;
use loket::store::{Options, Store};
use loket::work::directory::Directory;
use loket::work::live::Live;
use loket::work::{Works, reconcile, rooms};
use tokio::sync::Mutex;

use super::{Process, TestApp};

/// The configuration: one team, two agents, a supervisor, one number.
const CONFIG: &str = r#"
homeserver: {domain: localhost}
appservice: {as_token: as_0123456789abcdef, hs_token: hs_0123456789abcdef}
public: {base_url: "https://desk.example.org"}
teams:
  main:
    language: en
    time_zone: Asia/Jakarta
    agents:
      "@ayu:localhost": agent
      "@sari:localhost": agent
      "@dewi:localhost": supervisor
    accounts: [wa]
accounts:
  - id: wa
    kind: whatsapp
    phone_number_id: "100000000000001"
    business_account_id: "200000000000002"
    access_token: token-0123456789
    app_secret: app-secret
    verify_token: verify-me
"#;

impl TestApp {
    /// Starts the process and makes the desk's own rooms; if it dies of that, a
    /// second one.
    pub(crate) async fn boot(&mut self) {
        self.open_somehow().await;
        if self.unless_dead(self.make_rooms()).await.is_none() {
            let next = self.database.snapshot();
            self.process = None;
            self.database.go_on(next).await;
            self.open_somehow().await;
            self.make_rooms().await;
        }
    }

    /// Starts the process; if it dies of that, a second one.
    async fn open_somehow(&mut self) {
        loop {
            let mut opening = Box::pin(self.open());
            if let Some(process) = self.unless_dead(opening.as_mut()).await {
                drop(opening);
                self.process = Some(process);
                return;
            }
            let next = self.database.snapshot();
            drop(opening);
            self.database.go_on(next).await;
        }
    }

    /// Opens the database and everything that works on it.
    async fn open(&self) -> Process {
        let options = Options {
            crash: self.crash.clone(),
            ..Options::default()
        };
        let store = Store::open(self.database.url(), options).await.unwrap();
        if self.database.engine() == Engine::Postgres {
            // No time passes in a restart, and the process before has died.
            store.end_leases().await.unwrap();
        }
        let fake: SharedChannel = self.channel.clone();
        let channel = self.plugged.clone().unwrap_or(fake);
        let channels = HashMap::from([(AccountId::from("wa"), channel)]);
        let (homeserver, channels) = app::mortal(&self.crash, self.homeserver.clone(), channels);
        let (live, pieces) = Live::new();
        let works = Works {
            store,
            homeserver,
            directory: Arc::new(Directory::new(&self.config, channels)),
            clock: self.clock.clone(),
            live,
        };
        Process {
            runner: app::runner(&works),
            pieces: Mutex::new(pieces),
            works,
            roomless: AtomicBool::new(true),
        }
    }

    /// Makes the desk's own rooms, unless this life has; as the daemon does, which is
    /// not ready before.
    pub(super) async fn make_rooms(&self) {
        let Process {
            works, roomless, ..
        } = self.process();
        if roomless.load(Ordering::Relaxed) {
            // An answer or two may be planned to be lost.
            for _ in 0..10 {
                if rooms::ensure_all(works).await.is_ok() {
                    reconcile::raise(works, "the start").await;
                    return roomless.store(false, Ordering::Relaxed);
                }
            }
        }
    }

    /// What `work` comes to, unless the process dies of it.
    pub(crate) async fn unless_dead<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.crash.died() => None,
        }
    }

    /// Works until nothing is due, in another life if the process dies of it.
    pub(crate) async fn outlives_settling(&mut self) {
        if self.unless_dead(self.settle()).await.is_none() {
            self.restart().await;
        }
    }

    /// The next start does not find the account.
    pub(crate) fn forgets_account(&mut self) {
        let (start, _account) = CONFIG.split_once("accounts:\n").unwrap();
        self.config = load(&start.replace("    accounts: [wa]\n", "    accounts: []\n"));
    }

    /// The next start finds it again.
    pub(crate) fn remembers_account(&mut self) {
        self.config = configured("");
    }

    /// Dies without closing anything and starts again, then works. What the next
    /// life finds is what is committed now: what the one before has not committed yet,
    /// nobody will read.
    pub(crate) async fn restart(&mut self) {
        self.reborn().await;
        Box::pin(self.outlives_settling()).await;
    }

    /// The same without any work.
    pub(crate) async fn reborn(&mut self) {
        let next = self.database.snapshot();
        self.process = None;
        self.database.go_on(next).await;
        self.boot().await;
    }

    /// Works until it has had to wait `waits` times, and dies there; starts again,
    /// then works. Whether there was nothing left to do before that.
    pub(crate) async fn dies_after(&mut self, waits: usize) -> bool {
        let ended = cut(self.settle(), waits).await.is_some();
        self.restart().await;
        ended
    }

    /// Works until `count` parts have been sent, and dies before it knows what came of
    /// the last one; starts again, then works.
    pub(crate) async fn dies_when_sent(&mut self, count: usize) {
        let channel = self.channel.clone();
        self.dies_when(move || channel.sent().len() >= count).await;
    }

    /// Works until it waits while something is so, and dies there; starts again, then
    /// works.
    pub(crate) async fn dies_when(&mut self, is_so: impl FnMut() -> bool) {
        assert!(
            cut_when(self.settle(), is_so).await.is_none(),
            "it never was"
        );
        self.restart().await;
    }

    /// The same when a request is late, which lands before the next life begins, or
    /// when it has worked.
    pub(crate) async fn dies_late(&mut self, is_late: impl FnMut() -> bool, first: bool) {
        assert!(cut_when(self.settle(), is_late).await.is_none(), "in time");
        if first {
            self.homeserver.land();
        }
        self.restart().await;
        self.homeserver.land();
        self.settle().await;
    }
}

/// The configuration with more keys of the team.
pub(super) fn configured(team: &str) -> Config {
    let accounts = "    accounts: [wa]\n";
    load(&CONFIG.replace(accounts, &format!("{accounts}{team}")))
}

/// Reads a configuration.
fn load(text: &str) -> Config {
    Config::load(text, Path::new("config.yaml"), &Environment::default()).unwrap()
}

/// Polls `future` until it has waited `waits` times; `None` if it has not ended by
/// then: it goes no further.
async fn cut<F: Future>(future: F, mut waits: usize) -> Option<F::Output> {
    let enough = move || {
        let enough = waits == 0;
        waits = waits.saturating_sub(1);
        enough
    };
    cut_when(future, enough).await
}

/// Polls `future` until it waits while something is so.
async fn cut_when<F: Future>(future: F, mut is_so: impl FnMut() -> bool) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if is_so() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

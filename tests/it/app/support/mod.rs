//! An application to be tried: [`TestApp`], and whoever speaks to it.
//!
//! Everybody's doing is followed by [`TestApp::settle`], so that a test reads as
//! what happens: a contact says something, an agent types something, time passes.
#![expect(
    clippy::panic,
    reason = "what a test looks for and does not find fails the test"
)]

mod agent;
mod contact;
mod life;
pub(crate) mod outcome;
mod room;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use loket::app::Readers;
use loket::channel::SharedChannel;
use loket::channel::fake::FakeChannel;
use loket::clock::ManualClock;
use loket::config::Config;
use loket::crash::Crash;
use loket::domain::ids::{AccountId, AttemptId, BodyId};
use loket::domain::inbound::{Event, Reported, StatusChange, Update};
use loket::domain::message::LineState;
use loket::domain::room_event::{RoomEvent, Signal};
use loket::intake::{Intake, Routed, Transaction, Webhook};
use loket::matrix::fake::FakeHomeserver;
use loket::queue::Runner;
use loket::store::testing::TestDatabase;
use loket::store::{InboxState, LaneKind};
use loket::work::Works;
use loket::work::live::Pieces;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use agent::Agent;
use contact::Contact;
use room::Room;

use super::super::ENGINE;

/// Our number, as Meta calls it.
pub(crate) const NUMBER: &str = "100000000000001";

/// The application between fakes.
#[derive(Debug)]
pub(crate) struct TestApp {
    /// The configuration.
    config: Config,
    /// The homeserver.
    pub(crate) homeserver: Arc<FakeHomeserver>,
    /// The channel of the account `wa`, unless another is plugged in.
    pub(crate) channel: Arc<FakeChannel>,
    /// The channel in its place.
    plugged: Option<SharedChannel>,
    /// The time.
    pub(crate) clock: Arc<ManualClock>,
    /// What a crash takes away; there is always one between two calls.
    process: Option<Process>,
    /// Numbers for ids of providers and transactions.
    serial: AtomicUsize,
    /// Where the process dies.
    crash: Crash,
    /// The database; goes last.
    database: TestDatabase,
}

/// What a crash takes away.
#[derive(Debug)]
struct Process {
    /// The workers' things.
    works: Works,
    /// What is told at once.
    pieces: Mutex<Pieces>,
    /// The lanes.
    runner: Runner,
    /// Whether the desk's own rooms are still to be made.
    roomless: AtomicBool,
}

impl TestApp {
    /// An application that is ready, on the 21st of November 2026 at 14:00 in
    /// Jakarta.
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// The same with more keys of the team.
    pub(crate) async fn start_with(team: &str) -> Self {
        let mut app = Self::unborn(team, Crash::default()).await;
        app.boot().await;
        app
    }

    /// An application that was never started.
    pub(crate) async fn unborn(team: &str, crash: Crash) -> Self {
        let now: Timestamp = "2026-11-21T07:00:00Z".parse().unwrap();
        Self {
            config: life::configured(team),
            homeserver: FakeHomeserver::new(),
            channel: FakeChannel::new(),
            plugged: None,
            clock: ManualClock::new(now),
            process: None,
            serial: AtomicUsize::new(0),
            crash,
            database: TestDatabase::new(ENGINE).await,
        }
    }

    /// Starts again with another channel in the place of the fake one.
    pub(crate) async fn plug_in(&mut self, channel: SharedChannel) {
        self.plugged = Some(channel);
        self.restart().await;
    }

    /// What a crash takes away.
    fn process(&self) -> &Process {
        self.process.as_ref().unwrap()
    }

    /// The workers' things.
    pub(crate) fn works(&self) -> &Works {
        &self.process().works
    }

    /// Works until nothing is due; how many lanes had something to do.
    pub(crate) async fn settle(&self) -> usize {
        let process = self.process();
        let mut pieces = process.pieces.lock().await;
        self.make_rooms().await;
        let worked = process.runner.drain(&LaneKind::ALL).await.unwrap();
        pieces.drain(&process.works).await;
        worked
    }

    /// Takes in what the homeserver did not deliver, and does nothing else.
    pub(crate) async fn recover(&self) {
        let runner = &self.process().runner;
        runner.drain(&[LaneKind::Recover]).await.unwrap();
    }

    /// Lets time pass, then works.
    pub(crate) async fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.settle().await;
    }

    /// A number that was not used yet.
    fn next(&self) -> usize {
        self.serial.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A customer, by a name in small letters.
    pub(crate) fn contact(&self, name: &str) -> Contact<'_> {
        Contact::new(self, name)
    }

    /// An agent, by the name before the colon.
    pub(crate) fn agent(&self, name: &str) -> Agent<'_> {
        Agent::new(self, name)
    }

    /// The only portal there is.
    pub(crate) fn room(&self) -> Room {
        let mut portals = self.homeserver.portals();
        assert_eq!(portals.len(), 1, "portals");
        Room::new(&self.homeserver, portals.remove(0))
    }

    /// The portal of a customer with this name.
    pub(crate) fn room_of(&self, name: &str) -> Room {
        let portals = self.homeserver.portals().into_iter();
        let mut found = portals.filter(|room| room.recipe.name.contains(name));
        let room = found.next();
        let room = room.unwrap_or_else(|| panic!("no portal of {name}"));
        assert!(found.next().is_none(), "two portals of {name}");
        Room::new(&self.homeserver, room)
    }

    /// The team's lobby.
    pub(crate) fn lobby(&self) -> Room {
        Room::new(
            &self.homeserver,
            self.homeserver.room_called("lobby:main").unwrap(),
        )
    }

    /// The lines of the alerts room.
    pub(crate) fn alerts(&self) -> Vec<String> {
        let room = self.homeserver.room_called("alerts").unwrap();
        Room::new(&self.homeserver, room).lines()
    }

    /// Stores a webhook of the account `wa`, and no more.
    pub(crate) async fn webhook(&self, updates: Vec<Update>) {
        let routed = updates.into_iter().map(|update| Routed {
            account: (update.account == NUMBER).then(|| AccountId::from("wa")),
            update,
        });
        let webhook = Webhook {
            account: AccountId::from("wa"),
            received_at: self.works().clock.now(),
            body: Bytes::from_static(b"{}"),
            updates: routed.collect(),
            unparsed: None,
        };
        self.works().accept_webhook(webhook).await.unwrap();
    }

    /// Stores a transaction of the homeserver, and no more.
    pub(crate) async fn transaction(&self, events: Vec<RoomEvent>, signals: Vec<Signal>) {
        self.transact(events, Vec::new(), signals).await;
    }

    /// Stores an event that could not be read.
    pub(crate) async fn transaction_with_parked(&self, json: &str) {
        self.transact(Vec::new(), vec![json.into()], Vec::new())
            .await;
    }

    /// Stores a transaction.
    async fn transact(&self, events: Vec<RoomEvent>, parked: Vec<String>, signals: Vec<Signal>) {
        let transaction = Transaction {
            id: self.next().to_string(),
            received_at: self.works().clock.now(),
            events,
            parked,
            signals,
        };
        self.works().accept_transaction(transaction).await.unwrap();
    }

    /// The provider reports what became of a message; taken in.
    pub(crate) async fn reports(&self, target: &str, status: Reported) {
        self.webhook(vec![self.status(target, None, status)]).await;
        self.settle().await;
    }

    /// The same for the part that was sent as number `sent` (from 0), named by its
    /// attempt; the provider calls it `target`.
    pub(crate) async fn reports_of(&self, sent: usize, target: &str, status: Reported) {
        let attempt = self.channel.sent().get(sent).unwrap().attempt.clone();
        let update = self.status(target, Some(attempt), status);
        self.webhook(vec![update]).await;
        self.settle().await;
    }

    /// A status as a channel reads it.
    pub(crate) fn status(
        &self,
        target: &str,
        attempt: Option<AttemptId>,
        status: Reported,
    ) -> Update {
        Update {
            account: NUMBER.into(),
            kind: "status".into(),
            id: Some(target.into()),
            dedupe_key: format!("status:{target}:{status:?}"),
            timestamp: Some(self.works().clock.now()),
            sender: None,
            event: Event::Status(StatusChange {
                target: target.into(),
                attempt,
                status,
            }),
            unparsed: None,
            fragment: "{}".into(),
        }
    }

    /// Where the line stands whose part was sent as number `sent` (from 0).
    pub(crate) async fn state_of(&self, sent: usize) -> LineState {
        let attempt = self.channel.sent().get(sent).unwrap().attempt.clone();
        let read = self.works().store.read(move |tx| {
            Box::pin(async move {
                let attempt = tx.find_attempt(&attempt).await?.unwrap();
                tx.get_message(&attempt.message).await
            })
        });
        read.await.unwrap().state.unwrap()
    }

    /// How many rows of the inbox are kept in this state.
    pub(crate) async fn kept(&self, state: InboxState) -> usize {
        let read = self
            .works()
            .store
            .read(move |tx| Box::pin(async move { tx.list_kept(state, None, 100).await }));
        read.await.unwrap().len()
    }

    /// Whether the whole body of a webhook is kept.
    pub(crate) async fn kept_body(&self, body: &[u8]) -> bool {
        let id = BodyId::from(format!("bod_{}", hex::encode(Sha256::digest(body))));
        let read = self
            .works()
            .store
            .read(move |tx| Box::pin(async move { tx.find_body(&id).await }));
        read.await.unwrap().is_some()
    }

    /// What reads again what was kept.
    pub(crate) fn readers(&self) -> Readers {
        Readers::new(&self.config)
    }

    /// How many rows are dead.
    pub(crate) async fn dead(&self) -> i64 {
        let read = self.works().store.read(|tx| Box::pin(tx.count_dead()));
        read.await.unwrap()
    }
}

//! A process that is halted in the middle of something, or that another gets between:
//! nothing is doubled or overtaken by that.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use loket::channel::fake::FakeChannel;
use loket::channel::{Capabilities, Channel, Gesture, Outbound};
use loket::clock::ManualClock;
use loket::domain::contact::{Address, ChannelKind};
use loket::domain::delivery::SendError;
use loket::domain::ids::{ProviderId, RowId};
use loket::domain::rich::Rich;
use loket::matrix::fake::Ask;
use loket::queue::LEASE;
use loket::shutdown::{Shutdown, Tasks};
use loket::work::show::{Show, Trouble};
use loket::work::{arrive, reconcile, rooms};
use tokio::sync::Notify;

use super::support::TestApp;

/// A channel whose process is once halted for a while, just before an attempt is
/// committed.
#[derive(Debug)]
struct Halting {
    /// The channel.
    channel: Arc<FakeChannel>,
    /// The time.
    clock: Arc<ManualClock>,
    /// For how long it is halted.
    pause: SignedDuration,
    /// Whether it was.
    over: AtomicBool,
}

#[async_trait]
impl Channel for Halting {
    fn kind(&self) -> ChannelKind {
        self.channel.kind()
    }

    fn capabilities(&self) -> Capabilities {
        self.channel.capabilities()
    }

    fn render(&self, text: &Rich) -> Vec<String> {
        self.channel.render(text)
    }

    fn pace(&self, to: &[Address], now: Timestamp) -> Option<SignedDuration> {
        if !self.over.swap(true, Ordering::Relaxed) {
            self.clock.advance(self.pause);
        }
        self.channel.pace(to, now)
    }

    async fn send(&self, outbound: &Outbound) -> Result<ProviderId, SendError> {
        self.channel.send(outbound).await
    }

    async fn gesture(&self, gesture: &Gesture) -> Result<(), SendError> {
        self.channel.gesture(gesture).await
    }
}

/// An application in which Ayu's line is on its way while the process is halted.
async fn halted_for(pause: SignedDuration) -> TestApp {
    let mut app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    let halting = Halting {
        channel: app.channel.clone(),
        clock: app.clock.clone(),
        pause,
        over: AtomicBool::new(false),
    };
    app.plug_in(Arc::new(halting)).await;
    app.advance(5).await;
    app
}

#[tokio::test]
async fn a_line_does_not_leave_when_the_lane_may_be_somebody_elses_by_now() {
    let app = halted_for(LEASE).await;
    assert_eq!(app.channel.texts(), [""; 0]);
    // It certainly did not leave: nothing is announced, and it goes in its turn.
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["satu"]);
    assert_eq!(app.room().lines(), ["Budi: halo", "ayu: satu"]);
}

#[tokio::test]
async fn a_line_leaves_that_was_held_up_for_less_than_a_lease() {
    let app = halted_for(LEASE - SignedDuration::from_secs(1)).await;
    assert_eq!(app.channel.texts(), ["satu"]);
}

#[tokio::test]
async fn a_row_that_was_taken_long_ago_is_looked_for_before_it_is_written() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let shown = app.room().events.last().unwrap().clone();
    let id = RowId::from(shown.loket_id.unwrap());
    let read = app
        .works()
        .store
        .read(move |tx| Box::pin(async move { Ok(tx.find_outbox(&id).await?.unwrap()) }));
    let mut row = read.await.unwrap();
    // As a process has it that was halted when it had just taken the row. Another has
    // shown it since, and the homeserver has forgotten that.
    row.begun_at = None;
    app.homeserver.forget_transactions();
    let taken = app.works().clock.now() - SignedDuration::from_mins(31);
    let show = Show::new(app.works(), &row, taken);
    let written = show.run(&row.lane).await.unwrap().unwrap();
    assert_eq!(written.event, shown.id);
    assert_eq!(app.room().lines(), ["Budi: halo"]);
}

#[tokio::test]
async fn what_is_delivered_while_it_is_recovered_gets_the_place_that_it_has_in_the_room() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let lines = ["1", "2", "3"].map(|text| app.agent("ayu").line(text));
    let keys = lines.clone().map(|line| arrive::key(&line.id));
    let (store, works) = (app.works().store.clone(), app.works().clone());
    let draw = store.write(|tx| Box::pin(tx.draw_stretch()));
    let place = draw.await.unwrap();
    let (stored, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let delivers = {
        let (works, stored, go_on) = (works.clone(), stored.clone(), go_on.clone());
        let (line, now) = (lines[1].clone(), works.clock.now());
        store.write(move |tx| {
            Box::pin(async move {
                arrive::store(tx, &works, vec![line], Vec::new(), now).await?;
                stored.notify_one();
                go_on.notified().await;
                Ok(())
            })
        })
    };
    let recovers = async {
        stored.notified().await;
        let page = Vec::from(lines);
        let taken = store.write(move |tx| {
            Box::pin(async move { arrive::recover(tx, &works, page, place).await })
        });
        let mut taken = pin!(taken);
        // It cannot end before the other has: long enough that it has looked.
        let looked = tokio::time::timeout(Duration::from_secs(1), &mut taken).await;
        assert!(looked.is_err());
        go_on.notify_one();
        taken.await
    };
    let (delivered, recovered) = tokio::join!(delivers, recovers);
    delivered.unwrap();
    assert_eq!(recovered.unwrap().missing, 2);
    let read = store.read(move |tx| {
        Box::pin(async move {
            let mut places = Vec::new();
            for key in keys {
                places.push(tx.find_inbox_by_key(&key).await?.unwrap().position);
            }
            Ok(places)
        })
    });
    assert_eq!(read.await.unwrap(), [place + 1, place + 2, place + 3]);
}

#[tokio::test]
async fn an_outage_is_noted_as_soon_as_the_database_takes_it() {
    let app = TestApp::start().await;
    let raised = || async {
        let read = app.works().store.read(|tx| Box::pin(tx.generation()));
        read.await.unwrap().raised
    };
    let before = raised().await;
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    app.works().store.refuse(true);
    let watch = reconcile::watch(app.works().clone(), shutdown.clone());
    tasks.spawn("watch", watch);
    app.homeserver.interrupt();
    while app.works().store.refusals() == 0 {
        tokio::task::yield_now().await;
    }
    app.works().store.refuse(false);
    let noted = async { while raised().await == before {} };
    let noted = tokio::time::timeout(Duration::from_secs(20), noted).await;
    assert_eq!(noted, Ok(()));
    shutdown.begin();
    assert!(tasks.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn one_process_at_a_time_makes_the_desks_own_rooms() {
    let app = TestApp::start().await;
    let gone = app
        .works()
        .store
        .write(|tx| Box::pin(tx.delete_room("alerts")));
    assert!(gone.await.unwrap());
    let asked = app.homeserver.asked(Ask::CreateRoom);
    app.homeserver.delay_next(Ask::CreateRoom);
    let first = rooms::ensure_all(app.works());
    let second = async {
        while !app.homeserver.is_late() {
            tokio::task::yield_now().await;
        }
        rooms::ensure_all(app.works()).await
    };
    tokio::select! {
        _ = first => panic!("in time"),
        second = second => assert!(matches!(second, Err(Trouble::NotYet(_))), "{second:?}"),
    }
    assert_eq!(app.homeserver.asked(Ask::CreateRoom), asked);
    // The first one has died of it.
    app.clock.advance(LEASE);
    rooms::ensure_all(app.works()).await.unwrap();
    rooms::ensure_all(app.works()).await.unwrap();
}

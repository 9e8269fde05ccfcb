//! What happens in a story, and how it goes on after a death.

use futures_util::future::BoxFuture;
use loket::crash::{Crash, Point};
use loket::domain::inbound::Update;
use loket::domain::room_event::{RoomEvent, Signal};
use loket::work::{care, cleanup, reconcile, start};

use super::super::support::TestApp;

/// What the homeserver delivers.
pub(super) type Delivery = (Vec<RoomEvent>, Vec<Signal>);

/// Something that a test does by itself.
pub(super) type Doing = for<'a> fn(&'a mut TestApp) -> BoxFuture<'a, ()>;

/// What must be there, whatever the process died of.
pub(super) type Check = for<'a> fn(&'a TestApp, Option<Death>) -> BoxFuture<'a, ()>;

/// Something that happens.
#[derive(Clone, Copy)]
pub(super) enum Act {
    /// Meta delivers a webhook, again and again until it is acknowledged.
    Webhook(fn(&TestApp) -> Vec<Update>),
    /// The homeserver delivers a transaction, again and again until it is acknowledged.
    Transaction(fn(&TestApp) -> Delivery),
    /// The world changes.
    World(fn(&TestApp)),
    /// Anything else.
    Does(Doing),
    /// Everything that is due is worked.
    Settle,
    /// Time passes, and everything that is due is worked.
    Pass(i64),
    /// The homeserver was away.
    Outage,
    /// The daemon looks whether the homeserver reaches it.
    Look,
    /// The look of every minute.
    Care,
    /// The daemon forgets what is old.
    Sweep,
    /// The process is killed and started again, whether it died before or not.
    Restart,
    /// The same, with another configuration.
    Configured(fn(&mut TestApp)),
}

/// A death: at which passing of which point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Death {
    /// The point.
    pub(super) point: Point,
    /// The passing, from 1.
    pub(super) pass: usize,
}

/// What happens, and what must be there in the end.
#[derive(Clone, Copy)]
pub(super) struct Story {
    /// What the world is like before the first start.
    pub(super) before: fn(&TestApp),
    /// What happens.
    pub(super) acts: &'static [Act],
    /// What must be there, whatever the process died of.
    pub(super) check: Check,
}

impl Story {
    /// Plays it once, dying once if `death` says so. How often each point was passed.
    pub(super) async fn play(self, death: Option<Death>) -> Crash {
        let crash = death.map_or_else(Crash::default, |death| {
            Crash::stopping(death.point, death.pass)
        });
        let mut app = TestApp::unborn("", crash.clone()).await;
        (self.before)(&app);
        app.boot().await;
        for act in self.acts {
            app = happens(app, *act).await;
        }
        // Long enough for every wait there is.
        for seconds in [1, 5, 30, 60, 600] {
            app = happens(app, Act::Pass(seconds)).await;
        }
        if let Some(Death { point, pass }) = death {
            let passed = crash.passed().get(&point).copied().unwrap_or_default();
            assert!(passed >= pass, "{point} was passed {passed} times only");
        }
        (self.check)(&app, death).await;
        assert_eq!(app.dead().await, 0, "{death:?}");
        crash
    }
}

/// One thing happens; after a death it happens in the next life, if it has to.
async fn happens(mut app: TestApp, act: Act) -> TestApp {
    match act {
        Act::Webhook(make) => {
            let updates = make(&app);
            while !updates.is_empty() {
                let delivered = app.webhook(updates.clone());
                if app.unless_dead(delivered).await.is_some() {
                    break;
                }
                app.reborn().await;
            }
        }
        Act::Transaction(make) => {
            let (events, signals) = make(&app);
            loop {
                let delivered = app.transaction(events.clone(), signals.clone());
                if app.unless_dead(delivered).await.is_some() {
                    break;
                }
                app.reborn().await;
            }
        }
        Act::World(change) => change(&app),
        Act::Does(doing) => doing(&mut app).await,
        Act::Settle => app.outlives_settling().await,
        Act::Pass(seconds) => {
            app.clock.advance(jiff::SignedDuration::from_secs(seconds));
            app.outlives_settling().await;
        }
        Act::Outage => {
            let work = app.works().clone();
            let raised = reconcile::raise(&work, "the test says so");
            if app.unless_dead(raised).await.is_none() {
                // A new life begins with that question.
                app.restart().await;
            }
        }
        Act::Look => {
            let work = app.works().clone();
            let report: start::Report = Box::new(|_| ());
            let looked = start::look(&work, &report, false);
            if app.unless_dead(looked).await.is_none() {
                app.restart().await;
            }
        }
        Act::Care => {
            let work = app.works().clone();
            let mut seen = care::Seen::default();
            let looked = care::look(&work, None, &mut seen);
            if app.unless_dead(looked).await.is_none() {
                app.restart().await;
            }
        }
        Act::Sweep => {
            let work = app.works().clone();
            let swept = cleanup::sweep(&work, work.clock.now());
            if app.unless_dead(swept).await.is_none() {
                app.restart().await;
            }
        }
        Act::Restart => app.restart().await,
        Act::Configured(change) => {
            change(&mut app);
            app.restart().await;
        }
    }
    app
}

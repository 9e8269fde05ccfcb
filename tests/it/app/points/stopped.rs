//! Points that only a runner passes which keeps leases and is told to stop.

use std::time::Duration;

use loket::app;
use loket::crash::{Crash, Point, Spot};
use loket::domain::message::LineState;
use loket::shutdown::Shutdown;

use super::super::support::TestApp;

/// The points.
pub(super) const POINTS: [Point; 4] = [
    Point::before(Spot::LeaseRenew),
    Point::after(Spot::LeaseRenew),
    Point::before(Spot::LeaseBack),
    Point::after(Spot::LeaseBack),
];

/// A line is on its way for as long as the lease is renewed; then it arrives, and the
/// stop has begun. The process dies at `point`.
async fn dies_at(point: Point) -> TestApp {
    let crash = Crash::stopping(point, 1);
    let mut app = TestApp::unborn("", crash.clone()).await;
    app.boot().await;
    app.contact("budi").says("halo").await;
    app.agent("ayu").types("satu").await;
    app.clock.advance(jiff::SignedDuration::from_secs(5));
    app.channel.delay_next();
    let shutdown = Shutdown::new();
    let runner = app::runner(app.works()).renewing_every(Duration::from_millis(1));
    let running = runner.run(shutdown.clone());
    let world = async {
        while !app.channel.is_late() || renewed(&crash) == 0 {
            tokio::task::yield_now().await;
        }
        shutdown.begin();
        app.channel.land();
    };
    let both = async { tokio::join!(running, world) };
    assert!(
        app.unless_dead(both).await.is_none(),
        "{point} was not passed"
    );
    app.channel.land();
    app.restart().await;
    app
}

/// How often a lease was renewed.
fn renewed(crash: &Crash) -> usize {
    let passed = crash.passed();
    passed
        .get(&Point::after(Spot::LeaseRenew))
        .copied()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_death_while_a_lease_is_renewed_leaves_a_line_sent_or_announced() {
    for point in [
        Point::before(Spot::LeaseRenew),
        Point::after(Spot::LeaseRenew),
    ] {
        let app = dies_at(point).await;
        app.advance(20).await;
        app.advance(600).await;
        let marks = app.room().reactions(&app.room().event("satu"));
        let sent = app.channel.texts().len();
        // The renewal may come before the attempt, before the send, or while it flies.
        if marks.is_empty() {
            assert_eq!(app.state_of(0).await, LineState::Accepted, "{point}");
            assert_eq!(sent, 1, "{point}");
        } else {
            assert_eq!(marks, ["⚠️", "🔁"], "{point}");
            assert!(sent <= 1, "{point}");
        }
    }
}

#[tokio::test]
async fn a_death_while_a_lease_is_given_back_loses_nothing() {
    for point in [
        Point::before(Spot::LeaseBack),
        Point::after(Spot::LeaseBack),
    ] {
        let app = dies_at(point).await;
        app.advance(600).await;
        assert_eq!(app.room().lines(), ["Budi: halo", "ayu: satu"], "{point}");
        assert_eq!(app.channel.texts(), ["satu"], "{point}");
        assert_eq!(app.state_of(0).await, LineState::Accepted, "{point}");
    }
}

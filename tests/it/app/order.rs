//! The order of what is found late: an agent's lines reach the customer as they
//! stand in the room, whichever of them were delivered, lost, late or doubled, and
//! wherever the others were when the missing ones were found.

use loket::domain::room_event::RoomEvent;
use loket::queue::{Handler, LEASE, Step};
use loket::store::{LaneKind, Lease};
use loket::work::reconcile::{self, Recover};

use super::support::TestApp;

/// An application in which Budi has written, and nothing waits.
async fn open() -> TestApp {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app
}

/// The homeserver was away.
async fn was_away(app: &TestApp) {
    reconcile::raise(app.works(), "the test says so").await;
}

/// The homeserver has these lines of Ayu's, and has told us of none.
fn writes<const N: usize>(app: &TestApp, texts: [&str; N]) -> [RoomEvent; N] {
    texts.map(|text| app.agent("ayu").line(text))
}

/// Tells us of a line; nobody works on it yet.
async fn delivers(app: &TestApp, line: &RoomEvent) {
    app.transaction(vec![line.clone()], Vec::new()).await;
}

/// Takes the lane of recovery that is first, if one is due.
async fn takes_one(app: &TestApp) -> Option<Lease> {
    let now = app.works().clock.now();
    let claim = app.works().store.write(move |tx| {
        Box::pin(async move {
            tx.claim(LaneKind::Recover, 1, now, "test", now + LEASE)
                .await
        })
    });
    claim.await.unwrap().pop()
}

/// One step of recovery; the lease, if there is more to do.
async fn steps(app: &TestApp, lease: Lease) -> Option<Lease> {
    let step = Recover(app.works().clone()).step(&lease).await.unwrap();
    (step == Step::More).then_some(lease)
}

/// Works until nothing moves; what the customer has then received.
async fn sent(app: &TestApp) -> Vec<String> {
    app.settle().await;
    app.advance(10).await;
    app.channel.texts()
}

#[tokio::test]
async fn what_is_found_goes_behind_an_older_line_that_waits() {
    let app = open().await;
    let [first] = writes(&app, ["1"]);
    delivers(&app, &first).await;
    was_away(&app).await;
    app.recover().await;
    writes(&app, ["2", "3"]);
    was_away(&app).await;
    app.recover().await;
    assert_eq!(sent(&app).await, ["1", "2", "3"]);
}

#[tokio::test]
async fn what_is_found_goes_between_an_older_and_a_newer_line_that_wait() {
    let app = open().await;
    let [first] = writes(&app, ["1"]);
    delivers(&app, &first).await;
    was_away(&app).await;
    app.recover().await;
    let [_, third, _, fifth] = writes(&app, ["2", "3", "4", "5"]);
    was_away(&app).await;
    delivers(&app, &third).await;
    delivers(&app, &fifth).await;
    app.recover().await;
    assert_eq!(sent(&app).await, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn what_is_found_goes_before_a_line_that_came_after_the_question() {
    let app = open().await;
    let [first] = writes(&app, ["1"]);
    delivers(&app, &first).await;
    was_away(&app).await;
    app.recover().await;
    writes(&app, ["2", "3"]);
    was_away(&app).await;
    let question = takes_one(&app).await.unwrap();
    assert_eq!(steps(&app, question).await, None);
    let [_, fifth] = writes(&app, ["4", "5"]);
    delivers(&app, &fifth).await;
    app.recover().await;
    was_away(&app).await;
    app.recover().await;
    assert_eq!(sent(&app).await, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn what_is_found_in_two_gaps_after_each_other_stays_in_order() {
    let app = open().await;
    for texts in [["1", "2"], ["3", "4"], ["5", "6"]] {
        writes(&app, texts);
        was_away(&app).await;
        app.recover().await;
    }
    assert_eq!(sent(&app).await, ["1", "2", "3", "4", "5", "6"]);
}

#[tokio::test]
async fn lines_that_are_all_there_but_came_in_the_wrong_order_are_put_right() {
    let app = open().await;
    let lines = writes(&app, ["1", "2", "3"]);
    was_away(&app).await;
    for line in lines.iter().rev() {
        delivers(&app, line).await;
    }
    assert_eq!(sent(&app).await, ["1", "2", "3"]);
}

#[tokio::test]
async fn lines_of_one_moment_stay_in_the_order_of_the_room() {
    let app = open().await;
    // The clock stands still: all of them are of the same millisecond.
    let lines = writes(
        &app,
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"],
    );
    was_away(&app).await;
    for n in [10, 4, 5, 0] {
        delivers(&app, &lines[n]).await;
    }
    assert_eq!(
        sent(&app).await,
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]
    );
}

#[tokio::test]
async fn a_customers_lines_between_hold_nothing_up_and_stay_in_order() {
    let app = open().await;
    let budi = app.contact("budi");
    let [first] = writes(&app, ["1"]);
    delivers(&app, &first).await;
    was_away(&app).await;
    app.recover().await;
    app.webhook(vec![budi.line("ya?")]).await;
    let [_, third] = writes(&app, ["2", "3"]);
    was_away(&app).await;
    delivers(&app, &third).await;
    app.webhook(vec![budi.line("oke")]).await;
    app.recover().await;
    assert_eq!(sent(&app).await, ["1", "2", "3"]);
    let of_budi: Vec<String> = app
        .room()
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("Budi"))
        .collect();
    assert_eq!(of_budi, ["Budi: halo", "Budi: ya?", "Budi: oke"]);
}

/// Numbers that look like chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        // Knuth's constants; the low bits are poor.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// A homeserver that forgets, repeats and confuses, and a recovery that is stopped and
/// goes on at any moment.
struct Mess<'a> {
    /// The application.
    app: &'a TestApp,
    /// What happens next.
    chance: Chance,
    /// Every line, oldest first.
    lines: Vec<RoomEvent>,
    /// How many of them were delivered or lost.
    told: usize,
    /// Steps of recovery that are not ended.
    leases: Vec<Lease>,
}

impl Mess<'_> {
    /// One thing happens; nobody works on a line.
    async fn deed(&mut self) {
        let of_all = self.chance.below(self.lines.len().max(1));
        match self.chance.below(14) {
            0..=3 => {
                let text = (self.lines.len() + 1).to_string();
                self.lines.push(self.app.agent("ayu").line(&text));
            }
            // Told as they are written.
            4..=6 if self.told < self.lines.len() => {
                delivers(self.app, &self.lines[self.told]).await;
                self.told += 1;
            }
            // Lost.
            7 => self.told = self.lines.len(),
            // Late, doubled, out of order.
            8 if !self.lines.is_empty() => delivers(self.app, &self.lines[of_all]).await,
            9 => {
                let line = self.app.contact("budi").line("sela");
                self.app.webhook(vec![line]).await;
            }
            10 | 11 => was_away(self.app).await,
            _ => self.recovers().await,
        }
    }

    /// One step of recovery.
    async fn recovers(&mut self) {
        let lease = match self.leases.pop() {
            Some(lease) => Some(lease),
            None => takes_one(self.app).await,
        };
        if let Some(lease) = lease {
            self.leases.extend(steps(self.app, lease).await);
        }
    }

    /// Everything that was begun is ended.
    async fn ends(&mut self) {
        while let Some(lease) = self.leases.pop() {
            self.leases.extend(steps(self.app, lease).await);
        }
        was_away(self.app).await;
    }
}

#[tokio::test]
async fn whatever_was_lost_late_or_doubled_the_order_of_the_room_is_kept() {
    let app = open().await;
    let mut mess = Mess {
        app: &app,
        chance: Chance(639_150),
        lines: Vec::new(),
        told: 0,
        leases: Vec::new(),
    };
    for round in 0..20 {
        for _ in 0..40 {
            mess.deed().await;
        }
        mess.ends().await;
        mess.told = mess.lines.len();
        let written: Vec<String> = (1..=mess.lines.len()).map(|n| n.to_string()).collect();
        assert_eq!(sent(&app).await, written, "round {round}");
    }
}

//! Events that the homeserver has and never delivered: they are found, and nothing
//! is lost, doubled or out of order by that.

use jiff::{SignedDuration, Timestamp};
use loket::domain::ids::{EventId, RoomId};
use loket::domain::room_event::{RoomContent, RoomEvent};
use loket::matrix::MatrixError;
use loket::matrix::fake::Ask;
use loket::queue::{Handler, LEASE, Step};
use loket::store::{Lane, LaneKind, Lease};
use loket::work::reconcile;

use super::crash::moments;
use super::support::TestApp;

/// No texts.
const NONE: [&str; 0] = [];

/// The homeserver does not answer.
fn away() -> MatrixError {
    MatrixError::Retry {
        after: None,
        detail: "news: no connection".into(),
    }
}

/// The homeserver says no.
fn refused(code: &str, status: u16) -> MatrixError {
    MatrixError::Refused {
        code: code.into(),
        status,
    }
}

/// An application in which Budi has written.
async fn open() -> TestApp {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app
}

/// The numbers from `from` to `to`, as texts.
fn numbers(from: usize, to: usize) -> Vec<String> {
    (from..=to).map(|number| number.to_string()).collect()
}

/// The homeserver has these lines of Ayu's, and forgets to deliver them.
fn loses(app: &TestApp, from: usize, to: usize) {
    for text in numbers(from, to) {
        app.agent("ayu").line(&text);
    }
}

/// The homeserver was away.
async fn was_away(app: &TestApp) {
    reconcile::raise(app.works(), "the test says so").await;
}

#[tokio::test]
async fn lost_lines_are_sent_in_order_and_before_the_one_that_came() {
    let app = open().await;
    app.agent("ayu").types("1").await;
    loses(&app, 2, 40);
    was_away(&app).await;
    app.agent("ayu").types("41").await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), numbers(1, 41));
}

#[tokio::test]
async fn a_line_waits_until_what_was_lost_before_it_is_known() {
    let app = open().await;
    loses(&app, 1, 3);
    app.homeserver.fail_next(Ask::News, away());
    app.homeserver.fail_next(Ask::News, away());
    app.homeserver.fail_next(Ask::History, away());
    was_away(&app).await;
    app.agent("ayu").types("4").await;
    app.clock.advance(SignedDuration::from_secs(5));
    assert_eq!(app.channel.texts(), NONE);
    for _ in 0..5 {
        app.advance(1).await;
    }
    app.advance(10).await;
    assert_eq!(app.channel.texts(), numbers(1, 4));
}

#[tokio::test]
async fn a_line_that_came_before_the_outage_does_not_wait() {
    let app = open().await;
    let line = app.agent("ayu").line("sebelum");
    app.transaction(vec![line], Vec::new()).await;
    app.homeserver.go_down(away());
    was_away(&app).await;
    app.settle().await;
    app.advance(5).await;
    assert_eq!(app.channel.texts(), ["sebelum"]);
}

#[tokio::test]
async fn what_is_delivered_late_doubled_and_out_of_order_is_sent_once_and_in_order() {
    let app = open().await;
    let lines: Vec<_> = numbers(1, 8)
        .iter()
        .map(|text| app.agent("ayu").line(text))
        .collect();
    was_away(&app).await;
    app.homeserver.fail_next(Ask::News, away());
    for n in [7, 2, 3, 7] {
        let line = lines.get(n).unwrap().clone();
        app.transaction(vec![line], Vec::new()).await;
    }
    app.settle().await;
    app.advance(1).await;
    for line in lines {
        app.transaction(vec![line], Vec::new()).await;
    }
    app.advance(10).await;
    assert_eq!(app.channel.texts(), numbers(1, 8));
}

#[tokio::test]
async fn what_is_lost_without_a_sign_is_found_within_a_minute() {
    let app = open().await;
    app.advance(60).await;
    loses(&app, 1, 7);
    app.advance(60).await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), numbers(1, 7));
}

#[tokio::test]
async fn nothing_is_read_where_nothing_is_missing() {
    let app = open().await;
    app.contact("sinta").says("halo juga").await;
    app.agent("ayu")
        .within(&app.room_of("Budi").id)
        .types("hai")
        .await;
    was_away(&app).await;
    let asked = app.homeserver.asked(Ask::News);
    app.settle().await;
    assert_eq!(app.homeserver.asked(Ask::News), asked + 1);
    assert_eq!(app.homeserver.asked(Ask::History), 0);
}

#[tokio::test]
async fn a_line_that_was_taken_back_before_it_was_found_is_not_sent() {
    let app = open().await;
    let ayu = app.agent("ayu");
    let line = ayu.line("rahasia").id;
    ayu.event(RoomContent::Redaction { target: line });
    ayu.line("umum");
    was_away(&app).await;
    app.settle().await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), ["umum"]);
}

#[tokio::test]
async fn what_was_lost_passes_the_same_door_as_everything_else() {
    let app = open().await;
    let ayu = app.agent("ayu");
    ayu.line(";; jangan dikirim");
    ayu.line("!takeover");
    app.agent("mallory").line("saya bukan agen");
    ayu.line("boleh dikirim");
    was_away(&app).await;
    app.settle().await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), ["boleh dikirim"]);
    assert_eq!(app.room().owner(), "ayu");
}

#[tokio::test]
async fn a_reaction_that_was_lost_decides_about_its_line() {
    let app = open().await;
    app.agent("ayu").types("!takeover").await;
    let held = app.agent("sari").types("boleh saya?").await;
    app.agent("sari").event(RoomContent::Reaction {
        target: held,
        key: "✅".into(),
    });
    assert_eq!(app.channel.texts(), NONE);
    was_away(&app).await;
    app.settle().await;
    assert_eq!(app.channel.texts(), ["boleh saya?"]);
}

/// A line of Ayu's that was written so long ago and lost.
fn lost_since(app: &TestApp, text: &str, ago: SignedDuration) -> EventId {
    let line = app.agent("ayu").line(text).id;
    let at: Timestamp = app.works().clock.now() - ago;
    app.homeserver.date(&line, at);
    line
}

#[tokio::test]
async fn a_line_of_yesterday_is_not_sent_without_asking() {
    let app = open().await;
    let line = lost_since(&app, "kemarin", SignedDuration::from_hours(24));
    lost_since(&app, "barusan", SignedDuration::from_mins(29));
    was_away(&app).await;
    app.settle().await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), ["barusan"]);
    assert_eq!(app.room().reactions(&line), ["⏸", "✅", "❌"]);
    assert_eq!(
        app.room().last(),
        "Loket: ⏸ Held: written 1 d ago, and could not be sent until now. ✅ send · ❌ drop"
    );
    app.agent("ayu").reacts(&line, "✅").await;
    assert_eq!(app.channel.texts(), ["barusan", "kemarin"]);
}

/// Two rooms, in each of which a line of Ayu's was lost: Sinta's, and the newer one in
/// Budi's.
async fn two_rooms() -> (TestApp, RoomId, RoomId) {
    let app = open().await;
    app.contact("sinta").says("halo").await;
    let rooms = ["Sinta", "Budi"].map(|name| app.room_of(name).id.clone());
    for room in &rooms {
        app.agent("ayu").within(room).line(&format!("ke {room}"));
        app.clock.advance(SignedDuration::from_secs(1));
    }
    let [sinta, budi] = rooms;
    (app, sinta, budi)
}

#[tokio::test]
async fn a_room_that_cannot_be_read_stops_no_other() {
    let (app, sinta, budi) = two_rooms().await;
    app.homeserver
        .fail_next(Ask::History, refused("M_FORBIDDEN", 403));
    was_away(&app).await;
    app.settle().await;
    app.advance(10).await;
    assert_eq!(app.channel.texts().len(), 1, "one of them was read");
    for room in [&sinta, &budi] {
        app.agent("ayu").within(room).types("lagi").await;
    }
    app.advance(10).await;
    assert_eq!(app.channel.texts().split_off(1), ["lagi", "lagi"]);
}

#[tokio::test]
async fn the_room_with_the_newest_event_is_read_first_unless_an_agent_waits() {
    let (app, sinta, budi) = two_rooms().await;
    was_away(&app).await;
    let desk = claims_one(&app).await;
    assert_eq!(desk.lane.room(), None);
    let recover = reconcile::Recover(app.works().clone());
    assert_eq!(recover.step(&desk).await.unwrap(), Step::Idle);
    let first = claims_one(&app).await;
    assert_eq!(first.lane.room(), Some(budi));
    let waiting = app.agent("ayu").within(&sinta).line("menunggu");
    app.transaction(vec![waiting], Vec::new()).await;
    let (room, now) = (sinta.clone(), app.works().clock.now());
    let write = app.works().store.write(move |tx| {
        Box::pin(async move {
            let other = Lane::of_room(LaneKind::Recover, &"!z".into());
            tx.wake(&other, now);
            let conversation = tx.find_by_room(&room).await?.unwrap();
            let lane = Lane::of(LaneKind::In, &conversation);
            let row = tx.inbox_head(&lane, now).await?.unwrap();
            reconcile::waits(tx, &row, &room, now).await
        })
    });
    assert!(write.await.unwrap());
    assert_eq!(claims_one(&app).await.lane.room(), Some(sinta));
}

/// Claims the lane that is first among those that recover.
async fn claims_one(app: &TestApp) -> Lease {
    let now = app.works().clock.now();
    let claim = app.works().store.write(move |tx| {
        Box::pin(async move {
            tx.claim(LaneKind::Recover, 1, now, "test", now + LEASE)
                .await
        })
    });
    claim.await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn a_limit_of_the_homeserver_is_kept_to() {
    let app = open().await;
    loses(&app, 1, 1);
    let after = Some(SignedDuration::from_secs(20));
    let detail = "read_history: 429".into();
    app.homeserver
        .fail_next(Ask::History, MatrixError::Retry { after, detail });
    was_away(&app).await;
    app.settle().await;
    app.advance(19).await;
    assert_eq!(app.homeserver.asked(Ask::History), 1);
    app.advance(1).await;
    assert_eq!(app.homeserver.asked(Ask::History), 2);
    app.advance(1).await;
    assert_eq!(app.channel.texts(), ["1"]);
}

#[tokio::test]
async fn a_line_waits_two_minutes_at_most_for_what_may_be_missing() {
    let app = open().await;
    was_away(&app).await;
    for _ in 0..400 {
        app.homeserver
            .fail_next(Ask::News, refused("M_UNKNOWN", 403));
    }
    app.agent("ayu").types("sabar").await;
    for _ in 0..115 {
        app.advance(1).await;
    }
    assert_eq!(app.channel.texts(), NONE);
    for _ in 0..10 {
        app.advance(1).await;
    }
    assert_eq!(app.channel.texts(), ["sabar"]);
}

#[tokio::test]
async fn a_place_that_the_homeserver_does_not_know_any_more_is_given_up() {
    let app = open().await;
    app.homeserver
        .fail_next(Ask::News, refused("M_INVALID_PARAM", 400));
    was_away(&app).await;
    app.agent("ayu").types("jalan terus").await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), ["jalan terus"]);
    loses(&app, 1, 2);
    app.advance(60).await;
    app.advance(10).await;
    assert_eq!(app.channel.texts(), ["jalan terus", "1", "2"]);
}

#[tokio::test]
async fn the_homeserver_is_watched_and_an_outage_raises_the_generation() {
    let app = open().await;
    let before = generation(&app).await;
    let shutdown = loket::shutdown::Shutdown::new();
    let mut tasks = loket::shutdown::Tasks::new(shutdown.clone());
    tasks.spawn(
        "watch",
        reconcile::watch(app.works().clone(), shutdown.clone()),
    );
    app.homeserver.interrupt();
    while generation(&app).await == before {
        tokio::task::yield_now().await;
    }
    shutdown.begin();
    assert!(tasks.finish(std::time::Duration::from_secs(5)).await);
}

/// How often the homeserver has been found away.
async fn generation(app: &TestApp) -> i64 {
    let read = app.works().store.read(|tx| Box::pin(tx.generation()));
    read.await.unwrap().raised
}

#[tokio::test]
async fn lost_lines_survive_a_death_at_any_moment() {
    for waits in moments() {
        let mut app = open().await;
        app.agent("ayu").types("1").await;
        loses(&app, 2, 12);
        was_away(&app).await;
        let last = app.agent("ayu").line("13");
        app.transaction(vec![last], Vec::new()).await;
        let ended = app.dies_after(waits).await;
        app.advance(10).await;
        assert_eq!(app.channel.texts(), numbers(1, 13), "after {waits} waits");
        assert_eq!(app.dead().await, 0, "after {waits} waits");
        if ended {
            assert!(waits > 10, "there is something to be cut");
            return;
        }
    }
}

/// The homeserver tells us of its newest event, which is one of ours, as everything
/// else it delivers.
async fn echoes_last(app: &TestApp) {
    let room = app.room();
    let event = room.events.last().unwrap();
    let echo = RoomEvent {
        id: event.id.clone(),
        room: room.id.clone(),
        sender: event.author.clone(),
        at: app.works().clock.now(),
        loket_id: event.loket_id.clone(),
        content: RoomContent::Other {
            kind: "m.room.message".into(),
        },
    };
    app.transaction(vec![echo], Vec::new()).await;
}

/// An application in which the answer to a customer's line was lost, and whose
/// homeserver does not recognize a second try.
async fn with_lost_answer() -> TestApp {
    let app = open().await;
    app.homeserver.lose_next_answer(Ask::Send);
    app.contact("budi").says("dua").await;
    app.homeserver.forget_transactions();
    app.clock.advance(SignedDuration::from_secs(6));
    app
}

#[tokio::test]
async fn an_echo_of_ours_tells_that_a_send_without_an_answer_arrived() {
    let app = with_lost_answer().await;
    echoes_last(&app).await;
    app.settle().await;
    assert_eq!(app.room().lines(), ["Budi: halo", "Budi: dua"]);
    let line = app.room().event("dua");
    app.agent("ayu").answers(&line, "ya, dua").await;
    app.advance(10).await;
    assert_eq!(
        app.channel.texts(),
        ["ya, dua"],
        "it counts as the customer's"
    );
}

#[tokio::test]
async fn an_echo_that_was_lost_too_is_found_with_the_lines_around_it() {
    let app = with_lost_answer().await;
    loses(&app, 1, 1);
    was_away(&app).await;
    app.recover().await;
    app.settle().await;
    assert_eq!(app.room().lines(), ["Budi: halo", "Budi: dua", "ayu: 1"]);
    app.advance(10).await;
    assert_eq!(app.channel.texts(), ["1"]);
    assert_eq!(
        app.room().lines(),
        ["Budi: halo", "Budi: dua", "ayu: 1"],
        "our own is neither doubled nor taken for somebody's"
    );
}

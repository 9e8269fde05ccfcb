//! One side is away for a while, or both: nothing is lost, everything goes on by
//! itself, in order, and what has become old in the meantime is asked about.

use futures_util::future::join;
use jiff::SignedDuration;
use loket::intake::{Intake, Routed, Transaction, Unavailable, Webhook};
use loket::matrix::MatrixError;
use loket::matrix::fake::Ask;
use loket::store::{Depth, LaneKind};

use super::support::TestApp;
use super::support::outcome::{delivered, down, fault};

/// The homeserver does not answer.
fn no_connection() -> MatrixError {
    MatrixError::Retry {
        after: None,
        detail: "no connection".into(),
    }
}

/// What waits in a kind of lane: how many rows, and for how many seconds the oldest.
async fn waiting(app: &TestApp, kind: LaneKind) -> (i64, Option<i64>) {
    let now = app.works().clock.now();
    let read = app
        .works()
        .store
        .read(move |tx| Box::pin(async move { tx.depth_and_age(kind, now).await }));
    let Depth { rows, oldest } = read.await.unwrap();
    (
        rows,
        oldest.map(|oldest| now.duration_since(oldest).as_secs()),
    )
}

/// Waits until something is so that another task brings about.
async fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

/// Lets `seconds` pass, a minute at a time.
async fn minutes(app: &TestApp, minutes: i64) {
    for _ in 0..minutes {
        app.advance(60).await;
    }
}

#[tokio::test]
async fn three_hours_without_a_homeserver_lose_and_turn_round_nothing() {
    let app = TestApp::start().await;
    let names = ["budi", "citra", "dian", "eko"];
    for name in names {
        app.contact(name).says("halo").await;
    }
    app.homeserver.go_down(no_connection());
    for n in 0..250 {
        let lines = names.map(|name| app.contact(name).line(&format!("baris {n}")));
        app.webhook(lines.to_vec()).await;
    }
    app.contact("fajar").says("halo, saya baru").await;
    for _ in 0..18 {
        app.advance(600).await;
    }
    // A thousand lines and one, and what its new case brings along.
    let (rows, oldest) = waiting(&app, LaneKind::Matrix).await;
    assert!((1_001..1_010).contains(&rows), "{rows}");
    assert_eq!(oldest, Some(10_800));
    assert_eq!(app.dead().await, 0);
    app.homeserver.come_back();
    app.advance(20).await;
    for name in names {
        let mut shown = app.room_of(&capital(name)).lines();
        let said = (0..250).map(|n| format!("{}: baris {n}", capital(name)));
        shown.drain(..1);
        assert_eq!(shown, said.collect::<Vec<_>>());
    }
    assert_eq!(app.room_of("Fajar").lines(), ["Fajar: halo, saya baru"]);
    assert_eq!(app.lobby().lines().len(), 5, "each called once");
    assert_eq!(waiting(&app, LaneKind::Matrix).await, (0, None));
    assert_eq!(app.alerts(), Vec::<String>::new());
}

/// A name as the contact gives it.
fn capital(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

#[tokio::test]
async fn a_homeserver_that_does_not_know_us_is_one_alarm_and_costs_nothing() {
    let app = TestApp::start().await;
    for name in ["budi", "citra"] {
        app.contact(name).says("halo").await;
    }
    app.homeserver.go_down(MatrixError::Refused {
        code: "M_UNKNOWN_TOKEN".into(),
        status: 401,
    });
    app.contact("budi").says("masih di sana?").await;
    app.contact("citra").says("halo?").await;
    app.contact("dian").says("saya baru").await;
    minutes(&app, 90).await;
    assert_eq!(app.dead().await, 0, "it was no fault of the lines");
    app.homeserver.come_back();
    minutes(&app, 2).await;
    assert_eq!(
        app.alerts(),
        [
            "Loket: ⚠ The homeserver refuses what Loket asks of it (M_UNKNOWN_TOKEN). Is the \
             registration loaded, and are its tokens those of config.yaml? Everything waits and \
             is tried again.",
            "Loket: ✓ The homeserver takes again what Loket asks of it.",
        ]
    );
    assert_eq!(app.room_of("Budi").last(), "Budi: masih di sana?");
    assert_eq!(app.room_of("Citra").last(), "Citra: halo?");
    assert_eq!(app.room_of("Dian").lines(), ["Dian: saya baru"]);
}

#[tokio::test]
async fn a_room_that_could_not_be_made_ends_its_alarm_when_it_is() {
    let app = TestApp::start().await;
    let refused = || MatrixError::Refused {
        code: "M_FORBIDDEN".into(),
        status: 403,
    };
    for _ in 0..3 {
        app.homeserver.fail_next(Ask::CreateRoom, refused());
    }
    app.contact("budi").says("halo").await;
    minutes(&app, 4).await;
    assert_eq!(app.room().lines(), ["Budi: halo"]);
    let alerts = app.alerts();
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    assert_eq!(
        alerts.last().unwrap(),
        "Loket: ✓ The homeserver takes again what Loket asks of it."
    );
}

#[tokio::test]
async fn three_hours_without_the_channel_hold_what_is_old_and_send_what_is_not() {
    let app = TestApp::start().await;
    for name in ["budi", "citra"] {
        app.contact(name).says("halo").await;
    }
    app.channel.will_always(down().err());
    let (budi, citra) = (
        app.room_of("Budi").id.clone(),
        app.room_of("Citra").id.clone(),
    );
    let old = app.agent("ayu").within(&budi).types("satu").await;
    app.agent("ayu").within(&citra).types("halo Citra").await;
    minutes(&app, 170).await;
    app.agent("ayu").within(&budi).types("dua").await;
    minutes(&app, 10).await;
    assert_eq!(waiting(&app, LaneKind::Channel).await, (1, Some(600)));
    let held = "⏸ Held: written 31 min ago, and could not be sent until now. ✅ send · ❌ drop";
    for name in ["Budi", "Citra"] {
        let told = app.room_of(name).lines();
        let told = told.iter().filter(|line| line.ends_with(held)).count();
        assert_eq!(told, 1, "{name}: {:?}", app.room_of(name).lines());
    }
    assert_eq!(app.room_of("Budi").reactions(&old), ["⏸", "✅", "❌"]);
    let raised = "Loket: wa: WhatsApp rejects the access token (error 190). \
        Put a new one into access_token. Messages wait.";
    assert_eq!(app.alerts(), [raised], "said once in three hours");
    let before = app.channel.texts().len();
    app.channel.will_always(None);
    minutes(&app, 2).await;
    app.agent("ayu").within(&budi).reacts(&old, "✅").await;
    minutes(&app, 60).await;
    assert_eq!(app.channel.texts().split_off(before), ["dua", "satu"]);
    let cleared = "Loket: ✓ wa takes messages again; those that waited are on their way.";
    assert_eq!(app.alerts(), [raised, cleared]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn both_sides_away_at_once_come_back_in_either_order() {
    for homeserver_first in [true, false] {
        let mut app = TestApp::start().await;
        app.contact("budi").says("halo").await;
        let lines = ["satu", "dua", "tiga"].map(|text| app.agent("ayu").line(text));
        app.homeserver.go_down(no_connection());
        app.channel.will_always(fault().err());
        for line in lines {
            app.transaction(vec![line], Vec::new()).await;
            app.contact("budi").says("dan?").await;
            app.advance(120).await;
        }
        for side in [homeserver_first, !homeserver_first] {
            if side {
                app.homeserver.come_back();
            } else {
                app.channel.will_always(None);
            }
            minutes(&app, 8).await;
        }
        app.homeserver.come_back();
        let mut sent = app.channel.texts();
        sent.dedup();
        assert_eq!(sent, ["satu", "dua", "tiga"], "{homeserver_first}");
        let said = app.room().lines();
        let said = said.iter().filter(|line| *line == "Budi: dan?").count();
        assert_eq!(said, 3, "{homeserver_first}");
        let accepted = app.channel.sent().len() - 1;
        assert_eq!(
            app.state_of(accepted).await,
            loket::domain::message::LineState::Accepted
        );
        app.restart().await;
        assert_eq!(app.dead().await, 0);
        assert_eq!(app.alerts(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_comes_while_the_database_is_away_is_refused_and_taken_when_it_is_repeated() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.contact("budi").line("masih di sana?");
    let webhook = || Webhook {
        account: "wa".into(),
        received_at: app.works().clock.now(),
        body: bytes::Bytes::from_static(b"{}"),
        updates: vec![Routed {
            account: Some("wa".into()),
            update: line.clone(),
        }],
        unparsed: None,
    };
    let event = app.agent("ayu").line("ada");
    let transaction = || Transaction {
        id: "1".into(),
        received_at: app.works().clock.now(),
        events: vec![event.clone()],
        parked: Vec::new(),
        signals: Vec::new(),
    };
    app.works().store.refuse(true);
    for _ in 0..3 {
        assert_eq!(
            app.works().accept_webhook(webhook()).await,
            Err(Unavailable)
        );
        let refused = app.works().accept_transaction(transaction()).await;
        assert_eq!(refused, Err(Unavailable));
    }
    app.works().store.refuse(false);
    for _ in 0..3 {
        app.works().accept_webhook(webhook()).await.unwrap();
        app.works().accept_transaction(transaction()).await.unwrap();
    }
    app.settle().await;
    app.advance(10).await;
    assert_eq!(
        app.room().lines(),
        ["Budi: halo", "ayu: ada", "Budi: masih di sana?"]
    );
    assert_eq!(app.channel.texts(), ["ada"]);
}

#[tokio::test]
async fn the_outcome_of_a_send_is_kept_in_mind_until_the_database_takes_it() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("satu").await;
    app.clock.advance(SignedDuration::from_secs(5));
    let store = app.works().store.clone();
    let trouble = async {
        until(|| !app.channel.sent().is_empty()).await;
        store.refuse(true);
        until(|| store.refusals() > 0).await;
        store.refuse(false);
    };
    // In this order, so that the database goes while the answer is on its way.
    join(app.settle(), trouble).await;
    minutes(&app, 5).await;
    let room = app.room();
    assert_eq!(app.channel.texts(), ["satu"]);
    assert_eq!(
        room.lines(),
        ["Budi: halo", "ayu: satu"],
        "nothing is uncertain"
    );
    assert_eq!(room.read_by("Loket"), Some(line));
    app.reports("wamid.fake.1", delivered()).await;
}

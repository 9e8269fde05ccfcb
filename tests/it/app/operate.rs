//! What an operator and a supervisor do about rows that were put aside, and what they
//! are told.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use loket::domain::delivery::SendError;
use loket::domain::ids::AccountId;
use loket::domain::inbound::{Event, Update};
use loket::domain::room_event::RoomEvent;
use loket::intake::{Intake, Pieces, Reread, Routed, Webhook};
use loket::queue::LEASE;
use loket::store::{InboxState, LaneKind};
use loket::work::care::{self, Room, Seen};
use loket::work::give_up;
use loket::work::replay::{Report, Which, replay};
use serde_json::json;

use super::support::TestApp;

/// A version that understands more, and a configuration with another account.
#[derive(Debug, Default)]
struct Better {
    /// What it finds in every body.
    updates: Vec<Update>,
    /// What it finds in every parked event.
    event: Option<RoomEvent>,
}

impl Reread for Better {
    fn account_of(&self, name: &str) -> Option<AccountId> {
        (name == "999").then(|| AccountId::from("wa"))
    }

    fn webhook(&self, _account: &AccountId, _body: &[u8], first: usize) -> Pieces {
        let routed = self.updates.get(first).map(|update| Routed {
            account: Some(AccountId::from("wa")),
            update: update.clone(),
        });
        // A piece at a time, so that there is always more.
        let next = first + 1;
        Pieces {
            updates: routed.into_iter().collect(),
            is_whole: true,
            next: (next < self.updates.len()).then_some(next),
        }
    }

    fn parked(&self, _text: &str, _received_at: Timestamp) -> (Vec<RoomEvent>, bool) {
        (self.event.iter().cloned().collect(), self.event.is_some())
    }
}

/// Replays rows of a kind, then works; how many were replayed and left.
async fn replays(app: &TestApp, reread: &dyn Reread, which: Which) -> (usize, usize) {
    let report = replay(app.works(), reread, which).await.unwrap();
    app.settle().await;
    let Report { replayed, left, .. } = report;
    (replayed, left)
}

/// Puts the first row of the only lane of a kind aside that is due.
async fn dies(app: &TestApp, kind: LaneKind) {
    let work = app.works();
    let now = work.clock.now();
    let claim = work.store.write(move |tx| {
        Box::pin(async move { tx.claim(kind, 9, now, "test", now + LEASE).await })
    });
    let leases = claim.await.unwrap();
    assert_eq!(leases.len(), 1, "{leases:?}");
    give_up::at_once(work, &leases[0], "a test".into())
        .await
        .unwrap();
    app.settle().await;
    assert_eq!(app.dead().await, 1);
}

#[tokio::test]
async fn a_webhook_for_nobody_goes_its_way_once_its_account_is_there() {
    let app = TestApp::start().await;
    let mut line = app.contact("budi").line("halo");
    line.account = "999".into();
    app.webhook(vec![line]).await;
    app.settle().await;
    assert_eq!(app.kept(InboxState::Unrouted).await, 1);
    let better = Better::default();
    assert_eq!(replays(&app, &better, Which::Unrouted).await, (1, 0));
    assert_eq!(app.room().lines(), ["Budi: halo"]);
    assert_eq!(replays(&app, &better, Which::Unrouted).await, (0, 0));
    assert_eq!(app.room().lines().len(), 1);
}

#[tokio::test]
async fn a_body_that_is_understood_by_now_is_taken_in_once() {
    let app = TestApp::start().await;
    let said = app.contact("budi").line("halo");
    let mut odd = said.clone();
    odd.event = Event::Kept;
    odd.unparsed = Some("message.type".into());
    let webhook = |update: Update| Webhook {
        account: AccountId::from("wa"),
        received_at: app.works().clock.now(),
        body: Bytes::from_static(b"odd"),
        updates: vec![Routed {
            account: Some(AccountId::from("wa")),
            update,
        }],
        unparsed: None,
    };
    app.works().accept_webhook(webhook(odd)).await.unwrap();
    app.settle().await;
    assert!(app.kept_body(b"odd").await);
    let second = app.contact("budi").line("masih di sana?");
    let better = Better {
        updates: vec![said.clone(), second],
        event: None,
    };
    assert_eq!(replays(&app, &better, Which::Unparsed).await, (2, 0));
    let lines = ["Budi: halo", "Budi: masih di sana?"];
    assert_eq!(app.room().lines(), lines);
    assert_eq!(app.kept(InboxState::Unparsed).await, 0);
    assert!(!app.kept_body(b"odd").await);
    assert_eq!(replays(&app, &better, Which::Unparsed).await, (0, 0));
    app.works().accept_webhook(webhook(said)).await.unwrap();
    app.settle().await;
    assert_eq!(app.room().lines(), lines);
}

#[tokio::test]
async fn what_is_still_not_understood_stays() {
    let app = TestApp::start().await;
    let mut odd = app.contact("budi").line("halo");
    odd.event = Event::Kept;
    odd.unparsed = Some("message.type".into());
    app.webhook(vec![odd.clone()]).await;
    app.transaction_with_parked("{\"odd\":1}").await;
    let better = Better {
        updates: vec![odd],
        event: None,
    };
    // The piece of the webhook is counted as a row and in its body.
    assert_eq!(replays(&app, &better, Which::Unparsed).await, (0, 3));
    assert_eq!(app.kept(InboxState::Unparsed).await, 2);
}

#[tokio::test]
async fn an_event_that_is_understood_by_now_goes_its_way() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").line("selamat siang");
    app.transaction_with_parked("{\"odd\":1}").await;
    let better = Better {
        updates: Vec::new(),
        event: Some(line),
    };
    assert_eq!(replays(&app, &better, Which::Unparsed).await, (1, 0));
    app.advance(6).await;
    assert_eq!(app.channel.texts(), ["selamat siang"]);
    assert_eq!(replays(&app, &better, Which::Unparsed).await, (0, 0));
}

#[tokio::test]
async fn a_transaction_that_was_kept_whole_is_taken_in_as_far_as_it_is_understood() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let room = app.agent("ayu").line("").room;
    let event = |id: &str, text: &str| {
        json!({"type": "m.room.message", "event_id": id, "room_id": room.as_str(),
            "sender": "@ayu:localhost", "origin_server_ts": 1_795_244_400_000_i64,
            "content": {"msgtype": "m.text", "body": text}})
    };
    let (one, two, three) = (event("$1", "satu"), event("$2", "dua"), event("$3", "tiga"));
    let readers = app.readers();
    // As one is kept of which more was odd than is parked piece by piece.
    let whole = json!({"events": [one, two]}).to_string();
    app.transaction_with_parked(&whole).await;
    assert_eq!(replays(&app, &readers, Which::Unparsed).await, (2, 0));
    app.advance(6).await;
    assert_eq!(app.channel.texts(), ["satu", "dua"]);
    assert_eq!(replays(&app, &readers, Which::Unparsed).await, (0, 0));
    // What came in already does not come again; what is odd stays.
    let whole = json!({"events": [two, three, 7]}).to_string();
    app.transaction_with_parked(&whole).await;
    assert_eq!(replays(&app, &readers, Which::Unparsed).await, (1, 1));
    app.advance(6).await;
    assert_eq!(app.channel.texts(), ["satu", "dua", "tiga"]);
    for hopeless in [r#"{"no":"event"}"#, "{\"events\": [", "7", ""] {
        app.transaction_with_parked(hopeless).await;
    }
    assert_eq!(replays(&app, &readers, Which::Unparsed).await, (0, 5));
    app.advance(6).await;
    assert_eq!(app.channel.texts().len(), 3);
}

#[tokio::test]
async fn a_dead_line_that_certainly_did_not_go_is_sent_once() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("satu").await;
    app.clock.advance(SignedDuration::from_secs(6));
    dies(&app, LaneKind::Channel).await;
    assert_eq!(app.room().reactions(&line), ["⚠️", "🔁"]);
    let better = Better::default();
    assert_eq!(replays(&app, &better, Which::Dead).await, (1, 0));
    assert_eq!(app.channel.texts(), ["satu"]);
    assert_eq!(app.room().reactions(&line), [""; 0]);
    assert_eq!(replays(&app, &better, Which::Dead).await, (0, 0));
    assert_eq!(app.channel.texts(), ["satu"]);
}

#[tokio::test]
async fn a_dead_line_that_may_have_gone_is_left_to_a_person() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let unknown = SendError::Unknown {
        detail: "no answer".into(),
    };
    app.channel.will(Err(unknown));
    let line = app.agent("ayu").types("satu").await;
    app.advance(6).await;
    app.clock.advance(SignedDuration::from_secs(30));
    dies(&app, LaneKind::Channel).await;
    assert_eq!(replays(&app, &Better::default(), Which::Dead).await, (0, 1));
    assert_eq!(app.channel.texts(), ["satu"], "sent a second time");
    app.agent("ayu").reacts(&line, "🔁").await;
    assert_eq!(app.channel.texts(), ["satu", "satu"]);
    // Now it has gone: the dead row has nothing to do any more.
    assert_eq!(replays(&app, &Better::default(), Which::Dead).await, (1, 0));
    assert_eq!(app.channel.texts(), ["satu", "satu"]);
}

#[tokio::test]
async fn a_dead_line_that_is_too_old_by_now_is_held() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.agent("ayu").types("satu").await;
    app.clock.advance(SignedDuration::from_secs(6));
    dies(&app, LaneKind::Channel).await;
    app.advance(31 * 60).await;
    assert_eq!(replays(&app, &Better::default(), Which::Dead).await, (1, 0));
    app.advance(60).await;
    assert_eq!(app.channel.texts(), [""; 0]);
    assert!(app.room().reactions(&line).contains(&"⏸".to_owned()));
    app.agent("ayu").reacts(&line, "✅").await;
    app.advance(6).await;
    assert_eq!(app.channel.texts(), ["satu"]);
}

#[tokio::test]
async fn retry_in_reply_to_a_line_that_was_put_aside_works_it_again() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let event = app.agent("ayu").line("selamat siang");
    let line = event.id.clone();
    app.transaction(vec![event], Vec::new()).await;
    dies(&app, LaneKind::In).await;
    assert_eq!(app.room().reactions(&line), ["⚠️"]);
    app.agent("ayu").answers(&line, "!retry").await;
    app.advance(6).await;
    assert_eq!(app.dead().await, 0);
    assert_eq!(app.channel.texts(), ["selamat siang"]);
    assert_eq!(app.room().reactions(&line), [""; 0]);
}

#[tokio::test]
async fn retry_in_reply_to_what_the_desk_said_works_a_customers_line_again() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.webhook(vec![app.contact("budi").line("dua")]).await;
    dies(&app, LaneKind::In).await;
    let said = app.room().lines().pop().unwrap();
    let said = app.room().event(said.trim_start_matches("Loket: "));
    app.agent("ayu").answers(&said, "!retry").await;
    assert_eq!(app.dead().await, 0);
    assert_eq!(app.room().lines().last().unwrap(), "Budi: dua");
    app.agent("ayu").types("!retry").await;
    let answer = app.room().lines().pop().unwrap();
    assert!(answer.contains("Reply to the line"), "{answer}");
}

#[tokio::test]
async fn a_supervisor_is_told_what_became_of_a_line_and_nothing_it_says() {
    let app = TestApp::start().await;
    app.contact("budi").says("rahasia").await;
    let line = app.agent("ayu").types("jawaban").await;
    app.advance(6).await;
    let told = async |agent: &str| {
        app.agent(agent).answers(&line, "!trace").await;
        app.room().lines().pop().unwrap()
    };
    let answer = told("dewi").await;
    for part in [
        "msg_",
        "att_",
        "Accepted",
        "lane channel",
        "2026-11-21 14:00:06.000",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    assert!(answer.contains(line.as_str()), "{answer}");
    assert!(!answer.contains("jawaban"), "{answer}");
    assert!(told("ayu").await.contains("supervisor"));
    app.agent("dewi").types("!trace").await;
    let whole = app.room().lines().pop().unwrap();
    assert!(whole.contains("from the customer"), "{whole}");
    assert!(
        !whole.contains("rahasia") && !whole.contains("jawaban"),
        "{whole}"
    );
}

#[tokio::test]
async fn a_case_is_traced_from_the_lobby_and_only_by_its_team() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let lobby = app.lobby().id.clone();
    let dewi = app.agent("dewi").within(&lobby);
    dewi.types("!trace #1").await;
    let answer = app.lobby().lines().pop().unwrap();
    assert!(
        answer.contains("cnv_") && answer.contains("Queue"),
        "{answer}"
    );
    dewi.types("!trace #7").await;
    let answer = app.lobby().lines().pop().unwrap();
    assert_eq!(answer, "Loket: Nothing is known about that.");
    dewi.types("!trace").await;
    let answer = app.lobby().lines().pop().unwrap();
    assert!(answer.contains("Usage: !trace [#case]"), "{answer}");
}

#[tokio::test]
async fn a_disk_that_fills_is_said_once_and_once_when_there_is_room() {
    let app = TestApp::start().await;
    let mut seen = Seen::default();
    for megabytes in [2_000, 400, 300, 600, 400, 700, 800] {
        let room = Room {
            free: megabytes * 1024 * 1024,
        };
        care::look(app.works(), Some(room), &mut seen).await;
        app.settle().await;
    }
    assert_eq!(
        app.alerts(),
        [
            "Loket: ⚠ Only 400 MB are left on the database's disk. Make room: once it is full, \
             nothing that comes in is taken.",
            "Loket: ✓ There is room again on the database's disk.",
        ]
    );
}

#[tokio::test]
async fn a_lane_that_stands_still_is_said_once_and_once_when_it_goes_on() {
    let app = TestApp::start().await;
    let mut seen = Seen::default();
    app.contact("budi").says("halo").await;
    app.webhook(vec![app.contact("budi").line("dua")]).await;
    for minutes in [5, 6, 1, 1] {
        app.clock.advance(SignedDuration::from_mins(minutes));
        care::look(app.works(), None, &mut seen).await;
    }
    app.settle().await;
    care::look(app.works(), None, &mut seen).await;
    app.settle().await;
    assert_eq!(
        app.alerts(),
        [
            // The lane that asks what was not delivered is due once a minute.
            "Loket: ⚠ Something has waited for 10 min in the lane «recover». Run: loket doctor",
            "Loket: ⚠ Something has waited for 11 min in the lane «in». Run: loket doctor",
            "Loket: ✓ Nothing waits too long in the lane «recover» any more.",
            "Loket: ✓ Nothing waits too long in the lane «in» any more.",
        ]
    );
}

#[tokio::test]
async fn a_homeserver_that_was_away_is_told_of_afterwards_once() {
    let app = TestApp::start().await;
    for there in [true, false, false, true, true] {
        care::homeserver(app.works(), there).await;
        app.settle().await;
    }
    assert_eq!(
        app.alerts(),
        [
            "Loket: ⚠ The homeserver was not reachable from 2026-11-21 07:00 UTC. Lines for \
             rooms waited.",
            "Loket: ✓ The homeserver is reachable again; what waited is on its way.",
        ]
    );
}

#[tokio::test]
async fn a_database_that_took_nothing_is_said_once_when_it_does_again() {
    let app = TestApp::start().await;
    let store = app.works().store.clone();
    let mut seen = Seen::default();
    for refuses in [false, true, true, true, false, false] {
        store.refuse(refuses);
        care::look(app.works(), None, &mut seen).await;
        // Between two looks it is well, for the other workers here.
        store.refuse(false);
        app.advance(60).await;
    }
    assert_eq!(
        app.alerts(),
        [
            "Loket: ⚠ The database took nothing for 3 min. Nothing was lost: whoever sent \
             something meanwhile tries again. The log says why."
        ]
    );
}

#[tokio::test]
async fn processes_that_lose_the_database_together_tell_of_it_once() {
    let app = TestApp::start().await;
    let store = app.works().store.clone();
    let mut replicas = [Seen::default(), Seen::default(), Seen::default()];
    for outages in 1..=2 {
        // They look in turn, each once a minute; the second outage is an hour later.
        app.clock.advance(SignedDuration::from_hours(1));
        for refuses in [true, true, false, false] {
            for seen in &mut replicas {
                store.refuse(refuses);
                care::look(app.works(), None, seen).await;
                store.refuse(false);
                app.clock.advance(SignedDuration::from_secs(20));
            }
        }
        app.settle().await;
        let told = app.alerts();
        let told = told.iter().filter(|line| line.contains("took nothing"));
        assert_eq!(told.count(), outages, "{:?}", app.alerts());
    }
}

#[tokio::test]
async fn one_wrong_clock_among_several_processes_is_said_once() {
    let app = TestApp::start().await;
    let (mut wrong, mut right) = (Seen::default(), Seen::default());
    let look = async |seen: &mut Seen, seconds: i64| {
        let ahead = SignedDuration::from_secs(seconds);
        app.homeserver.our_clock_is_ahead(ahead);
        app.clock.advance(ahead);
        care::look(app.works(), None, seen).await;
        app.clock.advance(-ahead);
        app.advance(30).await;
        app.alerts().len()
    };
    for _ in 0..5 {
        assert_eq!(look(&mut wrong, -600).await, 1);
        assert_eq!(look(&mut right, 0).await, 1);
    }
    for _ in 0..4 {
        look(&mut wrong, 0).await;
        look(&mut right, 0).await;
    }
    assert_eq!(look(&mut right, 0).await, 2);
    let over = "Loket: ✓ This machine's clock and the homeserver's agree again.";
    assert_eq!(app.alerts().last().unwrap(), over);
}

#[tokio::test]
async fn clocks_that_part_are_said_once_and_once_when_they_meet() {
    let app = TestApp::start().await;
    let mut seen = Seen::default();
    for seconds in [2, -90, -100, -40, 20, 20, 20, 20, 20, 20] {
        let ahead = SignedDuration::from_secs(seconds);
        app.homeserver.our_clock_is_ahead(ahead);
        care::look(app.works(), None, &mut seen).await;
        app.advance(60).await;
    }
    assert_eq!(app.alerts().len(), 2, "{:?}", app.alerts());
    assert!(
        app.alerts()[0].contains("are 90 s apart"),
        "{:?}",
        app.alerts()
    );
}

#[tokio::test]
async fn the_command_line_says_how_many_rows_and_why_some_stay() {
    let report = |which, left| {
        Report {
            which,
            replayed: 2,
            left,
        }
        .to_string()
    };
    assert_eq!(report(Which::Unparsed, 0), "unparsed: 2 replayed, 0 left");
    assert_eq!(
        report(Which::Dead, 1),
        "dead: 2 replayed, 1 left (the customer may have the line already: 🔁 in its room \
         sends it again)"
    );
}

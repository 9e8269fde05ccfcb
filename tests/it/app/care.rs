//! What the desk says of itself, what it may be told, and what it forgets.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use loket::channel::Gesture;
use loket::config::Config;
use loket::domain::ids::RoomId;
use loket::domain::inbound::{Event, Update};
use loket::domain::room_event::RoomContent;
use loket::domain::saying::Saying;
use loket::matrix::MatrixError;
use loket::matrix::fake::Ask;
use loket::shutdown::{Shutdown, Tasks};
use loket::store::InboxState;
use loket::work::directory::Directory;
use loket::work::{Works, cleanup, rooms, start};

use super::support::{NUMBER, TestApp};

/// News of the account.
fn news(app: &TestApp, key: &str, what: Saying) -> Update {
    let mut update = app.contact("budi").line("");
    update.account = NUMBER.into();
    update.kind = "field.account_update".into();
    update.dedupe_key = key.into();
    update.sender = None;
    update.event = Event::Account(what);
    update
}

#[tokio::test]
async fn news_of_an_account_is_said_each_time_it_happens() {
    let app = TestApp::start().await;
    let restricted = || Saying::new("account-restricted").with("detail", "messaging");
    for (key, what) in [
        ("first", restricted()),
        ("first", restricted()),
        ("second", Saying::new("account-reconnected")),
        ("third", restricted()),
    ] {
        let update = news(&app, key, what);
        app.webhook(vec![update]).await;
        app.advance(60).await;
    }
    let again = "Loket: ⚠ wa: WhatsApp has restricted the account: messaging.";
    let well = "Loket: ⚠ wa: the account is connected again.";
    assert_eq!(app.alerts(), [again, well, again]);
}

#[tokio::test]
async fn rows_that_die_alarm_each_up_to_a_limit_and_again_an_hour_later() {
    let app = TestApp::start().await;
    let too_large = || MatrixError::Refused {
        code: "M_TOO_LARGE".into(),
        status: 413,
    };
    app.contact("budi").says("halo").await;
    for _ in 0..7 {
        app.homeserver.fail_next(Ask::Send, too_large());
        app.contact("budi").says("dan?").await;
    }
    assert_eq!(app.dead().await, 7);
    assert_eq!(app.alerts().len(), 5, "{:?}", app.alerts());
    app.clock.advance(SignedDuration::from_hours(1));
    app.homeserver.fail_next(Ask::Send, too_large());
    app.contact("budi").says("dan?").await;
    assert_eq!(app.alerts().len(), 6);
}

#[tokio::test]
async fn an_unknown_account_is_said_once_a_day() {
    let app = TestApp::start().await;
    for hours in [1, 1, 24] {
        let mut line = app.contact("budi").line("halo");
        line.account = "999".into();
        app.webhook(vec![line]).await;
        app.advance(hours * 3_600).await;
    }
    let mut line = app.contact("budi").line("halo");
    line.account = "999".into();
    app.webhook(vec![line]).await;
    app.settle().await;
    assert_eq!(app.alerts().len(), 2);
}

#[tokio::test]
async fn what_no_lane_works_on_is_forgotten_after_thirty_days() {
    let app = TestApp::start().await;
    let mut unrouted = app.contact("budi").line("halo");
    unrouted.account = "999".into();
    let mut unparsed = news(&app, "odd", Saying::new("account-reconnected"));
    unparsed.event = Event::Kept;
    unparsed.unparsed = Some("field".into());
    app.webhook(vec![unrouted, unparsed]).await;
    app.contact("budi").says("halo").await;
    app.homeserver.fail_next(
        Ask::Send,
        MatrixError::Refused {
            code: "M_TOO_LARGE".into(),
            status: 413,
        },
    );
    app.contact("budi").says("dan?").await;
    let all = async || {
        let unrouted = app.kept(InboxState::Unrouted).await;
        let unparsed = app.kept(InboxState::Unparsed).await;
        (unrouted, unparsed, app.dead().await)
    };
    let now = app.works().clock.now();
    let days = |days: i64| now + SignedDuration::from_hours(24 * days);
    cleanup::sweep(app.works(), days(29)).await.unwrap();
    assert_eq!(all().await, (1, 1, 1));
    cleanup::sweep(app.works(), days(31)).await.unwrap();
    assert_eq!(all().await, (0, 0, 0));
}

#[tokio::test]
async fn read_reaches_no_further_than_the_agent_has_read() {
    let app = TestApp::start().await;
    let first = app.contact("budi").says("satu").await;
    app.agent("ayu").types("!takeover").await;
    app.advance(10).await;
    let note = app.agent("ayu").types(";; sebentar").await;
    app.advance(10).await;
    let second = app.contact("budi").says("dua").await;
    app.agent("ayu").reads(&note).await;
    assert_eq!(app.channel.gestures(), [Gesture::Read(first.clone())]);
    let (one, two) = (app.room().event("satu"), app.room().event("dua"));
    for event in [&one, &two, &one, &two] {
        app.agent("ayu").reads(event).await;
    }
    app.agent("ayu").reads(&"$unknown".into()).await;
    assert_eq!(
        app.channel.gestures(),
        [Gesture::Read(first), Gesture::Read(second)]
    );
}

#[tokio::test]
async fn typing_is_told_every_twenty_seconds_at_most() {
    let app = TestApp::start().await;
    let line = app.contact("budi").says("halo").await;
    app.agent("ayu").types("!takeover").await;
    for _ in 0..5 {
        app.agent("ayu").is_typing().await;
        app.advance(5).await;
    }
    let typing = Gesture::Typing(line);
    assert_eq!(app.channel.gestures(), [typing.clone(), typing]);
}

/// An agent invites the desk into a room of their own; its id.
async fn invites_the_desk(app: &TestApp, room: &RoomId) {
    let invitation = RoomContent::Member {
        user: "@loket:localhost".into(),
        membership: "invite".into(),
        name: None,
    };
    app.agent("ayu").within(room).does(invitation).await;
}

#[tokio::test]
async fn where_others_are_too_commands_need_their_prefix() {
    let app = TestApp::start().await;
    let lines = |room: &RoomId| app.homeserver.room(room).unwrap().lines().len();
    let group = app.homeserver.open_direct("@ayu:localhost");
    app.homeserver.says("@mallory:localhost", &group, "hi");
    invites_the_desk(&app, &group).await;
    let before = lines(&group);
    app.agent("ayu").within(&group).types("queue").await;
    assert_eq!(lines(&group), before + 1, "only the line itself");
    app.agent("ayu").within(&group).types("!queue").await;
    assert_eq!(lines(&group), before + 3, "the line and its answer");
}

#[tokio::test]
async fn a_direct_chat_ends_when_somebody_else_comes() {
    let app = TestApp::start().await;
    let lines = |room: &RoomId| app.homeserver.room(room).unwrap().lines().len();
    let room = app.homeserver.open_direct("@ayu:localhost");
    invites_the_desk(&app, &room).await;
    let before = lines(&room);
    app.agent("ayu").within(&room).types("queue").await;
    assert_eq!(lines(&room), before + 2, "the line and its answer");
    let joins = RoomContent::Member {
        user: "@sari:localhost".into(),
        membership: "join".into(),
        name: None,
    };
    app.agent("sari").within(&room).does(joins).await;
    let before = lines(&room);
    app.agent("ayu").within(&room).types("queue").await;
    assert_eq!(lines(&room), before + 1, "only the line itself");
}

#[tokio::test]
async fn an_encrypted_lobby_is_an_alarm_and_an_encrypted_direct_chat_is_not() {
    let app = TestApp::start().await;
    let direct = app.homeserver.open_direct("@ayu:localhost");
    invites_the_desk(&app, &direct).await;
    for (room, alarms) in [(direct, 0), (app.lobby().id.clone(), 1)] {
        let ayu = app.agent("ayu").within(&room);
        ayu.does(RoomContent::EncryptionOn).await;
        assert_eq!(app.alerts().len(), alarms);
    }
    app.contact("budi").says("halo").await;
    let over = "Loket: ✓ New rooms come up unencrypted again.";
    assert_eq!(app.alerts().last().unwrap(), over);
}

#[tokio::test]
async fn ready_tells_the_truth_both_ways() {
    let app = TestApp::start().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let report: start::Report = Box::new(move |reason| keep.lock().unwrap().push(reason));
    let nudges = || app.homeserver.room_called("alerts").unwrap().nudges;
    assert!(start::look(app.works(), &report, true).await);
    app.homeserver.go_down(MatrixError::Retry {
        after: None,
        detail: "no answer".into(),
    });
    assert!(!start::look(app.works(), &report, true).await);
    app.homeserver.come_back();
    assert_eq!(nudges(), 0);
    assert!(start::look(app.works(), &report, false).await);
    assert_eq!(nudges(), 1, "what was held back is asked for");
    let down = "the homeserver is not available: no answer".to_owned();
    assert_eq!(*told.lock().unwrap(), [None, Some(down), None]);
}

/// Waits until what was reported last is so; at most so long as no pause between two
/// pings is.
async fn reported(told: &Mutex<Vec<Option<String>>>, is_so: impl Fn(&Option<String>) -> bool) {
    let begun = Instant::now();
    while !told.lock().unwrap().last().is_some_and(&is_so) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{told:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn ready_turns_at_once_when_the_homeserver_dies_and_not_for_one_request() {
    let app = TestApp::start().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let report: start::Report = Box::new(move |reason| keep.lock().unwrap().push(reason));
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    let works = app.works().clone();
    tasks.spawn("start", start::run(works, report, shutdown.clone()));
    reported(&told, Option::is_none).await;
    // One request breaks off, and the ping after it: it is there all the same.
    let failed = || MatrixError::Retry {
        after: None,
        detail: "no answer".into(),
    };
    let pings = app.homeserver.asked(Ask::Ping);
    app.homeserver.fail_next(Ask::Ping, failed());
    app.homeserver.interrupt();
    let begun = Instant::now();
    while app.homeserver.asked(Ask::Ping) < pings + 2 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
    assert!(!told.lock().unwrap().iter().skip(1).any(Option::is_some));
    app.homeserver.go_down(failed());
    app.homeserver.interrupt();
    reported(&told, Option::is_some).await;
    shutdown.begin();
    assert!(tasks.finish(Duration::from_secs(20)).await);
}

#[tokio::test]
async fn a_ping_that_fails_once_is_a_sign_of_a_restart_though_ready_stays() {
    let app = TestApp::start().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let report: start::Report = Box::new(move |reason| keep.lock().unwrap().push(reason));
    let read = || app.works().store.read(|tx| Box::pin(tx.generation()));
    let before = read().await.unwrap();
    let failed = MatrixError::Retry {
        after: None,
        detail: "no answer".into(),
    };
    app.homeserver.fail_next(Ask::Ping, failed);
    assert!(start::look(app.works(), &report, true).await);
    let after = read().await.unwrap();
    assert_eq!(after.raised, before.raised + 1);
    assert_eq!(*told.lock().unwrap(), [None::<String>]);
}

#[tokio::test]
async fn somebody_promoted_later_gets_their_power_at_the_next_start() {
    let app = TestApp::start().await;
    let powers = |app: &TestApp| {
        let room = app.homeserver.room_called("lobby:main").unwrap();
        room.powers.get(&"@ayu:localhost".into()).copied()
    };
    assert_eq!(powers(&app), Some(25));
    let text = r#"
homeserver: {domain: localhost}
appservice: {as_token: as_0123456789abcdef, hs_token: hs_0123456789abcdef}
public: {base_url: "https://desk.example.org"}
teams: {main: {agents: {"@ayu:localhost": supervisor}}}
"#;
    let config = Config::load(text, Path::new("config.yaml"), &BTreeMap::default()).unwrap();
    let works = Works {
        directory: Arc::new(Directory::new(&config, HashMap::new())),
        ..app.works().clone()
    };
    rooms::ensure_all(&works).await.unwrap();
    assert_eq!(powers(&app), Some(50));
}

#[tokio::test]
async fn membership_says_who_is_invited_and_when() {
    for (membership, before, after) in [
        ("all", "invite", "invite"),
        ("auto", "invite", "invite"),
        ("claim", "", "invite"),
    ] {
        let app = TestApp::start_with(&format!("    membership: {membership}\n")).await;
        app.contact("budi").says("halo").await;
        assert_eq!(app.room().membership("@ayu:localhost"), before);
        let at_once = &app.room().recipe.invite;
        let invited = at_once.contains(&"@ayu:localhost".into());
        assert_eq!(invited, membership == "all", "{membership}");
        let lobby = app.lobby().id.clone();
        let claim = app.lobby().lines().remove(0);
        let line = app.lobby().event(claim.trim_start_matches("Loket: "));
        app.agent("ayu").within(&lobby).reacts(&line, "✋").await;
        assert_eq!(app.room().membership("@ayu:localhost"), after);
    }
}

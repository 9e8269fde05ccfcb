//! The run: 180 lives, each killed at a moment of its own.

use std::time::{Duration, Instant};

use loket::store::testing::{Engine, TestDatabase};
use serde_json::json;

use super::chance::{Chance, seed};
use super::field::Field;
use super::judge::judge;
use super::pause;
use super::stub::{Act, End, Fault};

/// How many lives end by a kill.
const KILLS: u64 = 180;

/// How many customers there are in the end.
const CUSTOMERS: usize = 40;

/// What the homeserver does wrong.
const WRONGS: [(&str, Act); 8] = [
    ("/send/", Act::CutAfter),
    ("/send/", Act::CutBefore),
    ("/send/", Act::ProxyAfter(502)),
    ("", Act::Proxy(502)),
    ("/createRoom", Act::CutAfter),
    ("/createRoom", Act::Half),
    ("/state/", Act::CutAfter),
    (
        "",
        Act::Limit {
            after: Duration::from_millis(100),
        },
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_is_lost_or_doubled_by_kills_on_sqlite() {
    survives(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_is_lost_or_doubled_by_kills_on_postgres() {
    let database = TestDatabase::new(Engine::Postgres).await;
    survives(Some(database.url())).await;
}

/// Lives of the daemon on a database, and the judgement.
async fn survives(database: Option<&str>) {
    let (seed, begun) = (seed(), Instant::now());
    say(&format!("LOKET_SEED={seed}"));
    let mut chance = Chance::new(seed);
    let mut field = Field::new(database).await;
    field.daemon.start(None);
    let first = field.ready().await;
    let mut restarts = Restarts::default();
    for _ in 0..KILLS {
        live(&mut field, &mut chance, &mut restarts).await;
        field.daemon.kill();
        field.stub.heal();
        if chance.once_in(10) {
            restarts.restart(&field, &mut chance);
        }
        field.stub.come_up();
        field.daemon.start(None);
    }
    let again = field.ready().await;
    let lived = begun.elapsed();
    field.drain().await;
    let evidence = field.evidence().await;
    let breaches = judge(&evidence);
    let inward: usize = evidence.customers.iter().map(|c| c.inward.len()).sum();
    let outward: usize = evidence.customers.iter().map(|c| c.outward.len()).sum();
    let received: usize = evidence.customers.iter().map(|c| c.received.len()).sum();
    say(&format!(
        "{KILLS} kills, {} restarts of the homeserver that lost {} events, {inward} lines \
         in, {outward} lines out ({received} received), lives {lived:?}, all {:?}, first \
         start {first:?}, last start {again:?}",
        restarts.count,
        restarts.lost,
        begun.elapsed()
    ));
    if !breaches.is_empty() {
        let folder = field.daemon.keep().to_owned();
        assert_eq!(
            breaches,
            Vec::<String>::new(),
            "LOKET_SEED={seed} {}",
            folder.display()
        );
    }
    assert!(
        restarts.lost > 0,
        "nothing was lost that could be recovered"
    );
}

/// Restarts of the homeserver.
#[derive(Debug, Default)]
struct Restarts {
    /// How many there were.
    count: usize,
    /// How many events the homeserver forgot to deliver because of them.
    lost: usize,
}

impl Restarts {
    /// The homeserver ends, and begins anew. While transactions fail, as they do most of
    /// the time here, Synapse keeps events in its database; every other time this one
    /// does not.
    fn restart(&mut self, field: &Field, chance: &mut Chance) {
        let end = chance.pick(&[End::Orderly, End::Kill]);
        self.count += 1;
        if chance.once_in(2) {
            self.lost += field.stub.forget_untold();
        }
        self.lost += field.stub.restart(*end);
    }
}

/// One life: some deeds and faults, then it is over.
async fn live(field: &mut Field, chance: &mut Chance, restarts: &mut Restarts) {
    let end = Instant::now() + chance.millis(50, 1_500);
    while Instant::now() < end {
        deed(field, chance).await;
        if chance.once_in(60) {
            outage(field, chance, restarts).await;
        }
        pause(chance.millis(5, 60)).await;
    }
}

/// One thing happens.
async fn deed(field: &mut Field, chance: &mut Chance) {
    if field.people.is_empty() || (field.people.len() < CUSTOMERS && chance.once_in(20)) {
        field.newcomer().await;
        return;
    }
    let count = u64::try_from(field.people.len()).unwrap_or(1);
    let who = usize::try_from(chance.below(count)).unwrap_or_default();
    match chance.below(20) {
        0..=8 => field.writes(who, chance),
        9..=14 => {
            field.answers(who);
        }
        15..=16 => field.notes(who, chance),
        17..=18 => {
            let (path, act) = chance.pick(&WRONGS).clone();
            field.stub.fail(Fault {
                path: path.to_owned(),
                act,
                skip: 0,
                times: 1,
            });
        }
        _ => {
            let faults = [
                json!({ "kind": "timeout_after_accept", "millis": 700 }),
                json!({ "kind": "gateway_error", "accepted": true }),
                json!({ "kind": "gateway_error", "accepted": false }),
                json!({ "kind": "rate_limit", "retry_after": 1 }),
                json!({ "kind": "duplicate_webhooks", "times": 3 }),
                json!({ "kind": "reorder_webhooks", "times": 4 }),
                json!({ "kind": "batch_webhooks", "size": 3, "times": 6 }),
            ];
            let fault = chance.pick(&faults).clone();
            field.meta.control("POST", "faults", Some(fault)).await;
        }
    }
}

/// The homeserver is away for a moment; every other time it begins anew, with lines that
/// were accepted and not delivered yet.
async fn outage(field: &mut Field, chance: &mut Chance, restarts: &mut Restarts) {
    let anew = chance.once_in(2);
    if anew {
        let count = u64::try_from(field.people.len()).unwrap_or(1);
        let who = usize::try_from(chance.below(count)).unwrap_or_default();
        for _ in 0..=chance.below(8) {
            field.answers(who);
            // So long that the first is on its way and the others are queued behind it.
            pause(Duration::from_millis(2)).await;
        }
    }
    field.stub.go_down();
    if anew {
        restarts.restart(field, chance);
    }
    pause(chance.millis(20, 200)).await;
    field.stub.come_up();
}

/// Tells whoever runs it.
#[expect(clippy::print_stderr, reason = "a run says how to play it again")]
fn say(what: &str) {
    eprintln!("endurance: {what}");
}

//! The named points in the real process: at each of them it aborts by itself, is
//! started again, and goes on. One field for all: the deaths add up.

use std::time::{Duration, Instant};

use loket::crash::{Point, Spot};
use serde_json::json;

use super::chance::{Chance, seed};
use super::field::Field;
use super::judge::judge;
use super::pause;
use super::stub::{Act, Fault};

/// How long a life may take to come to its end.
const PATIENCE: Duration = Duration::from_secs(45);

/// Points that a real process passes only after half an hour or a month, at a stop,
/// with another configuration, or by what the stub's owner cannot do (refuse for a
/// while, invite the desk). `tests/it/app/points/` passes all of them, with a clock of
/// its own.
const NOT_HERE: [Spot; 9] = [
    Spot::ShowRefused,
    Spot::GiveUpCount,
    Spot::FaceRefused,
    Spot::FindEvent,
    Spot::Cleanup,
    Spot::GiveUpWait,
    Spot::LeaseBack,
    Spot::InviteRefused,
    Spot::RoomDirect,
];

/// Points that are passed while the desk's own rooms are made: these come first.
const AT_FIRST: [Spot; 4] = [
    Spot::RoomReserveNext,
    Spot::RoomReserve,
    Spot::RoomOpened,
    Spot::RoomTurn,
];

/// Points after which the next question begins anew, so that what was lost before it
/// stays lost: these come last.
const AT_LAST: [Spot; 1] = [Spot::RecoverForget];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_death_at_every_point_of_the_real_process_loses_nothing() {
    let mut chance = Chance::new(seed());
    let mut field = Field::new(None).await;
    let mut points: Vec<Point> = Point::all()
        .filter(|point| !NOT_HERE.contains(&point.spot))
        .collect();
    points.sort_by_key(|point| {
        let (first, last) = (
            AT_FIRST.contains(&point.spot),
            AT_LAST.contains(&point.spot),
        );
        (!first, last)
    });
    let mut never = Vec::new();
    for point in points {
        if !dies_at(&mut field, &mut chance, point).await {
            never.push(point.to_string());
        }
        field.daemon.kill();
        field.stub.heal();
        field.meta.control("DELETE", "faults", None).await;
    }
    field.daemon.start(None);
    field.drain().await;
    assert_eq!(never, Vec::<String>::new(), "{}", field.daemon.log());
    let breaches = judge(&field.evidence().await);
    assert_eq!(breaches, Vec::<String>::new(), "{}", field.daemon.log());
}

/// A life in which everything happens that passes points; whether it died of it.
async fn dies_at(field: &mut Field, chance: &mut Chance, point: Point) -> bool {
    trouble(field, point.spot).await;
    field.daemon.start(Some((&point.to_string(), 1)));
    let who = field.newcomer().await;
    let begun = Instant::now();
    let mut answered = 0;
    while !field.daemon.is_dead() {
        if begun.elapsed() > PATIENCE {
            return false;
        }
        if answered < 3 && field.answers(who) {
            answered += 1;
            field.writes(who, chance);
            field.notes(who, chance);
            // Last: what is written by the old name would give that back.
            field.renames(who);
        }
        field.reads_and_types(who);
        pause(Duration::from_millis(50)).await;
    }
    true
}

/// Lets go wrong what must go wrong for a point to be passed.
async fn trouble(field: &mut Field, spot: Spot) {
    if matches!(spot, Spot::RecoverOpen | Spot::RecoverPage | Spot::History) {
        // Nobody runs: these lines are delivered to nobody.
        for _ in 0..3 {
            field.answers(0);
        }
        field.stub.forget_untold();
    }
    let fails = |path: &str, act, times| {
        field.stub.fail(Fault {
            path: path.to_owned(),
            act,
            skip: 0,
            times,
        });
    };
    match spot {
        Spot::ShowLater => fails("/send/", Act::Proxy(502), 3),
        Spot::FindRoom | Spot::PortalReserveNext | Spot::RoomReserveNext => {
            fails("/createRoom", Act::Half, 1);
        }
        // The question and the request that is always under way have the same path.
        Spot::RecoverLeave => fails("/sync", Act::Proxy(502), 2),
        Spot::RecoverForget => fails("/sync", Act::Refuse(400, "M_INVALID_PARAM"), 2),
        Spot::TimersFire => {
            // Longer than a line may wait until the room shows it.
            let limit = json!({ "kind": "rate_limit", "retry_after": 15 });
            field.meta.control("POST", "faults", Some(limit)).await;
        }
        Spot::LeaseRenew => {
            let slow = json!({ "kind": "timeout_after_accept", "millis": 20_000 });
            field.meta.control("POST", "faults", Some(slow)).await;
        }
        _ => {}
    }
}

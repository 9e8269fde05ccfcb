//! The named points of `crash.rs`: each story is played once for every passing of
//! every point that it passes, and dies there. In the end there is what must be there:
//! rooms, lobby, alerts, spaces, and what the customer received.

mod course;
mod late;
mod outward;
mod recovery;
mod rooms;
mod stopped;
mod trouble;

use std::collections::BTreeSet;

use loket::crash::{Point, Spot};
use loket::store::testing::Engine;

use self::course::{Death, Story};
use super::super::ENGINE;

/// How many passings of a point a story dies at, besides the last. A life on a server
/// takes longer: there the last must do.
fn passes() -> usize {
    match ENGINE {
        Engine::Sqlite => 2,
        Engine::Postgres => 0,
    }
}

/// All stories.
const STORIES: [&Story; 7] = [
    &rooms::ARRIVED,
    &rooms::COMMANDED,
    &outward::ANSWERED,
    &outward::TOLD,
    &recovery::RECOVERED,
    &trouble::FORGETFUL,
    &trouble::REFUSED,
];

/// Plays a story without a death, then with every death.
async fn dies_everywhere(story: &Story) {
    let passed = story.play(None).await.passed();
    assert!(passed.len() > 30, "points: {}", passed.len());
    for (point, times) in passed {
        let deaths = (1..=times).filter(|pass| *pass <= passes() || *pass == times);
        for pass in deaths {
            #[expect(clippy::print_stderr, reason = "the last one printed has failed")]
            {
                eprintln!("dies at passing {pass} of {point}");
            }
            story.play(Some(Death { point, pass })).await;
        }
    }
}

#[tokio::test]
async fn a_first_line_survives_a_death_at_every_point() {
    dies_everywhere(&rooms::ARRIVED).await;
}

#[tokio::test]
async fn commands_survive_a_death_at_every_point() {
    dies_everywhere(&rooms::COMMANDED).await;
}

#[tokio::test]
async fn an_agents_line_survives_a_death_at_every_point() {
    dies_everywhere(&outward::ANSWERED).await;
}

#[tokio::test]
async fn what_a_customer_reports_survives_a_death_at_every_point() {
    dies_everywhere(&outward::TOLD).await;
}

#[tokio::test]
async fn what_was_not_delivered_survives_a_death_at_every_point() {
    dies_everywhere(&recovery::RECOVERED).await;
}

#[tokio::test]
async fn a_lost_answer_survives_a_death_at_every_point() {
    dies_everywhere(&trouble::FORGETFUL).await;
}

#[tokio::test]
async fn a_refusal_survives_a_death_at_every_point() {
    dies_everywhere(&trouble::REFUSED).await;
}

#[tokio::test]
async fn every_point_is_passed_by_a_story() {
    let mut passed = BTreeSet::new();
    for story in STORIES {
        passed.extend(story.play(None).await.passed().into_keys());
    }
    passed.extend(stopped::POINTS);
    let never: Vec<String> = Point::all()
        .filter(|point| !passed.contains(point))
        .map(|point| point.to_string())
        .collect();
    assert_eq!(never, Vec::<String>::new());
    assert_eq!(Point::all().count(), 2 * Spot::ALL.len());
}

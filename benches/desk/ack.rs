//! How long a webhook waits for its acknowledgement at 500 a second.

use std::time::Instant;

use anyhow::Result;

use super::Plan;
use super::crowd::crowd;
use super::pour;
use super::report::{Goal, Report, millis, number, permille};
use super::stand::{Ground, Stand};

/// Webhooks a second.
const PACE: u32 = 500;

/// Conversations that they are spread over.
const CUSTOMERS: usize = 100;

/// Measures both engines; PostgreSQL if there is one.
pub(crate) async fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let ground = Ground::new(plan, "ack", 4)?;
    measure(plan, report, "SQLite", ground.start(plan).await?).await?;
    if let Ok(url) = postgres_url() {
        let mut ground = Ground::new(plan, "ack-postgres", 4)?;
        ground.setup.database = url;
        measure(plan, report, "PostgreSQL", ground.start(plan).await?).await?;
    }
    Ok(())
}

/// The empty PostgreSQL database that `bin/bench` has made.
pub(crate) fn postgres_url() -> Result<String> {
    let file = std::fs::read_to_string("target/bench/postgres.url")?;
    Ok(file.trim().to_owned())
}

/// Measures one engine.
async fn measure(plan: &Plan, report: &mut Report, engine: &str, stand: Stand) -> Result<()> {
    let customers = crowd(CUSTOMERS, 4);
    let public = stand.daemon.setup.public_url();
    pour::all(&public, &customers, 0..1, 8).await?;
    stand
        .shown(u64::try_from(customers.len())?, Instant::now())
        .await?;
    stand.daemon.calm().await?;
    let count = plan.count(15_000, 1_000);
    let before = stand.daemon.usage()?;
    let begun = Instant::now();
    let times = pour::paced(&public, &customers, 1, count, PACE).await?;
    let all = stand
        .shown(u64::try_from(customers.len() + count)?, begun)
        .await?;
    let cpu = stand.daemon.usage()?.cpu - before.cpu;
    stand.check_complete(&customers, 1 + count / customers.len())?;
    let figure = |share| millis(permille(&times.answers, share));
    let name = |what: &str| format!("ack at {PACE}/s, {engine}: {what}");
    report.add(&name("p50"), figure(500), "ms", Goal::None);
    report.add(&name("p99"), figure(990), "ms", Goal::Most(15.0));
    report.add(&name("p99.9"), figure(999), "ms", Goal::None);
    report.add(
        &name("processor time of a line"),
        cpu * 1_000.0 / number(count),
        "ms",
        Goal::None,
    );
    let lag = millis(permille(&times.lags, 990));
    report.add(
        &name("sent late by this program, p99"),
        lag,
        "ms",
        Goal::None,
    );
    report.add(
        &name("until all were in the rooms"),
        all.as_secs_f64(),
        "s",
        Goal::None,
    );
    Ok(())
}

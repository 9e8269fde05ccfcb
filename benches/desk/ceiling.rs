//! How much the daemon itself can carry each way, when neither the homeserver nor
//! the Graph API slows it down.

use std::time::Instant;

use anyhow::{Context as _, Result};

use super::Plan;
use super::crowd::crowd;
use super::pour;
use super::report::{Goal, Report, number, rate};
use super::stand::Stand;

/// Our numbers: one may send 80 messages a second.
const ACCOUNTS: usize = 20;

/// The agent.
const AGENT: &str = "@ayu:localhost";

/// Measures both ways.
pub(crate) async fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let stand = Stand::start(plan, "ceiling", ACCOUNTS).await?;
    let customers = crowd(plan.count(400, 40), ACCOUNTS);
    let public = stand.daemon.setup.public_url();
    pour::all(&public, &customers, 0..1, 8).await?;
    let known = u64::try_from(customers.len())?;
    stand.shown(known, Instant::now()).await?;
    stand.daemon.calm().await?;

    let lines = plan.count(30, 10);
    let count = customers.len() * lines;
    let before = stand.daemon.usage()?;
    let begun = Instant::now();
    pour::all(&public, &customers, 1..1 + lines, 32).await?;
    let took = stand.shown(known + u64::try_from(count)?, begun).await?;
    let cpu = stand.daemon.usage()?.cpu - before.cpu;
    stand.check_rooms(&customers, 1 + lines)?;
    let inward = rate(count, took);
    report.add(
        "customers' lines into rooms",
        inward,
        "1/s",
        Goal::Least(1_000.0),
    );
    let each = cpu * 1_000.0 / number(count);
    report.add("processor time of one such line", each, "ms", Goal::None);

    stand.daemon.calm().await?;
    outward(plan, report, &stand).await?;
    stand.check_customers(&customers, 1 + plan.count(20, 5))
}

/// Measures agents' lines to customers.
async fn outward(plan: &Plan, report: &mut Report, stand: &Stand) -> Result<()> {
    let rooms = stand.stub.rooms();
    let portals: Vec<&str> = rooms
        .iter()
        .filter(|room| {
            room.joined
                .iter()
                .any(|user| user.starts_with("@loket_wa_"))
        })
        .map(|room| room.id.as_str())
        .collect();
    let say = |room: &str, line| {
        let said = stand.stub.say(AGENT, room, &pour::text(line));
        said.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
            .context("the agent may not write")
    };
    // The first line takes the conversation over.
    for room in &portals {
        stand
            .stub
            .join(AGENT, room)
            .ok()
            .context("the agent cannot join")?;
        say(room, 0)?;
    }
    let known = u64::try_from(portals.len())?;
    stand.sent(known, Instant::now()).await?;
    stand.daemon.calm().await?;
    let lines = plan.count(20, 5);
    let count = portals.len() * lines;
    let before = stand.daemon.usage()?;
    let begun = Instant::now();
    for line in 1..=lines {
        for room in &portals {
            say(room, line)?;
        }
    }
    let took = stand.sent(known + u64::try_from(count)?, begun).await?;
    let cpu = stand.daemon.usage()?.cpu - before.cpu;
    report.add(
        "agents' lines to customers",
        rate(count, took),
        "1/s",
        Goal::Least(1_000.0),
    );
    let each = cpu * 1_000.0 / number(count);
    report.add("processor time of one such line", each, "ms", Goal::None);
    Ok(())
}

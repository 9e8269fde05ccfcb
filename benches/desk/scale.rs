//! What grows with the number of conversations: memory, the cost of a message, the
//! time until ready.

use std::time::Instant;

use anyhow::Result;

use super::Plan;
use super::crowd::{Customer, crowd};
use super::pour;
use super::report::{Goal, Report, number};
use super::seed;
use super::stand::{Ground, Stand};

/// Conversations that are written in while it is measured.
const ACTIVE: usize = 100;

/// Our numbers.
const ACCOUNTS: usize = 4;

/// The desk.
const DESK: &str = "@loket:localhost";

/// What a size costs.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Processor time of a line, in milliseconds.
    cpu: f64,
    /// Time of a line, in milliseconds.
    time: f64,
    /// Memory after the load, in MB.
    memory: f64,
}

/// Measures an empty, a small and a large desk.
pub(crate) async fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let stand = Stand::start(plan, "idle", 1).await?;
    stand.daemon.calm().await?;
    let idle = stand.daemon.usage()?.memory;
    report.add("memory, idle and empty", idle, "MB", Goal::Most(40.0));
    drop(stand);

    let small = measure(plan, report, 100).await?;
    let large = measure(plan, report, plan.count(100_000, 2_000)).await?;
    let goal = Goal::Most(1.2);
    report.add(
        "processor time of a line, large ÷ small",
        large.cpu / small.cpu,
        "",
        goal,
    );
    report.add(
        "time of a line, large ÷ small",
        large.time / small.time,
        "",
        goal,
    );
    let memory = large.memory / small.memory;
    report.add("memory after the load, large ÷ small", memory, "", goal);
    report.add(
        "memory after the load, large",
        large.memory,
        "MB",
        Goal::Most(150.0),
    );
    Ok(())
}

/// Measures a desk with this many conversations.
async fn measure(plan: &Plan, report: &mut Report, size: usize) -> Result<Cost> {
    let ground = Ground::new(plan, &format!("scale-{size}"), ACCOUNTS)?;
    let customers = crowd(size, ACCOUNTS);
    let begun = Instant::now();
    let seeded = seed::fill(&ground.setup.database_url(), &customers).await?;
    ground.stub.plant_user(DESK, &["LOKET"]);
    for conversation in &seeded {
        ground.stub.plant_user(&conversation.ghost, &["LOKET"]);
        ground
            .stub
            .plant_room(&conversation.room, DESK, &[&conversation.ghost]);
    }
    let name = |what: &str| format!("{what}, {size} conversations");
    report.add(
        &name("seeding"),
        begun.elapsed().as_secs_f64(),
        "s",
        Goal::None,
    );
    // The first start makes the desk's own rooms; the second is what an operator sees.
    let stand = ground.start(plan).await?;
    let setup = stand.daemon.setup.clone();
    let Stand {
        daemon,
        stub,
        graph,
    } = stand;
    drop(daemon);
    let stand = Ground { stub, graph, setup }.start(plan).await?;
    let ready = stand.daemon.ready_after.as_secs_f64();
    let goal = if size > 100 {
        Goal::Most(1.0)
    } else {
        Goal::None
    };
    report.add(&name("start to ready"), ready, "s", goal);
    stand.daemon.calm().await?;

    let active: Vec<Customer> = customers
        .into_iter()
        .step_by((size / ACTIVE).max(1))
        .take(ACTIVE)
        .collect();
    let public = stand.daemon.setup.public_url();
    // The first line of each opens a case, which costs more.
    let shown = stand.stub.counts().lines;
    pour::all(&public, &active, 0..1, 8).await?;
    let known = shown + u64::try_from(active.len())?;
    stand.shown(known, Instant::now()).await?;
    stand.daemon.calm().await?;

    let lines = plan.count(60, 10);
    let count = active.len() * lines;
    let before = stand.daemon.usage()?;
    let begun = Instant::now();
    pour::all(&public, &active, 1..1 + lines, 16).await?;
    let took = stand.shown(known + u64::try_from(count)?, begun).await?;
    stand.check_rooms(&active, 1 + lines)?;
    let after = stand.daemon.usage()?;
    let cost = Cost {
        cpu: (after.cpu - before.cpu) * 1_000.0 / number(count),
        time: took.as_secs_f64() * 1_000.0 / number(count),
        memory: after.memory,
    };
    report.add(
        &name("processor time of a line"),
        cost.cpu,
        "ms",
        Goal::None,
    );
    report.add(&name("time of a line"), cost.time, "ms", Goal::None);
    report.add(
        &name("memory after the load"),
        cost.memory,
        "MB",
        Goal::None,
    );
    Ok(cost)
}

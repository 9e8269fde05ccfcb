//! What piled up during an outage of the homeserver, and how fast it drains
//! afterwards, against a raw client.

use std::time::Instant;

use anyhow::Result;

use super::Plan;
use super::pour;
use super::report::{Goal, Report, rate};
use super::versus::Field;

/// Measures the drain, then the raw client on the same homeserver.
pub(crate) async fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let mut field = Field::start(plan, "backlog").await?;
    let portals = field.synapse.portals().await?;
    let lines = plan.count(10_000, 480).div_ceil(portals.len());
    let count = lines * portals.len();
    let raw_count = plan.count(2_000, 240);
    let before = field.synapse.write_raw(&portals, raw_count, 0).await?;
    field.synapse.go_down()?;
    pour::all(&field.public(), &field.customers, 1..1 + lines, 8).await?;
    let piled = field.daemon.depth().await?;
    report.add(
        "lines that piled up",
        super::report::number(piled),
        "",
        Goal::None,
    );
    field.synapse.come_up()?;
    let took = field.drained(Instant::now()).await?;
    field.daemon.calm().await?;
    let after = field.synapse.write_raw(&portals, raw_count, 1).await?;
    let ours = rate(count, took);
    let raw = rate(raw_count * 2, before + after);
    report.add(
        "drain, from the homeserver's return",
        ours,
        "1/s",
        Goal::None,
    );
    report.add("a raw client's lines", raw, "1/s", Goal::None);
    report.add("drain ÷ raw client", ours / raw, "", Goal::Least(0.95));
    Ok(())
}

//! The daemon before a real Synapse, against a client that sends the same events as
//! the same ghosts and does nothing else. Alternating, so that both meet the same
//! machine.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::Plan;
use super::crowd::{Customer, crowd};
use super::daemon::{Daemon, Setup, free_port};
use super::pour;
use super::report::{Goal, Report, number, rate};
use super::stand::fresh_folder;
use super::stub::graph::Graph;
use super::synapse::Synapse;

/// Conversations.
const CUSTOMERS: usize = 48;

/// A daemon before a real Synapse.
#[derive(Debug)]
pub(crate) struct Field {
    /// The daemon; ends first.
    pub(crate) daemon: Daemon,
    /// The homeserver.
    pub(crate) synapse: Synapse,
    /// The customers, whose rooms are there.
    pub(crate) customers: Vec<Customer>,
    /// Nothing is sent to it.
    _graph: Graph,
}

impl Field {
    /// Starts everything and lets every customer say one line.
    pub(crate) async fn start(plan: &Plan, name: &str) -> Result<Self> {
        let graph = Graph::start(super::daemon::TOKEN)?;
        let port = free_port()?;
        let folder = fresh_folder(plan, name)?;
        let homeserver = format!("http://127.0.0.1:{port}");
        let setup = Setup::new(&folder, &homeserver, &graph.url(), 1)?;
        let synapse = Synapse::start(plan, &setup, port)?;
        let daemon = Daemon::start(&plan.binary, setup).await?;
        let customers = crowd(CUSTOMERS, 1);
        let field = Self {
            daemon,
            synapse,
            customers,
            _graph: graph,
        };
        pour::all(&field.public(), &field.customers, 0..1, 4).await?;
        field.drained(Instant::now()).await?;
        field.daemon.calm().await?;
        Ok(field)
    }

    /// Where webhooks go.
    pub(crate) fn public(&self) -> String {
        self.daemon.setup.public_url()
    }

    /// Waits until nothing waits in the daemon; how long it took since `begun`.
    pub(crate) async fn drained(&self, begun: Instant) -> Result<Duration> {
        while self.daemon.depth().await? > 0 {
            if begun.elapsed() > Duration::from_mins(10) {
                bail!("the daemon does not come to an end");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(begun.elapsed())
    }
}

/// Measures both, in turns.
pub(crate) async fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let field = Field::start(plan, "versus").await?;
    let portals = field.synapse.portals().await?;
    anyhow::ensure!(portals.len() == CUSTOMERS, "{} rooms", portals.len());
    let lines = plan.count(20, 3);
    let count = CUSTOMERS * lines;
    let (mut ours, mut raw) = (Duration::ZERO, Duration::ZERO);
    let mut cpu = 0.0;
    let rounds = plan.count(4, 2);
    for round in 0..rounds {
        let first = 1 + round * lines;
        let before = field.daemon.usage()?;
        let begun = Instant::now();
        pour::all(&field.public(), &field.customers, first..first + lines, 8).await?;
        ours += field.drained(begun).await?;
        cpu += field.daemon.usage()?.cpu - before.cpu;
        field.daemon.calm().await?;
        raw += field.synapse.write_raw(&portals, count, round).await?;
        field.daemon.calm().await?;
    }
    let each = cpu * 1_000.0 / number(count * rounds);
    report.add(
        "processor time of a line, the daemon's",
        each,
        "ms",
        Goal::None,
    );
    let (ours, raw) = (rate(count * rounds, ours), rate(count * rounds, raw));
    report.add("the daemon's lines into Synapse", ours, "1/s", Goal::None);
    report.add("a raw client's lines into Synapse", raw, "1/s", Goal::None);
    report.add("daemon ÷ raw client", ours / raw, "", Goal::Least(0.95));
    Ok(())
}

//! The daemon between a homeserver and a Graph API in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::Plan;
use super::crowd::Customer;
use super::daemon::{Daemon, Setup, TOKEN};
use super::stub::graph::Graph;
use super::stub::{Setting, Stub};

/// How long something may take that is waited for.
const PATIENCE: Duration = Duration::from_mins(5);

/// Everything that runs.
#[derive(Debug)]
pub(crate) struct Stand {
    /// The daemon; ends first.
    pub(crate) daemon: Daemon,
    /// The homeserver.
    pub(crate) stub: Stub,
    /// The Graph API.
    pub(crate) graph: Graph,
}

/// The parts around a daemon that does not run yet.
#[derive(Debug)]
pub(crate) struct Ground {
    /// The homeserver.
    pub(crate) stub: Stub,
    /// The Graph API.
    pub(crate) graph: Graph,
    /// How the daemon will be set up.
    pub(crate) setup: Setup,
}

impl Ground {
    /// A homeserver, a Graph API, and an empty folder for the daemon.
    pub(crate) fn new(plan: &Plan, name: &str, accounts: usize) -> Result<Self> {
        let graph = Graph::start(TOKEN)?;
        let stub = Stub::start(Setting::default())?;
        let folder = fresh_folder(plan, name)?;
        let setup = Setup::new(&folder, &stub.url(), &graph.url(), accounts)?;
        stub.set_url(&setup.private_url());
        Ok(Self { stub, graph, setup })
    }

    /// Starts the daemon.
    pub(crate) async fn start(self, plan: &Plan) -> Result<Stand> {
        let daemon = Daemon::start(&plan.binary, self.setup).await?;
        Ok(Stand {
            daemon,
            stub: self.stub,
            graph: self.graph,
        })
    }
}

/// An empty folder for a benchmark's files; those of the last run are removed.
pub(crate) fn fresh_folder(plan: &Plan, name: &str) -> Result<PathBuf> {
    let folder = plan.folder.join("run").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

impl Stand {
    /// Everything, with an empty database.
    pub(crate) async fn start(plan: &Plan, name: &str, accounts: usize) -> Result<Self> {
        Ground::new(plan, name, accounts)?.start(plan).await
    }

    /// Waits until customers' lines number this many; how long it took.
    pub(crate) async fn shown(&self, lines: u64, begun: Instant) -> Result<Duration> {
        until(|| self.stub.counts().lines >= lines, begun).await
    }

    /// Waits until customers got this many texts; how long it took.
    pub(crate) async fn sent(&self, texts: u64, begun: Instant) -> Result<Duration> {
        until(|| self.graph.count() >= texts, begun).await
    }

    /// Refuses a run in which a customer's lines are not all in the room, once and
    /// in order.
    pub(crate) fn check_rooms(&self, customers: &[Customer], lines: usize) -> Result<()> {
        for texts in self.check_complete(customers, lines)? {
            ensure!(texts.is_sorted(), "out of order: {texts:?}");
        }
        Ok(())
    }

    /// Refuses a run in which a customer's lines are not all in the room, once; the
    /// lines of every room. Lines told in webhooks that overlap have no order.
    pub(crate) fn check_complete(
        &self,
        customers: &[Customer],
        lines: usize,
    ) -> Result<Vec<Vec<String>>> {
        let mut rooms = Vec::with_capacity(customers.len());
        for room in self.stub.rooms() {
            let timeline = self.stub.timeline(&room.id);
            let by_ghost = |event: &&serde_json::Value| {
                let sender = event["sender"].as_str();
                sender.is_some_and(|sender| sender.starts_with("@loket_"))
            };
            let texts: Vec<String> = timeline
                .iter()
                .filter(|event| event["type"] == "m.room.message")
                .filter(by_ghost)
                .filter_map(|event| Some(event["content"]["body"].as_str()?.to_owned()))
                .collect();
            if texts.is_empty() {
                continue;
            }
            let different: BTreeSet<&String> = texts.iter().collect();
            ensure!(
                texts.len() == lines && different.len() == lines,
                "{}: {} lines, {} different ones, in place of {lines}",
                room.id,
                texts.len(),
                different.len()
            );
            rooms.push(texts);
        }
        ensure!(
            rooms.len() == customers.len(),
            "{} rooms of {} customers",
            rooms.len(),
            customers.len()
        );
        Ok(rooms)
    }

    /// Refuses a run in which a customer did not get every text once and in order.
    pub(crate) fn check_customers(&self, customers: &[Customer], texts: usize) -> Result<()> {
        let refused = self.graph.refused();
        ensure!(
            refused.is_empty(),
            "the Graph API refused: {:?}",
            refused.first()
        );
        ensure!(self.graph.repeated().is_empty(), "attempts were repeated");
        let got: BTreeMap<String, Vec<String>> = self.graph.texts();
        ensure!(
            got.len() == customers.len(),
            "{} customers got texts",
            got.len()
        );
        for (to, all) in got {
            ensure!(
                all.len() == texts,
                "{to} got {} texts in place of {texts}",
                all.len()
            );
            ensure!(
                all.is_sorted_by(|one, next| one < next),
                "{to}: out of order"
            );
        }
        Ok(())
    }
}

/// Waits until something is so; how long it took since `begun`.
async fn until(is_so: impl Fn() -> bool, begun: Instant) -> Result<Duration> {
    while !is_so() {
        if begun.elapsed() > PATIENCE {
            bail!("it took too long");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(begun.elapsed())
}

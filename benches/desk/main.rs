//! The benchmarks of `bin/bench`: the daemon as its own process, built with the
//! options that ship, between a homeserver and a Graph API in this process, or
//! before a real Synapse. `docs/benchmarks.md` says what each measures.
//!
//! `desk-bench [--short] [NAME…]`. A benchmark also checks that nothing was lost,
//! doubled or put out of order; if something was, it fails.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

mod ack;
mod backlog;
mod body;
mod ceiling;
mod crowd;
mod daemon;
mod pour;
mod report;
mod scale;
mod seed;
mod stand;
mod synapse;
mod versus;

#[path = "../../tests/stub/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "kill tests ask for more than benchmarks"
)]
mod stub;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use report::Report;

/// All benchmarks, in the order in which they run.
const ALL: [&str; 6] = ["ack", "body", "ceiling", "scale", "versus", "backlog"];

/// What a run is told.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The daemon's binary.
    binary: PathBuf,
    /// Where its files go, and the results.
    folder: PathBuf,
    /// The root of the repository.
    root: PathBuf,
    /// Whether little is done, to see that everything works.
    short: bool,
}

impl Plan {
    /// `many`, or `few` in a short run.
    pub(crate) fn count(&self, many: usize, few: usize) -> usize {
        if self.short { few } else { many }
    }
}

fn main() -> Result<()> {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    let short = names.iter().any(|name| name == "--short");
    names.retain(|name| name != "--short");
    if let Some(unknown) = names.iter().find(|name| !ALL.contains(&name.as_str())) {
        bail!(
            "no benchmark is called {unknown}; there are: {}",
            ALL.join(", ")
        );
    }
    let root = std::env::current_dir()?;
    let own = std::env::current_exe()?;
    let plan = Plan {
        binary: own.with_file_name("loket"),
        folder: root.join("target/bench"),
        root,
        short,
    };
    if !plan.binary.exists() {
        bail!("{} is missing: run bin/bench", plan.binary.display());
    }
    std::fs::create_dir_all(&plan.folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&plan, &names))
}

/// Runs the benchmarks that are named, or all.
async fn run(plan: &Plan, names: &[String]) -> Result<()> {
    let mut reports = Vec::new();
    let mut failed = Vec::new();
    for name in ALL {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        println!("== {name}");
        let mut report = Report::begin(name)?;
        let outcome = one(plan, name, &mut report).await;
        if let Err(error) = outcome.with_context(|| format!("{name} failed")) {
            println!("{error:#}");
            failed.push(name);
        }
        report.write(&plan.folder)?;
        reports.push(report);
    }
    println!("\n{}", report::table(&reports));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Runs one benchmark.
async fn one(plan: &Plan, name: &str, report: &mut Report) -> Result<()> {
    match name {
        "ack" => ack::run(plan, report).await,
        "body" => body::run(plan, report).await,
        "ceiling" => ceiling::run(plan, report).await,
        "scale" => scale::run(plan, report).await,
        "versus" => versus::run(plan, report).await,
        _ => backlog::run(plan, report).await,
    }
}

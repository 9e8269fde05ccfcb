//! Figures, each with its goal and the machine's load.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
    /// There is none.
    None,
}

/// A figure.
#[derive(Debug, Clone)]
struct Figure {
    /// What it is.
    what: String,
    /// Its value.
    value: f64,
    /// Its unit.
    unit: &'static str,
    /// What it should be.
    goal: Goal,
}

impl Figure {
    /// Whether its goal is met; `None` without one.
    fn is_met(&self) -> Option<bool> {
        match self.goal {
            Goal::Most(most) => Some(self.value <= most),
            Goal::Least(least) => Some(self.value >= least),
            Goal::None => None,
        }
    }
}

/// What a benchmark found.
#[derive(Debug)]
pub(crate) struct Report {
    /// Its name.
    name: &'static str,
    /// The machine's load over one minute before it began.
    load: f64,
    /// What it found.
    figures: Vec<Figure>,
}

impl Report {
    /// Begins a report: notes the load.
    pub(crate) fn begin(name: &'static str) -> Result<Self> {
        Ok(Self {
            name,
            load: load()?,
            figures: Vec::new(),
        })
    }

    /// Adds a figure.
    pub(crate) fn add(&mut self, what: &str, value: f64, unit: &'static str, goal: Goal) {
        self.figures.push(Figure {
            what: what.to_owned(),
            value,
            unit,
            goal,
        });
    }

    /// Writes the copy for machines.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|figure| {
                let (relation, goal) = match figure.goal {
                    Goal::Most(most) => ("at most", Some(most)),
                    Goal::Least(least) => ("at least", Some(least)),
                    Goal::None => ("", None),
                };
                json!({
                    "what": figure.what,
                    "value": figure.value,
                    "unit": figure.unit,
                    "relation": relation,
                    "goal": goal,
                    "met": figure.is_met(),
                })
            })
            .collect();
        let report = json!({
            "name": self.name,
            "load_before": self.load,
            "cpus": cpus(),
            "figures": figures,
        });
        let file = folder.join(format!("{}.json", self.name));
        fs::write(&file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

/// All figures, for people.
pub(crate) fn table(reports: &[Report]) -> String {
    let mut lines = vec![format!(
        "{:<8} {:<58} {:>10} {:<6} {:>10}  {:<6} {:>5}",
        "name", "what", "value", "unit", "goal", "met", "load"
    )];
    for report in reports {
        for figure in &report.figures {
            let goal = match figure.goal {
                Goal::Most(most) => format!("≤ {most}"),
                Goal::Least(least) => format!("≥ {least}"),
                Goal::None => String::new(),
            };
            let met = match figure.is_met() {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "",
            };
            lines.push(format!(
                "{:<8} {:<58} {:>10.2} {:<6} {:>10}  {:<6} {:>5.1}",
                report.name, figure.what, figure.value, figure.unit, goal, met, report.load
            ));
        }
    }
    lines.push(format!(
        "load: 1 minute, before each benchmark; CPUs: {}",
        cpus()
    ));
    lines.join("\n")
}

/// The machine's load over one minute.
fn load() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    let first = text.split_whitespace().next().unwrap_or_default();
    Ok(first.parse()?)
}

/// How many processors there are.
fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A count as a number with a fraction.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many a second.
pub(crate) fn rate(count: usize, time: Duration) -> f64 {
    number(count) / time.as_secs_f64().max(f64::EPSILON)
}

/// A time in milliseconds.
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The time below which this many of a thousand lie; `times` is sorted.
pub(crate) fn permille(times: &[Duration], share: usize) -> Duration {
    let index = (times.len() * share).div_ceil(1_000).saturating_sub(1);
    times.get(index).copied().unwrap_or_default()
}

//! Section `logging`: what Loket says about itself while it runs.

use tracing_subscriber::filter::Targets;

use super::reader::Section;
use super::values;

/// Logs.
#[derive(Debug, Clone)]
pub struct Logging {
    /// Who reads them.
    pub format: Format,
    /// What is written, by part of the program.
    pub level: Targets,
}

/// Who reads the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// People: one line of text each.
    Text,
    /// Machines: one JSON object a line.
    Json,
}

/// Reads the section.
pub(super) fn read(top: &Section<'_>) -> Option<Logging> {
    let section = top.section("logging")?;
    let format = section.value("format", |text| {
        values::choice(text, &[("text", Format::Text), ("json", Format::Json)])
    });
    let level = section.value("level", level);
    section.finish();
    Some(Logging {
        format: format?,
        level: level?,
    })
}

/// A level, or levels by part.
fn level(text: &str) -> Result<Targets, String> {
    let words = ["error", "warn", "info", "debug", "trace", "off"];
    let fine = text.split(',').all(|part| {
        let level = part.rsplit('=').next().unwrap_or(part);
        words.contains(&level)
    });
    match text.parse() {
        Ok(levels) if fine => Ok(levels),
        _ => Err(format!(
            "\"{text}\" is not a level: write error, warn, info, debug or trace, \
             or by part: info,loket::queue=debug"
        )),
    }
}

//! Logs and spans; `docs/logging.md` says what stands in them.
//!
//! Called once, by the command line, before anything else runs. Logs go to
//! standard error, so that a command's answer on standard output stays clean.

use std::io;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, fmt, registry};

/// Starts logs for people: one line of text each, with time and spans.
///
/// # Errors
///
/// Logs were started before.
pub fn start_text(levels: Targets) -> Result<(), TryInitError> {
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(false);
    registry().with(lines.with_filter(levels)).try_init()
}

/// Starts logs for machines: one JSON object a line, its fields on the top
/// level.
///
/// # Errors
///
/// Logs were started before.
pub fn start_json(levels: Targets) -> Result<(), TryInitError> {
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(io::stderr);
    registry().with(lines.with_filter(levels)).try_init()
}

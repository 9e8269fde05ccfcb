//! `loket replay`: rows that were put aside go back to their lanes, in the database
//! itself or through the daemon that has it for itself.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::exit::{Exit, Failure};
use super::terminal::Terminal;
use super::{daemon, seams};
use crate::app::{self, StartError};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::store::StoreError;
use crate::work::replay::Which;

/// How long the daemon may take for rows of a kind.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(55);

/// Replays rows of these kinds, and says how many.
pub(super) fn replay(
    config: &Config,
    which: &[Which],
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let lines = daemon::block_on(lines(config, which))?;
    for line in lines {
        terminal.say(&line)?;
    }
    Ok(())
}

/// What became of the rows, a line each.
async fn lines(config: &Config, which: &[Which]) -> Result<Vec<String>, Failure> {
    match app::replay(config, which, Arc::new(SystemClock)).await {
        Ok(reports) => Ok(reports.iter().map(ToString::to_string).collect()),
        Err(StartError::Database(StoreError::InUse { .. })) => by_daemon(config, which).await,
        Err(StartError::Database(error)) => Err(seams::unusable(error)),
        Err(error) => Err(Failure::of(Exit::Config, error)),
    }
}

/// Asks the daemon that runs.
async fn by_daemon(config: &Config, which: &[Which]) -> Result<Vec<String>, Failure> {
    let unasked = |why: String| {
        let words = format!(
            "another process has the database: a daemon, which cannot be asked: {why}; or \
             another command, such as `loket move`. Try again when that is done"
        );
        Failure::new(Exit::InUse, words)
    };
    let http = reqwest::Client::builder()
        .timeout(LIMIT)
        .no_proxy()
        .build()
        .map_err(|_error| unasked("connections cannot be set up".to_owned()))?;
    let address = config.appservice.listen;
    let mut lines = Vec::with_capacity(which.len());
    for which in which {
        let url = format!("http://{address}/operate/replay/{}", which.name());
        let token = config.appservice.hs_token.expose_secret();
        let answer = http.post(url).bearer_auth(token).send().await;
        let answer = answer.map_err(|_error| unasked(format!("nobody answers at {address}")))?;
        let status = answer.status();
        let words = answer.text().await.unwrap_or_default();
        match status.as_u16() {
            200 => lines.push(words),
            401 => return Err(unasked("it runs with another hs_token".to_owned())),
            404 => return Err(unasked("it is another version of Loket".to_owned())),
            503 => return Err(Failure::new(Exit::Database, words)),
            status => return Err(unasked(format!("HTTP {status}"))),
        }
    }
    Ok(lines)
}

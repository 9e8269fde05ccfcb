//! `loket doctor`: looks at everything that Loket needs, from where it runs, and says
//! in one line each how it is and what to do.
//!
//! It works beside a running daemon and without one; then it listens in its place,
//! for as long as it takes, and refuses whatever comes meanwhile, so that the sender
//! tries again. What it does to the homeserver: it makes the desk and one ghost
//! (`<ghost_prefix>doctor`) if they are missing, makes one private room, and leaves
//! it. What it does to Meta: it only asks. What it sends to our own webhooks holds
//! no event.

mod accounts;
mod ask;
mod clock;
mod database;
mod disk;
mod finding;
mod homeserver;
mod joins;
mod listening;
mod registration;
mod room;
#[cfg(test)]
mod tests;
mod webhook;

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;

use super::exit::{Exit, Failure};
use super::terminal::Terminal;
use super::{daemon, exit};
use crate::config::Config;
use ask::Asker;
use finding::{Finding, Level, Tell};

/// How long each examination may take.
const LIMIT: Duration = Duration::from_mins(1);

/// Examines everything; the exit code is 1 if something does not work.
pub(super) fn doctor(
    config: &Config,
    path: &Path,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let (sender, mut findings) = mpsc::unbounded_channel();
    let tell = Tell(sender);
    let path = path.to_owned();
    let (mut warnings, mut failures) = (0, 0);
    let mut print = |finding: Finding| {
        match finding.level {
            Level::Ok => {}
            Level::Warn => warnings += 1,
            Level::Fail => failures += 1,
        }
        exit::unread_is_fine(terminal.say(&finding.to_string()).map_err(Failure::from))
    };
    daemon::block_on(async {
        let examined = examine(config, &path, tell);
        tokio::pin!(examined);
        let mut over = false;
        loop {
            tokio::select! {
                biased;
                finding = findings.recv() => match finding {
                    Some(finding) => print(finding)?,
                    None => return Ok(()),
                },
                () = &mut examined, if !over => over = true,
            }
        }
    })?;
    let said = terminal.say(&format!("{failures} failures, {warnings} warnings"));
    exit::unread_is_fine(said.map_err(Failure::from))?;
    if failures == 0 {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Failed,
        "not everything works: see FAIL above",
    ))
}

/// Examines everything, one after another.
async fn examine(config: &Config, path: &Path, tell: Tell) {
    for warning in config.warnings() {
        tell.warn("config", warning);
    }
    disk::examine(config, &tell);
    within("database", &tell, database::examine(config, &tell)).await;
    registration::examine(config, path, &tell);
    let listening = listening::begin(config, &tell).await;
    match Asker::new(&config.homeserver.address, &config.appservice.as_token) {
        Ok(asker) => {
            let works = homeserver::examine(config, &asker, &tell);
            if within("homeserver", &tell, works).await == Some(true) {
                within("room", &tell, room::examine(config, &asker, &tell)).await;
            }
        }
        Err(reason) => tell.fail("homeserver", reason),
    }
    for account in &config.accounts {
        let subject = format!("account {}", account.id);
        within(&subject, &tell, accounts::examine(account, config, &tell)).await;
        let subject = format!("webhook {}", account.id);
        within(&subject, &tell, webhook::examine(account, config, &tell)).await;
    }
    listening.end().await;
}

/// Runs an examination for a while at most.
async fn within<T>(subject: &str, tell: &Tell, examination: impl Future<Output = T>) -> Option<T> {
    let ended = tokio::time::timeout(LIMIT, examination).await;
    if ended.is_err() {
        let limit = LIMIT.as_secs();
        tell.fail(
            subject,
            format!("not known: it took more than {limit} seconds"),
        );
    }
    ended.ok()
}

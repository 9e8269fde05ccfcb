//! A real Synapse, as a process of its own, and a client that writes to it directly.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Plan;
use super::daemon::Setup;

/// How many requests the raw client has under way: as many as the daemon.
const AT_ONCE: usize = 12;

/// The device of every ghost.
const DEVICE: &str = "LOKET";

/// The desk.
const DESK: &str = "@loket:localhost";

/// The application service's token.
const TOKEN: &str = "as_0123456789abcdef";

/// A homeserver that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Synapse {
    /// The program that starts and stops it.
    child: Child,
    /// What that program is told.
    orders: Option<ChildStdin>,
    /// What it says.
    words: BufReader<ChildStdout>,
    /// The homeserver's address.
    pub(crate) url: String,
}

impl Synapse {
    /// Starts it with the daemon's registration.
    pub(crate) fn start(plan: &Plan, setup: &Setup, port: u16) -> Result<Self> {
        let config = setup.write()?;
        let registration = setup.folder.join("registration.yaml");
        let written = Command::new(&plan.binary)
            .args(["registration", "--force", "-c"])
            .arg(config)
            .arg("-o")
            .arg(&registration)
            .stdout(Stdio::null())
            .status()?;
        ensure!(written.success(), "no registration was written");
        let mut child = Command::new(plan.root.join("target/e2e/venv/bin/python"))
            .arg(plan.root.join("benches/desk/synapse.py"))
            .arg(setup.folder.join("synapse"))
            .arg(port.to_string())
            .arg(registration)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("no Python environment: run bin/bench")?;
        let orders = child.stdin.take();
        let words = child.stdout.take().context("no standard output")?;
        let mut synapse = Self {
            child,
            orders,
            words: BufReader::new(words),
            url: format!("http://127.0.0.1:{port}"),
        };
        synapse.hears("up")?;
        Ok(synapse)
    }

    /// Stops it in an orderly way.
    pub(crate) fn go_down(&mut self) -> Result<()> {
        self.order("stop")?;
        self.hears("down")
    }

    /// Starts it again.
    pub(crate) fn come_up(&mut self) -> Result<()> {
        self.order("start")?;
        self.hears("up")
    }

    /// Gives an order.
    fn order(&mut self, order: &str) -> Result<()> {
        let orders = self.orders.as_mut().context("no standard input")?;
        Ok(writeln!(orders, "{order}")?)
    }

    /// Waits for a word.
    fn hears(&mut self, word: &str) -> Result<()> {
        let mut line = String::new();
        self.words.read_line(&mut line)?;
        ensure!(line.trim() == word, "Synapse: {line:?} in place of {word}");
        Ok(())
    }

    /// The rooms of customers, each with its ghost.
    pub(crate) async fn portals(&self) -> Result<Vec<Portal>> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let ask = async |path: &str| -> Result<Value> {
            let url = format!("{}/_matrix/client/v3/{path}?user_id={DESK}", self.url);
            let answer = http.get(url).bearer_auth(TOKEN).send().await?;
            Ok(answer.error_for_status()?.json().await?)
        };
        let mut portals = Vec::new();
        let rooms = ask("joined_rooms").await?;
        for room in rooms["joined_rooms"].as_array().into_iter().flatten() {
            let room = room.as_str().context("a room without id")?;
            let members = ask(&format!("rooms/{room}/joined_members")).await?;
            let users = members["joined"].as_object().into_iter().flatten();
            let mut ghosts = users.filter(|(user, _)| user.starts_with("@loket_wa_"));
            if let Some((ghost, _)) = ghosts.next() {
                portals.push(Portal {
                    room: room.to_owned(),
                    ghost: ghost.clone(),
                });
            }
        }
        Ok(portals)
    }

    /// Writes `count` lines as the daemon writes them: by the same ghosts into the
    /// same rooms, one after the other in a room, as many at once; how long it took.
    pub(crate) async fn write_raw(
        &self,
        portals: &[Portal],
        count: usize,
        round: usize,
    ) -> Result<Duration> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let begun = Instant::now();
        let mut workers = JoinSet::new();
        for worker in 0..AT_ONCE.min(portals.len()) {
            let own: Vec<Portal> = portals
                .iter()
                .skip(worker)
                .step_by(AT_ONCE)
                .cloned()
                .collect();
            let share = count / AT_ONCE + usize::from(worker < count % AT_ONCE);
            let (http, url) = (http.clone(), self.url.clone());
            workers.spawn(async move {
                for (n, portal) in (0..share).zip(own.iter().cycle()) {
                    let id = format!("raw-{round}-{worker}-{n}");
                    write_line(&http, &url, portal, &id, n).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = workers.join_next().await {
            ended??;
        }
        Ok(begun.elapsed())
    }
}

/// A customer's room.
#[derive(Debug, Clone)]
pub(crate) struct Portal {
    /// Its id.
    room: String,
    /// The customer's ghost.
    ghost: String,
}

/// Writes one line as a ghost.
async fn write_line(
    http: &reqwest::Client,
    url: &str,
    portal: &Portal,
    id: &str,
    line: usize,
) -> Result<()> {
    let now = std::time::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .as_millis();
    let (room, ghost) = (&portal.room, &portal.ghost);
    let url = format!(
        "{url}/_matrix/client/v3/rooms/{room}/send/m.room.message/{id}?ts={now}&user_id={ghost}&device_id={DEVICE}"
    );
    let body = json!({
        "msgtype": "m.text",
        "body": super::pour::text(line),
        "m.mentions": {},
        "org.loket.id": id,
    });
    let answer = http.put(url).bearer_auth(TOKEN).json(&body).send().await?;
    if !answer.status().is_success() {
        bail!("Synapse answered a line with {}", answer.status());
    }
    Ok(())
}

impl Drop for Synapse {
    fn drop(&mut self) {
        // The end of its input makes the program stop Synapse and end.
        drop(self.orders.take());
        drop(self.child.wait());
    }
}

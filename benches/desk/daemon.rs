//! The daemon, as a process of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::crowd::{SECRET, number_id};

/// The token for the Graph API.
pub(crate) const TOKEN: &str = "bench-access-token";

/// How long the daemon may take to be ready.
const PATIENCE: Duration = Duration::from_mins(2);

/// How the daemon is set up.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Where its files go.
    pub(crate) folder: PathBuf,
    /// The homeserver's address.
    pub(crate) homeserver: String,
    /// The Graph API's address.
    pub(crate) graph: String,
    /// How many numbers.
    pub(crate) accounts: usize,
    /// The port of the appservice listener.
    pub(crate) private: u16,
    /// The port of the public listener.
    pub(crate) public: u16,
    /// The database; SQLite in the folder if empty.
    pub(crate) database: String,
}

impl Setup {
    /// A daemon in `folder`, on ports that are free now.
    pub(crate) fn new(
        folder: &Path,
        homeserver: &str,
        graph: &str,
        accounts: usize,
    ) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            homeserver: homeserver.to_owned(),
            graph: graph.to_owned(),
            accounts,
            private: free_port()?,
            public: free_port()?,
            database: String::new(),
        })
    }

    /// Where the homeserver reaches it.
    pub(crate) fn private_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.private)
    }

    /// Where webhooks go.
    pub(crate) fn public_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.public)
    }

    /// The database's address.
    pub(crate) fn database_url(&self) -> String {
        if self.database.is_empty() {
            format!("sqlite:{}", self.folder.join("loket.db").display())
        } else {
            self.database.clone()
        }
    }

    /// The configuration; JSON is YAML.
    fn config(&self) -> Value {
        let accounts: Vec<Value> = (0..self.accounts)
            .map(|n| {
                json!({
                    "id": format!("a{n}"),
                    "kind": "whatsapp",
                    "phone_number_id": number_id(n),
                    "business_account_id": "200000000000002",
                    "access_token": TOKEN,
                    "app_secret": SECRET,
                    "verify_token": "bench-verify-token",
                    "graph_url": self.graph,
                })
            })
            .collect();
        let names: Vec<String> = (0..self.accounts).map(|n| format!("a{n}")).collect();
        json!({
            "homeserver": { "address": self.homeserver, "domain": "localhost" },
            "appservice": {
                "listen": format!("127.0.0.1:{}", self.private),
                "address": self.private_url(),
                "as_token": "as_0123456789abcdef",
                "hs_token": "hs_0123456789abcdef",
            },
            "database": { "url": self.database_url() },
            "public": {
                "listen": format!("127.0.0.1:{}", self.public),
                "base_url": self.public_url(),
            },
            "teams": { "main": {
                "agents": { "@ayu:localhost": "agent" },
                "accounts": names,
                "undo_window": "0s",
            } },
            "accounts": accounts,
        })
    }

    /// Writes the configuration; its file.
    pub(crate) fn write(&self) -> Result<PathBuf> {
        fs::create_dir_all(&self.folder)?;
        let file = self.folder.join("config.yaml");
        fs::write(&file, serde_json::to_string_pretty(&self.config())?)?;
        Ok(file)
    }
}

/// A daemon that runs.
#[derive(Debug)]
pub(crate) struct Daemon {
    /// Its process.
    child: Child,
    /// How it is set up.
    pub(crate) setup: Setup,
    /// From its start until it said that it was ready.
    pub(crate) ready_after: Duration,
    /// Connections to it.
    http: reqwest::Client,
}

/// What a process has used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Memory that is its own or shared, in MB.
    pub(crate) memory: f64,
    /// Processor time, in seconds.
    pub(crate) cpu: f64,
}

impl Daemon {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(binary: &Path, setup: Setup) -> Result<Self> {
        let config = setup.write()?;
        let log = File::create(setup.folder.join("loket.log"))?;
        let begun = Instant::now();
        let child = Command::new(binary)
            .args(["run", "-c"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let mut daemon = Self {
            child,
            setup,
            ready_after: Duration::ZERO,
            http: reqwest::Client::builder().no_proxy().build()?,
        };
        let url = format!("{}/health/ready", daemon.setup.private_url());
        while !daemon.answers(&url).await {
            if let Some(status) = daemon.child.try_wait()? {
                bail!(
                    "the daemon ended: {status}; see {}",
                    daemon.setup.folder.display()
                );
            }
            if begun.elapsed() > PATIENCE {
                bail!("the daemon was not ready in time");
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        daemon.ready_after = begun.elapsed();
        Ok(daemon)
    }

    /// Whether an address answers with success.
    async fn answers(&self, url: &str) -> bool {
        let answer = self.http.get(url).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// How many rows wait in the lanes `in` and `matrix`.
    pub(crate) async fn depth(&self) -> Result<usize> {
        let url = format!("{}/metrics", self.setup.private_url());
        let text = self.http.get(url).send().await?.text().await?;
        let of = |kind: &str| {
            let name = format!("loket_lane_depth{{kind=\"{kind}\"}} ");
            let mut values = text.lines().filter_map(|line| line.strip_prefix(&name));
            values.next().and_then(|value| value.parse::<usize>().ok())
        };
        let (inbox, matrix) = (of("in"), of("matrix"));
        Ok(inbox.context("no depth of in")? + matrix.context("no depth of matrix")?)
    }

    /// What it has used.
    pub(crate) fn usage(&self) -> Result<Usage> {
        let proc = Path::new("/proc").join(self.child.id().to_string());
        let rollup = fs::read_to_string(proc.join("smaps_rollup"))?;
        let rss = rollup.lines().find_map(|line| line.strip_prefix("Rss:"));
        let rss: f64 = rss
            .and_then(|rss| rss.trim().strip_suffix(" kB"))
            .context("no Rss")?
            .trim()
            .parse()?;
        let stat = fs::read_to_string(proc.join("stat"))?;
        let (_, fields) = stat.rsplit_once(')').context("no stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
        Ok(Usage {
            memory: rss / 1024.0,
            // Linux counts in hundredths of a second.
            cpu: ticks.iter().sum::<f64>() / 100.0,
        })
    }

    /// Waits until it does nothing worth speaking of for a second.
    pub(crate) async fn calm(&self) -> Result<()> {
        for _ in 0..60 {
            let before = self.usage()?.cpu;
            tokio::time::sleep(Duration::from_secs(1)).await;
            if self.usage()?.cpu - before < 0.05 {
                return Ok(());
            }
        }
        bail!("the daemon does not come to rest")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A figure does not depend on how it ends.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}

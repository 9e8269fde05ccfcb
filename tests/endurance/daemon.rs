//! The daemon: its configuration and its real process, killed and started again.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// The agents; each has customers of their own.
pub(crate) const AGENTS: [&str; 3] = ["@ayu:localhost", "@sari:localhost", "@dewi:localhost"];

/// Our number.
pub(crate) const NUMBER: &str = "100000000000001";

/// The secret of its webhooks.
pub(crate) const SECRET: &str = "app-secret";

/// The daemon's process, in a folder of its own.
#[derive(Debug)]
pub(crate) struct Daemon {
    /// Configuration, database, log.
    folder: TempDir,
    /// Where the homeserver reaches it.
    pub(crate) appservice: String,
    /// Where webhooks reach it.
    pub(crate) public: String,
    /// The process, while there is one.
    child: Option<Child>,
    /// For questions.
    http: reqwest::Client,
}

impl Daemon {
    /// A daemon that was never started, on the database at `database` (in its folder
    /// if none is given).
    pub(crate) fn new(homeserver: &str, graph: &str, database: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (appservice, public) = (free_address(), free_address());
        let file = format!("sqlite:{}", folder.path().join("loket.db").display());
        let database = database.unwrap_or(&file);
        let text = format!(
            r#"
homeserver: {{address: "{homeserver}", domain: localhost}}
appservice:
  listen: "{appservice}"
  address: "http://{appservice}"
  as_token: as_0123456789abcdef
  hs_token: hs_0123456789abcdef
database: {{url: "{database}"}}
public: {{listen: "{public}", base_url: "http://{public}"}}
teams:
  main:
    language: en
    agents: {{"@ayu:localhost": agent, "@sari:localhost": agent, "@dewi:localhost": supervisor}}
    accounts: [wa]
    undo_window: 1s
    foreign_reply: allow
accounts:
  - id: wa
    kind: whatsapp
    phone_number_id: "{NUMBER}"
    business_account_id: "200000000000002"
    access_token: token-0123456789
    app_secret: {SECRET}
    verify_token: verify-me
    graph_url: "{graph}"
logging: {{level: "info,sqlx=warn"}}
"#
        );
        fs::write(folder.path().join("config.yaml"), text).unwrap();
        Self {
            folder,
            appservice: format!("http://{appservice}"),
            public: format!("http://{public}"),
            child: None,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// Starts a process; it dies by itself where `die_at` says.
    pub(crate) fn start(&mut self, die_at: Option<(&str, usize)>) {
        let log = self.folder.path().join("loket.log");
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .unwrap();
        let mut command = Command::new(binary());
        command.arg("run").arg("-c").arg(self.config());
        if let Some((point, pass)) = die_at {
            command.args(["--die-at", point, "--pass", &pass.to_string()]);
        }
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.stdin(Stdio::null()).spawn().unwrap();
        assert!(self.child.replace(child).is_none(), "it runs already");
    }

    /// Its configuration.
    fn config(&self) -> PathBuf {
        self.folder.path().join("config.yaml")
    }

    /// Kills the process with a signal it cannot see, and waits for its end.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have died by itself.
            drop(child.kill());
            child.wait().unwrap();
        }
    }

    /// Whether the process has died by itself.
    pub(crate) fn is_dead(&mut self) -> bool {
        let child = self.child.as_mut();
        child.is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// Whether it says that it is ready.
    pub(crate) async fn is_ready(&self) -> bool {
        let asked = self.http.get(format!("{}/health/ready", self.appservice));
        let answer = asked.timeout(Duration::from_secs(5)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// The sum of a metric over its labels; `None` if it does not answer.
    pub(crate) async fn metric(&self, name: &str) -> Option<f64> {
        let asked = self.http.get(format!("{}/metrics", self.appservice));
        let answer = asked.timeout(Duration::from_secs(5)).send().await.ok()?;
        let text = answer.text().await.ok()?;
        let of_it = |line: &str| {
            let (key, value) = line.rsplit_once(' ')?;
            let key = key.split('{').next()?;
            (key == name).then(|| value.parse::<f64>().ok())?
        };
        Some(text.lines().filter_map(of_it).sum())
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        let text = fs::read_to_string(self.folder.path().join("loket.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    /// Keeps its folder, for whoever looks at a failure.
    pub(crate) fn keep(&mut self) -> &Path {
        self.folder.disable_cleanup(true);
        self.folder.path()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The daemon that was built with these tests: it has the feature `testing`.
fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_loket")
}

/// An address nobody listens at.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

//! Whether the daemon runs. If not, the doctor listens in its place: the homeserver's
//! ping and our webhooks are answered by the daemon's own routes, but nothing is
//! taken in. Whoever sends something real meanwhile is told to try again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use serde_json::Value;

use super::ask;
use super::finding::Tell;
use crate::app;
use crate::channel::registry;
use crate::channel::webhook::BODY_LIMIT;
use crate::clock::{SharedClock, SystemClock};
use crate::config::Config;
use crate::http;
use crate::intake::{Intake, Transaction, Unavailable, Webhook};
use crate::matrix::transaction::{self, Endpoint};
use crate::shutdown::{Shutdown, Tasks};

/// How long our listeners may take to end.
const END: Duration = Duration::from_secs(20);

/// An intake that takes nothing but what holds nothing.
#[derive(Debug)]
struct Nothing;

#[async_trait]
impl Intake for Nothing {
    async fn accept_webhook(&self, webhook: Webhook) -> Result<(), Unavailable> {
        if webhook.updates.is_empty() && webhook.unparsed.is_none() {
            return Ok(());
        }
        Err(Unavailable)
    }

    async fn accept_transaction(&self, _transaction: Transaction) -> Result<(), Unavailable> {
        // Even an empty one: it may hold receipts, which are not repeated.
        Err(Unavailable)
    }

    async fn homeserver_interrupted(&self, _sign: &'static str) {}
}

/// What listens in the daemon's place.
#[derive(Debug)]
pub(super) struct Listening {
    /// Ends it.
    shutdown: Shutdown,
    /// The listeners.
    tasks: Tasks,
}

impl Listening {
    /// Ends it.
    pub(super) async fn end(self) {
        self.shutdown.begin();
        self.tasks.finish(END).await;
    }
}

/// Looks whether the daemon runs, and listens where nobody does.
pub(super) async fn begin(config: &Config, tell: &Tell) -> Listening {
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    let clock: SharedClock = Arc::new(SystemClock);
    let intake: Arc<dyn Intake> = Arc::new(Nothing);
    let inner = transaction::router(Endpoint {
        intake: Arc::clone(&intake),
        hs_token: config.appservice.hs_token.clone(),
        clock: clock.clone(),
    });
    let outer = registry::webhooks(&app::accounts(config), intake, clock, BODY_LIMIT);
    if listen(config.appservice.listen, inner, &mut tasks, &shutdown).await {
        tell.warn(
            "daemon",
            "Loket does not run: the doctor listens in its place for as long as it looks",
        );
    } else {
        daemon(config, tell).await;
    }
    if !listen(config.public.listen, outer, &mut tasks, &shutdown).await {
        tracing::debug!("somebody listens for webhooks");
    }
    Listening { shutdown, tasks }
}

/// Listens at `address`; `false` if somebody else does.
async fn listen(
    address: SocketAddr,
    router: Router,
    tasks: &mut Tasks,
    shutdown: &Shutdown,
) -> bool {
    let Ok(listener) = http::bind(address).await else {
        return false;
    };
    tasks.spawn(
        "doctor",
        http::serve(http::LIMITS, listener, router, shutdown.clone()),
    );
    true
}

/// Whether the homeserver answers us: a daemon may not have noticed yet that it does
/// not.
async fn is_there(config: &Config) -> bool {
    let address = config.homeserver.address.as_str().trim_end_matches('/');
    let asked = async {
        let http = ask::connections()?;
        ask::answer(http.get(format!("{address}/_matrix/client/versions"))).await
    };
    asked.await.is_ok_and(|answer| answer.is_ok())
}

/// Asks whoever listens at our address whether it is Loket, and how it is.
async fn daemon(config: &Config, tell: &Tell) {
    let address = config.appservice.listen;
    let ready = async {
        let http = ask::connections()?;
        ask::answer(http.get(format!("http://{address}/health/ready"))).await
    };
    let reasons = |body: &Value| {
        let reasons = body.get("reasons")?.as_array()?.iter();
        let words: Vec<&str> = reasons.filter_map(Value::as_str).collect();
        Some(words.join("; "))
    };
    let (ready, is_there) = (ready.await, is_there(config).await);
    match ready {
        Ok(answer) if answer.is_ok() && is_there => tell.ok("daemon", "Loket runs and is ready"),
        Ok(answer) if answer.is_ok() => tell.fail(
            "daemon",
            "Loket runs, but the homeserver is away, which it has not noticed yet: lines wait",
        ),
        Ok(answer) => match reasons(&answer.body) {
            Some(reasons) => tell.fail("daemon", format!("Loket runs and is not ready: {reasons}")),
            None => tell.fail(
                "daemon",
                format!("another program listens on {address}: change appservice.listen"),
            ),
        },
        Err(reason) => tell.fail(
            "daemon",
            format!("nobody can listen on {address}, and nobody answers there ({reason})"),
        ),
    }
}

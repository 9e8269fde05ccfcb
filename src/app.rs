//! Composition root: the one file that names concrete types.

pub mod doors;
mod reread;

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Semaphore;

use doors::Private;
pub use reread::Readers;

use crate::channel::registry::{self, AccountConfig};
use crate::channel::webhook::BODY_LIMIT;
use crate::channel::{SharedChannel, whatsapp};
use crate::clock::SharedClock;
use crate::config::Config;
use crate::config::accounts::Kind;
use crate::domain::ids::AccountId;
use crate::http::health::Readiness;
use crate::http::{self, metrics::Gauges};
use crate::intake::Intake;
use crate::matrix::SharedHomeserver;
use crate::matrix::client::{self, Client};
use crate::matrix::transaction::Endpoint;
use crate::queue::Runner;
use crate::shutdown::{Shutdown, Tasks};
use crate::store::{LaneKind, Options, Store, StoreError};
use crate::work;
use crate::work::directory::Directory;
use crate::work::live::{Live, Pieces};
use crate::work::replay::{Report, Which};
use crate::work::{Works, care, cleanup, deliver, face, gauges, ingest, project, reconcile, start};

/// How long the stop waits for what is under way.
pub const STOP_LIMIT: Duration = Duration::from_secs(25);

/// How long the stop waits for the database.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// How long the database may take to answer a readiness check or a scrape: with the rest
/// of the answer it is less than a second.
const PROBE_LIMIT: Duration = Duration::from_millis(900);

/// What is said when the database was found to be damaged.
const DAMAGED: &str = "the database is damaged: stop Loket and restore a backup";

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database's part.
    #[error("the database cannot be used")]
    Database(#[from] StoreError),
    /// A listener's part.
    #[error("{0}")]
    Listen(#[from] std::io::Error),
    /// Anything in the configuration that only shows when it is used.
    #[error(transparent)]
    Setup(#[from] anyhow::Error),
}

/// Runs the daemon until the stop.
///
/// # Errors
/// What keeps it from starting, in words for the operator.
pub async fn run(
    config: Config,
    options: Options,
    clock: SharedClock,
    shutdown: Shutdown,
) -> Result<(), StartError> {
    let recorder = http::metrics::install().map_err(anyhow::Error::msg)?;
    let accounts = accounts(&config);
    let channels = registry::channels(&accounts, &clock).context("an account cannot be set up")?;
    let homeserver = homeserver(&config, &clock)?;
    #[cfg(feature = "testing")]
    let (homeserver, channels) = mortal(&options.crash, homeserver, channels);
    let opened = Store::open(&config.database.url, options);
    let Some(store) = unless_stopped(&shutdown, opened).await.transpose()? else {
        return Ok(());
    };
    let (works, pieces) = works(&config, store.clone(), homeserver, channels, clock.clone());
    gauges::declare(works.directory.channels());

    let private = http::bind(config.appservice.listen).await?;
    let public = http::bind(config.public.listen).await?;
    let intake: Arc<dyn Intake> = Arc::new(works.clone());
    let readiness = Readiness::default();
    // Said before anybody can ask: the start itself may get its turn later.
    readiness.missing("homeserver", start::UNREACHED);
    watch_database(&readiness, &works);
    let behind = Private {
        endpoint: Endpoint {
            intake: Arc::clone(&intake),
            hs_token: config.appservice.hs_token.clone(),
            clock: clock.clone(),
        },
        readiness: readiness.clone(),
        recorder,
        gauges: gauges(&works),
        replay: replayer(&works, &config),
    };
    let inner = doors::private(behind);
    let outer = doors::public(&accounts, intake, clock, BODY_LIMIT);

    // Before the homeserver can deliver anything: it may have been restarted too.
    let raised = reconcile::raise(&works, "we were away");
    if unless_stopped(&shutdown, raised).await.is_none() {
        return Ok(());
    }
    let mut tasks = Tasks::new(shutdown.clone());
    let closing = Shutdown::new();
    let limits = http::Limits::within(descriptors());
    tasks.spawn(
        "appservice",
        http::serve(limits, private, inner, closing.clone()),
    );
    tasks.spawn(
        "public",
        http::serve(limits, public, outer, closing.clone()),
    );
    tasks.spawn("live", pieces.run(works.clone(), shutdown.clone()));
    tasks.spawn("cleanup", cleanup::run(works.clone(), shutdown.clone()));
    let folder = config.database.file().map(folder_of);
    tasks.spawn("care", care::run(works.clone(), folder, shutdown.clone()));
    tasks.spawn("watch", reconcile::watch(works.clone(), shutdown.clone()));
    let runner = runner(&works);
    let stopping = shutdown.clone();
    tasks.spawn("lanes", async move { runner.run(stopping).await });
    tasks.spawn(
        "start",
        start::run(works, report(readiness.clone()), shutdown),
    );
    tracing::info!(
        appservice = %config.appservice.listen,
        public = %config.public.listen,
        "Loket runs"
    );

    tasks.watch().await;
    tracing::info!("stopping");
    readiness.missing("stop", "Loket is stopping");
    // Whoever shares the load out may see that before a connection is refused.
    tokio::time::sleep(config.public.stop_notice.unsigned_abs()).await;
    closing.begin();
    if !tasks.finish(STOP_LIMIT).await {
        tracing::warn!("something did not end in time; what is stored goes on at the next start");
    }
    if tokio::time::timeout(CLOSE_LIMIT, store.close())
        .await
        .is_err()
    {
        tracing::warn!("the database did not close in time; what is committed is kept");
    }
    Ok(())
}

/// What `work` comes to, unless the stop begins before: at the start everything may be
/// cut off, and a server may let us wait for as long as somebody else works on it.
async fn unless_stopped<T>(shutdown: &Shutdown, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = shutdown.wait() => {
            tracing::info!("stopped before the start was complete");
            None
        }
    }
}

/// How many file descriptors this process may have; as many as it may give itself.
///
/// Systems start processes with few of them, for the sake of programs that could not
/// count further.
fn descriptors() -> u64 {
    let known = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: known.maximum,
        maximum: known.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, most) {
        tracing::warn!(%error, "the limit to open files could not be raised");
    }
    // What is not limited is none.
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The folder of a file.
pub fn folder_of(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|path| !path.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// Brings the database's schema up to date.
///
/// # Errors
/// The database's.
pub async fn migrate(config: &Config) -> Result<(), StoreError> {
    Store::migrate(&config.database.url).await
}

/// Replays rows of a kind in the database itself, while no daemon has it for itself.
///
/// # Errors
/// What keeps the database from being used.
pub async fn replay(
    config: &Config,
    which: &[Which],
    clock: SharedClock,
) -> Result<Vec<Report>, StartError> {
    let store = Store::open_existing(&config.database.url, Options::default()).await?;
    let channels =
        registry::channels(&accounts(config), &clock).context("an account cannot be set up")?;
    let homeserver = homeserver(config, &clock)?;
    let (works, _pieces) = works(config, store.clone(), homeserver, channels, clock);
    let readers = Readers::new(config);
    let mut reports = Vec::with_capacity(which.len());
    for which in which {
        reports.push(work::replay::replay(&works, &readers, *which).await?);
    }
    store.close().await;
    Ok(reports)
}

/// What `loket replay` may ask of this daemon.
fn replayer(works: &Works, config: &Config) -> http::operate::Replay {
    let (works, readers) = (works.clone(), Arc::new(Readers::new(config)));
    Arc::new(move |which| {
        let (works, readers) = (works.clone(), Arc::clone(&readers));
        Box::pin(async move {
            let which: Which = which.parse().ok()?;
            let done = work::replay::replay(&works, &*readers, which).await;
            Some(
                done.map(|report| report.to_string())
                    .map_err(|error| error.to_string()),
            )
        })
    })
}

/// The homeserver's client.
fn homeserver(config: &Config, clock: &SharedClock) -> anyhow::Result<SharedHomeserver> {
    let appservice = &config.appservice;
    let client = Client::new(
        client::Options {
            address: config.homeserver.address.clone(),
            domain: config.homeserver.domain.clone(),
            appservice_id: appservice.id.clone(),
            as_token: appservice.as_token.clone(),
            desk_localpart: appservice.desk.localpart.clone(),
            desk_name: appservice.desk.display_name.clone(),
            ghost_prefix: appservice.ghost_prefix.clone(),
            room_version: config.matrix.room_version.clone(),
        },
        Arc::clone(clock),
    )?;
    Ok(Arc::new(client))
}

/// Has every request pass the points at which a test lets the process die.
#[cfg(feature = "testing")]
pub fn mortal(
    crash: &crate::crash::Crash,
    homeserver: SharedHomeserver,
    channels: impl IntoIterator<Item = (AccountId, SharedChannel)>,
) -> (SharedHomeserver, HashMap<AccountId, SharedChannel>) {
    use crate::{channel, matrix};
    let homeserver = matrix::mortal::Mortal::new(homeserver, crash.clone());
    let channels = channels.into_iter().map(|(id, inner)| {
        let mortal: SharedChannel = Arc::new(channel::mortal::Mortal::new(inner, crash.clone()));
        (id, mortal)
    });
    (Arc::new(homeserver), channels.collect())
}

/// The accounts, in the form the channels read them.
pub fn accounts(config: &Config) -> Vec<AccountConfig> {
    config
        .accounts
        .iter()
        .map(|account| match &account.kind {
            Kind::Whatsapp(kind) => AccountConfig::Whatsapp(whatsapp::Config {
                account: account.id.clone(),
                phone_number_id: kind.phone_number_id.clone(),
                business_account_id: kind.business_account_id.clone(),
                access_token: kind.access_token.clone(),
                app_secret: kind.app_secret.clone(),
                verify_token: kind.verify_token.clone(),
                graph_url: kind.graph_url.clone(),
                graph_version: kind.graph_version.clone(),
            }),
        })
        .collect()
}

/// What every worker needs.
fn works(
    config: &Config,
    store: Store,
    homeserver: SharedHomeserver,
    channels: HashMap<AccountId, SharedChannel>,
    clock: SharedClock,
) -> (Works, Pieces) {
    let (live, pieces) = Live::new();
    let works = Works {
        store,
        homeserver,
        directory: Arc::new(Directory::new(config, channels)),
        clock,
        live,
    };
    (works, pieces)
}

/// The lanes and their workers: of each kind, so many at the same time. Lanes that wait
/// for a commit share it, so the more there are, the more a commit carries. How many
/// requests the homeserver gets at once is not decided here.
pub fn runner(works: &Works) -> Runner {
    Runner::new(works.store.clone(), Arc::clone(&works.clock))
        .with(
            LaneKind::Recover,
            3,
            Arc::new(reconcile::Recover(works.clone())),
        )
        .with(LaneKind::In, 64, Arc::new(ingest::Ingest(works.clone())))
        .with(
            LaneKind::Matrix,
            48,
            Arc::new(project::Project(works.clone())),
        )
        .with(LaneKind::Portal, 2, Arc::new(face::Faces(works.clone())))
        .with(
            LaneKind::Channel,
            32,
            Arc::new(deliver::Deliver(works.clone())),
        )
}

/// Takes what the start reports into the readiness.
fn report(readiness: Readiness) -> start::Report {
    Box::new(move |missing| match missing {
        Some(reason) => readiness.missing("homeserver", reason),
        None => readiness.ready("homeserver"),
    })
}

/// Writes something into the database at each readiness check: one that only reads
/// can still be read when its disk is full.
fn watch_database(readiness: &Readiness, works: &Works) {
    let works = works.clone();
    // A job goes on when nobody waits for it any more: of these there is one at most.
    let turn = Arc::new(Semaphore::new(1));
    readiness.probe(Arc::new(move || {
        let (works, turn) = (works.clone(), Arc::clone(&turn));
        Box::pin(async move {
            let asked = probe(&works, turn);
            match tokio::time::timeout(PROBE_LIMIT, asked).await {
                _ if works.store.is_damaged() => Err(DAMAGED.to_owned()),
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(format!("the database takes nothing: {}", cause(&error))),
                Err(_elapsed) => Err("the database does not answer".to_owned()),
            }
        })
    }));
}

/// Writes something small, when the write of the check before is over.
async fn probe(works: &Works, turn: Arc<Semaphore>) -> Result<(), StoreError> {
    let permit = Arc::new(turn.acquire_owned().await.ok());
    let now = works.clock.now();
    let write = works.store.write(move |tx| {
        Box::pin(async move {
            let probed = tx.probe(now).await;
            drop(permit);
            probed
        })
    });
    write.await
}

/// The innermost words of an error: what the database itself says.
fn cause(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// Sets the gauges of the lanes at each scrape; those that could not be read.
fn gauges(works: &Works) -> Gauges {
    let works = works.clone();
    Arc::new(move || {
        let works = works.clone();
        Box::pin(async move {
            match tokio::time::timeout(PROBE_LIMIT, gauges::set(&works)).await {
                Ok(Ok(())) => return &[][..],
                Ok(Err(error)) => tracing::warn!(%error, "the lanes' gauges could not be read"),
                Err(_elapsed) => tracing::warn!("the lanes' gauges could not be read in time"),
            }
            gauges::NAMES
        })
    })
}

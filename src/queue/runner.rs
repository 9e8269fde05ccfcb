//! Claims lanes that are due and runs their handlers.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{Backoff, Handler, LEASE, Step, lease_of, timers};
use crate::clock::SharedClock;
use crate::crash::Spot;
use crate::shutdown::{Crew, Shutdown};
use crate::store::{Ahead, LaneKind, Lease, Store, StoreError};

/// How long a runner sleeps at most before it looks at the table again.
const POLL: Duration = Duration::from_secs(1);

/// How long a lane rests whose step failed because of the database.
const PAUSE: SignedDuration = SignedDuration::from_secs(2);

/// The longest pause before lanes are claimed again while the database takes
/// nothing: it may be back at any moment.
const CLAIM_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// How long after the begin of the stop a step may still take that can be repeated.
const CUT: Duration = Duration::from_secs(5);

/// How many lanes of a kind are claimed at once by [`Runner::drain`].
const DRAINED_AT_ONCE: usize = 64;

/// A handler and how many lanes it works on at the same time.
#[derive(Debug, Clone)]
struct Post {
    /// The handler.
    handler: Arc<dyn Handler>,
    /// How many lanes at the same time.
    limit: usize,
}

/// Claims lanes that are due and runs their handlers; cheap to clone.
#[derive(Debug, Clone)]
pub struct Runner {
    /// The database.
    store: Store,
    /// The time.
    clock: SharedClock,
    /// Who holds our leases: a name of this process, different for every start.
    owner: String,
    /// Handlers by kind of lane.
    posts: BTreeMap<LaneKind, Post>,
    /// How often a lease is prolonged at least while a step takes.
    renewal: Duration,
}

impl Runner {
    /// A runner without handlers.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        let owner = clock.uuid().simple().to_string();
        Self {
            store,
            clock,
            owner,
            posts: BTreeMap::new(),
            renewal: LEASE.unsigned_abs() / 3,
        }
    }

    /// The same with another time between renewals.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn renewing_every(mut self, renewal: Duration) -> Self {
        self.renewal = renewal;
        self
    }

    /// Lanes of `kind` are worked on by `handler`, `limit` of them at the same time.
    #[must_use]
    pub fn with(mut self, kind: LaneKind, limit: usize, handler: Arc<dyn Handler>) -> Self {
        let limit = limit.max(1);
        self.posts.insert(kind, Post { handler, limit });
        self
    }

    /// Works until the stop begins; then finishes the steps under way.
    pub async fn run(&self, shutdown: Shutdown) {
        let kinds = self
            .posts
            .iter()
            .map(|(kind, post)| self.run_kind(*kind, post, &shutdown));
        join_all(kinds).await;
    }

    /// Works in the calling task on everything of these kinds that is due now, and on
    /// what that makes due, until nothing is. How many lanes were claimed. For tests:
    /// nothing runs beside it, no time passes.
    ///
    /// # Errors
    /// The first error of a step. One [`StoreError::Stale`] is tried again at once.
    pub async fn drain(&self, kinds: &[LaneKind]) -> Result<usize, StoreError> {
        let mut claimed = 0;
        loop {
            let before = claimed;
            if kinds.contains(&LaneKind::In) {
                timers::fire(&self.store, self.clock.as_ref()).await?;
            }
            for kind in kinds {
                let Some(post) = self.posts.get(kind) else {
                    continue;
                };
                for lease in self.claim(*kind, DRAINED_AT_ONCE).await? {
                    claimed += 1;
                    self.drain_lane(post, &lease).await?;
                }
            }
            if claimed == before {
                return Ok(claimed);
            }
        }
    }

    /// Works on one lane until it is idle.
    async fn drain_lane(&self, post: &Post, lease: &Lease) -> Result<(), StoreError> {
        let mut stale = false;
        loop {
            match post.handler.step(lease).await {
                Ok(Step::Idle) => return Ok(()),
                Ok(Step::More) => stale = false,
                Err(StoreError::Stale) if !stale => stale = true,
                Err(error) => {
                    self.give_back(lease, SignedDuration::ZERO).await;
                    return Err(error);
                }
            }
        }
    }

    /// Claims and works on lanes of one kind until the stop begins.
    async fn run_kind(&self, kind: LaneKind, post: &Post, shutdown: &Shutdown) {
        let woken = self.store.woken(kind);
        let mut crew = Crew::default();
        let mut failures = 0;
        while !shutdown.has_begun() {
            let pause = match self.start_due(kind, post, shutdown, &mut crew).await {
                Ok(pause) => {
                    failures = 0;
                    pause
                }
                Err(error) => {
                    tracing::error!(%error, lane.kind = kind.name(), "lanes cannot be claimed");
                    let wait = Backoff::wait(failures, self.clock.as_ref()).min(CLAIM_PAUSE);
                    failures += 1;
                    wait.unsigned_abs()
                }
            };
            tokio::select! {
                () = shutdown.wait() => {}
                () = woken.notified() => {}
                Some(()) = crew.next() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        while crew.next().await.is_some() {}
    }

    /// Starts work on lanes that are due, as many as there is room for; how long to
    /// sleep then.
    async fn start_due(
        &self,
        kind: LaneKind,
        post: &Post,
        shutdown: &Shutdown,
        crew: &mut Crew,
    ) -> Result<Duration, StoreError> {
        let now = self.clock.now();
        let ahead = self.look_ahead(kind, now).await?;
        let mut next = ahead.lane;
        if ahead.fires(now) {
            timers::fire(&self.store, self.clock.as_ref()).await?;
            next = Some(now);
        }
        let room = post.limit.saturating_sub(crew.len());
        if room == 0 {
            // Full: whoever ends first makes room.
            return Ok(POLL);
        }
        if next.is_some_and(|due| due <= now) {
            let (leases, then) = self.claim_and_look(kind, room, now).await?;
            next = then;
            for lease in leases {
                let runner = self.clone();
                let post = post.clone();
                let shutdown = shutdown.clone();
                crew.start(async move { runner.work(&post, lease, &shutdown).await });
            }
        }
        let next = next.into_iter().chain(ahead.timer).min();
        let pause = next.map_or(POLL, |due| {
            Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO)
        });
        Ok(pause.min(POLL))
    }

    /// Works on one lane until it is idle, keeping its lease.
    async fn work(&self, post: &Post, lease: Lease, shutdown: &Shutdown) {
        let mut stale = false;
        loop {
            match self.step(post, &lease, shutdown).await {
                Ok(Step::Idle) => return,
                Ok(Step::More) if shutdown.has_begun() => {
                    self.give_back(&lease, SignedDuration::ZERO).await;
                    return;
                }
                Ok(Step::More) => stale = false,
                // A row has changed under the step: the next one sees how it is now. If
                // it is the lease that is gone, that one fails in the same way.
                Err(StoreError::Stale) if !stale => stale = true,
                Err(StoreError::Stale) => {
                    tracing::warn!(lane = %lease.lane, "somebody else has taken the lane over");
                    self.give_back(&lease, PAUSE).await;
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, lane = %lease.lane, "a step of a lane failed");
                    return self.let_go(&lease, shutdown).await;
                }
            }
        }
    }

    /// One step, with the lease renewed while it takes. At the stop it is cut off when
    /// it takes too long, if it may be.
    async fn step(
        &self,
        post: &Post,
        lease: &Lease,
        shutdown: &Shutdown,
    ) -> Result<Step, StoreError> {
        tokio::select! {
            result = post.handler.step(lease) => result,
            () = cut(lease.lane.kind, shutdown) => {
                tracing::warn!(lane = %lease.lane, "a step was cut off by the stop");
                Ok(Step::More)
            }
            never = self.keep(lease) => match never {},
        }
    }

    /// Prolongs a lease again and again, for ever. Beside the step, not in turn with it:
    /// while the database takes its time, an answer to the step is still heard.
    async fn keep(&self, lease: &Lease) -> Infallible {
        let third = lease_of(lease.lane.kind).unsigned_abs() / 3;
        loop {
            tokio::time::sleep(self.renewal.min(third)).await;
            self.renew(lease).await;
        }
    }

    /// Prolongs a lease. A lost one is only logged: the step's own commit is fenced,
    /// and cutting it off would lose the outcome of what it has sent.
    async fn renew(&self, lease: &Lease) {
        let until = self.clock.now() + lease_of(lease.lane.kind);
        let renewed = lease.clone();
        let result = self
            .store
            .at(Spot::LeaseRenew)
            .write(move |tx| Box::pin(async move { tx.fence(&renewed, until).await }))
            .await;
        if let Err(error) = result {
            tracing::warn!(%error, lane = %lease.lane, "a lease could not be renewed");
        }
    }

    /// Gives a lease up after a failure. While the database takes nothing it is tried
    /// again, so that the lane goes on when the database does and not when the lease
    /// runs out.
    async fn let_go(&self, lease: &Lease, shutdown: &Shutdown) {
        while !self.give_back(lease, PAUSE).await && !shutdown.has_begun() {
            tokio::select! {
                () = shutdown.wait() => {}
                () = tokio::time::sleep(PAUSE.unsigned_abs()) => {}
            }
        }
    }

    /// Gives a lease up before the lane is idle; it is taken again after `wait`.
    /// Whether it is no longer held.
    async fn give_back(&self, lease: &Lease, wait: SignedDuration) -> bool {
        let not_before = self.clock.now() + wait;
        let given = lease.clone();
        let result = self
            .store
            .at(Spot::LeaseBack)
            .write(move |tx| Box::pin(async move { tx.yield_lease(&given, not_before).await }))
            .await;
        match result {
            Ok(()) | Err(StoreError::Stale) => true,
            Err(error) => {
                tracing::warn!(%error, lane = %lease.lane, "a lease could not be given back");
                false
            }
        }
    }

    /// Takes the leases of lanes that are due.
    async fn claim(&self, kind: LaneKind, limit: usize) -> Result<Vec<Lease>, StoreError> {
        let now = self.clock.now();
        let ahead = self.look_ahead(kind, now).await?;
        if ahead.lane.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let (leases, _next) = self.claim_and_look(kind, limit, now).await?;
        Ok(leases)
    }

    /// Takes the leases of lanes that are due, and looks when the next one is.
    async fn claim_and_look(
        &self,
        kind: LaneKind,
        limit: usize,
        now: Timestamp,
    ) -> Result<(Vec<Lease>, Option<Timestamp>), StoreError> {
        let owner = self.owner.clone();
        self.store
            .at(Spot::LeaseClaim)
            .write(move |tx| {
                Box::pin(async move {
                    let until = now + lease_of(kind);
                    let leases = tx.claim(kind, limit, now, &owner, until).await?;
                    Ok((leases, tx.next_due(kind, now).await?))
                })
            })
            .await
    }

    /// What lies ahead of lanes of one kind.
    async fn look_ahead(&self, kind: LaneKind, now: Timestamp) -> Result<Ahead, StoreError> {
        self.store
            .read(move |tx| Box::pin(async move { tx.look_ahead(kind, now).await }))
            .await
    }
}

/// Returns when a step has to end because of the stop. What is done to the homeserver
/// can be done again, as after a crash, and it may hang for long. What is sent to a
/// customer cannot: a step that sends is waited for.
async fn cut(kind: LaneKind, shutdown: &Shutdown) {
    if kind == LaneKind::Channel {
        return std::future::pending().await;
    }
    shutdown.wait().await;
    tokio::time::sleep(CUT).await;
}

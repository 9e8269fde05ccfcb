//! What all parts of a running simulator share.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, Semaphore};

use super::Timing;
use super::control::logs::{DeliveryEntry, RequestEntry};
use super::faults::Faults;
use super::graph::pace::Pace;
use super::ring::Ring;
use super::webhook::courier::Job;
use super::webhook::shape::Held;
use super::world::World;
use super::world::message::Status;
use super::world::pending::Update;
use crate::clock::SharedClock;
use crate::shutdown::Shutdown;

/// The most webhooks on their way at once.
const SLOTS: usize = 64;

/// Shared by the HTTP handlers, the courier and the saver.
#[derive(Debug)]
pub(super) struct Hub {
    /// Time and randomness.
    pub(super) clock: SharedClock,
    /// How fast the simulated Meta is.
    pub(super) timing: Timing,
    /// Tells that the process is stopping.
    pub(super) stop: Shutdown,
    /// Calls the daemon.
    pub(super) http: reqwest::Client,
    /// Bounds the webhooks on their way.
    pub(super) slots: Semaphore,
    /// Told when the world has changed.
    dirty: Notify,
    /// The courier's queue: bounded by the messages and webhooks it is about.
    jobs: UnboundedSender<Job>,
    /// Everything that changes.
    inner: Mutex<Inner>,
}

/// Everything that changes.
#[derive(Debug)]
pub(super) struct Inner {
    /// What outlives a restart.
    pub(super) world: World,
    /// What is to go wrong.
    pub(super) faults: Faults,
    /// Who has written how much lately.
    pub(super) pace: Pace,
    /// Until when a business shows as typing, by number and customer.
    pub(super) typing: BTreeMap<(String, String), Timestamp>,
    /// Graph requests.
    pub(super) requests: Ring<RequestEntry>,
    /// Webhook deliveries.
    pub(super) deliveries: Ring<DeliveryEntry>,
    /// Webhooks held back by a fault.
    pub(super) held: Held,
}

impl Hub {
    /// A hub around `world`.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub(super) fn new(
        world: World,
        clock: SharedClock,
        timing: Timing,
        stop: Shutdown,
        jobs: UnboundedSender<Job>,
    ) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(timing.webhook_timeout)
            // Only 200 counts for Meta; a redirect is a failure.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent("facebookexternalua")
            .build()?;
        Ok(Self {
            clock,
            timing,
            stop,
            http,
            slots: Semaphore::new(SLOTS),
            dirty: Notify::new(),
            jobs,
            inner: Mutex::new(Inner {
                world,
                faults: Faults::default(),
                pace: Pace::default(),
                typing: BTreeMap::new(),
                requests: Ring::new(),
                deliveries: Ring::new(),
                held: Held::default(),
            }),
        })
    }

    /// Everything that changes; never held across an await.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Says that the world has changed.
    pub(super) fn touch(&self) {
        self.dirty.notify_one();
    }

    /// Waits until the world has changed.
    pub(super) async fn changed(&self) {
        self.dirty.notified().await;
    }

    /// Hands a job to the courier. At the stop nobody takes it: what matters
    /// of it is in the world and is resumed at the next start.
    pub(super) fn hand(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            tracing::debug!("simulator stops: a job waits for the next start");
        }
    }

    /// Keeps an update until it is acknowledged, and has it delivered.
    pub(super) fn post(&self, inner: &mut Inner, update: Update) {
        self.touch();
        if let Some(number) = inner.world.pending.push(update) {
            self.hand(Job::Post(number));
        } else {
            tracing::warn!("simulator: too many webhooks wait, one is lost");
        }
    }

    /// Has a message's status change later.
    pub(super) fn plan(&self, id: &str, status: Status, after: Duration) {
        let id = id.to_owned();
        self.hand(Job::Step { id, status, after });
    }

    /// Goes on with what an earlier run left.
    pub(super) fn resume(&self) {
        let inner = self.lock();
        for number in inner.world.pending.numbers() {
            self.hand(Job::Post(number));
        }
        for message in inner.world.messages.iter() {
            if let Some(sending) = &message.sending {
                self.plan_after(&message.id, sending.status, sending.doom.is_some());
            }
        }
    }

    /// Plans the steps a message still has before it.
    pub(super) fn plan_after(&self, id: &str, status: Status, doomed: bool) {
        let timing = &self.timing;
        match (status, doomed) {
            (Status::Accepted, true) => self.plan(id, Status::Failed, timing.sent_after),
            (Status::Accepted, false) => {
                self.plan(id, Status::Sent, timing.sent_after);
                self.plan(id, Status::Delivered, timing.delivered_after);
            }
            (Status::Sent, _) => self.plan(id, Status::Delivered, timing.delivered_after),
            (Status::Delivered | Status::Read | Status::Failed, _) => {}
        }
    }
}

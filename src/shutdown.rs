//! Named tasks and the orderly stop.
//!
//! Every long-running task is spawned through [`Tasks`]. A task that ends by
//! itself stops the process: a daemon that has silently lost one of its parts
//! is worse than one that its supervisor restarts.
//!
//! The stop has two steps: [`Shutdown::begin`] asks everybody to finish what
//! they hold, and [`Tasks::finish`] waits for them, up to a limit.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

/// Tells that the process is stopping; cheap to clone.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// `true` once the stop has begun.
    state: watch::Receiver<bool>,
    /// Lets any part begin the stop.
    trigger: watch::Sender<bool>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Shutdown {
    /// A process that runs.
    pub fn new() -> Self {
        let (trigger, state) = watch::channel(false);
        Self { state, trigger }
    }

    /// Asks every task to finish. May be called more than once.
    pub fn begin(&self) {
        self.trigger.send_replace(true);
    }

    /// Whether the stop has begun.
    pub fn has_begun(&self) -> bool {
        *self.state.borrow()
    }

    /// Waits until the stop begins.
    pub async fn wait(&self) {
        let mut state = self.state.clone();
        while !*state.borrow_and_update() {
            if state.changed().await.is_err() {
                return;
            }
        }
    }
}

/// The process's long-running tasks.
#[derive(Debug)]
pub struct Tasks {
    /// What tells the tasks to stop.
    shutdown: Shutdown,
    /// The tasks by name.
    set: JoinSet<&'static str>,
}

impl Tasks {
    /// No task yet.
    pub fn new(shutdown: Shutdown) -> Self {
        Self {
            shutdown,
            set: JoinSet::new(),
        }
    }

    /// Runs `task` under `name` until it ends; ending before the stop has
    /// begun begins it.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let shutdown = self.shutdown.clone();
        self.set.spawn(async move {
            task.await;
            if !shutdown.has_begun() {
                tracing::error!(task = name, "a task ended by itself: stopping");
                shutdown.begin();
            }
            name
        });
    }

    /// Waits for every task, at most `limit`; what still runs then is dropped
    /// (everything durable survives that). Returns whether all ended in time.
    pub async fn finish(mut self, limit: Duration) -> bool {
        let all = async {
            while let Some(ended) = self.set.join_next().await {
                match ended {
                    Ok(name) => tracing::debug!(task = name, "task ended"),
                    Err(error) => {
                        tracing::error!(%error, "a task panicked");
                        self.shutdown.begin();
                    }
                }
            }
        };
        tokio::time::timeout(limit, all).await.is_ok()
    }

    /// Waits until the stop begins or a task panics, which begins it.
    pub async fn watch(&mut self) {
        let shutdown = self.shutdown.clone();
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                Some(ended) = self.set.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a task panicked: stopping");
                        shutdown.begin();
                    }
                }
            }
        }
    }
}

/// A bounded set of short pieces of work, waited for when dropped by its owner.
#[derive(Debug, Default)]
pub struct Crew {
    /// The pieces under way.
    set: JoinSet<()>,
}

impl Crew {
    /// Starts a piece of work.
    pub fn start(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.set.spawn(work);
    }

    /// How many pieces are under way.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Waits for one piece to end; `None` when nothing is under way. A piece
    /// that panicked is logged and counts as ended: its lane's lease runs out.
    pub async fn next(&mut self) -> Option<()> {
        let ended = self.set.join_next().await?;
        if let Err(error) = ended {
            tracing::error!(%error, "work in a lane panicked");
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_ends_by_itself_begins_the_stop() {
        let shutdown = Shutdown::new();
        let mut tasks = Tasks::new(shutdown.clone());
        tasks.spawn("short", async {});
        tasks.watch().await;
        assert!(shutdown.has_begun());
    }

    #[tokio::test]
    async fn finish_waits_for_every_task() {
        let shutdown = Shutdown::new();
        let mut tasks = Tasks::new(shutdown.clone());
        let waiting = shutdown.clone();
        tasks.spawn("patient", async move { waiting.wait().await });
        shutdown.begin();
        assert!(tasks.finish(Duration::from_secs(5)).await);
    }
}

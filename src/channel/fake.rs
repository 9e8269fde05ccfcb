//! A channel that records what it is told, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::whatsapp::capabilities::{CAPABILITIES, LONGEST_TEXT};
use super::whatsapp::format;
use super::{Capabilities, Channel, Gesture, Outbound};
use crate::domain::contact::{Address, ChannelKind};
use crate::domain::delivery::SendError;
use crate::domain::ids::ProviderId;
use crate::domain::rich::Rich;

/// What was told, and what will be answered.
#[derive(Debug, Default)]
struct Record {
    /// What was sent, whatever came of it.
    sent: Vec<Outbound>,
    /// Gestures.
    gestures: Vec<Gesture>,
    /// Outcomes of the next sends; when there are none, `wamid.fake.<n>`.
    outcomes: VecDeque<Result<ProviderId, SendError>>,
    /// The outcome of every send that has none of its own, while it lasts.
    standing: Option<SendError>,
    /// Answers to the next questions about pace; when there are none, now.
    waits: VecDeque<Option<SignedDuration>>,
}

/// A channel that behaves like WhatsApp and reaches nobody.
#[derive(Debug, Default)]
pub struct FakeChannel {
    /// What was told.
    record: Mutex<Record>,
}

impl FakeChannel {
    /// Accepts everything.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Scripts the outcome of the next send that has none yet.
    pub fn will(&self, outcome: Result<ProviderId, SendError>) {
        self.lock().outcomes.push_back(outcome);
    }

    /// Every send that has no outcome of its own fails so from now on; `None` = it is
    /// accepted again.
    pub fn will_always(&self, fail: Option<SendError>) {
        self.lock().standing = fail;
    }

    /// Scripts the answer to the next question about pace.
    pub fn will_wait(&self, wait: Option<SignedDuration>) {
        self.lock().waits.push_back(wait);
    }

    /// What was sent, in order.
    pub fn sent(&self) -> Vec<Outbound> {
        self.lock().sent.clone()
    }

    /// The texts that were sent, in order.
    pub fn texts(&self) -> Vec<String> {
        let sent = &self.lock().sent;
        sent.iter()
            .map(|one| one.text.reveal().to_owned())
            .collect()
    }

    /// The gestures, in order.
    pub fn gestures(&self) -> Vec<Gesture> {
        self.lock().gestures.clone()
    }

    /// The record; a panic elsewhere leaves it usable.
    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Channel for FakeChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Whatsapp
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn render(&self, text: &Rich) -> Vec<String> {
        format::write(text, LONGEST_TEXT)
    }

    fn pace(&self, _to: &[Address], _now: Timestamp) -> Option<SignedDuration> {
        self.lock().waits.pop_front().flatten()
    }

    async fn send(&self, outbound: &Outbound) -> Result<ProviderId, SendError> {
        let outcome = {
            let mut record = self.lock();
            record.sent.push(outbound.clone());
            let n = record.sent.len();
            let usual = match &record.standing {
                Some(failure) => Err(failure.clone()),
                None => Ok(ProviderId::from(format!("wamid.fake.{n}"))),
            };
            record.outcomes.pop_front().unwrap_or(usual)
        };
        // An answer is never there at once: whoever dies may die now.
        tokio::task::yield_now().await;
        outcome
    }

    async fn gesture(&self, gesture: &Gesture) -> Result<(), SendError> {
        self.lock().gestures.push(gesture.clone());
        Ok(())
    }
}

//! A channel that records what it is told, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

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
    /// Whether the next send is late.
    delays: bool,
    /// Sends that have left and not arrived yet, and who waits for their answer.
    late: Vec<(Outbound, oneshot::Sender<Result<ProviderId, SendError>>)>,
}

/// A channel that behaves like WhatsApp and reaches nobody.
#[derive(Debug, Default)]
pub struct FakeChannel {
    /// What was told.
    record: Mutex<Record>,
}

impl Record {
    /// A send has arrived; its answer.
    fn take(&mut self, outbound: &Outbound) -> Result<ProviderId, SendError> {
        self.sent.push(outbound.clone());
        let n = self.sent.len();
        let usual = match &self.standing {
            Some(failure) => Err(failure.clone()),
            None => Ok(ProviderId::from(format!("wamid.fake.{n}"))),
        };
        self.outcomes.pop_front().unwrap_or(usual)
    }
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

    /// The next send leaves and arrives only when it [lands](Self::land).
    pub fn delay_next(&self) {
        self.lock().delays = true;
    }

    /// Whether a send is under way that has not landed yet.
    pub fn is_late(&self) -> bool {
        !self.lock().late.is_empty()
    }

    /// Every late send arrives now, and is answered if somebody still waits; no send is
    /// late any more.
    pub fn land(&self) {
        let mut record = self.lock();
        record.delays = false;
        for (outbound, answer) in std::mem::take(&mut record.late) {
            let outcome = record.take(&outbound);
            drop(answer.send(outcome));
        }
    }

    /// The send is late: where its answer comes, some day.
    fn delayed(
        &self,
        outbound: &Outbound,
    ) -> Option<oneshot::Receiver<Result<ProviderId, SendError>>> {
        let mut record = self.lock();
        if !std::mem::take(&mut record.delays) {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        record.late.push((outbound.clone(), answer));
        Some(answered)
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
        if let Some(answered) = self.delayed(outbound) {
            return answered.await.unwrap_or(Err(SendError::Unknown {
                detail: "nobody answers any more".into(),
            }));
        }
        let outcome = self.lock().take(outbound);
        // An answer is never there at once: whoever dies may die now.
        tokio::task::yield_now().await;
        outcome
    }

    async fn gesture(&self, gesture: &Gesture) -> Result<(), SendError> {
        self.lock().gestures.push(gesture.clone());
        Ok(())
    }
}

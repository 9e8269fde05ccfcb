//! A channel before whose requests, and after whose answers, the process may die.
//! For tests.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Capabilities, Channel, Gesture, Outbound, SharedChannel};
use crate::crash::{Crash, Spot};
use crate::domain::contact::{Address, ChannelKind};
use crate::domain::delivery::SendError;
use crate::domain::ids::ProviderId;
use crate::domain::rich::Rich;

/// A channel that is asked between two points.
#[derive(Debug)]
pub struct Mortal {
    /// Who answers.
    inner: SharedChannel,
    /// Where the process dies.
    crash: Crash,
}

impl Mortal {
    /// Asks `inner`, and dies as `crash` says.
    pub fn new(inner: SharedChannel, crash: Crash) -> Self {
        Self { inner, crash }
    }
}

#[async_trait]
impl Channel for Mortal {
    fn kind(&self) -> ChannelKind {
        self.inner.kind()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn render(&self, text: &Rich) -> Vec<String> {
        self.inner.render(text)
    }

    fn pace(&self, to: &[Address], now: Timestamp) -> Option<SignedDuration> {
        self.inner.pace(to, now)
    }

    async fn send(&self, outbound: &Outbound) -> Result<ProviderId, SendError> {
        let request = self.inner.send(outbound);
        self.crash.around(Spot::ChannelSend, request).await
    }

    async fn gesture(&self, gesture: &Gesture) -> Result<(), SendError> {
        let request = self.inner.gesture(gesture);
        self.crash.around(Spot::ChannelGesture, request).await
    }
}

//! Sends: text, replies, and the small gestures.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::capabilities::{CAPABILITIES, LONGEST_TEXT};
use super::config::Config;
use super::gate::Gate;
use super::inbound::LONGEST_ID;
use super::pace::{NUMBER, Pacer};
use super::{errors, format};
use crate::channel::{Capabilities, Channel, Gesture, Outbound};
use crate::clock::SharedClock;
use crate::domain::contact::{Address, AddressKind, ChannelKind};
use crate::domain::delivery::{Rate, RetryCause, SendError};
use crate::domain::ids::{AccountId, ProviderId};
use crate::domain::rich::Rich;
use crate::meta::client::{CallError, Client, SetupError, Timeouts};
use crate::meta::errors::Class;
use crate::meta::wire;
use crate::saying;

/// One of our numbers.
#[derive(Debug)]
pub struct Number {
    /// Our name of it.
    account: AccountId,
    /// Meta's id of it.
    phone_number_id: String,
    /// The Graph API.
    client: Client,
    /// The time, for pacing.
    clock: SharedClock,
    /// Our speed.
    pacer: Pacer,
    /// Whether anything goes.
    gate: Gate,
}

impl Number {
    /// The number of `config`.
    ///
    /// # Errors
    /// [`SetupError`]: the configuration or the machine must be mended.
    pub fn new(
        config: &Config,
        clock: SharedClock,
        timeouts: Timeouts,
    ) -> Result<Self, SetupError> {
        let client = Client::new(
            &config.graph_url,
            &config.graph_version,
            config.access_token.clone(),
            timeouts,
        )?;
        Ok(Self {
            account: config.account.clone(),
            phone_number_id: config.phone_number_id.clone(),
            client,
            clock,
            pacer: Pacer::new(),
            gate: Gate::new(),
        })
    }

    /// Posts to `/{phone_number_id}/messages`.
    async fn post(&self, body: &Value) -> Result<Value, CallError> {
        let path = [self.phone_number_id.as_str(), "messages"];
        self.client.post(&path, body).await
    }

    /// What a send without success allows; slows us down where Meta asks for it, and
    /// stops us where nothing goes.
    fn failed(&self, error: CallError, to: &Address) -> SendError {
        let now = self.clock.now();
        let class = match &error {
            CallError::Graph { error, .. } => Some(error.class()),
            CallError::NotSent { .. } | CallError::Unknown { .. } => None,
        };
        let outcome = errors::outcome(&self.account, error);
        match (class, &outcome) {
            (None, _) => self.gate.falter(now),
            (Some(Class::Down(_)), SendError::Retry { after, cause }) => match cause {
                RetryCause::Down { .. } => self.gate.shut(*after, now),
                RetryCause::Barred { .. }
                | RetryCause::Fault { .. }
                | RetryCause::Paced
                | RetryCause::AccountPaced => {
                    self.gate.open();
                }
            },
            (Some(_), _) => self.gate.open(),
        }
        match (class, outcome) {
            (Some(Class::Paced(scope)), SendError::Retry { after, cause }) => SendError::Retry {
                after: Some(self.pacer.slow(scope, to, after, now)),
                cause,
            },
            (_, outcome) => outcome,
        }
    }
}

#[async_trait]
impl Channel for Number {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Whatsapp
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn render(&self, text: &Rich) -> Vec<String> {
        format::write(text, LONGEST_TEXT)
    }

    fn rate(&self) -> Option<Rate> {
        Some(NUMBER)
    }

    fn pace(&self, to: &[Address], now: Timestamp) -> Option<SignedDuration> {
        let to = recipient(to)?;
        let held = self.gate.wait(now).or_else(|| self.pacer.pace(to, now));
        held.or_else(|| self.gate.enter(now))
    }

    async fn send(&self, outbound: &Outbound) -> Result<ProviderId, SendError> {
        let Some(to) = recipient(&outbound.to) else {
            return Err(SendError::Refused {
                reason: saying!("refused-address"),
                code: None,
            });
        };
        let answer = self.post(&text_body(to, outbound)).await;
        let answer = answer.map_err(|error| self.failed(error, to))?;
        self.pacer.accepted(to);
        self.gate.open();
        wire::items(&answer, "messages")
            .iter()
            .find_map(|message| wire::filled(message, "id"))
            .filter(|id| id.len() <= LONGEST_ID)
            .map(ProviderId::from)
            .ok_or_else(|| SendError::Unknown {
                detail: "accepted without a message id".to_owned(),
            })
    }

    async fn gesture(&self, gesture: &Gesture) -> Result<(), SendError> {
        if let Some(wait) = self.gate.wait(self.clock.now()) {
            return Err(SendError::Retry {
                after: Some(wait),
                cause: RetryCause::Paced,
            });
        }
        let answer = self.post(&gesture_body(gesture)).await;
        answer
            .map(drop)
            .map_err(|error| errors::outcome(&self.account, error))
    }
}

/// The address to send to: the phone number keeps Meta telling it to us, so it
/// comes before the user id.
fn recipient(to: &[Address]) -> Option<&Address> {
    let of = |kind| to.iter().find(move |address| address.kind == kind);
    of(AddressKind::Phone).or_else(|| of(AddressKind::Bsuid))
}

/// The request's body of a text.
fn text_body(to: &Address, outbound: &Outbound) -> Value {
    let text = outbound.text.reveal();
    let preview = text.contains("https://") || text.contains("http://");
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": "text",
        "text": {"body": text, "preview_url": preview},
        "biz_opaque_callback_data": outbound.attempt,
    });
    let (key, value) = match to.kind {
        // Without the plus sign Meta would put our country's code before it.
        AddressKind::Phone => ("to", format!("+{}", to.value.reveal())),
        AddressKind::Bsuid => ("recipient", to.value.reveal().to_owned()),
    };
    body[key] = Value::String(value);
    if let Some(message) = &outbound.reply_to {
        body["context"] = json!({"message_id": message});
    }
    body
}

/// The request's body of a gesture. Typing marks as read, too: Meta has no other.
fn gesture_body(gesture: &Gesture) -> Value {
    let (Gesture::Read(message) | Gesture::Typing(message)) = gesture;
    let mut body = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": message,
    });
    if matches!(gesture, Gesture::Typing(_)) {
        body["typing_indicator"] = json!({"type": "text"});
    }
    body
}

#[cfg(test)]
mod tests;

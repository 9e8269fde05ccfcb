//! A business number and the app behind it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Non-template messages a number delivers free of charge each month.
/// Since 1 October 2026, as third parties quote Meta's pricing page.
const FREE_A_MONTH: u32 = 1_000;

/// A business number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulator) struct Account {
    /// The id in the path of Graph calls.
    pub(in crate::simulator) phone_number_id: String,
    /// Everything the control API sets.
    #[serde(flatten)]
    pub(in crate::simulator) setting: Setting,
    /// Whether the webhook URL answered the verification handshake.
    pub(in crate::simulator) verified: bool,
    /// The month (`2026-11`) that `spent` counts.
    month: String,
    /// Free messages used up in `month`.
    spent: u32,
}

/// What the control API sets of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulator) struct Setting {
    /// The business account the number belongs to: `entry[].id`.
    pub(in crate::simulator) waba_id: String,
    /// The number customers see.
    pub(in crate::simulator) display_phone_number: String,
    /// The name customers see.
    #[serde(default = "default_name")]
    pub(in crate::simulator) verified_name: String,
    /// The bearer token Graph calls must carry.
    pub(in crate::simulator) access_token: String,
    /// The key of webhook signatures.
    pub(in crate::simulator) app_secret: String,
    /// What the verification handshake proves.
    pub(in crate::simulator) verify_token: String,
    /// Where webhooks go.
    pub(in crate::simulator) webhook_url: url::Url,
    /// Throughput, both directions together. 80; 1,000 once Meta raised it.
    #[serde(default = "default_throughput")]
    pub(in crate::simulator) messages_per_second: u32,
}

/// The name of a business that was given none.
fn default_name() -> String {
    "Test Business".to_owned()
}

/// The throughput of a number that Meta has not raised.
fn default_throughput() -> u32 {
    80
}

impl Account {
    /// A new number whose webhook URL has not been verified.
    pub(in crate::simulator) fn new(phone_number_id: String, setting: Setting) -> Self {
        Self {
            phone_number_id,
            setting,
            verified: false,
            month: String::new(),
            spent: 0,
        }
    }

    /// Counts one message to be charged; `true` when it is a free one.
    pub(in crate::simulator) fn spend(&mut self, now: Timestamp) -> bool {
        let month = now.strftime("%Y-%m").to_string();
        if self.month != month {
            self.month = month;
            self.spent = 0;
        }
        let free = self.spent < FREE_A_MONTH;
        self.spent = self.spent.saturating_add(1);
        free
    }

    /// The account as the control API shows it: without its secrets.
    pub(in crate::simulator) fn view(&self) -> Value {
        json!({
            "phone_number_id": self.phone_number_id,
            "waba_id": self.setting.waba_id,
            "display_phone_number": self.setting.display_phone_number,
            "verified_name": self.setting.verified_name,
            "webhook_url": self.setting.webhook_url,
            "messages_per_second": self.setting.messages_per_second,
            "verified": self.verified,
        })
    }
}

//! `/control/accounts`: business numbers.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Input, Refused};
use crate::simulator::hub::Hub;
use crate::simulator::webhook::handshake;
use crate::simulator::world::MAX_ACCOUNTS;
use crate::simulator::world::account::{Account, Setting};

/// The body of `PUT /control/accounts/{phone_number_id}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    /// As [`Setting::waba_id`].
    waba_id: String,
    /// As [`Setting::display_phone_number`].
    display_phone_number: String,
    /// As [`Setting::verified_name`].
    verified_name: Option<String>,
    /// As [`Setting::access_token`].
    access_token: String,
    /// As [`Setting::app_secret`].
    app_secret: String,
    /// As [`Setting::verify_token`].
    verify_token: String,
    /// As [`Setting::webhook_url`].
    webhook_url: url::Url,
    /// As [`Setting::messages_per_second`].
    messages_per_second: Option<u32>,
}

impl Form {
    /// The setting, with the usual values for what was left out.
    fn setting(self) -> Setting {
        Setting {
            waba_id: self.waba_id,
            display_phone_number: self.display_phone_number,
            verified_name: self
                .verified_name
                .unwrap_or_else(|| "Test Business".to_owned()),
            access_token: self.access_token,
            app_secret: self.app_secret,
            verify_token: self.verify_token,
            webhook_url: self.webhook_url,
            messages_per_second: self.messages_per_second.unwrap_or(80),
        }
    }
}

/// `PUT /control/accounts/{phone_number_id}`: adds or changes a number, then
/// verifies its webhook URL.
pub(super) async fn put(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    Input(form): Input<Form>,
) -> Result<Json<Value>, Refused> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refused::wrong("a phone_number_id has digits only"));
    }
    if crate::simulator::phone::digits(&form.display_phone_number).is_none() {
        return Err(Refused::wrong("display_phone_number is not a phone number"));
    }
    let setting = form.setting();
    {
        let mut inner = hub.lock();
        let accounts = &mut inner.world.accounts;
        let full = accounts.len() >= MAX_ACCOUNTS;
        match accounts.get_mut(&id) {
            Some(account) => account.setting = setting.clone(),
            None if full => {
                let error = format!("there are already {MAX_ACCOUNTS} accounts");
                return Err(Refused::conflict(error));
            }
            None => {
                accounts.insert(id.clone(), Account::new(id.clone(), setting.clone()));
            }
        }
    }
    let verified = handshake::verify(&hub, &setting).await;
    let mut inner = hub.lock();
    let account = inner.world.accounts.get_mut(&id);
    let account = account.ok_or_else(|| Refused::missing("no such account"))?;
    account.verified = verified;
    let view = account.view();
    hub.touch();
    Ok(Json(view))
}

/// `GET /control/accounts`.
pub(super) async fn list(State(hub): State<Arc<Hub>>) -> Json<Value> {
    let inner = hub.lock();
    let accounts: Vec<Value> = inner.world.accounts.values().map(Account::view).collect();
    Json(json!({ "accounts": accounts }))
}

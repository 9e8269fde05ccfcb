//! `POST /control/webhooks`: delivers any body once, for fixtures and for
//! bodies Meta should never send.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::input::{Input, Refused};
use crate::simulator::hub::Hub;
use crate::simulator::webhook::courier::{self, Parcel};
use crate::simulator::webhook::sign;

/// The body of `POST /control/webhooks`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    /// The account whose URL and secret are used.
    phone_number_id: String,
    /// A string is sent as it is; anything else as JSON, key order and white
    /// space kept, non-ASCII characters escaped.
    body: Box<RawValue>,
    /// A signature to send instead of the right one.
    signature: Option<String>,
}

/// Signs and delivers a body, once; answers with what the daemon said.
pub(super) async fn post(
    State(hub): State<Arc<Hub>>,
    Input(form): Input<Form>,
) -> Result<Json<Value>, Refused> {
    let setting = {
        let inner = hub.lock();
        let account = inner.world.accounts.get(&form.phone_number_id);
        let account = account.map(|account| account.setting.clone());
        account.ok_or_else(|| Refused::missing("no account has this phone_number_id"))?
    };
    let raw = form.body.get();
    let body = match serde_json::from_str::<String>(raw) {
        Ok(text) => text.into_bytes(),
        Err(_) => sign::escape(raw).into_bytes(),
    };
    let parcel = Parcel {
        phone_number_id: form.phone_number_id,
        setting,
        body,
        signature: form.signature,
    };
    let (status, answer) = courier::send(&hub, &parcel, 1)
        .await
        .map_err(Refused::no_answer)?;
    Ok(Json(json!({"status": status, "body": answer})))
}

//! Accounts at Meta: token, number, subscription, and where webhooks go.

use serde_json::Value;

use super::ask;
use super::clock;
use super::finding::Tell;
use crate::config::Config;
use crate::config::accounts::{Account, Kind, Whatsapp};
use crate::meta::client::{CallError, Client, Timeouts};
use crate::meta::errors::{Class, GraphError};

/// What is asked of a number.
const FIELDS: &str = "status,quality_rating,webhook_configuration";

/// Examines an account.
pub(super) async fn examine(account: &Account, config: &Config, tell: &Tell) {
    match &account.kind {
        Kind::Whatsapp(number) => whatsapp(account, number, config, tell).await,
    }
}

/// Examines a number on WhatsApp.
async fn whatsapp(account: &Account, number: &Whatsapp, config: &Config, tell: &Tell) {
    let subject = format!("account {}", account.id);
    let client = Client::new(
        &number.graph_url,
        &number.graph_version,
        number.access_token.clone(),
        Timeouts::default(),
    );
    let client = match client {
        Ok(client) => client,
        Err(error) => return tell.fail(&subject, error.to_string()),
    };
    time(number, &subject, tell).await;
    let id = number.phone_number_id.as_str();
    match client.get(&[id], &[("fields", FIELDS)]).await {
        Ok(answer) => {
            connected(&answer, &subject, tell);
            callback(&answer, account, config, tell);
        }
        Err(error) => return tell.fail(&subject, words(&error, "phone_number_id")),
    }
    let business = number.business_account_id.as_str();
    match client.get(&[business, "subscribed_apps"], &[]).await {
        Ok(answer) => subscribed(&answer, account, tell),
        Err(error) => tell.fail(&subject, words(&error, "business_account_id")),
    }
}

/// Compares our clock with Meta's.
async fn time(number: &Whatsapp, subject: &str, tell: &Tell) {
    let answer = async {
        let http = ask::connections()?;
        ask::answer(http.get(number.graph_url.clone())).await
    };
    match answer.await {
        Ok(answer) => clock::compare(&answer, "Meta", tell),
        Err(reason) => tell.fail(subject, format!("graph_url cannot be reached: {reason}")),
    }
}

/// Whether the number is connected.
fn connected(answer: &Value, subject: &str, tell: &Tell) {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let status = text("status").unwrap_or("unknown");
    let quality = text("quality_rating").unwrap_or("unknown");
    let words = format!("access_token is valid, the number is {status}, its quality {quality}");
    if status != "CONNECTED" {
        return tell.fail(
            subject,
            format!("{words}: register it for the Cloud API in Meta's dashboard"),
        );
    }
    match quality {
        "RED" | "YELLOW" => tell.warn(
            subject,
            format!("{words}: customers block or report it, and Meta may limit it"),
        ),
        _ => tell.ok(subject, words),
    }
}

/// Whether webhooks of the number go to us: the number's own address goes before the
/// business account's, that before the app's.
fn callback(answer: &Value, account: &Account, config: &Config, tell: &Tell) {
    let subject = format!("callback {}", account.id);
    let Some(configured) = answer.get("webhook_configuration") else {
        return tell.ok(&subject, "Meta does not say where the number's webhooks go");
    };
    let levels = ["phone_number", "whatsapp_business_account", "application"];
    let found = levels.iter().find_map(|level| {
        let address = configured.get(level)?.as_str()?;
        (!address.is_empty()).then_some(address)
    });
    let ours = config.public.webhook_url(&account.id);
    match found {
        Some(address) if address == ours => tell.ok(&subject, "webhooks go to us"),
        Some(_) => tell.fail(
            &subject,
            format!("webhooks go to another address: give Meta {ours} as the callback"),
        ),
        None => tell.fail(
            &subject,
            format!("Meta has no callback: give it {ours} with verify_token"),
        ),
    }
}

/// Whether an app gets the business account's webhooks.
fn subscribed(answer: &Value, account: &Account, tell: &Tell) {
    let subject = format!("apps {}", account.id);
    let apps = answer.get("data").and_then(Value::as_array).map(Vec::len);
    match apps {
        Some(0) | None => tell.fail(
            &subject,
            "no app is subscribed to the business account, so no webhook comes: subscribe \
             yours (POST /<business_account_id>/subscribed_apps), field messages",
        ),
        Some(count) => tell.ok(
            &subject,
            format!("{count} subscribed to the business account"),
        ),
    }
}

/// What a call that failed means; `key` names what was asked for.
fn words(error: &CallError, key: &str) -> String {
    match error {
        CallError::NotSent { detail } | CallError::Unknown { detail } => {
            format!("Meta cannot be asked: {detail}")
        }
        CallError::Graph { error, .. } => refusal(error, key),
    }
}

/// What Meta's refusal means.
fn refusal(error: &GraphError, key: &str) -> String {
    let code = error.code;
    match (code, error.class()) {
        (190 | 0, _) => format!("Meta rejects access_token (error {code}): make a new one"),
        (10 | 200..=299, _) => format!(
            "access_token lacks a permission (error {code}): it needs \
             whatsapp_business_messaging and whatsapp_business_management"
        ),
        (100, _) => format!("Meta knows no such {key}, or access_token may not see it"),
        (_, Class::Down(_)) => format!("Meta has shut the account (error {code})"),
        _ => format!("Meta refuses (error {code})"),
    }
}

//! `GET /{PNID}?fields=…`: what a business number says about itself, and
//! `GET /{WABA}/subscribed_apps`.

use serde_json::{Map, Value, json};

use super::answer::{Answer, GraphError};
use crate::simulator::hub::Inner;
use crate::simulator::world::account::Account;

/// What is said when the query names no fields.
const USUAL: &str = "verified_name,display_phone_number,quality_rating";

/// Fields the node has and this version does not play: left out of the answer,
/// as Graph leaves out what has no value.
const NOT_PLAYED: [&str; 19] = [
    "account_mode",
    "certificate",
    "code_verification_status",
    "conversational_automation",
    "country_code",
    "country_dial_code",
    "eligibility_for_api_business_global_search",
    "health_status",
    "is_official_business_account",
    "is_on_biz_app",
    "is_pin_enabled",
    "is_preverified_number",
    "last_onboarded_time",
    "name_status",
    "new_name_status",
    "platform_type",
    "quality_score",
    "search_visibility",
    "webhook_configuration",
];

/// Describes a number.
///
/// # Errors
/// When the query names a field this node does not have.
pub(super) fn describe(
    inner: &Inner,
    number: &str,
    query: Option<&str>,
) -> Result<Answer, GraphError> {
    let account = inner
        .world
        .accounts
        .get(number)
        .ok_or_else(|| GraphError::no_such_object(number))?;
    let asked = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(key, _)| key == "fields")
        .map(|(_, value)| value.into_owned());
    let mut answer = Map::new();
    let names = asked.as_deref().unwrap_or(USUAL).split(',');
    for name in names.filter(|name| !NOT_PLAYED.contains(name)) {
        let value = field(account, name).ok_or_else(|| {
            let details = format!(
                "Tried accessing nonexisting field ({name}) on node type \
                 (WhatsAppBusinessPhoneNumber)"
            );
            GraphError::parameter(&details)
        })?;
        answer.insert(name.to_owned(), value);
    }
    answer.insert("id".to_owned(), json!(number));
    Ok(Answer::ok(answer.into()))
}

/// The apps that get a business account's webhooks: one, once a number's address was
/// verified.
pub(super) fn subscribed_apps(inner: &Inner, waba: &str) -> Answer {
    let mut numbers = inner.world.accounts.values();
    let subscribed = numbers.any(|account| account.setting.waba_id == waba && account.verified);
    let app = json!({
        "whatsapp_business_api_data": {
            "id": "300000000000003",
            "name": "Simulated app",
            "link": "https://www.facebook.com/games/?app_id=300000000000003",
        }
    });
    let apps = if subscribed { vec![app] } else { Vec::new() };
    Answer::ok(json!({ "data": apps }))
}

/// One field; `None` when the node has no such field.
fn field(account: &Account, name: &str) -> Option<Value> {
    let high = account.setting.messages_per_second > 80;
    Some(match name {
        "id" => json!(account.phone_number_id),
        "status" => json!("CONNECTED"),
        "display_phone_number" => json!(account.setting.display_phone_number),
        "verified_name" => json!(account.setting.verified_name),
        "quality_rating" => json!("GREEN"),
        "throughput" => json!({"level": if high { "HIGH" } else { "STANDARD" }}),
        "whatsapp_business_manager_messaging_limit" => json!("TIER_250"),
        _ => return None,
    })
}

//! Reads what is about the account rather than from a customer.

use serde_json::Value;

use super::{Change, Item, Piece, name};
use crate::domain::inbound::Event;
use crate::domain::saying::Saying;
use crate::meta::errors::GraphError;
use crate::meta::wire;
use crate::saying;

/// The fields that exist, as of November 2026. All but `messages` are kept for
/// the features that will read them.
const KNOWN: &[&str] = &[
    "account_alerts",
    "account_review_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_username_updates",
    "calls",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "message_echoes",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "smb_message_echoes",
    "standby",
    "template_category_update",
    "tracking_events",
    "user_id_update",
    "user_preferences",
];

/// A change of any field but `messages`.
pub(super) fn field(change: &Change<'_>, item: &Item<'_>) -> Piece {
    let event = news(change.field, &item.value).map_or(Event::Kept, Event::Account);
    let mut piece = change.piece(&format!("field.{}", change.field), item, event);
    if !KNOWN.contains(&change.field) {
        piece.update.unparsed = Some("field".to_owned());
    }
    piece
}

/// One of `value.errors`: a fault of the account, not of one message.
pub(super) fn error(change: &Change<'_>, item: &Item<'_>) -> Piece {
    let error = GraphError::from_item(&item.value);
    let known = error.is_some();
    let code = error.as_ref().map_or(-1, |error| error.code);
    let detail = error.as_ref().map(GraphError::text).unwrap_or_default();
    let says = saying!("account-fault", code = code, detail = detail);
    let mut piece = change.piece("value.errors", item, Event::Account(says));
    if !known {
        piece.update.event = Event::Kept;
        piece.update.unparsed = Some("errors.code".to_owned());
    }
    piece
}

/// What people must hear of, in words.
fn news(field: &str, value: &Value) -> Option<Saying> {
    let event = name(wire::text(value, "event"));
    match field {
        "account_update" => account(&event, value),
        "phone_number_quality_update" => {
            let limit = wire::filled(value, "current_limit").unwrap_or_default();
            Some(saying!("account-quality", event = event, limit = limit))
        }
        "message_template_status_update" => template(&event, value),
        _ => None,
    }
}

/// What an `account_update` says; the merely administrative says nothing.
fn account(event: &str, value: &Value) -> Option<Saying> {
    let detail = |path| wire::filled(value, path).unwrap_or_default();
    Some(match event {
        "account_deleted" => saying!("account-deleted"),
        "account_restriction" => {
            let kinds: Vec<String> = wire::items(value, "restriction_info")
                .iter()
                .filter_map(|item| wire::filled(item, "restriction_type"))
                .collect();
            saying!("account-restricted", detail = kinds.join(", "))
        }
        "account_violation" => {
            let detail = detail("violation_info.violation_type");
            saying!("account-violation", detail = detail)
        }
        "disabled_update" => {
            saying!(
                "account-disabled",
                detail = detail("ban_info.waba_ban_state")
            )
        }
        "partner_removed" | "account_offboarded" => {
            saying!(
                "account-disconnected",
                detail = detail("disconnection_info.reason")
            )
        }
        "account_reconnected" => saying!("account-reconnected"),
        "ad_account_linked"
        | "auth_intl_price_eligibility_update"
        | "business_primary_location_country_update"
        | "mm_lite_terms_signed"
        | "partner_added"
        | "partner_app_installed"
        | "partner_app_uninstalled"
        | "partner_client_certification_status_update"
        | "verified_account"
        | "volume_based_pricing_tier_update" => return None,
        other => saying!("account-event", event = other),
    })
}

/// What the status of a template says, where it can no longer be used.
fn template(event: &str, value: &Value) -> Option<Saying> {
    let lost = [
        "archived",
        "deleted",
        "disabled",
        "flagged",
        "limit_exceeded",
        "locked",
        "paused",
        "rejected",
    ];
    lost.contains(&event).then(|| {
        saying!(
            "account-template",
            template = wire::filled(value, "message_template_name").unwrap_or_default(),
            event = event,
            reason = wire::filled(value, "reason").unwrap_or_default(),
        )
    })
}

//! Depth and age of the lanes, for the metrics.

use crate::store::{LaneKind, StoreError};

use super::Works;

/// The kinds of updates that are counted by name; the provider's others are
/// `other`, so that it cannot make labels without end.
const KINDS: &[&str] = &[
    "audio",
    "button",
    "contacts",
    "document",
    "edit",
    "ephemeral",
    "image",
    "interactive",
    "location",
    "order",
    "reaction",
    "request_welcome",
    "revoke",
    "status.deleted",
    "status.delivered",
    "status.failed",
    "status.played",
    "status.read",
    "status.sent",
    "sticker",
    "system",
    "text",
    "unsupported",
    "value.errors",
    "video",
    "voice",
];

/// The label of an update's kind: a known name, `field` for news of the account,
/// else `other`.
pub fn kind_label(kind: &str) -> &'static str {
    if kind.starts_with("field.") {
        return "field";
    }
    let known = KINDS.iter().find(|known| **known == kind);
    known.copied().unwrap_or("other")
}

/// Sets the gauges of every lane.
///
/// # Errors
/// The database's.
pub async fn set(work: &Works) -> Result<(), StoreError> {
    let now = work.clock.now();
    for kind in LaneKind::ALL {
        let depth = work
            .store
            .read(move |tx| Box::pin(async move { tx.depth_and_age(kind, now).await }))
            .await?;
        let age = depth.oldest.map_or(0.0, |oldest| {
            now.duration_since(oldest).as_secs_f64().max(0.0)
        });
        metrics::gauge!("loket_lane_depth", "kind" => kind.name()).set(number(depth.rows));
        metrics::gauge!("loket_oldest_row_age_seconds", "kind" => kind.name()).set(age);
    }
    let dead = work
        .store
        .read(|tx| Box::pin(async move { tx.count_dead().await }))
        .await?;
    metrics::gauge!("loket_dead_rows").set(number(dead));
    Ok(())
}

/// A count as a gauge's number; counts stay far below what it can hold.
fn number(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::kind_label;

    #[test]
    fn a_kind_that_nobody_knows_is_counted_as_other() {
        let labels = ["text", "status.read", "field.calls", "gift_card_7", ""].map(kind_label);
        assert_eq!(labels, ["text", "status.read", "field", "other", "other"]);
    }
}

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

/// What [`set`] sets.
pub const NAMES: &[&str] = &[
    "loket_lane_depth",
    "loket_oldest_row_age_seconds",
    "loket_dead_rows",
];

/// What can become of a part that is sent, as a label.
const OUTCOMES: [&str; 4] = ["accepted", "retry", "refused", "unknown"];

/// Makes everything that is counted known, at zero: what has never happened looks unlike
/// what is not counted, and the first time is an increase. What has labels without a
/// known end is left out.
pub fn declare(channels: impl IntoIterator<Item = &'static str>) {
    for channel in channels {
        for kind in KINDS.iter().copied().chain(["field", "other"]) {
            metrics::counter!("loket_inbound_total", "channel" => channel, "kind" => kind)
                .increment(0);
        }
        for outcome in OUTCOMES {
            metrics::counter!("loket_outbound_total", "channel" => channel, "outcome" => outcome)
                .increment(0);
        }
    }
    for name in [
        "loket_recovered_total",
        "loket_signals_dropped_total",
        "loket_statuses_dropped_total",
    ] {
        metrics::counter!(name).increment(0);
    }
    for name in [
        "loket_inbound_latency_seconds",
        "loket_outbound_latency_seconds",
    ] {
        // Known once it is asked for; there is nothing to record.
        drop(metrics::histogram!(name));
    }
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
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::{declare, kind_label};

    #[test]
    fn everything_that_is_counted_is_there_before_it_happens() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || declare(["whatsapp"]));
        let told = recorder.handle().render();
        for line in [
            r#"loket_inbound_total{channel="whatsapp",kind="text"} 0"#,
            r#"loket_inbound_total{channel="whatsapp",kind="other"} 0"#,
            r#"loket_outbound_total{channel="whatsapp",outcome="accepted"} 0"#,
            r#"loket_outbound_total{channel="whatsapp",outcome="unknown"} 0"#,
            "loket_recovered_total 0",
            "loket_inbound_latency_seconds_count 0",
            "loket_outbound_latency_seconds_count 0",
        ] {
            assert!(told.lines().any(|known| known == line), "{line}: {told}");
        }
    }

    #[test]
    fn a_kind_that_nobody_knows_is_counted_as_other() {
        let labels = ["text", "status.read", "field.calls", "gift_card_7", ""].map(kind_label);
        assert_eq!(labels, ["text", "status.read", "field", "other", "other"]);
    }
}

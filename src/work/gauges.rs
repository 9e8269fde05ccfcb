//! Depth and age of the lanes, for the metrics.

use crate::store::{LaneKind, StoreError};

use super::Works;

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
    metrics::gauge!("loket_dead_rows").set(number(dead_rows(work).await?));
    Ok(())
}

/// How many rows are dead.
///
/// # Errors
/// The database's.
pub async fn dead_rows(work: &Works) -> Result<i64, StoreError> {
    work.store
        .read(|tx| Box::pin(async move { tx.count_dead().await }))
        .await
}

/// A count as a gauge's number; counts stay far below what it can hold.
fn number(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}

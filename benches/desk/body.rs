//! How long one body with 1,000 updates takes to be acknowledged.

use std::time::Instant;

use anyhow::Result;

use super::Plan;
use super::crowd::{crowd, webhook};
use super::pour;
use super::report::{Goal, Report, millis};
use super::stand::Stand;

/// How many updates the body has.
const UPDATES: usize = 1_000;

/// Measures a body of customers that nobody knows, and one of the same customers
/// again.
pub(crate) async fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    let stand = Stand::start(plan, "body", 1).await?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let public = stand.daemon.setup.public_url();
    for (line, who) in [(0, "new"), (1, "known")] {
        let said: Vec<_> = crowd(UPDATES, 1)
            .into_iter()
            .map(|customer| (customer, pour::text(line)))
            .collect();
        let body = webhook(0, &said);
        let begun = Instant::now();
        pour::post(&http, &public, body).await?;
        let took = millis(begun.elapsed());
        let what = format!("{UPDATES} updates of {who} customers acknowledged after");
        report.add(&what, took, "ms", Goal::None);
        stand
            .shown(u64::try_from(UPDATES * (line + 1))?, begun)
            .await?;
    }
    stand.check_rooms(&crowd(UPDATES, 1), 2)
}

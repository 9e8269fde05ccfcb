//! Posting webhooks: as fast as they are taken, or at a given pace.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use super::crowd::{Customer, Webhook, says};

/// Posts one webhook.
///
/// # Errors
/// It was not acknowledged.
pub(crate) async fn post(http: &reqwest::Client, public: &str, webhook: Webhook) -> Result<()> {
    let url = format!("{public}/webhooks/{}", webhook.account);
    let request = http
        .post(url)
        .header("X-Hub-Signature-256", webhook.signature)
        .header("Content-Type", "application/json")
        .body(webhook.body);
    let status = request.send().await?.status();
    ensure!(status.is_success(), "a webhook was answered with {status}");
    Ok(())
}

/// Lets every customer say `lines` things, as fast as they are taken: `at_once`
/// connections, each with its own customers, so that each one's lines come in order.
///
/// # Errors
/// A webhook was not acknowledged.
pub(crate) async fn all(
    public: &str,
    customers: &[Customer],
    lines: std::ops::Range<usize>,
    at_once: usize,
) -> Result<()> {
    let http = client()?;
    let mut workers = JoinSet::new();
    for worker in 0..at_once.min(customers.len()) {
        let own: Vec<Customer> = customers
            .iter()
            .copied()
            .skip(worker)
            .step_by(at_once)
            .collect();
        let (http, public, lines) = (http.clone(), public.to_owned(), lines.clone());
        workers.spawn(async move {
            for line in lines {
                for customer in &own {
                    post(&http, &public, says(*customer, &text(line))).await?;
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(())
}

/// How long the answers took.
#[derive(Debug)]
pub(crate) struct Times {
    /// From the time at which each webhook was to be sent to its answer, sorted.
    pub(crate) answers: Vec<Duration>,
    /// How late each was really sent, sorted: what this program adds.
    pub(crate) lags: Vec<Duration>,
}

/// Posts `count` webhooks at `pace` a second, whether those before were answered or
/// not: an answer that hangs delays no other, and counts from when it was due.
///
/// # Errors
/// A webhook was not acknowledged.
pub(crate) async fn paced(
    public: &str,
    customers: &[Customer],
    first_line: usize,
    count: usize,
    pace: u32,
) -> Result<Times> {
    let http = client()?;
    let each = Duration::from_secs(1) / pace;
    let begun = Instant::now() + Duration::from_millis(50);
    let mut under_way = JoinSet::new();
    for n in 0..count {
        let due = begun + each * u32::try_from(n)?;
        let Some(customer) = customers.get(n % customers.len()).copied() else {
            continue;
        };
        let line = first_line + n / customers.len();
        let webhook = says(customer, &text(line));
        tokio::time::sleep_until(due.into()).await;
        let (http, public) = (http.clone(), public.to_owned());
        under_way.spawn(async move {
            let lag = due.elapsed();
            post(&http, &public, webhook).await?;
            anyhow::Ok((due.elapsed(), lag))
        });
    }
    let (mut answers, mut lags) = (Vec::with_capacity(count), Vec::with_capacity(count));
    while let Some(ended) = under_way.join_next().await {
        let (answer, lag) = ended??;
        answers.push(answer);
        lags.push(lag);
    }
    answers.sort_unstable();
    lags.sort_unstable();
    Ok(Times { answers, lags })
}

/// The text of a customer's line number `line`: it sorts as the lines were said.
pub(crate) fn text(line: usize) -> String {
    format!("{line:08} Halo, apakah pesanan saya sudah dikirim?")
}

/// Connections that are kept.
fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

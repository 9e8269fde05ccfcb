//! Delivers webhooks until they are answered with 200.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

use super::shape::{self, Added, Reason};
use super::{body, sign, steps};
use crate::shutdown::Crew;
use crate::simulator::control::logs::DeliveryEntry;
use crate::simulator::hub::{Hub, Inner};
use crate::simulator::world::account::Setting;
use crate::simulator::world::message::Status;

/// The longest answer that is kept.
const MAX_ANSWER: usize = 4_096;

/// The longest body that is kept in the log.
const MAX_LOGGED: usize = 64 << 10;

/// Something to do later or elsewhere.
#[derive(Debug)]
pub(in crate::simulator) enum Job {
    /// Deliver the pending webhook of this number.
    Post(u64),
    /// Move a message to a status.
    Step {
        /// The message.
        id: String,
        /// The status.
        status: Status,
        /// From now.
        after: Duration,
    },
}

/// Takes jobs until the stop begins. What is then under way is dropped: it is
/// in the world and resumed at the next start.
pub(in crate::simulator) async fn run(hub: Arc<Hub>, mut queue: UnboundedReceiver<Job>) {
    let mut crew = Crew::default();
    loop {
        tokio::select! {
            () = hub.stop.wait() => return,
            Some(job) = queue.recv() => crew.start(work(Arc::clone(&hub), job)),
            Some(()) = crew.next() => {}
        }
    }
}

/// Does a job.
async fn work(hub: Arc<Hub>, job: Job) {
    match job {
        Job::Post(number) => post(&hub, number).await,
        Job::Step { id, status, after } => {
            tokio::time::sleep(after).await;
            steps::advance(&hub, &mut hub.lock(), &id, status);
        }
    }
}

/// Delivers a webhook as the faults want it.
async fn post(hub: &Hub, number: u64) {
    let Some(shape) = shape::shape(&mut hub.lock(), number) else {
        return;
    };
    tokio::time::sleep(shape.delay).await;
    let Some((reason, size)) = shape.hold else {
        deliver(hub, &[number], shape.twice).await;
        return;
    };
    let numbers = hold(hub, number, reason, size).await;
    match reason {
        Reason::Batch if !numbers.is_empty() => deliver(hub, &numbers, shape.twice).await,
        Reason::Batch => {}
        Reason::Reorder => {
            for number in numbers.into_iter().rev() {
                deliver(hub, &[number], shape.twice).await;
            }
        }
    }
}

/// Holds a webhook back; returns those to deliver now.
async fn hold(hub: &Hub, number: u64, reason: Reason, size: usize) -> Vec<u64> {
    let added = {
        let mut inner = hub.lock();
        let Some(place) = shape::place(&inner, number, reason) else {
            return Vec::new();
        };
        inner.held.add(place, size, number)
    };
    match added {
        Added::Full(numbers) => numbers,
        Added::More => Vec::new(),
        Added::First(place, round) => {
            tokio::time::sleep(hub.timing.flush_after).await;
            hub.lock().held.release(&place, round)
        }
    }
}

/// Delivers webhooks in one body, twice at the same time if wished.
async fn deliver(hub: &Hub, numbers: &[u64], twice: bool) {
    let Some(parcel) = pack(&hub.lock(), numbers) else {
        return;
    };
    if twice {
        futures_util::future::join(
            deliver_until_taken(hub, numbers, parcel.clone()),
            attempt(hub, &parcel, 1),
        )
        .await;
    } else {
        deliver_until_taken(hub, numbers, parcel).await;
    }
}

/// Tries until the answer is 200 or the schedule is at its end.
async fn deliver_until_taken(hub: &Hub, numbers: &[u64], mut parcel: Parcel) {
    let mut pauses = hub.timing.retries.iter();
    let mut number_of_attempt = 1;
    loop {
        let taken = attempt(hub, &parcel, number_of_attempt).await;
        let pause = pauses.next();
        if taken || pause.is_none() {
            let mut inner = hub.lock();
            for number in numbers {
                inner.world.pending.remove(*number);
            }
            hub.touch();
            if !taken {
                tracing::warn!("simulator: a webhook is given up");
            }
            return;
        }
        tokio::time::sleep(pause.copied().unwrap_or_default()).await;
        number_of_attempt += 1;
        // The account may have moved meanwhile: the bytes stay, the way changes.
        let inner = hub.lock();
        if let Some(account) = inner.world.accounts.get(&parcel.phone_number_id) {
            parcel.setting = account.setting.clone();
        }
    }
}

/// A body and where it goes.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct Parcel {
    /// The account.
    pub(in crate::simulator) phone_number_id: String,
    /// Its address and secret.
    pub(in crate::simulator) setting: Setting,
    /// The bytes.
    pub(in crate::simulator) body: Vec<u8>,
    /// The signature, if it is not to be the right one.
    pub(in crate::simulator) signature: Option<String>,
}

/// Packs pending webhooks; `None` when they are done already.
fn pack(inner: &Inner, numbers: &[u64]) -> Option<Parcel> {
    let mut changes = Vec::new();
    let mut first = None;
    for number in numbers {
        let Some(update) = inner.world.pending.find(*number) else {
            continue;
        };
        let account = inner.world.accounts.get(&update.phone_number_id)?;
        changes.push((account.setting.waba_id.clone(), update.value.clone()));
        first.get_or_insert(account);
    }
    let account = first?;
    let json = body::envelope(changes).to_string();
    Some(Parcel {
        phone_number_id: account.phone_number_id.clone(),
        setting: account.setting.clone(),
        body: sign::escape(&json).into_bytes(),
        signature: None,
    })
}

/// Sends a parcel and logs it; says whether it was taken.
async fn attempt(hub: &Hub, parcel: &Parcel, number: u32) -> bool {
    send(hub, parcel, number)
        .await
        .is_ok_and(|(status, _)| status == 200)
}

/// Sends a parcel once and logs it.
///
/// # Errors
/// Why there was no answer.
pub(in crate::simulator) async fn send(
    hub: &Hub,
    parcel: &Parcel,
    number: u32,
) -> Result<(u16, String), String> {
    let answer = exchange(hub, parcel).await;
    let at = hub.now();
    let text = String::from_utf8_lossy(&parcel.body);
    let body = if text.len() > MAX_LOGGED {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap_or_else(|_| text.as_ref().into())
    };
    let weight = text.len().min(MAX_LOGGED) + MAX_ANSWER;
    let (status, error) = match &answer {
        Ok((status, _)) => (Some(*status), None),
        Err(error) => (None, Some(error.clone())),
    };
    hub.lock().deliveries.push(weight, |n| DeliveryEntry {
        n,
        at,
        phone_number_id: parcel.phone_number_id.clone(),
        attempt: number,
        bytes: text.len(),
        body,
        status,
        error,
    });
    answer
}

/// Sends a parcel once.
async fn exchange(hub: &Hub, parcel: &Parcel) -> Result<(u16, String), String> {
    let setting = &parcel.setting;
    let signature = match &parcel.signature {
        Some(signature) => signature.clone(),
        None => sign::signature(&setting.app_secret, &parcel.body),
    };
    let _slot = hub
        .slots
        .acquire()
        .await
        .map_err(|error| error.to_string())?;
    let mut response = hub
        .http
        .post(setting.webhook_url.clone())
        .header("Content-Type", "application/json")
        .header(sign::HEADER, signature)
        .body(parcel.body.clone())
        .send()
        .await
        .map_err(|error| error.without_url().to_string())?;
    let status = response.status().as_u16();
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        text.extend_from_slice(&chunk);
        if text.len() >= MAX_ANSWER {
            text.truncate(MAX_ANSWER);
            break;
        }
    }
    Ok((status, String::from_utf8_lossy(&text).into_owned()))
}

//! Faults between a webhook and its delivery: late, doubled, out of order,
//! several in one body.

use std::collections::HashMap;
use std::time::Duration;

use crate::simulator::faults::{About, Kind};
use crate::simulator::hub::Inner;

/// Why webhooks are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    /// To be put into one body.
    Batch,
    /// To be delivered last first.
    Reorder,
}

/// What happens to one webhook.
#[derive(Debug)]
pub(super) struct Shape {
    /// How late it is.
    pub(super) delay: Duration,
    /// Whether it is delivered twice.
    pub(super) twice: bool,
    /// Whether it is held back until there are so many.
    pub(super) hold: Option<(Reason, usize)>,
}

/// Asks the faults about a webhook; `None` when it is done already.
pub(super) fn shape(inner: &mut Inner, number: u64) -> Option<Shape> {
    let update = inner.world.pending.find(number)?;
    let handle = update.customer.as_deref();
    let about = About {
        phone_number_id: &update.phone_number_id,
        customer: handle.and_then(|handle| inner.world.customers.find(handle)),
        address: None,
    };
    let faults = &mut inner.faults;
    let delay = faults.take_delay(about);
    let twice = faults.take(about, |kind| {
        matches!(kind, Kind::DuplicateWebhooks {}).then_some(())
    });
    let hold = faults.take(about, |kind| match kind {
        Kind::BatchWebhooks { size } => Some((Reason::Batch, *size)),
        Kind::ReorderWebhooks { size } => Some((Reason::Reorder, *size)),
        _ => None,
    });
    Some(Shape {
        delay: delay.unwrap_or_default(),
        twice: twice.is_some(),
        hold,
    })
}

/// Where held webhooks wait together: the same reason and the same app.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Why they wait.
    reason: Reason,
    /// The webhook URL.
    url: String,
    /// The key of signatures.
    secret: String,
}

/// Webhooks that wait together.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// Which group of its place this is.
    round: u64,
    /// Their numbers, first come first.
    numbers: Vec<u64>,
}

/// All webhooks held back.
#[derive(Debug, Default)]
pub(in crate::simulator) struct Held {
    /// The groups.
    groups: HashMap<Place, Group>,
    /// How many groups there ever were.
    rounds: u64,
}

/// What holding a webhook back led to.
#[derive(Debug)]
pub(super) enum Added {
    /// It is the first: somebody has to release the group in time.
    First(Place, u64),
    /// It waits with others.
    More,
    /// The group is full and released.
    Full(Vec<u64>),
}

impl Held {
    /// Holds a webhook back, or releases it with its group.
    pub(super) fn add(&mut self, place: Place, size: usize, number: u64) -> Added {
        if !self.groups.contains_key(&place) {
            self.rounds += 1;
        }
        let round = self.rounds;
        let group = self.groups.entry(place.clone()).or_insert(Group {
            round,
            numbers: Vec::new(),
        });
        group.numbers.push(number);
        if group.numbers.len() >= size {
            let full = self.groups.remove(&place);
            return Added::Full(full.map_or_else(Vec::new, |group| group.numbers));
        }
        if group.numbers.len() == 1 {
            return Added::First(place, group.round);
        }
        Added::More
    }

    /// Releases a group whose time has come, unless it was full before.
    pub(super) fn release(&mut self, place: &Place, round: u64) -> Vec<u64> {
        if self
            .groups
            .get(place)
            .is_none_or(|group| group.round != round)
        {
            return Vec::new();
        }
        self.groups
            .remove(place)
            .map_or_else(Vec::new, |group| group.numbers)
    }
}

/// Where a webhook waits; `None` when it is done, or its account is gone.
pub(super) fn place(inner: &Inner, number: u64, reason: Reason) -> Option<Place> {
    let update = inner.world.pending.find(number)?;
    let account = inner.world.accounts.get(&update.phone_number_id)?;
    Some(Place {
        reason,
        url: account.setting.webhook_url.to_string(),
        secret: account.setting.app_secret.clone(),
    })
}

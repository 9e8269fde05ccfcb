//! What is to go wrong.
//!
//! Faults are added one by one and act in the order they were added, each as
//! often as its `times` says.

mod kind;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::change::Change;
use super::world::customer::Customer;
pub(super) use kind::Kind;

/// The most faults at once.
pub(super) const MAX_FAULTS: usize = 1_000;

/// A fault that stands.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fault {
    /// Its number, to remove it.
    pub(super) id: u64,
    /// The way to fail.
    #[serde(flatten)]
    pub(super) kind: Kind,
    /// How often it still acts; `None` until removed.
    pub(super) times: Option<u32>,
    /// How often it has acted.
    pub(super) acted: u64,
    /// Only for this customer: handle, number or user id.
    pub(super) to: Option<String>,
    /// Only for this account.
    pub(super) phone_number_id: Option<String>,
}

/// What a request or a webhook is about, to find the faults that concern it.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    /// The account.
    pub(super) phone_number_id: &'a str,
    /// The customer, if the address is somebody's.
    pub(super) customer: Option<&'a Customer>,
    /// The address (digits or user id), if it is a send.
    pub(super) address: Option<&'a str>,
}

impl Fault {
    /// Whether it concerns this request or webhook.
    fn concerns(&self, about: About<'_>) -> bool {
        let account = self.phone_number_id.as_deref();
        if account.is_some_and(|account| account != about.phone_number_id) {
            return false;
        }
        self.to.as_deref().is_none_or(|to| {
            about.customer.is_some_and(|customer| customer.is(to))
                || about.address == Some(to.trim_start_matches('+'))
        })
    }
}

/// When and for whom a fault acts: the keys all kinds share.
#[derive(Debug, Deserialize)]
struct Scope {
    /// As [`Fault::times`]; left out, it follows from the kind.
    #[serde(default)]
    times: Change<u32>,
    /// As [`Fault::to`].
    to: Option<String>,
    /// As [`Fault::phone_number_id`].
    phone_number_id: Option<String>,
}

impl Scope {
    /// Takes the shared keys out of a fault's JSON form.
    fn take(form: &mut Map<String, Value>) -> Result<Self, serde_json::Error> {
        let shared: Map<String, Value> = ["times", "to", "phone_number_id"]
            .into_iter()
            .filter_map(|key| form.remove_entry(key))
            .collect();
        serde_json::from_value(shared.into())
    }
}

/// All faults that stand, in the order they were added.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// The faults.
    all: Vec<Fault>,
    /// How many were ever added.
    added: u64,
}

impl Faults {
    /// Adds a fault from its JSON form.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub(super) fn add(&mut self, mut form: Map<String, Value>) -> Result<&Fault, String> {
        if self.all.len() >= MAX_FAULTS {
            return Err(format!("there are already {MAX_FAULTS} faults"));
        }
        let scope = Scope::take(&mut form).map_err(|error| error.to_string())?;
        let kind: Kind = serde_json::from_value(form.into()).map_err(|error| error.to_string())?;
        if let Some(complaint) = kind.complaint() {
            return Err(complaint);
        }
        let times = match scope.times {
            Change::Keep => kind.acts_once().then_some(1),
            Change::Clear => None,
            Change::Set(0) => return Err("times is 0: the fault would never act".to_owned()),
            Change::Set(times) => Some(times),
        };
        self.added += 1;
        let fault = Fault {
            id: self.added,
            kind,
            times,
            acted: 0,
            to: scope.to,
            phone_number_id: scope.phone_number_id,
        };
        self.all.push(fault);
        self.all
            .last()
            .ok_or_else(|| "the fault is gone".to_owned())
    }

    /// The faults that stand.
    pub(super) fn list(&self) -> &[Fault] {
        &self.all
    }

    /// Removes all faults.
    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    /// Removes one fault; `false` when there is none of this number.
    pub(super) fn remove(&mut self, id: u64) -> bool {
        let before = self.all.len();
        self.all.retain(|fault| fault.id != id);
        self.all.len() < before
    }

    /// Lets the first fault act that concerns `about` and that `pick` takes.
    pub(super) fn take<T>(
        &mut self,
        about: About<'_>,
        pick: impl Fn(&Kind) -> Option<T>,
    ) -> Option<T> {
        let (index, taken) = self.all.iter().enumerate().find_map(|(index, fault)| {
            let concerned = fault.concerns(about);
            concerned
                .then(|| pick(&fault.kind))
                .flatten()
                .map(|taken| (index, taken))
        })?;
        let fault = self.all.get_mut(index)?;
        fault.acted += 1;
        if let Some(times) = &mut fault.times {
            *times -= 1;
            if *times == 0 {
                self.all.remove(index);
            }
        }
        Some(taken)
    }

    /// How late the next webhook is.
    pub(super) fn take_delay(&mut self, about: About<'_>) -> Option<Duration> {
        self.take(about, |kind| match kind {
            Kind::DelayWebhooks { millis } => Some(Duration::from_millis(*millis)),
            _ => None,
        })
    }

    /// Whether this status is never told.
    pub(super) fn take_drop(&mut self, about: About<'_>, word: &str) -> bool {
        let dropped = self.take(about, |kind| match kind {
            Kind::DropStatuses { status } => status
                .as_deref()
                .is_none_or(|only| only == word)
                .then_some(()),
            _ => None,
        });
        dropped.is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Adds a fault from JSON.
    fn add(faults: &mut Faults, form: Value) -> Result<Fault, String> {
        let Value::Object(form) = form else {
            panic!("not an object");
        };
        faults.add(form).cloned()
    }

    /// A send to a number nobody has.
    const TO_NOBODY: About<'_> = About {
        phone_number_id: "111",
        customer: None,
        address: Some("62811"),
    };

    /// Takes the code of the next error.
    fn code(faults: &mut Faults) -> Option<u32> {
        faults.take(TO_NOBODY, |kind| match kind {
            Kind::Error { code, .. } => Some(*code),
            _ => None,
        })
    }

    #[test]
    fn an_error_acts_once_unless_told_otherwise() {
        let mut faults = Faults::default();
        add(&mut faults, json!({"kind": "error", "code": 131_026})).unwrap();
        add(
            &mut faults,
            json!({"kind": "error", "code": 131_000, "times": 2}),
        )
        .unwrap();
        let codes: Vec<_> = (0..4).map(|_| code(&mut faults)).collect();
        assert_eq!(codes, [Some(131_026), Some(131_000), Some(131_000), None]);
    }

    #[test]
    fn times_null_acts_until_removed() {
        let mut faults = Faults::default();
        add(
            &mut faults,
            json!({"kind": "error", "code": 2, "times": null}),
        )
        .unwrap();
        assert!((0..10).all(|_| code(&mut faults) == Some(2)));
        faults.clear();
        assert_eq!(code(&mut faults), None);
    }

    #[test]
    fn a_fault_for_somebody_else_does_not_act() {
        let mut faults = Faults::default();
        add(
            &mut faults,
            json!({"kind": "error", "code": 2, "to": "62822"}),
        )
        .unwrap();
        add(
            &mut faults,
            json!({"kind": "error", "code": 3, "phone_number_id": "222"}),
        )
        .unwrap();
        assert_eq!(code(&mut faults), None);
        add(
            &mut faults,
            json!({"kind": "error", "code": 4, "to": "+62811"}),
        )
        .unwrap();
        assert_eq!(code(&mut faults), Some(4));
    }

    #[test]
    fn a_misspelt_fault_is_refused() {
        let mut faults = Faults::default();
        for wrong in [
            json!({"kind": "explode"}),
            json!({"kind": "error"}),
            json!({"kind": "error", "code": 1, "tims": 2}),
            json!({"kind": "error", "code": 1, "times": 0}),
            json!({"kind": "error", "code": 1, "http": 200}),
            json!({"kind": "batch_webhooks", "size": 0}),
            json!({"kind": "delay_webhooks", "millis": 600_001}),
            json!({"kind": "drop_statuses", "status": "seen"}),
        ] {
            assert!(add(&mut faults, wrong.clone()).is_err(), "{wrong}");
        }
    }
}

//! Numbers that look like chance; the same for the same seed.

use std::time::Duration;

/// The variable that replays a run.
const SEED: &str = "LOKET_SEED";

/// Chance.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// Chance from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        // Knuth's constants for linear congruential generators; the low bits are poor.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }

    /// One of `all`.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = self.below(u64::try_from(all.len()).unwrap_or(1));
        &all[usize::try_from(place).unwrap_or_default()]
    }

    /// Whether something happens that happens once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// A time between two.
    pub(crate) fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to.saturating_sub(from)))
    }
}

/// The seed of this run: `LOKET_SEED`, or a new one.
pub(crate) fn seed() -> u64 {
    let given = std::env::var_os(SEED).and_then(|text| text.to_str()?.parse().ok());
    given.unwrap_or_else(|| {
        let random = uuid::Uuid::now_v7().as_u128();
        u64::try_from(random % 1_000_000).unwrap_or_default()
    })
}

//! The source of chance: small, seeded, the same on every machine.

/// A `SplitMix64` generator.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    /// The state, moved by a constant at every throw.
    state: u64,
}

impl Dice {
    /// Dice for the `index`th case of a run; every case has its own, so that one
    /// can be looked at without the others.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        let mut dice = Self {
            state: seed ^ index.wrapping_mul(0xD6E8_FEB8_6659_FD93),
        };
        dice.throw();
        dice
    }

    /// The next 64 bits.
    fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.throw() % end
    }

    /// True in `percent` of 100 throws.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, each as likely.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let len = u64::try_from(items.len()).expect("a list is shorter than 2^64");
        let index = usize::try_from(self.below(len)).expect("an index fits");
        &items[index]
    }

    /// One of `items`, as likely as its weight.
    pub(crate) fn weigh<T: Copy>(&mut self, items: &[(u64, T)]) -> T {
        let total = items.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for (weight, item) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        unreachable!("the weights add up to the total")
    }
}

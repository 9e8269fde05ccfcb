//! A log that forgets its oldest entries.

use std::collections::VecDeque;

/// The most entries a log keeps.
const ENTRIES: usize = 2_000;

/// The most bytes a log keeps, counted by the weight of its entries.
const BYTES: usize = 8 << 20;

/// Numbered entries, bounded in count and in bytes.
#[derive(Debug)]
pub(super) struct Ring<T> {
    /// Number, weight and entry, oldest first.
    entries: VecDeque<(u64, usize, T)>,
    /// The number the next entry gets; the first is 1.
    next: u64,
    /// The weight of all entries.
    bytes: usize,
}

impl<T> Ring<T> {
    /// An empty log.
    pub(super) fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            next: 1,
            bytes: 0,
        }
    }

    /// Adds an entry of about `weight` bytes, made from its number.
    pub(super) fn push(&mut self, weight: usize, entry: impl FnOnce(u64) -> T) {
        let number = self.next;
        self.next += 1;
        self.bytes += weight;
        self.entries.push_back((number, weight, entry(number)));
        while self.entries.len() > ENTRIES || (self.bytes > BYTES && self.entries.len() > 1) {
            if let Some((_, gone, _)) = self.entries.pop_front() {
                self.bytes -= gone;
            }
        }
    }

    /// The entries numbered above `number`, oldest first.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = &T> {
        let known = self.entries.partition_point(|(n, _, _)| *n <= number);
        self.entries.iter().skip(known).map(|(_, _, entry)| entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_skips_what_was_already_read() {
        let mut ring = Ring::new();
        for letter in ["a", "b", "c"] {
            ring.push(1, |number| (number, letter));
        }
        let newer: Vec<_> = ring.after(1).copied().collect();
        assert_eq!(newer, [(2, "b"), (3, "c")]);
    }

    #[test]
    fn the_oldest_entries_are_forgotten() {
        let mut ring = Ring::new();
        for _ in 0..2_005 {
            ring.push(1, |number| number);
        }
        assert_eq!(ring.after(0).count(), 2_000);
        assert_eq!(ring.after(0).next(), Some(&6));
    }

    #[test]
    fn heavy_entries_push_out_earlier_ones() {
        let mut ring = Ring::new();
        ring.push(5 << 20, |number| number);
        ring.push(5 << 20, |number| number);
        assert_eq!(ring.after(0).collect::<Vec<_>>(), [&2]);
    }
}

//! What a table holds, boiled down to a count and a sum that both engines must agree
//! on, in whatever order they read their rows.

use sha2::{Digest, Sha256};

use crate::store::value::Value;

/// The count and the sum of a table's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// How many rows.
    rows: u64,
    /// The sum of all rows' digests: it does not depend on their order, and a row
    /// that comes twice counts twice.
    sum: u128,
}

impl Sums {
    /// Adds a row.
    pub(super) fn add(&mut self, row: &[Value]) {
        let mut digest = Sha256::new();
        for value in row {
            let (kind, bytes) = match value {
                Value::Int(number) => (b'i', number.to_be_bytes().to_vec()),
                Value::Text(text) => (b't', text.as_bytes().to_vec()),
                Value::Bytes(bytes) => (b'b', bytes.clone()),
                Value::Flag(flag) => (b'f', vec![u8::from(*flag)]),
            };
            digest.update([kind]);
            digest.update(bytes.len().to_be_bytes());
            digest.update(bytes);
        }
        let (half, _) = digest
            .finalize()
            .into_iter()
            .fold((0_u128, 0), |(sum, n), byte| {
                if n < 16 {
                    (sum << 8 | u128::from(byte), n + 1)
                } else {
                    (sum, n)
                }
            });
        self.rows += 1;
        self.sum = self.sum.wrapping_add(half);
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums of rows of one text each.
    fn of(rows: &[&str]) -> Sums {
        let mut sums = Sums::default();
        for row in rows {
            sums.add(&[Value::Text((*row).to_owned())]);
        }
        sums
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        assert_eq!(of(&["a", "b"]), of(&["b", "a"]));
        assert_eq!(of(&["a", "b"]).rows(), 2);
        for other in [&["a"][..], &["a", "c"], &["a", "b", "b"], &["ab", ""]] {
            assert_ne!(of(&["a", "b"]), of(other), "{other:?}");
        }
        let mut number = Sums::default();
        number.add(&[Value::Int(1)]);
        let mut flag = Sums::default();
        flag.add(&[Value::Flag(true)]);
        assert_ne!(number, flag);
    }
}

//! The log's fingerprint: what the answer saw, whatever the order of the rows and the files they came in.
//!
//! Each event is hashed with the texts that name it, its instant and the number of its step within that instant; the sum of these hashes
//! does not depend on the order. Repeated rows and events at or after `as_of` are not in it, so that a longer export
//! of the same history, asked for the same `as_of`, has the same fingerprint. It tells logs apart; it is no signature.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed, xxh3_128};

use crate::model::{Columns, Field};

/// Spreads instants and numbers of steps over all bits (2⁶⁴ / golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes of a log's texts, made once.
pub(super) struct Fingerprint {
    /// By field, by value code + 1 (0 is null): the hash of both texts.
    changes: Vec<Vec<u64>>,
}

impl Fingerprint {
    pub(super) fn new(columns: &Columns) -> Self {
        let changes = |field: &Field| {
            let name = xxh3_64(field.name.as_bytes());
            let values = field.values.texts().map(|value| xxh3_64_with_seed(value.as_bytes(), name));
            std::iter::once(name).chain(values).collect()
        };
        Self { changes: columns.fields.iter().map(changes).collect() }
    }

    /// The summand of one event.
    pub(super) fn event(&self, item: u64, at: i64, step: u64, field: u8, value: u32) -> u128 {
        let change = self.changes[usize::from(field)][value.wrapping_add(1) as usize];
        let mut bytes = [0_u8; 16];
        bytes[..8].copy_from_slice(&item.wrapping_add((at as u64).wrapping_mul(SPREAD)).to_le_bytes());
        bytes[8..].copy_from_slice(&change.wrapping_add(step.wrapping_mul(SPREAD)).to_le_bytes());
        xxh3_128(&bytes)
    }

    /// The hash of an item's name.
    pub(super) fn item(name: &str) -> u64 {
        xxh3_64(name.as_bytes())
    }
}

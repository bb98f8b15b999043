//! The log's fingerprint: what the answer saw, whatever the order of the rows and the files they came in.
//!
//! Each event is hashed with the texts that name it, its instant and the number of its step within that instant; the sum of these hashes
//! does not depend on the order. Repeated rows and events at or after `as_of` are not in it, so that a longer export
//! of the same history, asked for the same `as_of`, has the same fingerprint. It tells logs apart; it is no signature.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::model::{Columns, NULL_CODE};

/// Hashes of a log's texts, made once.
pub(super) struct Fingerprint {
    fields: Vec<u64>,
    values: Vec<Vec<u64>>,
}

impl Fingerprint {
    pub(super) fn new(columns: &Columns) -> Self {
        let hash = |text: &str| xxh3_64(text.as_bytes());
        Self {
            fields: columns.fields.iter().map(|field| hash(&field.name)).collect(),
            values: columns.fields.iter().map(|field| field.values.texts().map(hash).collect()).collect(),
        }
    }

    /// The summand of one event.
    pub(super) fn event(&self, item: u64, at: i64, step: u64, field: u8, value: u32) -> u128 {
        let field = usize::from(field);
        let (is_null, value) = if value == NULL_CODE { (1, 0) } else { (0, self.values[field][value as usize]) };
        let mut bytes = [0_u8; 48];
        for (place, number) in [item, at as u64, step, self.fields[field], is_null, value].into_iter().enumerate() {
            bytes[place * 8..place * 8 + 8].copy_from_slice(&number.to_le_bytes());
        }
        xxh3_128(&bytes)
    }

    /// The hash of an item's name.
    pub(super) fn item(name: &str) -> u64 {
        xxh3_64(name.as_bytes())
    }
}

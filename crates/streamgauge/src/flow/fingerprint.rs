//! The log's fingerprint: what the answer saw, whatever the order of the rows and the files they came in.
//!
//! Each event is hashed with the texts that name it, its instant and the number of its step within that instant; the sum of these hashes
//! does not depend on the order. Repeated rows and events at or after `as_of` are not in it, so that a longer export
//! of the same history, asked for the same `as_of`, has the same fingerprint. It tells logs apart; it is no signature.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::model::{Columns, Field, SPREAD};

/// Set the two factors of each half apart (digits of π after the point).
const KEYS: [u64; 4] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

/// The two halves of the whole product, one upon the other: every bit of both factors reaches every bit.
const fn folded(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

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

    /// What a field and its value are hashed to.
    #[inline]
    pub(super) fn change(&self, field: u8, value: u32) -> u64 {
        self.changes[usize::from(field)][value.wrapping_add(1) as usize]
    }

    /// The summand of one event.
    #[inline]
    pub(super) const fn event(item: u64, at: i64, step: u64, change: u64) -> u128 {
        let who = item.wrapping_add((at as u64).wrapping_mul(SPREAD));
        let what = change.wrapping_add(step.wrapping_mul(SPREAD));
        let low = folded(who ^ KEYS[0], what ^ KEYS[1]);
        let high = folded(who ^ KEYS[2], what ^ KEYS[3]);
        (high as u128) << 64 | low as u128
    }

    /// The hash of an item's name.
    pub(super) fn item(name: &str) -> u64 {
        xxh3_64(name.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use crate::flow::timelines;
    use crate::kernel::chunk;
    use crate::model::{EventLog, FlowModel};
    use crate::time::Instant;

    /// Some items have no event that counts: they have no number among those of the timelines, wherever parts meet. And some only at `as_of`.
    #[test]
    fn stages_of_any_number_of_threads_are_the_same() {
        let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]").unwrap();
        let at = |item: i64| if item % 3 == 0 { -1 } else { item % 7 };
        for is_rows in [false, true] {
            let mut log = EventLog::builder();
            for item in (0..5_000).rev() {
                let (name, at) = (item.to_string(), Instant(at(item)));
                match is_rows {
                    true => log.push_state_row(&name, at, Some("Doing"), [], None).unwrap(),
                    false => log.push(&name, at, "state", Some("Doing"), None).unwrap(),
                }
            }
            let log = log.finish().unwrap();
            let mut seen: Vec<String> =
                (0..5_000).filter(|item| (0..6).contains(&at(*item))).map(|item| item.to_string()).collect();
            seen.sort();
            let of = |n| chunk::with_threads(n, || timelines(&log, &model, Some(Instant(6))).unwrap().0);
            let (one, many) = (of(1), of(7));
            assert_eq!(one.receipt, many.receipt);
            for timelines in [&one, &many] {
                assert!((0..timelines.n_items()).map(|item| timelines.name(item)).eq(seen.iter()), "{is_rows}");
                assert!((0..timelines.n_items()).all(|item| {
                    let name: i64 = timelines.name(item).parse().unwrap();
                    timelines.steps(item).at == [at(name)]
                }));
            }
        }
    }
}

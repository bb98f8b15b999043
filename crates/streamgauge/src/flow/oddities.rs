//! Odd data, counted while items are walked.

use std::collections::BTreeMap;

use crate::model::{Finding, FindingCode, Tally};

/// Tallies of findings; those of parts combine to those of the whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Oddities(BTreeMap<FindingCode, Tally>);

impl Oddities {
    pub(crate) fn insert(&mut self, code: FindingCode, item: &str) {
        self.insert_many(code, item, 1);
    }

    pub(crate) fn insert_many(&mut self, code: FindingCode, item: &str, n: u64) {
        if n > 0 {
            self.0.entry(code).or_default().insert(item, n);
        }
    }

    pub(super) fn of(tallies: impl IntoIterator<Item = (FindingCode, Tally)>) -> Self {
        Self(tallies.into_iter().collect())
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.0.values().map(Tally::count).sum()
    }

    pub(crate) fn combine(&mut self, other: &Self) {
        for (code, tally) in &other.0 {
            self.0.entry(*code).or_default().combine(tally);
        }
    }

    pub(crate) fn finalize(self) -> Vec<Finding> {
        self.0.into_iter().filter_map(|(code, tally)| tally.finalize(code)).collect()
    }
}

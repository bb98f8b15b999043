//! Finished items by the group that they were in then, in order of time: found once for all windows, each of which has some that follow each other.

use std::ops::Range;
use std::sync::Arc;

use super::{FlowRecords, Groups};
use crate::kernel::chunk;
use crate::kernel::group::scatter;
use crate::kernel::order;
use crate::kernel::replay::Spent;

/// The finished items of some records, by group.
#[derive(Debug, Clone)]
pub(crate) struct Finishes {
    /// The same for those records' clones, and for no others.
    of: Arc<()>,
    /// Those of group `i` are `offsets[i]..offsets[i + 1]`, in order of time, then of their numbers.
    offsets: Vec<u32>,
    at: Vec<i64>,
    items: Vec<u32>,
    /// Their elapsed time, as the facts have it.
    spent: Vec<Spent>,
}

impl Finishes {
    pub(crate) fn new(records: &FlowRecords, groups: &Groups) -> Self {
        let facts = &records.facts;
        // Each part has a place for each group: it is worth its while where it has as many items.
        let parts = chunk::map_few(records.len(), chunk::SMALLEST.max(groups.len()), |items| {
            let finish = |item: usize| {
                let finished = facts.at(item).finished()?;
                Some((groups.at(item, finished)?, (finished, item as u32)))
            };
            items.filter_map(finish).unzip::<_, _, Vec<u32>, Vec<(i64, u32)>>()
        });
        let (offsets, mut all) = scatter(&parts, groups.len());
        drop(parts);
        chunk::for_each_run(&mut all, &offsets, |finishes| order::of_spread(finishes, |finish| finish.0));
        let (at, items) = all.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
        let spent = chunk::map_items(items.len(), || (), |(), i| facts.at(items[i] as usize).spent_as_it_stands());
        Self { of: Arc::clone(&records.identity), offsets, at, items, spent }
    }

    /// Whether they are of these very records.
    pub(crate) fn are_of(&self, records: &FlowRecords) -> bool {
        Arc::ptr_eq(&self.of, &records.identity)
    }

    /// Which of a group's finished in each of some windows, which stand in order and do not overlap.
    pub(crate) fn in_windows(&self, group: usize, starts: &[i64], ends: &[i64]) -> Vec<Range<u32>> {
        let last = self.offsets[group + 1];
        let mut next = self.offsets[group];
        let mut before = |at: i64| {
            next += self.at[next as usize..last as usize].partition_point(|finish| *finish < at) as u32;
            next
        };
        starts.iter().zip(ends).map(|(start, end)| before(*start)..before(*end)).collect()
    }

    /// The items of some finishes.
    pub(crate) fn items(&self, finishes: Range<u32>) -> &[u32] {
        &self.items[finishes.start as usize..finishes.end as usize]
    }

    /// What was spent on those whose flow time is defined, elapsed.
    pub(crate) fn spent(&self, finishes: Range<u32>) -> impl Iterator<Item = Spent> {
        self.spent[finishes.start as usize..finishes.end as usize].iter().copied().filter(|spent| spent.is_defined())
    }
}

//! What is odd about the clocks of items, found in one look at their facts.

use std::ops::Range;

use super::Timelines;
use super::facts::Facts;
use super::oddities::Oddities;
use crate::kernel::chunk;
use crate::model::{FindingCode, Tally};
use crate::time::Observed;

/// So many items finished in one minute were closed in bulk.
const BULK: usize = 10;
const MINUTE_US: i64 = 60_000_000;
/// So many items there are for each place of a minute, or down to half as many.
const ITEMS_IN_PLACE: usize = 4;

/// Clocks that went back, or were never started, and items closed in bulk.
pub(super) fn oddities(facts: &Facts, timelines: &Timelines) -> Oddities {
    // A place for each few items, so that places are near: mostly, fewer than would be a bulk share one by chance.
    let mask = (facts.len().next_power_of_two().div_ceil(ITEMS_IN_PLACE) - 1) as u32;
    // Few parts: each has a table of all places.
    let parts =
        chunk::map_few(facts.len(), chunk::SMALLEST.max(facts.len() / 4), |items| part(facts, timelines, items, mask));
    let both = |(mut oddities, mut crowd): (Oddities, Vec<u8>), (part, met): (Oddities, Vec<u8>)| {
        oddities.combine(&part);
        crowd.iter_mut().zip(met).for_each(|(n, more)| *n = n.saturating_add(more));
        (oddities, crowd)
    };
    let Some((mut oddities, crowd)) = parts.into_iter().reduce(both) else { return Oddities::default() };
    let are_many = |n: u8| usize::from(n) >= BULK;
    if !crowd.iter().any(|n| are_many(*n)) {
        return oddities;
    }
    let is_crowded = |(minute, _): &(u32, usize)| are_many(crowd[(minute & mask) as usize]);
    let crowded = |items: Range<usize>| {
        items.filter_map(|item| Some((minute(facts.at(item).finished()?), item))).filter(is_crowded)
    };
    if have_own_places(timelines.observed, mask) {
        let found = chunk::map_ranges(facts.len(), |items| bulk_closes(crowded(items), timelines));
        found.iter().for_each(|found| oddities.combine(found));
        return oddities;
    }
    // Some minutes share a place: only what lies where many meet is put in order.
    let mut maybe = chunk::map_ranges(facts.len(), |items| crowded(items).collect::<Vec<_>>()).concat();
    chunk::sort_by(&mut maybe, Ord::cmp);
    let together = maybe.chunk_by(|a, b| a.0 == b.0).filter(|together| together.len() >= BULK);
    oddities.combine(&bulk_closes(together.flatten().copied(), timelines));
    oddities
}

/// The minute of a finish. What is finished is plausible, and so are its minutes few.
const fn minute(finished: i64) -> u32 {
    (finished / MINUTE_US) as u32
}

/// Items that were closed in bulk, each with its minute.
fn bulk_closes(items: impl Iterator<Item = (u32, usize)>, timelines: &Timelines) -> Oddities {
    let mut oddities = Oddities::default();
    items.for_each(|(_, item)| oddities.insert(FindingCode::BulkClose, timelines.name(item)));
    oddities
}

/// Whether there is a place for each minute of that time, its first and its last one, too.
const fn have_own_places(observed: Observed, mask: u32) -> bool {
    observed.as_of.0 / MINUTE_US - observed.first.0 / MINUTE_US <= mask as i64
}

/// What is odd about some items alone; and by place of a minute, how many of them finished in the minutes that share it, as far as a byte goes.
fn part(facts: &Facts, timelines: &Timelines, items: Range<usize>, mask: u32) -> (Oddities, Vec<u8>) {
    let [mut reopened, mut backward, mut unstarted] = <[Tally; 3]>::default();
    let mut crowd = vec![0_u8; mask as usize + 1];
    for item in items {
        let fact = facts.at(item);
        let finished = fact.finished();
        if let Some(at) = finished {
            let n = &mut crowd[(minute(at) & mask) as usize];
            *n = n.saturating_add(1);
        }
        let name = || timelines.name(item);
        reopened.insert_next(name, u64::from(fact.n_reopened()));
        backward.insert_next(name, u64::from(fact.n_backward()));
        unstarted.insert_next(name, u64::from(finished.is_some() && fact.spent().is_none()));
    }
    let tallies = [
        (FindingCode::Reopened, reopened),
        (FindingCode::BackwardMove, backward),
        (FindingCode::FinishedWithoutStart, unstarted),
    ];
    (Oddities::of(tallies), crowd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    #[test]
    fn as_many_minutes_as_places() {
        for (first, as_of, have_own) in [(0, 8, true), (59, 7 * 60 + 1, true), (59, 8 * 60, false), (60, 8 * 60, true)]
        {
            let observed = Observed { first: Instant(first * MINUTE_US / 60), as_of: Instant(as_of * MINUTE_US / 60) };
            assert_eq!(have_own_places(observed, 7), have_own, "{first} to {as_of}");
            let minutes = as_of / 60 - first / 60 + 1;
            assert_eq!(minutes <= 8, have_own);
        }
    }
}

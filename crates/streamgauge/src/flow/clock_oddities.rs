//! What is odd about the clocks of items, found in one look at their facts.

use std::ops::Range;

use super::Timelines;
use super::facts::Facts;
use super::oddities::Oddities;
use crate::kernel::chunk;
use crate::model::FindingCode;

/// So many items finished in one minute were closed in bulk.
const BULK: usize = 10;
const MINUTE_US: i64 = 60_000_000;

/// The minute of an item that is not finished.
const NEVER: u32 = u32::MAX;

/// What some items leave behind.
struct Part {
    first: usize,
    oddities: Oddities,
    /// The minute of each item's finish.
    minutes: Vec<u32>,
    /// By place of a minute: how many finished in the minutes that share it, as far as a byte goes.
    crowd: Vec<u8>,
}

/// Clocks that went back, or were never started, and items closed in bulk.
pub(super) fn oddities(facts: &Facts, timelines: &Timelines) -> Oddities {
    // Most minutes share their place among few; only where many meet is a minute looked at, so that few are put in order.
    let mask = (facts.len().next_power_of_two() - 1) as u32;
    // Few parts: each has a table that is as long as there are items.
    let parts =
        chunk::map_few(facts.len(), chunk::SMALLEST.max(facts.len() / 4), |items| part(facts, timelines, items, mask));
    let (mut oddities, mut crowd) = (Oddities::default(), vec![0_u8; mask as usize + 1]);
    for part in &parts {
        oddities.combine(&part.oddities);
        crowd.iter_mut().zip(&part.crowd).for_each(|(n, more)| *n = n.saturating_add(*more));
    }
    let is_crowded = |minute: u32| minute != NEVER && usize::from(crowd[(minute & mask) as usize]) >= BULK;
    let crowded = chunk::map_each(parts.len(), |part| {
        let Part { first, minutes, .. } = &parts[part];
        let met = (*first..).zip(minutes).filter(|(_, minute)| is_crowded(**minute));
        met.map(|(item, minute)| (*minute, item)).collect::<Vec<_>>()
    });
    let mut crowded = crowded.concat();
    chunk::sort_by(&mut crowded, Ord::cmp);
    for together in crowded.chunk_by(|a, b| a.0 == b.0).filter(|together| together.len() >= BULK) {
        together.iter().for_each(|(_, item)| oddities.insert(FindingCode::BulkClose, timelines.name(*item)));
    }
    oddities
}

fn part(facts: &Facts, timelines: &Timelines, items: Range<usize>, mask: u32) -> Part {
    let (first, mut oddities) = (items.start, Oddities::default());
    let mut minutes = Vec::with_capacity(items.len());
    let mut crowd = vec![0_u8; mask as usize + 1];
    for item in items {
        let fact = facts.at(item);
        // What is finished is plausible, and so are its minutes few.
        let minute = fact.finished().map_or(NEVER, |at| (at / MINUTE_US) as u32);
        minutes.push(minute);
        if minute != NEVER {
            let n = &mut crowd[(minute & mask) as usize];
            *n = n.saturating_add(1);
        }
        let without_start = minute != NEVER && fact.spent().is_none();
        let (n_reopened, n_backward) = (u64::from(fact.n_reopened()), u64::from(fact.n_backward()));
        if n_reopened > 0 || n_backward > 0 || without_start {
            let name = timelines.name(item);
            oddities.insert_many(FindingCode::Reopened, name, n_reopened);
            oddities.insert_many(FindingCode::BackwardMove, name, n_backward);
            oddities.insert_many(FindingCode::FinishedWithoutStart, name, u64::from(without_start));
        }
    }
    Part { first, oddities, minutes, crowd }
}

//! One look at all rows of a state log: in which order they stand, and between which instants.

use super::item_codes::{ItemCodes, ItemRuns};
use super::ordered_rows::RowOrder;
use super::state_rows::StateRows;
use crate::kernel::chunk;
use crate::time::Instant;

/// How many items are looked at together, for one thing after the other: their rows mostly fit into near memory.
const ITEMS_AT_ONCE: usize = 1 << 10;

/// What one look at rows shows that do not tell when they became known.
pub(super) struct Survey {
    /// By item where both hold, as then no row need be moved.
    pub(super) order: RowOrder,
    /// Whether two rows of one item may be of one instant.
    pub(super) has_together: bool,
    /// The first and the last plausible instant, if there is one.
    pub(super) plausible: Option<(Instant, Instant)>,
}

impl Survey {
    /// Looks at all rows. Those that came by item, but not in order of time or at implausible instants, have their items written out.
    pub(super) fn new(rows: &mut StateRows) -> Self {
        let at = rows.instants();
        if let ItemCodes::Runs(runs) = &rows.item
            && let Some(seen) = Self::of_runs(runs, at)
        {
            return seen;
        }
        let item = std::mem::take(&mut rows.item).into_each();
        let seen = Self::of_each(&item, rows.instants());
        rows.item = ItemCodes::Each(item);
        seen
    }

    /// Of rows that came by item, if each item's are in order of time and all are plausible.
    fn of_runs(runs: &ItemRuns, at: &[i64]) -> Option<Self> {
        // Many rows of few items are divided by rows.
        if at.len() / ITEMS_AT_ONCE > runs.ends.len() {
            return None;
        }
        let start = |item: usize| item.checked_sub(1).map_or(0, |before| runs.ends[before] as usize);
        let parts = chunk::map_ranges(runs.ends.len(), |items| {
            let some = runs.ends[items.clone()].chunks(ITEMS_AT_ONCE).zip(items.step_by(ITEMS_AT_ONCE));
            some.map(|(ends, first)| Seen::new(start(first), ends, at))
                .try_fold(Seen::NOTHING, |all, seen| Some(all.with(seen?)))
        });
        let Seen { in_time, has_together, plausible } =
            parts.into_iter().try_fold(Seen::NOTHING, |all, seen| Some(all.with(seen?)))?;
        in_time.then_some(Self { order: RowOrder::ByItem, has_together, plausible })
    }

    fn of_each(item: &[u32], at: &[i64]) -> Self {
        let parts = chunk::map_ranges(item.len(), |range| {
            // Each range looks at the row before it, too.
            let from = range.start.saturating_sub(1);
            let (by_item, by_time, has_together) = order(&item[from..range.end], &at[from..range.end]);
            (by_item, by_time, has_together, ends(&at[range]))
        });
        let by_item = parts.iter().all(|part| part.0);
        let by_time = parts.iter().all(|part| part.1);
        let order = match (by_item, by_time) {
            (true, _) => RowOrder::ByItem,
            (_, true) => RowOrder::ByTime,
            _ => RowOrder::Other,
        };
        // In no order, they need not stand together.
        let has_together = order == RowOrder::Other || parts.iter().any(|part| part.2);
        Self { order, has_together, plausible: parts.into_iter().filter_map(|part| part.3).reduce(outer) }
    }
}

/// What is known of rows of some items.
#[derive(Clone, Copy)]
struct Seen {
    /// Whether each item's are in order of time.
    in_time: bool,
    /// Whether two of one item are of one instant.
    has_together: bool,
    plausible: Option<(Instant, Instant)>,
}

impl Seen {
    const NOTHING: Self = Self { in_time: true, has_together: false, plausible: None };

    /// The rows of each item end at one of `ends`, where those of the next one begin, and none of them is empty. `None` where an instant is
    /// implausible.
    fn new(mut start: usize, ends: &[u32], at: &[i64]) -> Option<Self> {
        let all = &at[start..ends.last().map_or(start, |end| *end as usize)];
        if !Instant::are_plausible(all) {
            return None;
        }
        // As in `order`; of rows in order of time the first and the last are the ends.
        let (mut against_time, mut all_apart, mut least, mut most) = (0, -1, i64::MAX, i64::MIN);
        for &end in ends {
            let rows = &at[start..end as usize];
            start = end as usize;
            for (from, to) in rows.iter().zip(rows.iter().skip(1)) {
                let time = to - from;
                against_time |= time;
                all_apart &= time | -time;
            }
            least = rows.first().copied().unwrap_or(least).min(least);
            most = rows.last().copied().unwrap_or(most).max(most);
        }
        let plausible = (!all.is_empty()).then_some((Instant(least), Instant(most)));
        Some(Self { in_time: against_time >= 0, has_together: all_apart >= 0, plausible })
    }

    fn with(self, other: Self) -> Self {
        Self {
            in_time: self.in_time && other.in_time,
            has_together: self.has_together || other.has_together,
            plausible: [self.plausible, other.plausible].into_iter().flatten().reduce(outer),
        }
    }
}

/// Whether rows stand by item, and by time, and whether two that stand together are of one instant.
fn order(item: &[u32], at: &[i64]) -> (bool, bool, bool) {
    let Some((_, item_after)) = item.split_first() else { return (true, true, false) };
    let pairs = || item.iter().zip(item_after).zip(at.iter().zip(&at[1..]));
    if !Instant::are_plausible(at) {
        return pairs().fold((true, true, false), |(by_item, by_time, has_together), ((a, b), (from, to))| {
            (by_item && (a, from) <= (b, to), by_time && from <= to, has_together || from == to)
        });
    }
    // Plausible instants differ by less than the numbers reach, so that the sign of a difference says which comes first; and what is not zero
    // has a sign, or its negative has. Signs are gathered without a decision for each row.
    let (mut against_item, mut against_time, mut all_apart) = (0, 0, -1);
    for ((a, b), (from, to)) in pairs() {
        let (items, time) = (i64::from(*b) - i64::from(*a), to - from);
        let is_other_item = items | -items;
        against_item |= items | (!is_other_item & time);
        against_time |= time;
        all_apart &= time | -time;
    }
    (against_item >= 0, against_time >= 0, all_apart >= 0)
}

/// The first and the last plausible instant, if there is one.
pub(crate) fn plausible_ends(at: &[i64]) -> Option<(Instant, Instant)> {
    chunk::map_ranges(at.len(), |rows| ends(&at[rows])).into_iter().flatten().reduce(outer)
}

fn ends(at: &[i64]) -> Option<(Instant, Instant)> {
    let first = *at.first()?;
    let (least, most) = at.iter().fold((first, first), |(least, most), &at| (least.min(at), most.max(at)));
    let (least, most) = (Instant(least), Instant(most));
    // Mostly all are plausible, and then the ends of all are those of the plausible ones.
    if least.is_plausible() && most.is_plausible() {
        return Some((least, most));
    }
    let plausible = at.iter().map(|&at| Instant(at)).filter(|at| at.is_plausible());
    plausible.map(|at| (at, at)).reduce(outer)
}

fn outer(a: (Instant, Instant), b: (Instant, Instant)) -> (Instant, Instant) {
    (a.0.min(b.0), a.1.max(b.1))
}

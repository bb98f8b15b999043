//! One look at all rows of a state log: in which order they stand, and between which instants.

use super::ordered_rows::RowOrder;
use super::state_rows::StateRows;
use crate::kernel::chunk;
use crate::time::Instant;

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
    pub(super) fn new(rows: &StateRows) -> Self {
        let (item, at) = (&rows.item, rows.instants());
        let parts = chunk::map_ranges(rows.len(), |range| {
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

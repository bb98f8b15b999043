//! State-log rows settled: rows that repeat an earlier one are dropped whole, and of the attributes only those stay that
//! differ from the item's value before them, in time.

use std::collections::{BTreeMap, HashSet};

use super::dictionary::NULL_CODE;
use super::event_log::Columns;
use super::{Finding, FindingCode, Tally};
use crate::time::Instant;

/// Settles the rows of `columns`. `soft` marks attributes of state-log rows; each stands behind the event of its row's state.
///
/// The finding counts rows that were dropped.
pub(super) fn settle(columns: &mut Columns, soft: &[bool]) -> Option<Finding> {
    let mut order: Vec<u32> = (0..columns.item.len() as u32).collect();
    if !in_order_by_item(columns) {
        order.sort_by_key(|&row| (columns.item[row as usize], columns.at[row as usize]));
    }
    let (repeats, finding) = repetitions(columns, soft);
    let n_items = columns.items.len();
    let mut before: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    let mut keep = vec![true; order.len()];
    for row in order.into_iter().map(|row| row as usize) {
        if repeats.get(row).copied().unwrap_or(false) || (soft[row] && !Instant(columns.at[row]).is_plausible()) {
            keep[row] = false;
            continue;
        }
        let before = before.entry(columns.field[row]).or_insert_with(|| vec![NULL_CODE; n_items]);
        let before = &mut before[columns.item[row] as usize];
        keep[row] = !soft[row] || *before != columns.value[row];
        *before = columns.value[row];
    }
    retain(&mut columns.item, &keep);
    retain(&mut columns.at, &keep);
    retain(&mut columns.field, &keep);
    retain(&mut columns.value, &keep);
    if let Some(known_at) = &mut columns.known_at {
        retain(known_at, &keep);
    }
    finding
}

/// Which events belong to rows that repeat an earlier row exactly; empty if there is none.
fn repetitions(columns: &Columns, soft: &[bool]) -> (Vec<bool>, Option<Finding>) {
    let ends = (1..=soft.len()).filter(|&end| end == soft.len() || !soft[end]);
    let mut start = 0;
    let mut rows = Vec::new();
    for end in ends {
        rows.push(start..end);
        start = end;
    }
    // Only rows with attributes: a row of one event is told from its like when the log is measured.
    rows.retain(|row| row.len() > 1);
    let known_at = |row: usize| columns.known_at.as_ref().map(|known| known[row]);
    let mut seen = HashSet::with_capacity(rows.len());
    let mut repeats = Vec::new();
    let mut tally = Tally::default();
    for row in rows {
        let first = row.start;
        let fields = &columns.field[row.clone()];
        let values = &columns.value[row.clone()];
        if !seen.insert((columns.item[first], columns.at[first], known_at(first), fields, values)) {
            repeats.resize(soft.len(), false);
            repeats[row].fill(true);
            tally.insert(columns.items.text(columns.item[first]), 1);
        }
    }
    (repeats, tally.finalize(FindingCode::DuplicateEvent))
}

/// Whether each item's rows stand in order of time.
fn in_order_by_item(columns: &Columns) -> bool {
    let mut last = vec![i64::MIN; columns.items.len()];
    columns.item.iter().zip(&columns.at).all(|(&item, &at)| {
        let last = &mut last[item as usize];
        let in_order = *last <= at;
        *last = at;
        in_order
    })
}

fn retain<T: Copy>(column: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    column.retain(|_| keep.next().copied().unwrap_or(true));
}

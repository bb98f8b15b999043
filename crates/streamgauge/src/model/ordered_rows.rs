//! Rows of the state log that stand in an order that serves: they stay as they are and never become events one by one.
//!
//! Whoever follows an item reads its rows and asks [`Told`] what is new in each.

use std::collections::HashSet;
use std::ops::Range;

use arrow_buffer::ScalarBuffer;

use super::codes::{Codes, mark_others};
use super::dictionary::{Dictionary, NULL_CODE};
use super::state_rows::{ABSENT, StateRows};
use super::survey::Survey;
use super::{Finding, FindingCode, Tally};
use crate::kernel::chunk;
use crate::kernel::group::{Runs, group, offsets_of_sorted};
use crate::time::Instant;

/// In which order the rows of a log stand: what decides how they are read.
///
/// ```
/// use streamgauge::{EventLog, Instant, RowOrder};
///
/// let mut log = EventLog::builder();
/// for (item, at) in [("A", 1), ("B", 2), ("A", 3)] {
///     log.push_state_row(item, Instant(at), Some("Open"), [], None)?;
/// }
/// assert_eq!(log.finish()?.row_order(), RowOrder::ByTime);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOrder {
    /// A state log: all rows of an item together, in order of time. They are read where they stand.
    ByItem,
    /// A state log in order of time. Its rows are gathered by item, and never sorted.
    ByTime,
    /// A state log in another order, or one that tells when rows became known, or a log with events of the long form.
    Other,
}

/// Rows in order, none of which repeats another.
#[derive(Debug)]
pub(crate) struct OrderedRows {
    items: Items,
    pub(crate) at: ScalarBuffer<i64>,
    pub(crate) state: Codes,
    pub(crate) state_field: u8,
    /// Field and values of every row.
    pub(crate) attributes: Vec<(u8, Codes)>,
    /// The first and the last plausible instant, if there is one.
    pub(crate) plausible: Option<(Instant, Instant)>,
}

/// Which item a row is of.
#[derive(Debug)]
enum Items {
    /// Those of item `i` are `offsets[i]..offsets[i + 1]`.
    ByItem {
        offsets: Vec<u32>,
    },
    ByTime {
        item: Vec<u32>,
    },
}

impl OrderedRows {
    /// Rows that stand in such an order, which is one of the two. The finding counts those that repeat an earlier row and are dropped.
    pub(super) fn new(
        mut rows: StateRows,
        seen: &Survey,
        items: &Dictionary,
        state_field: u8,
    ) -> (Self, Option<Finding>) {
        let n_rows = rows.len();
        rows.attributes.iter_mut().for_each(|(_, values)| values.fill_absent(n_rows));
        let repeats = if seen.has_together { repeats(&rows) } else { Vec::new() };
        let mut tally = Tally::default();
        repeats.iter().for_each(|&row| tally.insert(items.text(rows.item[row]), 1));
        if !repeats.is_empty() {
            let repeats: HashSet<usize> = repeats.into_iter().collect();
            rows.retain(|row| !repeats.contains(&row));
        }
        let at = rows.take_at();
        let StateRows { item, state, attributes, .. } = rows;
        let items = match seen.order {
            RowOrder::ByItem => Items::ByItem { offsets: offsets_of_sorted(&item, items.len()) },
            _ => Items::ByTime { item },
        };
        let plausible = seen.plausible;
        (Self { items, at, state, state_field, attributes, plausible }, tally.finalize(FindingCode::DuplicateEvent))
    }

    pub(crate) const fn order(&self) -> RowOrder {
        match self.items {
            Items::ByItem { .. } => RowOrder::ByItem,
            Items::ByTime { .. } => RowOrder::ByTime,
        }
    }

    /// The rows of each of `n_items` items, in order of time.
    pub(crate) fn by_item(&self, n_items: usize) -> Runs {
        match &self.items {
            Items::ByItem { offsets } => Runs::in_place(offsets.clone()),
            Items::ByTime { item } => group(item, n_items),
        }
    }

    /// As rows that are to become events.
    pub(super) fn to_rows(&self) -> StateRows {
        let item = match &self.items {
            Items::ByItem { offsets } => {
                let of = |(ends, item): (&[u32], u32)| std::iter::repeat_n(item, (ends[1] - ends[0]) as usize);
                offsets.windows(2).zip(0..).flat_map(of).collect()
            }
            Items::ByTime { item } => item.clone(),
        };
        StateRows::of_columns(item, self.at.clone(), self.state.clone(), self.attributes.clone())
    }

    /// Puts the cells of some rows side by side.
    pub(crate) fn gather(&self, rows: &[u32], to: &mut RowBlock) {
        to.clear(rows.len());
        to.rows.extend_from_slice(rows);
        to.at.extend(rows.iter().map(|&row| self.at[row as usize]));
        self.state.gather(rows, &mut to.state);
        for (_, codes) in &self.attributes {
            codes.gather(rows, &mut to.values);
            mark_others(&to.values, &mut to.is_other);
        }
    }

    /// Puts the cells of rows that stand side by side into `to`.
    pub(crate) fn copy(&self, rows: Range<usize>, to: &mut RowBlock) {
        to.clear(rows.len());
        to.first = rows.start;
        to.at.extend_from_slice(&self.at[rows.clone()]);
        self.state.copy(rows.clone(), &mut to.state);
        for (_, codes) in &self.attributes {
            codes.mark_others(rows.clone(), &mut to.is_other);
        }
    }

    /// Shows the rows of each of `n_items` items, in order of time, to `visit`; gives what it leaves behind, by stretches of items.
    pub(super) fn follow<S: Default + Send>(&self, n_items: usize, visit: impl Fn(&mut S, &[u32]) + Sync) -> Vec<S> {
        let rows_of = self.by_item(n_items);
        chunk::map_ranges(n_items, |items| {
            let (mut left, mut rows) = (S::default(), Vec::new());
            for item in items {
                rows_of.copy_rows(item..item + 1, &mut rows);
                visit(&mut left, &rows);
            }
            left
        })
    }

    /// Visits the values of an attribute that are news in some rows of one item.
    fn each_change(&self, values: &Codes, rows: &[u32], mut visit: impl FnMut(u32)) {
        let mut told = NULL_CODE;
        for row in rows.iter().map(|row| *row as usize) {
            let value = values.get(row);
            if is_news(value, told, self.at[row]) {
                told = value;
                visit(value);
            }
        }
    }

    /// How many events the rows are.
    pub(crate) fn n_events(&self, n_items: usize) -> usize {
        let left = self.follow(n_items, |n: &mut usize, rows| {
            *n += rows.len();
            self.attributes.iter().for_each(|(_, values)| self.each_change(values, rows, |_| *n += 1));
        });
        left.into_iter().sum()
    }

    /// How often each of so many values of a field is set.
    pub(super) fn counts(&self, n_items: usize, field: u8, n_values: usize) -> Vec<u64> {
        // Null is none of the values.
        let add = |counts: &mut Vec<u64>, value: u32| counts.get_mut(value as usize).into_iter().for_each(|n| *n += 1);
        let mut all = vec![0; n_values];
        if field == self.state_field {
            (0..self.at.len()).for_each(|row| add(&mut all, self.state.get(row)));
        }
        for (_, values) in self.attributes.iter().filter(|(known, _)| *known == field) {
            let left = self.follow(n_items, |counts: &mut Vec<u64>, rows| {
                counts.resize(n_values, 0);
                self.each_change(values, rows, |value| add(counts, value));
            });
            left.iter().for_each(|part| all.iter_mut().zip(part).for_each(|(n, more)| *n += more));
        }
        all
    }
}

/// Whether a cell is an event: another value than the item's rows said before. An implausible row changes nothing.
fn is_news(value: u32, told: u32, at: i64) -> bool {
    value != told && value != ABSENT && Instant(at).is_plausible()
}

/// The cells of some rows, side by side: rows of one item may stand far from each other.
#[derive(Debug, Default)]
pub(crate) struct RowBlock {
    /// Their numbers; empty if they stand side by side in the log, too.
    rows: Vec<u32>,
    first: usize,
    pub(crate) at: Vec<i64>,
    pub(crate) state: Vec<u32>,
    /// Whether an attribute is another than in the row before.
    pub(crate) is_other: Vec<bool>,
    /// Of one attribute, while rows are compared.
    values: Vec<u32>,
}

impl RowBlock {
    fn clear(&mut self, n: usize) {
        self.rows.clear();
        self.at.clear();
        self.is_other.clear();
        self.is_other.resize(n, false);
    }

    /// The number that a row has in the log.
    fn number(&self, row: usize) -> usize {
        self.rows.get(row).map_or(self.first + row, |row| *row as usize)
    }
}

/// What the rows of one item have said of its attributes so far.
#[derive(Debug, Default)]
pub(crate) struct Told(Vec<u32>);

impl Told {
    /// Turns to another item.
    pub(crate) fn clear(&mut self, rows: &OrderedRows) {
        self.0.clear();
        self.0.resize(rows.attributes.len(), NULL_CODE);
    }

    /// The attributes, as field and value, that are news in this row of a block. Rows come in order of time.
    #[inline]
    pub(crate) fn changes(
        &mut self,
        rows: &OrderedRows,
        block: &RowBlock,
        row: usize,
        mut change: impl FnMut(u8, u32),
    ) {
        let number = block.number(row);
        for ((field, values), told) in rows.attributes.iter().zip(&mut self.0) {
            let value = values.get(number);
            if is_news(value, *told, block.at[row]) {
                *told = value;
                change(*field, value);
            }
        }
    }
}

/// The rows that repeat an earlier row of their item and instant exactly, in order. Rows of one instant stand together in either order.
fn repeats(rows: &StateRows) -> Vec<usize> {
    let at = rows.instants();
    let parts = chunk::map_ranges(rows.len(), |range| {
        let mut repeats = Vec::new();
        let mut row = range.start;
        while row < range.end {
            let has_next = |row: usize| at.get(row + 1) == Some(&at[row]);
            // What began in another range is looked at there.
            let begins = row == 0 || at[row - 1] != at[row];
            let start = row;
            while has_next(row) {
                row += 1;
            }
            row += 1;
            if begins && row - start > 1 {
                repeats_of_instant(rows, start..row, &mut repeats);
            }
        }
        repeats
    });
    parts.concat()
}

fn repeats_of_instant(rows: &StateRows, together: Range<usize>, repeats: &mut Vec<usize>) {
    let mut by_item: Vec<(u32, usize)> = together.map(|row| (rows.item[row], row)).collect();
    by_item.sort_unstable();
    for of_item in by_item.chunk_by(|a, b| a.0 == b.0).filter(|of_item| of_item.len() > 1) {
        let mut told = HashSet::new();
        repeats.extend(of_item.iter().map(|(_, row)| *row).filter(|&row| !told.insert(rows.told(row))));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EventLog, FlowModel};
    use super::*;

    fn log(rows: &[(&str, i64, &str)]) -> EventLog {
        let mut log = EventLog::builder();
        for &(item, at, team) in rows {
            log.push_state_row(item, Instant(at), Some("Open"), [("team", Some(team))], None).unwrap();
        }
        log.finish().unwrap()
    }

    #[test]
    fn values_and_proposals_make_no_events() {
        for rows in [[("A", 1, "x"), ("A", 3, "y"), ("B", 2, "x")], [("A", 1, "x"), ("B", 2, "x"), ("A", 3, "y")]] {
            let log = log(&rows);
            assert_eq!(log.values("team").unwrap(), [("x", 2), ("y", 1)]);
            assert_eq!(log.values("state").unwrap(), [("Open", 3)]);
            assert_eq!(FlowModel::suggest(&log).unwrap().states(), ["Open"]);
            assert!(log.columns().events.get().is_none());
        }
    }

    #[test]
    fn every_order_is_recognised() {
        assert_eq!(log(&[("A", 1, "x"), ("A", 3, "x"), ("B", 2, "x")]).row_order(), RowOrder::ByItem);
        assert_eq!(log(&[("A", 1, "x"), ("B", 2, "x"), ("A", 2, "x")]).row_order(), RowOrder::ByTime);
        assert_eq!(log(&[("A", 1, "x"), ("B", 2, "x"), ("A", 0, "x")]).row_order(), RowOrder::Other);
        assert_eq!(log(&[("A", 3, "x"), ("A", 1, "x")]).row_order(), RowOrder::Other);
        // Many rows: what is out of order may stand where two ranges meet.
        for wrong in [0, 1_023, 1_024, 9_999] {
            let at = |row: i64| if row == wrong { 20_000 } else { row };
            let items: Vec<String> = (0..10_000).map(|row| format!("{}", row % 7)).collect();
            let rows: Vec<_> = (0..10_000).map(|row| (items[row as usize].as_str(), at(row), "x")).collect();
            let expected = if wrong == 9_999 { RowOrder::ByTime } else { RowOrder::Other };
            assert_eq!(log(&rows).row_order(), expected, "{wrong}");
        }
    }

    #[test]
    fn rows_that_repeat_are_dropped_in_either_order() {
        let by_time = [("A", 1, "x"), ("B", 1, "x"), ("A", 1, "y"), ("A", 1, "x"), ("B", 1, "x"), ("A", 2, "x")];
        let mut by_item = by_time;
        by_item.sort_by_key(|row| row.0);
        for (rows, order) in [(by_time, RowOrder::ByTime), (by_item, RowOrder::ByItem)] {
            let log = log(&rows);
            assert_eq!((log.row_order(), log.findings()[0].count), (order, 2));
            assert_eq!(log.findings()[0].items, ["A", "B"]);
            // Four rows, and the team: x, y, x of A and x of B.
            assert_eq!((log.n_events(), log.events().unwrap().num_rows()), (8, 8));
        }
    }

    /// Two ranges meet between them.
    #[test]
    fn rows_that_repeat_where_ranges_meet() {
        for next in [chunk::SMALLEST as i64 - 1, 5] {
            let rows: Vec<_> = (0..2_048).map(|row| ("A", if row == next { row - 1 } else { row }, "x")).collect();
            let log = log(&rows);
            assert_eq!((log.row_order(), log.findings()[0].count), (RowOrder::ByItem, 1));
        }
        let rows: Vec<_> = (0..2_048).map(|row| ("A", row - row / 1_024, "x")).collect();
        assert_eq!(log(&rows).findings()[0].count, 1);
    }

    #[test]
    fn implausible_rows_change_no_attribute() {
        let log = log(&[("A", -5, "x"), ("A", 1, "y"), ("A", i64::MAX, "x")]);
        assert_eq!((log.row_order(), log.n_events(), log.events().unwrap().num_rows()), (RowOrder::ByItem, 4, 4));
    }
}

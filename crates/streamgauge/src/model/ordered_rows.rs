//! Rows of the state log, those of each item side by side in order of time. They never become events one by one.
//!
//! Rows that come so stay where they are; others are put there once, when the log is made. Whoever walks an item reads its rows
//! [some at a time](super::row_block).

use std::collections::HashSet;
use std::ops::Range;

use arrow_buffer::ScalarBuffer;

use super::codes::Codes;
use super::dictionary::NULL_CODE;
use super::item_codes::ItemCodes;
use super::names::Names;
use super::row_block::{RowBlock, is_news};
use super::state_rows::StateRows;
use super::survey::Survey;
use super::{Finding, FindingCode, Tally};
use crate::kernel::group::{offsets_of_sorted, sorted_runs, take};
use crate::kernel::{chunk, deal, order};
use crate::time::Instant;

/// In which order the rows of a log came: what decides how they are put by item.
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
    /// A state log in order of time. Its rows are put by item, and never sorted.
    ByTime,
    /// A state log in another order, whose rows are sorted; or one that tells when rows became known, or a log with events of the long form, which
    /// are read event by event.
    Other,
}

/// Rows by item, none of which repeats another.
#[derive(Debug)]
pub(crate) struct OrderedRows {
    /// The order in which they came.
    pub(crate) order: RowOrder,
    /// One item's rows are a stretch: the `i`th is `offsets[i]..offsets[i + 1]`.
    offsets: Vec<u32>,
    /// By item, which stretch is its own; none where they follow each other as the items do.
    stretches: Option<Vec<u32>>,
    /// By row of the source, where it stands here; none where they came so.
    places: Option<Vec<u32>>,
    pub(crate) at: ScalarBuffer<i64>,
    pub(crate) state: Codes,
    pub(crate) state_field: u8,
    /// Field and values of every row.
    pub(crate) attributes: Vec<(u8, Codes)>,
    /// The first and the last plausible instant, if there is one.
    pub(crate) plausible: Option<(Instant, Instant)>,
}

impl OrderedRows {
    /// Puts rows of so many items by item; those that are moved stand in the order of the names at once.
    pub(super) fn new(
        mut rows: StateRows,
        seen: &Survey,
        (n_items, by_name): (usize, Option<&[u32]>),
        state_field: u8,
    ) -> Self {
        let n_rows = rows.len();
        rows.attributes.iter_mut().for_each(|(_, values)| values.fill_absent(n_rows));
        let at = rows.take_at();
        let StateRows { item, state, attributes, .. } = rows;
        let (offsets, places) = match (seen.order, item) {
            (RowOrder::ByItem, ItemCodes::Runs(runs)) => (runs.offsets(n_items), None),
            (RowOrder::ByItem, ItemCodes::Each(item)) => (offsets_of_sorted(&item, n_items), None),
            (_, item) => {
                let (offsets, places) = deal::places(item.into_each(), by_name, n_items);
                (offsets, Some(places))
            }
        };
        let Survey { order, plausible, .. } = *seen;
        let mut rows =
            Self { order, offsets, stretches: None, places: None, at, state, state_field, attributes, plausible };
        if let Some(places) = places {
            rows.put(places);
        }
        rows
    }

    /// Tells whose rows each stretch holds. The finding counts those that repeat an earlier row and are dropped.
    pub(super) fn name_items(&mut self, seen: &Survey, items: &Names, by_name: Option<Vec<u32>>) -> Option<Finding> {
        self.stretches = by_name.filter(|_| self.places.is_none());
        let repeats = if seen.has_together { self.repeats() } else { Vec::new() };
        let mut tally = Tally::default();
        if !repeats.is_empty() {
            let item_of = self.item_of_stretch();
            repeats.iter().for_each(|&(stretch, _)| tally.insert(items.text(item_of(stretch)), 1));
        }
        self.drop_rows(&repeats);
        tally.finalize(FindingCode::DuplicateEvent)
    }

    /// Puts each row of the source in its place, where those of its item are side by side, and in order of time if they came so.
    fn put(&mut self, mut places: Vec<u32>) {
        let sorted = (self.order == RowOrder::Other).then(|| self.in_time(&mut places));
        let Self { at, state, attributes, .. } = self;
        let codes = std::iter::once(state).chain(attributes.iter_mut().map(|(_, codes)| codes)).collect();
        let columns = || chunk::map_owned(codes, |codes: &mut Codes| *codes = codes.put(&places));
        *at = chunk::both(|| sorted.unwrap_or_else(|| deal::put(at, &places)), columns).0.into();
        self.places = Some(places);
    }

    /// The instants of every item's rows in order of time; `places`, where the rows of each stand as they came, become those in that order.
    fn in_time(&self, places: &mut [u32]) -> Vec<i64> {
        let at = deal::put(&self.at, places);
        let Some(rows) = sorted_runs(&self.offsets, &at) else { return at };
        let moved = order::places(&rows);
        chunk::for_each_piece(places, |places| places.iter_mut().for_each(|place| *place = moved[*place as usize]));
        take(&at, &rows)
    }

    /// The rows that repeat an earlier row of their item and instant exactly, in order, each with its stretch.
    fn repeats(&self) -> Vec<(u32, usize)> {
        let parts = chunk::map_ranges(self.n_items(), |stretches| {
            let mut repeats = Vec::new();
            for stretch in stretches {
                let rows = self.stretch(stretch);
                if self.at[rows.clone()].windows(2).any(|pair| pair[0] == pair[1]) {
                    self.repeats_of_item(rows, |row| repeats.push((stretch as u32, row)));
                }
            }
            repeats
        });
        parts.concat()
    }

    fn repeats_of_item(&self, rows: Range<usize>, mut visit: impl FnMut(usize)) {
        let mut start = rows.start;
        for n in self.at[rows].chunk_by(|a, b| a == b).map(<[i64]>::len) {
            if n > 1 {
                let mut told = HashSet::new();
                (start..start + n).filter(|&row| !told.insert(self.told(row))).for_each(&mut visit);
            }
            start += n;
        }
    }

    /// What tells a row from others of its item and instant.
    fn told(&self, row: usize) -> Vec<u32> {
        std::iter::once(&self.state)
            .chain(self.attributes.iter().map(|(_, values)| values))
            .map(|of| of.get(row))
            .collect()
    }

    /// Drops rows, which stand in order, each with its stretch.
    fn drop_rows(&mut self, dropped: &[(u32, usize)]) {
        if dropped.is_empty() {
            return;
        }
        let mut next = dropped.iter().map(|(_, row)| *row as u32).peekable();
        let kept: Vec<u32> = (0..self.at.len() as u32).filter(|row| next.next_if_eq(row).is_none()).collect();
        self.at = take(&self.at, &kept).into();
        self.state = self.state.take(&kept);
        // Each column is let go before the next one is looked at.
        self.attributes.iter_mut().for_each(|(_, codes)| *codes = codes.take(&kept));
        if let Some(places) = &mut self.places {
            // How many rows before a place are dropped, unless its own is.
            let n_before = |place: u32| dropped.binary_search_by_key(&(place as usize), |(_, row)| *row).err();
            let moved = |place: &u32| Some(place - n_before(*place)? as u32);
            *places = places.iter().filter_map(moved).collect();
        }
        let mut n_before = 0;
        for (stretch, end) in self.offsets[1..].iter_mut().enumerate() {
            n_before += dropped[n_before..].iter().take_while(|(of, _)| *of as usize == stretch).count();
            *end -= n_before as u32;
        }
    }

    fn n_items(&self) -> usize {
        self.offsets.len() - 1
    }

    fn stretch(&self, stretch: usize) -> Range<usize> {
        self.offsets[stretch] as usize..self.offsets[stretch + 1] as usize
    }

    /// The rows of an item, in order of time.
    pub(crate) fn of_item(&self, item: usize) -> Range<usize> {
        self.stretch(self.stretches.as_ref().map_or(item, |stretches| stretches[item] as usize))
    }

    /// Tells whose rows a stretch holds.
    fn item_of_stretch(&self) -> impl Fn(u32) -> u32 {
        let items = self.stretches.as_deref().map(order::places);
        move |stretch| items.as_ref().map_or(stretch, |items| items[stretch as usize])
    }

    /// As rows that are to become events, in the order of the source.
    pub(super) fn to_rows(&self) -> StateRows {
        let item_of = self.item_of_stretch();
        let of = |(ends, stretch): (&[u32], u32)| std::iter::repeat_n(item_of(stretch), (ends[1] - ends[0]) as usize);
        let item: Vec<u32> = self.offsets.windows(2).zip(0..).flat_map(of).collect();
        let Some(places) = &self.places else {
            return StateRows::of_columns(item, self.at.clone(), self.state.clone(), self.attributes.clone());
        };
        let (item, at) = (take(&item, places), take(&self.at, places).into());
        let attributes = self.attributes.iter().map(|(field, codes)| (*field, codes.take(places))).collect();
        StateRows::of_columns(item, at, self.state.take(places), attributes)
    }

    /// Puts the cells of some items' rows into `to`, one item's behind the other's.
    pub(crate) fn copy(&self, items: Range<usize>, to: &mut RowBlock) {
        to.clear();
        let mut side_by_side = 0..0;
        for rows in items.map(|item| self.of_item(item)) {
            if rows.start != side_by_side.end {
                self.copy_rows(side_by_side, to);
                side_by_side = rows.clone();
            }
            side_by_side.end = rows.end;
        }
        self.copy_rows(side_by_side, to);
    }

    fn copy_rows(&self, rows: Range<usize>, to: &mut RowBlock) {
        let n_before = to.at.len();
        to.at.extend_from_slice(&self.at[rows.clone()]);
        self.state.copy(rows.clone(), &mut to.state);
        to.is_other.resize(to.at.len(), false);
        for (_, codes) in &self.attributes {
            codes.mark_others(rows.clone(), &mut to.is_other[n_before..]);
        }
    }

    /// Shows the rows of each item, in order of time, to `visit`; gives what it leaves behind, by ranges of items.
    pub(super) fn follow<S: Default + Send>(&self, visit: impl Fn(&mut S, Range<usize>) + Sync) -> Vec<S> {
        chunk::map_ranges(self.n_items(), |items| {
            let mut left = S::default();
            items.for_each(|stretch| visit(&mut left, self.stretch(stretch)));
            left
        })
    }

    /// Visits the values of an attribute that are news in some rows of one item.
    fn each_change(&self, values: &Codes, rows: Range<usize>, mut visit: impl FnMut(u32)) {
        let mut told = NULL_CODE;
        for row in rows {
            let value = values.get(row);
            if is_news(value, told, self.at[row]) {
                told = value;
                visit(value);
            }
        }
    }

    /// How many events the rows are.
    pub(crate) fn n_events(&self) -> usize {
        let left = self.follow(|n: &mut usize, rows| {
            *n += rows.len();
            self.attributes.iter().for_each(|(_, values)| self.each_change(values, rows.clone(), |_| *n += 1));
        });
        left.into_iter().sum()
    }

    /// How often each of so many values of a field is set.
    pub(super) fn counts(&self, field: u8, n_values: usize) -> Vec<u64> {
        // Null is none of the values.
        let add = |counts: &mut Vec<u64>, value: u32| counts.get_mut(value as usize).into_iter().for_each(|n| *n += 1);
        let mut all = vec![0; n_values];
        if field == self.state_field {
            (0..self.at.len()).for_each(|row| add(&mut all, self.state.get(row)));
        }
        for (_, values) in self.attributes.iter().filter(|(known, _)| *known == field) {
            let left = self.follow(|counts: &mut Vec<u64>, rows| {
                counts.resize(n_values, 0);
                self.each_change(values, rows, |value| add(counts, value));
            });
            left.iter().for_each(|part| all.iter_mut().zip(part).for_each(|(n, more)| *n += more));
        }
        all
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
        let by_time = [("A", 1, "x"), ("B", 2, "x"), ("A", 3, "y")];
        for order in [[0, 1, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0]] {
            let log = log(&order.map(|row| by_time[row]));
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

    /// Some that repeat others stand among them; only those behind them move up.
    #[test]
    fn events_stand_in_the_order_of_the_source() {
        let by_time = [("B", 1), ("A", 1), ("B", 1), ("A", 2), ("B", 2), ("A", 2), ("A", 2), ("B", 3), ("A", 3)];
        for (order, rows) in [
            (RowOrder::ByTime, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
            (RowOrder::ByItem, [0, 2, 4, 7, 1, 3, 5, 6, 8]),
            (RowOrder::Other, [8, 0, 7, 6, 4, 2, 1, 5, 3]),
        ] {
            let rows = rows.map(|row| by_time[row]);
            let log = log(&rows.map(|(item, at)| (item, at, if at == 1 { "x" } else { "y" })));
            assert_eq!(log.row_order(), order);
            let columns = log.columns();
            let events = columns.events();
            let told = |event: usize| (columns.items.text(events.item[event]), events.at[event], events.field[event]);
            let told: Vec<_> = (0..events.item.len()).map(told).collect();
            let (state, team) = (log.field_code("state").unwrap(), log.field_code("team").unwrap());
            let first = |row: &usize| !rows[..*row].contains(&rows[*row]);
            let of_row = |row: usize| {
                let (item, at) = rows[row];
                // The team is x at first, and y from 2 on.
                std::iter::once((item, at, state)).chain((at < 3).then_some((item, at, team)))
            };
            assert_eq!(told, (0..rows.len()).filter(first).flat_map(of_row).collect::<Vec<_>>(), "{order:?}");
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

//! Cells: one for each window and group, in the order of the rows; and which finished items are in each.

use crate::error::{Error, Result};
use crate::flow::{FlowRecords, Groups, Reading};
use crate::kernel::bucket::Buckets;
use crate::kernel::chunk;
use crate::kernel::group::scatter;
use crate::kernel::replay::Spent;
use crate::table::{Receipt, TableBuilder, shown_name};
use crate::time::Windows;

/// The most rows a table may have.
pub(crate) const MOST_ROWS: u64 = 10_000_000;

/// The columns that metrics have beside the fields of a group, apart from working time, and how more of them begin.
const COLUMNS: [&str; 14] = [
    "window_start",
    "window_end",
    "partial",
    "velocity",
    "active",
    "waiting",
    "paused",
    "efficiency",
    "load_start",
    "load_end",
    "load_max",
    "load_integral",
    "load_avg",
    "distribution",
];
const BEGINNINGS: [&str; 2] = ["flow_time_", "item_efficiency_"];

/// Every window × every group, in order of window, then of group.
pub(crate) struct Grid<'a> {
    pub(crate) windows: &'a Windows,
    pub(crate) groups: &'a Groups,
    buckets: Buckets<'a>,
}

impl<'a> Grid<'a> {
    /// The grid for stages with that receipt, if it is of a size that can be held.
    pub(crate) fn new(windows: &'a Windows, groups: &'a Groups, receipt: &Receipt) -> Result<Self> {
        groups.check_are_of(receipt)?;
        if windows.ends().last().is_some_and(|end| *end > groups.as_of.0) {
            return Err(Error::Argument {
                argument: "windows",
                value: "of other stages".to_owned(),
                wanted: "cut the windows at the same as_of".to_owned(),
            });
        }
        let rows = windows.len() as u64 * groups.len() as u64;
        if rows > MOST_ROWS {
            return Err(Error::TooMany { what: "rows (windows × groups)", limit: MOST_ROWS });
        }
        Ok(Self { windows, groups, buckets: Buckets::new(windows.starts(), windows.ends()) })
    }

    /// The window that holds an instant.
    pub(crate) fn window_of(&self, at: i64) -> Option<usize> {
        self.buckets.window_of(at)
    }

    /// The cell in which an item finished.
    pub(super) fn cell_of(&self, records: &FlowRecords, item: usize) -> Option<u32> {
        let finished = records.facts.at(item).finished()?;
        let window = self.window_of(finished)?;
        let group = self.groups.at(item, finished)?;
        Some((window * self.groups.len()) as u32 + group)
    }

    pub(crate) fn n_cells(&self) -> usize {
        self.windows.len() * self.groups.len()
    }

    /// A table that has the cells' keys as its first columns: `window_start, window_end, partial`, then the fields of the group.
    pub(crate) fn table(&self, receipt: Receipt) -> TableBuilder {
        let fields = self.groups.fields();
        let mut table = TableBuilder::new(receipt.with("by", fields.join(", ")));
        let n_groups = self.groups.len();
        let each_window = || (0..self.windows.len()).flat_map(|window| std::iter::repeat_n(window, n_groups));
        table.instants("window_start", each_window().map(|window| Some(self.windows.starts()[window])));
        table.instants("window_end", each_window().map(|window| Some(self.windows.ends()[window])));
        table.bools("partial", each_window().map(|window| self.windows.partial()[window]));
        let keys: Vec<_> = (0..n_groups).filter_map(|group| self.groups.values(group)).collect();
        for (place, field) in fields.iter().enumerate() {
            let values: Vec<_> = keys.iter().map(|key| key[place]).collect();
            let groups = (0..self.windows.len()).flat_map(|_| 0..n_groups as u32);
            let is_column =
                |name: &str| COLUMNS.contains(&name) || BEGINNINGS.iter().any(|begin| name.starts_with(begin));
            table.words(&shown_name(field, is_column), &values, groups);
        }
        table
    }
}

/// Finished items by the cell of their window and of their group at `finished`.
pub(crate) struct Finished {
    /// Those of cell `i` are `items[offsets[i]..offsets[i + 1]]`.
    offsets: Vec<u32>,
    items: Vec<u32>,
}

impl Finished {
    pub(crate) fn new(records: &FlowRecords, grid: &Grid<'_>) -> Self {
        // Each part has a place for each cell: it is worth its while where it has as many items.
        let smallest = chunk::SMALLEST.max(grid.n_cells());
        let parts = chunk::map_few(records.len(), smallest, |items| {
            let finished = items.filter_map(|item| Some((grid.cell_of(records, item)?, item as u32)));
            finished.unzip::<_, _, Vec<u32>, Vec<u32>>()
        });
        let (offsets, items) = scatter(&parts, grid.n_cells());
        Self { offsets, items }
    }

    /// How many items finished in each cell.
    pub(crate) fn counts(&self) -> impl Iterator<Item = i64> {
        self.offsets.windows(2).map(|ends| i64::from(ends[1] - ends[0]))
    }

    /// Folds the items of each cell into one value, in parallel.
    pub(crate) fn map<R: Send>(&self, work: impl Fn(&[u32]) -> R + Sync) -> Vec<R> {
        self.map_with(|| (), |(), items| work(items))
    }

    /// Folds what was spent on each item of a cell, if that is defined, into one value, in parallel.
    pub(crate) fn map_spent<R: Send>(&self, reading: Reading<'_>, work: impl Fn(&[Spent]) -> R + Sync) -> Vec<R> {
        self.map_with(Vec::new, |spent, items| {
            spent.clear();
            spent.extend(items.iter().filter_map(|item| reading.spent(*item as usize)));
            work(spent)
        })
    }

    fn map_with<S, R: Send>(&self, init: impl Fn() -> S + Sync, work: impl Fn(&mut S, &[u32]) -> R + Sync) -> Vec<R> {
        let parts = chunk::map_ranges(self.offsets.len() - 1, |cells| {
            let mut state = init();
            let ends = self.offsets[cells.start..=cells.end].windows(2);
            ends.map(|ends| work(&mut state, &self.items[ends[0] as usize..ends[1] as usize])).collect::<Vec<_>>()
        });
        parts.into_iter().flatten().collect()
    }
}

//! Cells: one for each window and group, in the order of the rows. Finished items are put into theirs once, for every metric.

use std::ops::Range;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::flow::{Facts, Finishes, FlowRecords, Groups, Reading};
use crate::kernel::bucket::Buckets;
use crate::kernel::chunk;
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

/// Finished items by the cell of their window and of their group at `finished`, in order of time.
pub(crate) struct Finished<'a> {
    facts: &'a Facts,
    finishes: Arc<Finishes>,
    /// Those of each cell.
    cells: Vec<Range<u32>>,
}

impl<'a> Finished<'a> {
    /// Which items are finished is the same for all windows, so the groups keep it for the first records that are asked about.
    pub(crate) fn new(records: &'a FlowRecords, grid: &Grid<'_>) -> Self {
        let (groups, windows) = (grid.groups, grid.windows);
        // Found outside of the cell: a thread of the pool that waits for it might be the one that is to help.
        let found = || Arc::new(Finishes::new(records, groups));
        let finishes = match groups.finishes.get() {
            Some(kept) if kept.are_of(records) => Arc::clone(kept),
            Some(_) => found(),
            None => {
                let found = found();
                let kept = groups.finishes.get_or_init(|| Arc::clone(&found));
                Arc::clone(if kept.are_of(records) { kept } else { &found })
            }
        };
        let by_group =
            chunk::map_each(groups.len(), |group| finishes.in_windows(group, windows.starts(), windows.ends()));
        let cells = (0..windows.len()).flat_map(|window| by_group.iter().map(move |cells| cells[window].clone()));
        Self { facts: &records.facts, cells: cells.collect(), finishes }
    }

    /// How many items finished in each cell.
    pub(crate) fn counts(&self) -> impl Iterator<Item = i64> {
        self.cells.iter().map(|cell| cell.len() as i64)
    }

    /// Folds the items of each cell into one value, in parallel.
    pub(crate) fn map<R: Send>(&self, work: impl Fn(&[u32]) -> R + Sync) -> Vec<R> {
        self.map_with(|| (), |(), cell| work(self.finishes.items(cell)))
    }

    /// Folds what was spent on each item of a cell, if that is defined, into one value, in parallel.
    pub(crate) fn map_spent<R: Send>(&self, reading: Reading<'_>, work: impl Fn(&[Spent]) -> R + Sync) -> Vec<R> {
        self.map_with(Vec::new, |spent, cell| {
            spent.clear();
            match reading.is_elapsed_of(self.facts) {
                true => spent.extend(self.finishes.spent(cell)),
                false => {
                    spent.extend(self.finishes.items(cell).iter().filter_map(|item| reading.spent(*item as usize)))
                }
            }
            work(spent)
        })
    }

    fn map_with<S, R: Send>(
        &self,
        init: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, Range<u32>) -> R + Sync,
    ) -> Vec<R> {
        let parts = chunk::map_ranges(self.cells.len(), |cells| {
            let mut state = init();
            self.cells[cells].iter().map(|cell| work(&mut state, cell.clone())).collect::<Vec<_>>()
        });
        parts.into_iter().flatten().collect()
    }
}

//! Flow efficiency: the share of flow time in which items were worked on.

use super::cells::{Finished, Grid};
use super::percentiles::Percentiles;
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, Reading};
use crate::kernel::replay::Spent;
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

/// What finished items spent their flow time on, exact sums in µs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SpentSums {
    active: i128,
    waiting: i128,
    paused: i128,
}

impl SpentSums {
    fn of(spent: &[Spent]) -> Self {
        let mut sums = Self::default();
        spent.iter().for_each(|spent| sums.insert(*spent));
        sums
    }

    pub(super) fn insert(&mut self, spent: Spent) {
        self.active += i128::from(spent.active);
        self.waiting += i128::from(spent.waiting);
        self.paused += i128::from(spent.paused);
    }

    pub(super) fn combine(&mut self, other: Self) {
        self.active += other.active;
        self.waiting += other.waiting;
        self.paused += other.paused;
    }

    pub(crate) fn total(self) -> i128 {
        self.active + self.waiting + self.paused
    }

    pub(crate) fn efficiency(self) -> Option<f64> {
        (self.total() > 0).then(|| self.active as f64 / self.total() as f64)
    }
}

/// The efficiency of the items finished in each window, by their group at that instant.
///
/// Columns: `window_start, window_end, partial`, the group's fields; `active, waiting, paused, flow_time_sum` (durations, over the
/// items whose flow time is defined; 0 when there are none); `efficiency` = active / flow_time_sum (null when nothing was finished or
/// the sum is zero); then the items' own efficiencies as a distribution: `item_efficiency_n` (items whose flow time is above zero)
/// and a column for each percentile, `item_efficiency_p50`, …. Source: definitions §4.
///
/// ```
/// use streamgauge::{EventLog, Every, FlowModel, Groups, Instant, Percentiles, Ruler, Windows, efficiency, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(1_000_000), "state", Some("Queue"), None)?;
/// log.push("A", Instant(4_000_000), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\nwaiting = [\"Queue\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::every(Every::Month, model.cut(), timelines.observed(), None, None)?;
/// let percentiles = Percentiles::new(&[50.0], Default::default())?;
/// let table = efficiency(&records, &windows, &Groups::by(&timelines, &[])?, &percentiles)?;
/// assert!(table.to_csv().ends_with(",1000000,3000000,0,4000000,0.25,1,0.25\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::Overflow`](crate::Error::Overflow) if a sum does not fit in 64 bits; [`Error::TooMany`](crate::Error::TooMany) if windows × groups
/// are more rows than a table may have.
pub fn efficiency(
    records: &FlowRecords,
    windows: &Windows,
    groups: &Groups,
    percentiles: &Percentiles,
) -> Result<Table> {
    let grid = Grid::new(windows, groups, &records.receipt)?;
    let finished = Finished::new(records, &grid);
    let mut table = grid.table(records.receipt.clone().with("percentile_method", percentiles.method().to_string()));
    for reading in records.facts.readings() {
        let suffix = reading.suffix();
        let sums = of_cells(reading, &finished);
        add_sums(&mut table, &sums, suffix);
        add_efficiency(&mut table, &sums, suffix);
        let own = of_items(reading, &finished);
        table.ints(&format!("item_efficiency_n{suffix}"), own.iter().map(|ratios| ratios.len() as i64));
        let own: Vec<_> = own.into_iter().map(|ratios| percentiles.of_ratios(ratios)).collect();
        for (place, name) in percentiles.names("item_efficiency").iter().enumerate() {
            table.floats(&format!("{name}{suffix}"), own.iter().map(|cell| cell[place]));
        }
    }
    table.finish()
}

pub(crate) fn of_cells(reading: Reading<'_>, finished: &Finished) -> Vec<SpentSums> {
    finished.map_spent(reading, SpentSums::of)
}

/// Each item's own efficiency; an item that took no time has none.
pub(crate) fn of_items(reading: Reading<'_>, finished: &Finished) -> Vec<Vec<f64>> {
    finished.map_spent(reading, |spent| {
        let spent = spent.iter().filter(|spent| spent.total() > 0);
        spent.map(|spent| spent.active as f64 / spent.total() as f64).collect()
    })
}

pub(crate) fn add_sums(table: &mut TableBuilder, sums: &[SpentSums], suffix: &str) {
    table.duration_sums(&format!("active{suffix}"), sums.iter().map(|cell| cell.active));
    table.duration_sums(&format!("waiting{suffix}"), sums.iter().map(|cell| cell.waiting));
    table.duration_sums(&format!("paused{suffix}"), sums.iter().map(|cell| cell.paused));
    table.duration_sums(&format!("flow_time_sum{suffix}"), sums.iter().map(|cell| cell.total()));
}

pub(crate) fn add_efficiency(table: &mut TableBuilder, sums: &[SpentSums], suffix: &str) {
    table.floats(&format!("efficiency{suffix}"), sums.iter().map(|cell| cell.efficiency()));
}

//! Flow time: how long finished items took, from commitment to done.

use super::cells::Grid;
use super::percentiles::Percentiles;
use super::spent::SpentInCells;
use crate::error::Result;
use crate::flow::{FlowRecords, Groups};
use crate::kernel::quantile::half_to_even;
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

/// Flow times of one cell, summed up.
pub(crate) struct FlowTimes {
    pub(crate) n: i64,
    mean: Option<i64>,
    percentiles: Vec<Option<i64>>,
}

/// The flow times of the items finished in each window, by their group at that instant.
///
/// Columns: `window_start, window_end, partial`, the group's fields, `flow_time_n` (items whose flow time is defined), a duration
/// column for each percentile (`flow_time_p50`, …; null of nothing), `flow_time_mean` (the exact sum / n, half to even). By default a
/// percentile p is the smallest observed value with at least p·n values at or below it. Source: definitions §4;
/// Hyndman and Fan 1996.
///
/// ```
/// use streamgauge::{EventLog, Every, FlowModel, Groups, Instant, Percentiles, Ruler, Windows, flow_time, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(5_000_000), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::every(Every::Month, model.cut(), timelines.observed(), None, None)?;
/// let table = flow_time(&records, &windows, &Groups::by(&timelines, &[])?, &Percentiles::default())?;
/// assert!(table.to_csv().ends_with(",1,5000000,5000000,5000000,5000000\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups are more rows than a table may have.
pub fn flow_time(
    records: &FlowRecords,
    windows: &Windows,
    groups: &Groups,
    percentiles: &Percentiles,
) -> Result<Table> {
    let grid = Grid::new(windows, groups, &records.receipt)?;
    let mut table = grid.table(records.receipt.clone().with("percentile_method", percentiles.method().to_string()));
    for reading in records.facts.readings() {
        let times = SpentInCells::new(records, &grid, reading, percentiles).flow_times;
        // As many items have a working flow time as an elapsed one.
        if !reading.is_working() {
            table.ints("flow_time_n", times.iter().map(|cell| cell.n));
        }
        add_columns(&mut table, &times, percentiles, reading.suffix());
    }
    table.finish()
}

impl FlowTimes {
    pub(super) fn of(times: &mut [i64], percentiles: &Percentiles) -> Self {
        let sum: i128 = times.iter().map(|&time| i128::from(time)).sum();
        let n = times.len() as i64;
        let mean = (n > 0).then(|| half_to_even(sum, i128::from(n)) as i64);
        Self { n, mean, percentiles: percentiles.of(times) }
    }
}

/// The percentiles and the mean, in the reading that `suffix` names.
pub(crate) fn add_columns(table: &mut TableBuilder, times: &[FlowTimes], percentiles: &Percentiles, suffix: &str) {
    for (place, name) in percentiles.names("flow_time").iter().enumerate() {
        table.durations(&format!("{name}{suffix}"), times.iter().map(|cell| cell.percentiles[place]));
    }
    table.durations(&format!("flow_time_mean{suffix}"), times.iter().map(|cell| cell.mean));
}

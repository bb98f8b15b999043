//! All five metrics in one wide table: the machine-readable contract.

use super::cells::Grid;
use super::percentiles::Percentiles;
use super::spent::SpentInCells;
use super::{distribution, efficiency, flow_time, load};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, Timelines, WORKING};
use crate::table::Table;
use crate::time::Windows;

/// All five metrics: one row for each window and group.
///
/// Columns, in order: `window_start, window_end, partial`, the group's fields, `velocity`, `flow_time_n`, the percentiles, `flow_time_mean`,
/// `active, waiting, paused, flow_time_sum`, `efficiency`, `load_start, load_end, load_max, load_integral, load_avg`, `distribution`. Each is
/// what the metric of its name gives. `load_distribution` says whether `distribution` shares out the load integral in place of velocity.
///
/// # Errors
/// [`Error::Overflow`](crate::Error::Overflow) if a sum does not fit in 64 bits; [`Error::TooMany`](crate::Error::TooMany) if
/// windows × groups are more rows than a table may have.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Percentiles, Ruler, Windows, metrics, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(10)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::list(&[(Instant(0), Instant(10))], Instant(10))?;
/// let table = metrics(&timelines, &records, &windows, &Groups::by(&timelines, &[])?, &Percentiles::default(), false)?;
/// assert!(table.to_csv().ends_with(",0,0,,,,,0,0,0,0,,0,1,1,10,1.0,\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
pub fn metrics(
    timelines: &Timelines,
    records: &FlowRecords,
    windows: &Windows,
    groups: &Groups,
    percentiles: &Percentiles,
    load_distribution: bool,
) -> Result<Table> {
    let grid = Grid::new(windows, groups, &records.receipt)?;
    Grid::new(windows, groups, &timelines.receipt)?;
    // One after the other: each needs room for a moment, and both together would hold the most of the whole answer.
    let SpentInCells { n_finished, sums, flow_times: times } =
        SpentInCells::new(records, &grid, records.facts.elapsed(), percentiles);
    let loads = load::of_cells(timelines, &grid);
    let shared_out: Vec<i128> = match load_distribution {
        true => loads.iter().map(|load| load.integral).collect(),
        false => n_finished.iter().map(|n| i128::from(*n)).collect(),
    };
    let of = if load_distribution { "load" } else { "velocity" };
    let receipt = records.receipt.clone();
    let receipt =
        receipt.with("percentile_method", percentiles.method().to_string()).with("distribution_of", of.to_owned());
    let mut table = grid.table(receipt);
    table.ints("velocity", n_finished.iter().copied());
    table.ints("flow_time_n", times.iter().map(|cell| cell.n));
    flow_time::add_columns(&mut table, &times, percentiles, "");
    efficiency::add_sums(&mut table, &sums, "");
    efficiency::add_efficiency(&mut table, &sums, "");
    load::add_columns(&mut table, &loads, &grid);
    table.floats("distribution", distribution::shares(&shared_out, groups).into_iter());
    if let Some(working) = records.facts.working_reading() {
        let SpentInCells { sums, flow_times, .. } = SpentInCells::new(records, &grid, working, percentiles);
        flow_time::add_columns(&mut table, &flow_times, percentiles, WORKING);
        efficiency::add_sums(&mut table, &sums, WORKING);
        efficiency::add_efficiency(&mut table, &sums, WORKING);
    }
    table.finish()
}

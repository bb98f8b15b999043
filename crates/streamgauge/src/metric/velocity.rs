//! Flow velocity: how many items were finished.

use super::cells::{Finished, Grid};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups};
use crate::table::Table;
use crate::time::Windows;

/// The number of items with `finished` in each window, by their group at that instant.
///
/// Columns: `window_start, window_end, partial`, the group's fields, `velocity` (items). A window in which nothing was finished has
/// a true zero. Source: Kersten, *Project to Product*; definitions §4.
///
/// ```
/// use streamgauge::{EventLog, Every, FlowModel, Groups, Instant, Ruler, Windows, records, timelines, velocity};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(5_000_000), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::every(Every::Month, model.cut(), timelines.observed(), None, None)?;
/// let table = velocity(&records, &windows, &Groups::by(&timelines, &[])?)?;
/// assert_eq!(table.to_csv(), "window_start,window_end,partial,velocity\n1970-01-01T00:00:00Z,1970-01-01T00:00:05.000001Z,true,1\n");
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups are more rows than a table may have.
pub fn velocity(records: &FlowRecords, windows: &Windows, groups: &Groups) -> Result<Table> {
    let grid = Grid::new(windows, groups, &records.receipt)?;
    let finished = Finished::new(records, &grid);
    let mut table = grid.table(records.receipt.clone());
    table.ints("velocity", finished.counts());
    table.finish()
}

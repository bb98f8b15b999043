//! Flow time in days inclusive: the third reading, apart from the other two.

use super::{FlowRecords, Timelines};
use crate::error::Result;
use crate::table::{Table, TableBuilder};
use crate::time::Instant;

/// The flow time of each finished item as tools count that take the dates: end date − start date + 1, in the model's zone.
///
/// Columns: `item` (byte order), `started, finished` (timestamps), `days_inclusive` (calendar days, at least 1). Only items whose flow time
/// is defined. It is neither elapsed nor working time, and stands in no column with them: an item of one hour over midnight has 2, one of
/// 23 hours within a day has 1. Source: definitions §3.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, Ruler, days_inclusive, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant::parse("2024-01-01T23:30:00Z", None)?.instant, "state", Some("Doing"), None)?;
/// log.push("A", Instant::parse("2024-01-02T00:30:00Z", None)?.instant, "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// assert!(days_inclusive(&timelines, &records)?.to_csv().ends_with(",2\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if the records are not of these timelines; [`Error::TooMany`](crate::Error::TooMany) if the
/// ids are more text
/// than Arrow's offsets can number.
pub fn days_inclusive(timelines: &Timelines, records: &FlowRecords) -> Result<Table> {
    records.check_are_of(timelines)?;
    let zone = timelines.cut.zone;
    let rows: Vec<(usize, i64, i64)> = (0..timelines.n_items())
        .filter_map(|item| {
            let fact = records.facts.at(item);
            fact.flow_time()?;
            Some((item, fact.started()?, fact.finished()?))
        })
        .collect();
    let mut table = TableBuilder::new(records.receipt.clone());
    table.texts("item", rows.iter().map(|row| Some(timelines.name(row.0))));
    table.instants("started", rows.iter().map(|row| Some(row.1)));
    table.instants("finished", rows.iter().map(|row| Some(row.2)));
    table.ints("days_inclusive", rows.iter().map(|row| zone.days_inclusive(Instant(row.1), Instant(row.2))));
    table.finish()
}

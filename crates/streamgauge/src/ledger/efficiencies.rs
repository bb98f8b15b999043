//! Flow efficiency, the variants side by side: because people bring another tool's number.

use super::rows::{add_groups, add_windows, check_rows, dense};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, Timelines, records};
use crate::metric::{Finished, Grid, Method, Percentiles, efficiency_of_items, efficiency_sums};
use crate::model::{Clock, Start, WhenBlocked};
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

const TAKEN: [&str; 10] = [
    "window_start",
    "window_end",
    "partial",
    "start",
    "blocked",
    "reading",
    "aggregate",
    "n",
    "efficiency",
    "difference",
];

/// One way to say it, for every cell.
struct Variant {
    start: Start,
    blocked: WhenBlocked,
    reading: &'static str,
    aggregate: &'static str,
    cells: Vec<(i64, Option<f64>)>,
}

/// Flow efficiency of the items finished in each window, said in every way that is in use.
///
/// Columns: `window_start, window_end, partial`, the group's fields; `start` (the model's own, `first_commit`, `created`), `blocked`
/// (whether blocked active time counts as `waiting` or as `active`), `reading` (`elapsed`; `working` with calendars), `aggregate`
/// (`ratio_of_sums`, `median_of_items`); `n` (items with a flow time; for the median with one above zero); `efficiency`; `difference` from
/// the first row of the cell, which is [`efficiency`](crate::efficiency) as the model says it. Source: definitions §3 and §4; Kersten,
/// *Project to Product*; tests/cases, ruling 52.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Ruler, Windows, efficiencies, records, timelines};
///
/// let mut log = EventLog::builder();
/// for (at, state) in [(0, "Open"), (4, "Doing"), (8, "Done")] {
///     log.push("A", Instant(at), "state", Some(state), None)?;
/// }
/// let model = FlowModel::from_toml("[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(20)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::list(&[(Instant(0), Instant(20))], Instant(20))?;
/// let table = efficiencies(&timelines, &records, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().contains("first_commit,waiting,elapsed,ratio_of_sums,1,1.0,0.0\n"));
/// assert!(table.to_csv().contains("created,waiting,elapsed,median_of_items,1,0.5,-0.5\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups × variants are more rows than a table may have.
pub fn efficiencies(timelines: &Timelines, records: &FlowRecords, windows: &Windows, groups: &Groups) -> Result<Table> {
    records.check_are_of(timelines)?;
    let grid = Grid::new(windows, groups, &records.receipt)?;
    let finished = Finished::new(records, &grid);
    let variants = variants(timelines, records, &finished)?;
    check_rows(grid.n_cells() * variants.len())?;
    let rows = dense(&grid, variants.len());
    let each = || (0..rows.len()).map(|row| (&variants[row % variants.len()], row / variants.len()));
    let difference = |(variant, cell): (&Variant, usize)| Some(variant.cells[cell].1? - variants[0].cells[cell].1?);
    let mut table = TableBuilder::new(records.receipt.clone().with("by", groups.fields().join(", ")));
    add_windows(&mut table, windows, &rows, true);
    add_groups(&mut table, groups, rows.iter().map(|row| row.1), &TAKEN);
    table.texts("start", each().map(|(variant, _)| Some(variant.start.as_str())));
    table.texts("blocked", each().map(|(variant, _)| Some(variant.blocked.as_str())));
    table.texts("reading", each().map(|(variant, _)| Some(variant.reading)));
    table.texts("aggregate", each().map(|(variant, _)| Some(variant.aggregate)));
    table.ints("n", each().map(|(variant, cell)| variant.cells[cell].0));
    table.floats("efficiency", each().map(|(variant, cell)| variant.cells[cell].1));
    table.floats("difference", each().map(difference));
    table.finish()
}

/// Every way to say it; the model's own first.
fn variants(timelines: &Timelines, own: &FlowRecords, finished: &Finished) -> Result<Vec<Variant>> {
    let median = Percentiles::new(&[50.0], Method::InvertedCdf)?;
    let mut starts = vec![own.clock.start];
    for start in [Start::FirstCommit, Start::Created] {
        if !starts.contains(&start) {
            starts.push(start);
        }
    }
    let other = match own.clock.blocked {
        WhenBlocked::Waiting => WhenBlocked::Active,
        WhenBlocked::Active => WhenBlocked::Waiting,
    };
    let mut variants = Vec::new();
    for start in starts {
        for blocked in [own.clock.blocked, other] {
            let clock = Clock { start, blocked, ..own.clock };
            let (replayed, _) = records(timelines, clock, &own.ruler)?;
            for measured in replayed.facts.readings() {
                let reading = measured.name();
                let sums = efficiency_sums(measured, finished);
                let n = finished.map_spent(measured, |spent| spent.len() as i64);
                let cells = n.into_iter().zip(sums.iter().map(|sums| sums.efficiency())).collect();
                variants.push(Variant { start, blocked, reading, aggregate: "ratio_of_sums", cells });
                let ratios = efficiency_of_items(measured, finished).into_iter();
                let cell =
                    |ratios: Vec<f64>| (ratios.len() as i64, median.of_ratios(ratios).first().copied().flatten());
                variants.push(Variant {
                    start,
                    blocked,
                    reading,
                    aggregate: "median_of_items",
                    cells: ratios.map(cell).collect(),
                });
            }
        }
    }
    Ok(variants)
}

//! Rework: what was reopened or went back, and the time it took.

use super::rows::{add_groups, add_windows, dense};
use super::setbacks::Moves;
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, Rulers, Timelines, WORKING};
use crate::metric::{Finished, Grid};
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

const TAKEN: [&str; 11] = [
    "window_start",
    "window_end",
    "partial",
    "finished",
    "reworked",
    "reopened",
    "backward",
    "lost",
    "flow_time_sum",
    "share",
    "lost_share",
];

/// What the items finished in one cell went through.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    finished: i64,
    reworked: i64,
    reopened: i64,
    backward: i64,
    /// Elapsed, working.
    lost: [i128; 2],
    flow_time: [i128; 2],
}

/// The rework behind the items finished in each window, by their group at that instant.
///
/// Columns: `window_start, window_end, partial`, the group's fields; `finished` (items), of these `reworked` (with a reopening or a
/// backward move); `reopened, backward` (how often); `lost`: the time between `started` and `finished` in which the item was behind the
/// furthest place of the workflow that it had had, under way and in sight; `flow_time_sum` (durations); `share` = reworked / finished;
/// `lost_share` = lost / flow_time_sum; with calendars `lost_working, flow_time_sum_working`. Source: tests/cases, rulings 49 and 50.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Ruler, Windows, records, rework, timelines};
///
/// let mut log = EventLog::builder();
/// for (at, state) in [(0, "Doing"), (4, "Review"), (6, "Doing"), (9, "Review"), (10, "Done")] {
///     log.push("A", Instant(at), "state", Some(state), None)?;
/// }
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\", \"Review\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(20)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::list(&[(Instant(0), Instant(20))], Instant(20))?;
/// let table = rework(&timelines, &records, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().ends_with(",1,1,0,1,3,10,1.0,0.3\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups are more rows than a table may have; [`Error::Overflow`](crate::Error::Overflow).
pub fn rework(timelines: &Timelines, records: &FlowRecords, windows: &Windows, groups: &Groups) -> Result<Table> {
    records.check_are_of(timelines)?;
    let grid = Grid::new(windows, groups, &records.receipt)?;
    let rulers = Rulers::working(timelines, &records.ruler)?;
    let finished = Finished::new(records, &grid);
    let cells = finished.map(|items| {
        let mut sums = Sums::default();
        let mut moves = Moves::default();
        let items = items.iter().map(|item| *item as usize);
        items.for_each(|item| sums.insert(timelines, records, rulers.as_ref(), item, &mut moves));
        sums
    });
    let rows = dense(&grid, 1);
    let ratio = |part: i128, whole: i128| (whole > 0).then(|| part as f64 / whole as f64);
    let mut table = TableBuilder::new(records.receipt.clone().with("by", groups.fields().join(", ")));
    add_windows(&mut table, windows, &rows, true);
    add_groups(&mut table, groups, rows.iter().map(|row| row.1), &TAKEN);
    table.ints("finished", cells.iter().map(|cell| cell.finished));
    table.ints("reworked", cells.iter().map(|cell| cell.reworked));
    table.ints("reopened", cells.iter().map(|cell| cell.reopened));
    table.ints("backward", cells.iter().map(|cell| cell.backward));
    table.duration_sums("lost", cells.iter().map(|cell| cell.lost[0]));
    table.duration_sums("flow_time_sum", cells.iter().map(|cell| cell.flow_time[0]));
    table.floats("share", cells.iter().map(|cell| ratio(i128::from(cell.reworked), i128::from(cell.finished))));
    table.floats("lost_share", cells.iter().map(|cell| ratio(cell.lost[0], cell.flow_time[0])));
    if rulers.is_some() {
        table.duration_sums(&format!("lost{WORKING}"), cells.iter().map(|cell| cell.lost[1]));
        table.duration_sums(&format!("flow_time_sum{WORKING}"), cells.iter().map(|cell| cell.flow_time[1]));
    }
    table.finish()
}

impl Sums {
    fn insert(
        &mut self,
        timelines: &Timelines,
        records: &FlowRecords,
        rulers: Option<&Rulers<'_>>,
        item: usize,
        moves: &mut Moves,
    ) {
        let fact = records.facts.at(item);
        let (reopened, backward) = (i64::from(fact.n_reopened()), i64::from(fact.n_backward()));
        self.finished += 1;
        self.reworked += i64::from(reopened + backward > 0);
        self.reopened += reopened;
        self.backward += backward;
        let (Some(spent), Some(started), Some(end)) = (fact.spent(), fact.started(), fact.finished()) else {
            return;
        };
        self.flow_time[0] += i128::from(spent.total());
        self.flow_time[1] += records.facts.working(item).map_or(0, |spent| i128::from(spent.total()));
        if backward == 0 {
            return;
        }
        let ruler = rulers.map(|rulers| {
            let mut ruler = rulers.item();
            ruler.set(timelines, item);
            ruler
        });
        moves.read(timelines, item);
        for setback in &moves.setbacks {
            let (from, to) = (setback.from.max(started), setback.to.min(end));
            if from < to {
                self.lost[0] += i128::from(to - from);
                self.lost[1] += ruler.as_ref().map_or(0, |ruler| i128::from(ruler.span(from, to)));
            }
        }
    }
}

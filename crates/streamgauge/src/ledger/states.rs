//! Time in state: where the time goes, by state and phase, of finished items and of all.

use super::residence::{MEASURES, Question, Residence};
use super::rows::{add_groups, add_windows, check_rows};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, Rulers, Timelines, WORKING, phase_shown};
use crate::metric::Grid;
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

const TAKEN: [&str; 13] = [
    "window_start",
    "window_end",
    "population",
    "state",
    "phase",
    "items",
    "visits",
    "residence",
    "blocked",
    "first_pass",
    "rework",
    "rework_visits",
    "slowest_share",
];
const POPULATIONS: [&str; 2] = ["finished", "clipped"];

/// Residence by state in each window, in two readings that are never mixed.
///
/// Columns: `window_start, window_end`, the group's fields; `population`; `state, phase` (null: out of sight); `items`, `visits`;
/// `residence`, and of it `blocked`, `first_pass` (first visits of an item to the state) and `rework` (later ones): durations;
/// `rework_visits`; `slowest_share`; with calendars `residence_working, blocked_working, first_pass_working, rework_working`. Population
/// `finished`: the items finished in the window, by their group then, all of their time from started to finished, so that the residences of
/// a cell sum to its `flow_time_sum`; `slowest_share` is the state's share of the flow time of those that took at least the p85. Population
/// `clipped`: every item, open ones too, by the group of each instant, what of its time lies in the window, so that active and waiting sum
/// to its `load_integral`. Source: definitions §3 and §5; tests/cases, ruling 40.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Ruler, Windows, records, states, timelines};
///
/// let mut log = EventLog::builder();
/// for (item, at, state) in [("A", 0, "Doing"), ("A", 6, "Done"), ("B", 4, "Doing")] {
///     log.push(item, Instant(at), "state", Some(state), None)?;
/// }
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(20)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::list(&[(Instant(2), Instant(10))], Instant(20))?;
/// let table = states(&timelines, &records, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().contains("finished,Doing,active,1,1,6,0,6,0,0,1.0\n"));
/// assert!(table.to_csv().contains("clipped,Doing,active,2,2,10,0,10,0,0,\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups × states are more rows than a table may have;
/// [`Error::Overflow`](crate::Error::Overflow).
pub fn states(timelines: &Timelines, records: &FlowRecords, windows: &Windows, groups: &Groups) -> Result<Table> {
    records.check_are_of(timelines)?;
    let grid = Grid::new(windows, groups, &records.receipt)?;
    let pairs = timelines.pairs();
    check_rows(grid.n_cells() * pairs.len() * POPULATIONS.len().max(records.ruler.n_calendars()))?;
    let rulers = Rulers::working(timelines, &records.ruler)?;
    let question = Question { timelines, records, grid: &grid, pairs, rulers: rulers.as_ref() };
    let populations = [question.finished(), question.clipped()];
    let n = pairs.len();
    // Row: cell, population, pair.
    let rows: Vec<(usize, usize, usize)> = (0..grid.n_cells())
        .flat_map(|cell| {
            (0..POPULATIONS.len()).flat_map(move |population| (0..n).map(move |pair| (cell, population, pair)))
        })
        .collect();
    let each = || rows.iter().map(|&(cell, population, pair)| &populations[population][cell * n + pair]);
    let places: Vec<_> = rows.iter().map(|row| (row.0 / groups.len(), row.0 % groups.len())).collect();
    let mut table = TableBuilder::new(records.receipt.clone().with("by", groups.fields().join(", ")));
    add_windows(&mut table, windows, &places, false);
    add_groups(&mut table, groups, places.iter().map(|row| row.1), &TAKEN);
    table.texts("population", rows.iter().map(|row| Some(POPULATIONS[row.1])));
    table.texts("state", rows.iter().map(|row| timelines.state_name(pairs.list[row.2].0)));
    table.texts("phase", rows.iter().map(|row| phase_shown(pairs.list[row.2].1)));
    table.ints("items", each().map(|row| row.items));
    table.ints("visits", each().map(|row| row.visits));
    add_times(&mut table, each, 0, "");
    table.ints("rework_visits", each().map(|row| row.rework_visits));
    let share = |row: &Residence| (row.slowest[1] > 0).then(|| row.slowest[0] as f64 / row.slowest[1] as f64);
    table.floats("slowest_share", each().map(share));
    if rulers.is_some() {
        add_times(&mut table, each, 1, WORKING);
    }
    table.finish()
}

fn add_times<'a, I: Iterator<Item = &'a Residence>>(
    table: &mut TableBuilder,
    each: impl Fn() -> I,
    reading: usize,
    suffix: &str,
) {
    const { assert!(MEASURES == 3) };
    let mut add = |name: &str, of: fn(&[i128; MEASURES]) -> i128| {
        table.duration_sums(&format!("{name}{suffix}"), each().map(|row| of(&row.time[reading])));
    };
    add("residence", |time| time[0]);
    add("blocked", |time| time[1]);
    add("first_pass", |time| time[0] - time[2]);
    add("rework", |time| time[2]);
}

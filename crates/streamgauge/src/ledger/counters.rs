//! Monotone counters beside the bands: how many items came through, and how many of these counts were taken back.

use super::rows::{add_groups, check_rows};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, NO_GROUP, Timelines, each_instant};
use crate::kernel::levels::{Edges, Levels, combined};
use crate::kernel::{chunk, merge};
use crate::metric::Grid;
use crate::model::Outcome;
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

/// What is counted, in the order of the columns.
const FACTS: [&str; 5] = ["arrived", "committed", "done", "cancelled", "removed"];
const COUNTERS: [&str; 2] = ["gross", "corrections"];

/// Cumulative counters at the windows' edges.
///
/// Columns: `at`, the group's fields, `counter`, then `arrived, committed, done, cancelled, removed` (items): by the clock, as it stood
/// then. The rows `gross` count how often that became true of an item in the group before `at`, the rows `corrections` how often it ceased
/// to be (reopened, brought back, back to new with `last_commit`, moved to another group). Neither ever falls; `gross − corrections` is how
/// many items it holds for just before `at`. Source: Vacanti, *Actionable Agile Metrics*; tests/cases, ruling 44.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Ruler, Windows, counters, records, timelines};
///
/// let mut log = EventLog::builder();
/// for (at, state) in [(0, "Doing"), (2, "Done"), (4, "Doing"), (6, "Done")] {
///     log.push("A", Instant(at), "state", Some(state), None)?;
/// }
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(10)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::list(&[(Instant(0), Instant(10))], Instant(10))?;
/// let table = counters(&timelines, &records, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().contains("gross,1,1,2,0,0\n") && table.to_csv().contains("corrections,0,0,1,0,0\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if edges × groups are more rows than a table may have.
pub fn counters(timelines: &Timelines, records: &FlowRecords, windows: &Windows, groups: &Groups) -> Result<Table> {
    records.check_are_of(timelines)?;
    Grid::new(windows, groups, &timelines.receipt)?;
    let edges = Edges::of_windows(windows.starts(), windows.ends());
    let n_rows = groups.len() * COUNTERS.len();
    check_rows(edges.at().len() * n_rows)?;
    let n_channels = n_rows * FACTS.len();
    let parts = chunk::map_few(timelines.n_items(), chunk::SMALLEST, |items| {
        let mut levels = Levels::<i64>::new(edges.at().len(), n_channels);
        let (mut at, mut facts) = (Vec::new(), Vec::new());
        for item in items {
            facts_over_time(timelines, records, item, &mut at, &mut facts);
            let mut before = (NO_GROUP, [false; FACTS.len()]);
            let (group_at, group) = groups.runs_of(item);
            merge::merge(&at, group_at, |at, fact, run| {
                let now = (group[run], facts[fact]);
                let edge = edges.after(at);
                count(before, now, |group, counter, fact| {
                    let channel = (group as usize * COUNTERS.len() + counter) * FACTS.len() + fact;
                    levels.insert(edge, channel, 1);
                });
                before = now;
            });
        }
        levels
    });
    let n = combined(parts).map(Levels::finalize).unwrap_or_default();
    let rows: Vec<usize> = (0..edges.at().len() * n_rows).collect();
    let mut table = TableBuilder::new(records.receipt.clone().with("by", groups.fields().join(", ")));
    table.instants("at", rows.iter().map(|row| Some(edges.at()[row / n_rows])));
    let taken = [&["at", "counter"], FACTS.as_slice()].concat();
    add_groups(&mut table, groups, rows.iter().map(|row| row % n_rows / COUNTERS.len()), &taken);
    table.texts("counter", rows.iter().map(|row| Some(COUNTERS[row % COUNTERS.len()])));
    for (fact, name) in FACTS.iter().enumerate() {
        table.ints(name, rows.iter().map(|row| n[row * FACTS.len() + fact]));
    }
    table.finish()
}

type Facts = [bool; FACTS.len()];

/// What holds of an item from each of its instants on.
fn facts_over_time(
    timelines: &Timelines,
    records: &FlowRecords,
    item: usize,
    at: &mut Vec<i64>,
    facts: &mut Vec<Facts>,
) {
    at.clear();
    facts.clear();
    each_instant(timelines, item, records.clock, |instant, clock| {
        at.push(instant);
        let is = |outcome| clock.outcome == outcome;
        let committed = clock.started.is_some();
        facts.push([true, committed, is(Outcome::Done), is(Outcome::Cancelled), is(Outcome::Removed)]);
    });
}

/// Counts what begins to hold, and what ceases to, by group.
fn count(before: (u32, Facts), now: (u32, Facts), mut insert: impl FnMut(u32, usize, usize)) {
    for fact in 0..FACTS.len() {
        let held = |(group, facts): (u32, Facts)| if facts[fact] { group } else { NO_GROUP };
        let (before, now) = (held(before), held(now));
        if before != now {
            if now != NO_GROUP {
                insert(now, 0, fact);
            }
            if before != NO_GROUP {
                insert(before, 1, fact);
            }
        }
    }
}

//! Little's ledger: load explained by what departed, and the items behind the rest.
//!
//! ```text
//! stays      ├──────a───┤          departs in [a, b): counted whole
//!               ├───a──────────b──  runs on: age(b) − age(a)
//!                   a   ├──────b──
//! load_integral = departed + age(b) − age(a), to the µs: Little's law before any averaging (Little 1961; Kim and Whitt 2013)
//! ```

use super::rows::{add_groups, add_windows, check_rows, dense};
use crate::error::{Error, Result};
use crate::flow::{Groups, Timelines};
use crate::kernel::chunk;
use crate::kernel::levels::{Edges, Levels};
use crate::metric::{Grid, load_item_changes, load_of_cells};
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

const TAKEN: [&str; 12] = [
    "window_start",
    "window_end",
    "load_integral",
    "departed",
    "age_start",
    "age_end",
    "residual",
    "unexplained",
    "arrived",
    "remaining_start",
    "remaining_end",
    "arrival_residual",
];

/// An unbroken stretch of an item in load in a group; `to` is `as_of` while it has no end.
#[derive(Clone, Copy)]
pub(super) struct Stay {
    pub(super) group: u32,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) has_ended: bool,
}

/// The stays of one item, in order of time.
pub(super) fn stays(timelines: &Timelines, groups: &Groups, item: usize, found: &mut Vec<Stay>) {
    found.clear();
    load_item_changes(
        timelines,
        groups,
        item,
        |_| true,
        |group, change| {
            if change.enters() {
                found.push(Stay { group, from: change.at(), to: timelines.observed.as_of.0, has_ended: false });
            } else if let Some(stay) = found.last_mut() {
                (stay.to, stay.has_ended) = (change.at(), true);
            }
        },
    );
}

/// The terms of the balance.
struct Terms {
    /// By cell: whole lengths of stays that end in it, and that begin in it; how many of these have no end.
    departed: Vec<i128>,
    arrived: Vec<i128>,
    endless: Vec<i64>,
    /// By edge and group: stays that run, the sum of their beginnings, the sum of their ends, how many have no end.
    running: Levels<i128>,
}

/// Sums by edge and group, in this order.
const SUMS: usize = 4;

/// Little's law as a balance: `load_integral = departed + age_end − age_start`, with its terms.
///
/// Columns: `window_start, window_end`, the group's fields; in item·µs `load_integral`; `departed` (whole lengths of the stays in load that
/// end in the window); `age_start, age_end` (lengths so far of the stays in load that run just before the edge; not the ages since their
/// start, which
/// [`net_flow`](crate::net_flow) has under these names); `residual` (always 0: an answer for which it is not is refused); `unexplained` =
/// (load_integral − departed) / load_integral, the share of load that departures do not explain: near 0 in a steady stream, near 1 where
/// work comes in and does not leave, negative where more left than the window held. Then the form by arrivals, for closed data: `arrived`
/// (whole lengths of the stays that begin in the window), `remaining_start, remaining_end` (lengths still to come), `arrival_residual`;
/// null where one of these stays has not ended. Group by `state` too for the balance of each state. Source: definitions §5 law 2; Little
/// 1961; Kim and Whitt 2013.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Windows, ledger, timelines};
///
/// let mut log = EventLog::builder();
/// for (item, from, to) in [("A", 0, 6), ("B", 4, 9)] {
///     log.push(item, Instant(from), "state", Some("Doing"), None)?;
///     log.push(item, Instant(to), "state", Some("Done"), None)?;
/// }
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(20)))?;
/// let windows = Windows::list(&[(Instant(2), Instant(8))], Instant(20))?;
/// let table = ledger(&timelines, &windows, &Groups::by(&timelines, &[])?)?;
/// // 4 of A and 4 of B; A departed after 6; B was 4 old at the end, A was 2 old at the start.
/// assert!(table.to_csv().ends_with(",8,6,2,4,0,0.25,5,4,1,0\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`] if windows × groups are more rows than a table may have; [`Error::Overflow`] if a sum does not fit in 64 bits;
/// [`Error::Unbalanced`] if a residual were not 0.
pub fn ledger(timelines: &Timelines, windows: &Windows, groups: &Groups) -> Result<Table> {
    let grid = Grid::new(windows, groups, &timelines.receipt)?;
    let edges = Edges::of_windows(windows.starts(), windows.ends());
    let loads: Vec<i128> = load_of_cells(timelines, &grid).iter().map(|load| load.integral).collect();
    let parts = chunk::map_few(timelines.n_items(), chunk::SMALLEST, |items| {
        let mut terms = Terms::new(&grid, &edges);
        let mut found = Vec::new();
        for item in items {
            stays(timelines, groups, item, &mut found);
            found.iter().for_each(|stay| terms.insert(stay, &grid, &edges));
        }
        terms
    });
    let whole = parts.into_iter().reduce(Terms::combined).unwrap_or_else(|| Terms::new(&grid, &edges));
    let running = whole.running.finalize();
    let rows = dense(&grid, 1);
    let sum = |edge: i64, group: usize, i: usize| running[(edges.number(edge) * groups.len() + group) * SUMS + i];
    let age = |edge: i64, group: usize| sum(edge, group, 0) * i128::from(edge) - sum(edge, group, 1);
    let remaining = |edge: i64, group: usize| sum(edge, group, 2) - sum(edge, group, 0) * i128::from(edge);
    let (starts, ends) = (windows.starts(), windows.ends());
    let age_start: Vec<_> = rows.iter().map(|row| age(starts[row.0], row.1)).collect();
    let age_end: Vec<_> = rows.iter().map(|row| age(ends[row.0], row.1)).collect();
    let residual: Vec<_> = (0..rows.len()).map(|i| loads[i] - whole.departed[i] - age_end[i] + age_start[i]).collect();
    let (left, right) =
        (|row: &(usize, usize)| remaining(starts[row.0], row.1), |row: &(usize, usize)| remaining(ends[row.0], row.1));
    let is_closed = |i: usize| {
        let (window, group) = rows[i];
        whole.endless[i] == 0 && sum(starts[window], group, 3) == 0 && sum(ends[window], group, 3) == 0
    };
    let closed: Vec<bool> = (0..rows.len()).map(is_closed).collect();
    let arrival = |i: usize| loads[i] - whole.arrived[i] - left(&rows[i]) + right(&rows[i]);
    balanced("residual", residual.iter().copied())?;
    balanced("arrival_residual", (0..rows.len()).filter(|i| closed[*i]).map(arrival))?;
    let mut table = TableBuilder::new(timelines.receipt.clone().with("by", groups.fields().join(", ")));
    add_windows(&mut table, windows, &rows, false);
    add_groups(&mut table, groups, rows.iter().map(|row| row.1), &TAKEN);
    table.int_sums("load_integral", loads.iter().copied());
    table.int_sums("departed", whole.departed.iter().copied());
    table.int_sums("age_start", age_start.into_iter());
    table.int_sums("age_end", age_end.into_iter());
    table.int_sums("residual", residual.into_iter());
    let unexplained = |(load, departed): (&i128, &i128)| (*load > 0).then(|| (load - departed) as f64 / *load as f64);
    table.floats("unexplained", loads.iter().zip(&whole.departed).map(unexplained));
    let known = |of: &dyn Fn(usize) -> i128| (0..rows.len()).map(|i| closed[i].then(|| of(i))).collect::<Vec<_>>();
    table.optional_sums("arrived", known(&|i| whole.arrived[i]).into_iter());
    table.optional_sums("remaining_start", known(&|i| left(&rows[i])).into_iter());
    table.optional_sums("remaining_end", known(&|i| right(&rows[i])).into_iter());
    table.optional_sums("arrival_residual", known(&arrival).into_iter());
    table.finish()
}

/// The product asserts what must hold.
fn balanced(column: &'static str, mut residuals: impl Iterator<Item = i128>) -> Result<()> {
    match residuals.find(|residual| *residual != 0) {
        Some(value) => Err(Error::Unbalanced { column, value }),
        None => Ok(()),
    }
}

impl Terms {
    fn new(grid: &Grid<'_>, edges: &Edges) -> Self {
        let n = grid.n_cells();
        let running = Levels::new(edges.at().len(), grid.groups.len() * SUMS);
        Self { departed: vec![0; n], arrived: vec![0; n], endless: vec![0; n], running }
    }

    fn insert(&mut self, stay: &Stay, grid: &Grid<'_>, edges: &Edges) {
        let group = stay.group as usize;
        let length = i128::from(stay.to - stay.from);
        let cell = |at| grid.window_of(at).map(|w| w * grid.groups.len() + group);
        if let Some(cell) = cell(stay.from) {
            self.arrived[cell] += length;
            self.endless[cell] += i64::from(!stay.has_ended);
        }
        if let Some(cell) = cell(stay.to).filter(|_| stay.has_ended) {
            self.departed[cell] += length;
        }
        let sums = [1, i128::from(stay.from), i128::from(stay.to), i128::from(!stay.has_ended)];
        // Just before its end it still runs; one without an end runs at every edge there is.
        let last = if stay.has_ended { edges.after(stay.to) } else { edges.at().len() };
        for (i, sum) in sums.into_iter().enumerate() {
            self.running.insert(edges.after(stay.from), group * SUMS + i, sum);
            self.running.insert(last, group * SUMS + i, -sum);
        }
    }

    fn combined(mut self, other: Self) -> Self {
        let add = |sums: &mut [i128], more: &[i128]| sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        add(&mut self.departed, &other.departed);
        add(&mut self.arrived, &other.arrived);
        self.endless.iter_mut().zip(&other.endless).for_each(|(n, more)| *n += more);
        self.running.combine(&other.running);
        self
    }
}

/// One item's part of a gap.
#[derive(Clone, Copy)]
struct Part {
    cell: usize,
    item: usize,
    age_start: i64,
    age_end: i64,
}

impl Part {
    const fn gap(&self) -> i64 {
        self.age_end - self.age_start
    }
}

/// The items behind the gap between load and departures.
///
/// Columns: `window_start, window_end`, the group's fields; `item`; in item·µs `age_start, age_end` (its terms in [`ledger`]); `gap` =
/// age_end − age_start; `share` = gap / the cell's load_integral. The gaps of a cell sum to load_integral − departed: this is which open
/// work holds how much of the load that finished work does not explain. Order: window, group, the largest gap first, byte order of `item`.
/// Source: as [`ledger`].
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Windows, ledger_items, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(3), "state", Some("Doing"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(20)))?;
/// let windows = Windows::list(&[(Instant(0), Instant(8))], Instant(20))?;
/// let table = ledger_items(&timelines, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().ends_with(",A,0,5,5,1.0\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`] if there are more rows than a table may have.
pub fn ledger_items(timelines: &Timelines, windows: &Windows, groups: &Groups) -> Result<Table> {
    let grid = Grid::new(windows, groups, &timelines.receipt)?;
    let loads = load_of_cells(timelines, &grid);
    let mut parts: Vec<Part> = Vec::new();
    let mut found = Vec::new();
    for item in 0..timelines.n_items() {
        stays(timelines, groups, item, &mut found);
        let first = parts.len();
        found.iter().for_each(|stay| at_edges(stay, item, &grid, &mut parts));
        merge_cells(&mut parts, first);
        check_rows(parts.len())?;
    }
    let key = |part: &Part| (part.cell, -part.gap());
    parts.sort_by(|a, b| key(a).cmp(&key(b)).then(a.item.cmp(&b.item)));
    let rows: Vec<_> = parts.iter().map(|part| (part.cell / groups.len(), part.cell % groups.len())).collect();
    let mut table = TableBuilder::new(timelines.receipt.clone().with("by", groups.fields().join(", ")));
    add_windows(&mut table, windows, &rows, false);
    add_groups(
        &mut table,
        groups,
        rows.iter().map(|row| row.1),
        &["window_start", "window_end", "item", "age_start", "age_end", "gap", "share"],
    );
    table.texts("item", parts.iter().map(|part| Some(timelines.name(part.item))));
    table.ints("age_start", parts.iter().map(|part| part.age_start));
    table.ints("age_end", parts.iter().map(|part| part.age_end));
    table.ints("gap", parts.iter().map(Part::gap));
    let share = |part: &Part| {
        let load = loads[part.cell].integral;
        (load > 0).then(|| part.gap() as f64 / load as f64)
    };
    table.floats("share", parts.iter().map(share));
    table.finish()
}

/// The windows at whose edges a stay runs, with its age there.
fn at_edges(stay: &Stay, item: usize, grid: &Grid<'_>, parts: &mut Vec<Part>) {
    let (starts, ends) = (grid.windows.starts(), grid.windows.ends());
    let runs_before = |edge: i64| stay.from < edge && (edge <= stay.to || !stay.has_ended);
    let first = ends.partition_point(|&end| end <= stay.from);
    for window in first..starts.len() {
        let (start, end) = (starts[window], ends[window]);
        if !runs_before(start) && !runs_before(end) {
            if start > stay.to {
                break;
            }
            continue;
        }
        let age = |edge: i64| if runs_before(edge) { edge - stay.from } else { 0 };
        let cell = window * grid.groups.len() + stay.group as usize;
        parts.push(Part { cell, item, age_start: age(start), age_end: age(end) });
    }
}

/// Puts together the parts of one item, which begin at `first`, that are of the same cell.
fn merge_cells(parts: &mut Vec<Part>, first: usize) {
    parts[first..].sort_by_key(|part| part.cell);
    let mut last = first;
    for i in first + 1..parts.len() {
        let next = parts[i];
        if parts[last].cell == next.cell {
            parts[last].age_start += next.age_start;
            parts[last].age_end += next.age_end;
        } else {
            last += 1;
            parts[last] = next;
        }
    }
    parts.truncate((last + 1).min(parts.len()));
}

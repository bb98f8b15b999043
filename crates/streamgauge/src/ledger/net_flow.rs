//! Net flow: what came, what left, and the age of what is there.

use super::rows::{add_groups, add_windows, check_rows, dense};
use super::running::{Run, Running};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, ItemRuler, NO_GROUP, Rulers, Standing, Timelines, WORKING, each_instant};
use crate::kernel::levels::{Edges, Levels};
use crate::kernel::{chunk, merge};
use crate::metric::Grid;
use crate::model::Outcome;
use crate::table::{Table, TableBuilder};
use crate::time::{Ruler, Windows};

/// The columns of counts, in order: arrivals, then departures by what became of the item.
const COUNTS: [&str; 5] = ["arrivals", "done", "cancelled", "removed", "moved"];
const TAKEN: [&str; 14] = [
    "window_start",
    "window_end",
    "partial",
    "arrivals",
    "departures",
    "done",
    "cancelled",
    "removed",
    "moved",
    "net_flow",
    "open_start",
    "open_end",
    "age_start",
    "age_end",
];

/// Counts by cell, and what is open at each edge.
struct Counted<'a> {
    question: &'a Question<'a>,
    cells: Vec<[i64; COUNTS.len()]>,
    /// By edge and group: how many are open.
    open: Levels<i64>,
    /// By reading: the ages of those that are open.
    ages: Vec<Running<'a>>,
}

/// What the counting needs to know.
struct Question<'a> {
    timelines: &'a Timelines,
    records: &'a FlowRecords,
    grid: &'a Grid<'a>,
    edges: &'a Edges,
    elapsed: Ruler,
}

/// An item that is open in a group.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Open {
    group: u32,
    started: i64,
}

/// Arrivals, departures, and the work-item age of each window.
///
/// An item is open, as by the clock, from its start until it is done, cancelled, removed or not started again. Columns: `window_start,
/// window_end, partial`, the group's fields; `arrivals` and `departures` (how often an item became open in the group, or ceased to be),
/// departures divided into `done, cancelled, removed, moved` (to another group, to a kind that does not count, or back before its start);
/// `net_flow` = arrivals − departures; `open_start, open_end` (items); `age_start, age_end` (durations, with calendars `_working` too:
/// total work-item age, the sum of the open items' ages since their start just before the edge; not the stays in load that
/// [`ledger`](crate::ledger) has under these names).
/// `net_flow = open_end − open_start`. Source: Vacanti, *Actionable Agile Metrics* (work-item age); tests/cases, ruling 45.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Ruler, Windows, net_flow, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("B", Instant(4), "state", Some("Doing"), None)?;
/// log.push("A", Instant(6), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(10)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::list(&[(Instant(2), Instant(10))], Instant(10))?;
/// let table = net_flow(&timelines, &records, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().ends_with(",1,1,1,0,0,0,0,1,1,2,6\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups are more rows than a table may have; [`Error::Overflow`](crate::Error::Overflow).
pub fn net_flow(timelines: &Timelines, records: &FlowRecords, windows: &Windows, groups: &Groups) -> Result<Table> {
    records.check_are_of(timelines)?;
    let grid = Grid::new(windows, groups, &timelines.receipt)?;
    check_rows(grid.n_cells() * records.ruler.n_calendars())?;
    let edges = Edges::of_windows(windows.starts(), windows.ends());
    let rulers = Rulers::working(timelines, &records.ruler)?;
    let question = Question { timelines, records, grid: &grid, edges: &edges, elapsed: Ruler::elapsed() };
    let parts = chunk::map_few(timelines.n_items(), chunk::SMALLEST, |items| {
        let mut counted = Counted::new(&question);
        let mut ruler = rulers.as_ref().map(Rulers::item);
        items.for_each(|item| counted.item(item, ruler.as_mut()));
        counted
    });
    let whole = parts.into_iter().reduce(Counted::combined).unwrap_or_else(|| Counted::new(&question));
    let open = whole.open.finalize();
    let ages: Vec<Vec<i128>> = whole.ages.into_iter().map(Running::finalize).collect();
    let rows = dense(&grid, 1);
    let counts = |i: usize| whole.cells.iter().map(move |cell| cell[i]);
    let departures = || whole.cells.iter().map(|cell| cell[1..].iter().sum::<i64>());
    let at_edge = |edge: i64, group: usize| edges.number(edge) * groups.len() + group;
    let start = |row: &(usize, usize)| at_edge(windows.starts()[row.0], row.1);
    let end = |row: &(usize, usize)| at_edge(windows.ends()[row.0], row.1);
    let mut table = TableBuilder::new(records.receipt.clone().with("by", groups.fields().join(", ")));
    add_windows(&mut table, windows, &rows, true);
    add_groups(&mut table, groups, rows.iter().map(|row| row.1), &TAKEN);
    table.ints("arrivals", counts(0));
    table.ints("departures", departures());
    for (i, name) in COUNTS.iter().enumerate().skip(1) {
        table.ints(name, counts(i));
    }
    table.ints("net_flow", counts(0).zip(departures()).map(|(arrivals, departures)| arrivals - departures));
    table.ints("open_start", rows.iter().map(|row| open[start(row)]));
    table.ints("open_end", rows.iter().map(|row| open[end(row)]));
    for (ages, suffix) in ages.iter().zip(["", WORKING]) {
        table.duration_sums(&format!("age_start{suffix}"), rows.iter().map(|row| ages[start(row)]));
        table.duration_sums(&format!("age_end{suffix}"), rows.iter().map(|row| ages[end(row)]));
    }
    table.finish()
}

/// The working time of one item since it was started, as its instants are walked: each stretch is measured once.
struct Worked {
    until: i64,
    total: i64,
    started: Option<i64>,
    at_start: i64,
}

impl Worked {
    /// From its start to `at`, which is not before the last one that was asked for.
    fn since_start(&mut self, at: i64, started: Option<i64>, ruler: &ItemRuler<'_>) -> i64 {
        self.total += ruler.span(self.until, at);
        self.until = at;
        if self.started != started {
            self.started = started;
            self.at_start = self.total - started.map_or(0, |started| ruler.span(started, at));
        }
        self.total - self.at_start
    }
}

impl<'a> Counted<'a> {
    fn new(question: &'a Question<'a>) -> Self {
        let (n_edges, n_groups) = (question.edges.at().len(), question.grid.groups.len());
        let working = Some(&question.records.ruler).filter(|ruler| !ruler.is_elapsed());
        let rulers = std::iter::once(&question.elapsed).chain(working);
        Self {
            question,
            cells: vec![[0; COUNTS.len()]; question.grid.n_cells()],
            open: Levels::new(n_edges, n_groups),
            ages: rulers.map(|ruler| Running::new(ruler, question.edges, n_groups)).collect(),
        }
    }

    fn combined(mut self, other: Self) -> Self {
        for (cell, more) in self.cells.iter_mut().zip(&other.cells) {
            cell.iter_mut().zip(more).for_each(|(n, more)| *n += more);
        }
        self.open.combine(&other.open);
        self.ages = self.ages.into_iter().zip(&other.ages).map(|(sums, more)| sums.combined(more)).collect();
        self
    }

    fn item(&mut self, item: usize, mut ruler: Option<&mut ItemRuler<'_>>) {
        let Question { timelines, records, grid, .. } = *self.question;
        if let Some(ruler) = &mut ruler {
            ruler.set(timelines, item);
        }
        let ruler = ruler.as_deref();
        let (mut at, mut clocks) = (Vec::new(), Vec::new());
        each_instant(timelines, item, records.clock, |instant, clock| {
            at.push(instant);
            clocks.push(clock);
        });
        let (group_at, group) = grid.groups.runs_of(item);
        let mut before: Option<(Open, i64, i64)> = None;
        let mut worked = Worked { until: timelines.steps(item).at[0], total: 0, started: None, at_start: 0 };
        merge::merge(&at, group_at, |at, step, run| {
            let clock = clocks[step];
            let is_open = clock.outcome == Outcome::Open && group[run] != NO_GROUP;
            let now = clock.started.filter(|_| is_open).map(|started| Open { group: group[run], started });
            let age = ruler.map_or(0, |ruler| worked.since_start(at, clock.started, ruler));
            if before.map(|open| open.0) != now {
                if let Some((open, since, age)) = before {
                    self.age(open, since, at, age, ruler);
                }
                self.turn(at, before.map(|open| open.0.group), now.map(|open| open.group), clock);
                before = now.map(|open| (open, at, age));
            }
        });
        if let Some((open, since, age)) = before {
            self.age(open, since, timelines.observed.as_of.0, age, ruler);
        }
    }

    /// An item was open in a group over `[from, to)`, and so old in working time at its beginning.
    fn age(&mut self, open: Open, from: i64, to: i64, mut before: i64, ruler: Option<&ItemRuler<'_>>) {
        let channel = open.group as usize;
        self.open.insert(self.question.edges.after(from), channel, 1);
        self.open.insert(self.question.edges.after(to), channel, -1);
        self.ages[0].insert_while(Run { channel, calendar: 0, from, to }, from - open.started);
        for (calendar, from, to) in ruler.into_iter().flat_map(|ruler| ruler.parts(from, to)) {
            self.ages[1].insert_while(Run { channel, calendar, from, to }, before);
            before += self.question.records.ruler.span_in(calendar, from, to);
        }
    }

    /// An item left a group, came into another, or both.
    fn turn(&mut self, at: i64, left: Option<u32>, came: Option<u32>, clock: Standing) {
        let grid = self.question.grid;
        let Some(window) = grid.window_of(at) else { return };
        if left == came {
            return;
        }
        let mut insert = |group: u32, count: usize| self.cells[window * grid.groups.len() + group as usize][count] += 1;
        if let Some(group) = came {
            insert(group, 0);
        }
        if let Some(group) = left {
            let what_became = match clock.outcome {
                Outcome::Done => 1,
                Outcome::Cancelled => 2,
                Outcome::Removed => 3,
                Outcome::Open | Outcome::NotStarted => 4,
            };
            insert(group, what_became);
        }
    }
}

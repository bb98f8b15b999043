//! What must always hold, counted: how many identities were checked on this very log, and how many do not hold.

use super::little::{Stay, stays};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, Rulers, Timelines};
use crate::kernel::chunk;
use crate::metric::{Grid, load_of_cells};
use crate::model::Outcome;
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

/// One identity: how often it was checked, and what is left over where it does not hold.
struct Identity {
    name: &'static str,
    checked: i64,
    broken: i64,
    /// The sum of the absolute residuals, µs.
    residual: i128,
}

impl Identity {
    const fn new(name: &'static str) -> Self {
        Self { name, checked: 0, broken: 0, residual: 0 }
    }

    fn check(&mut self, left: i128, right: i128) {
        self.checked += 1;
        self.broken += i64::from(left != right);
        self.residual += (left - right).abs();
    }
}

/// Checks the identities of the definitions for every item, and for every window and group.
///
/// Columns: `identity`, `checked` (how often), `broken` (how often it does not hold: 0), `residual` (µs or item·µs left over in all: 0). Of
/// each item: `flow_time` (finished − started = active + waiting + paused), `age`, `residence` (the stretches of the clock's time sum to
/// it), with calendars `flow_time_working`. Of each window and group: `little` (load_integral = departed + age_end − age_start) and `load`
/// (the integral = the sum of each item's time in load inside the window). Source: definitions §5, laws 1 and 2.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Ruler, Windows, identities, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(6), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::list(&[(Instant(0), Instant(7))], Instant(7))?;
/// let table = identities(&timelines, &records, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().contains("little,1,0,0\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups are more rows than a table may have.
pub fn identities(timelines: &Timelines, records: &FlowRecords, windows: &Windows, groups: &Groups) -> Result<Table> {
    records.check_are_of(timelines)?;
    let grid = Grid::new(windows, groups, &records.receipt)?;
    let mut checked = of_items(timelines, records)?;
    checked.extend(of_cells(timelines, &grid));
    let mut table = TableBuilder::new(records.receipt.clone().with("by", groups.fields().join(", ")));
    table.texts("identity", checked.iter().map(|identity| Some(identity.name)));
    table.ints("checked", checked.iter().map(|identity| identity.checked));
    table.ints("broken", checked.iter().map(|identity| identity.broken));
    table.int_sums("residual", checked.iter().map(|identity| identity.residual));
    table.finish()
}

/// The clock of each item that has one.
fn of_items(timelines: &Timelines, records: &FlowRecords) -> Result<Vec<Identity>> {
    let [mut flow_time, mut age, mut residence, mut working] =
        ["flow_time", "age", "residence", "flow_time_working"].map(Identity::new);
    let rulers = Rulers::working(timelines, &records.ruler)?;
    let mut ruler = rulers.as_ref().map(Rulers::item);
    let facts = &records.facts;
    let mut course = Vec::new();
    for item in 0..records.len() {
        let fact = facts.at(item);
        let (Some(spent), Some(from)) = (fact.spent(), fact.started()) else { continue };
        let to = fact.finished().unwrap_or(timelines.observed.as_of.0);
        let total = i128::from(spent.total());
        let identity = if fact.outcome() == Outcome::Done { &mut flow_time } else { &mut age };
        identity.check(i128::from(to - from), total);
        timelines.course(item, &mut course);
        let inside = course.iter().filter_map(|stretch| stretch.within(from, to));
        residence.check(inside.map(|part| i128::from(part.length())).sum(), total);
        if let (Some(ruler), Some(spent)) = (&mut ruler, facts.working(item)) {
            ruler.set(timelines, item);
            working.check(i128::from(ruler.span(from, to)), i128::from(spent.total()));
        }
    }
    let mut checked = vec![flow_time, age, residence];
    checked.extend(rulers.is_some().then_some(working));
    Ok(checked)
}

/// The balance of each window and group, by the plain sums over stays: apart from the running sums that the tables use.
fn of_cells(timelines: &Timelines, grid: &Grid<'_>) -> [Identity; 2] {
    let parts = chunk::map_few(timelines.n_items(), chunk::SMALLEST, |items| {
        let mut sums = vec![[0_i128; 3]; grid.n_cells()];
        let mut found = Vec::new();
        for item in items {
            stays(timelines, grid.groups, item, &mut found);
            found.iter().for_each(|stay| add_plainly(stay, grid, &mut sums));
        }
        sums
    });
    let sum = |cell: usize, i: usize| parts.iter().map(|sums| sums[cell][i]).sum::<i128>();
    let [mut little, mut load] = ["little", "load"].map(Identity::new);
    for (cell, integral) in load_of_cells(timelines, grid).iter().map(|load| load.integral).enumerate() {
        little.check(integral, sum(cell, 0) + sum(cell, 1));
        load.check(integral, sum(cell, 2));
    }
    [little, load]
}

/// What a stay adds, window by window: departed, age_end − age_start, and its time inside.
fn add_plainly(stay: &Stay, grid: &Grid<'_>, sums: &mut [[i128; 3]]) {
    let (starts, ends) = (grid.windows.starts(), grid.windows.ends());
    let cell = |window: usize| window * grid.groups.len() + stay.group as usize;
    if let Some(window) = grid.window_of(stay.to).filter(|_| stay.has_ended) {
        sums[cell(window)][0] += i128::from(stay.to - stay.from);
    }
    let age = |edge: i64| {
        let runs = stay.from < edge && (edge <= stay.to || !stay.has_ended);
        if runs { i128::from(edge - stay.from) } else { 0 }
    };
    let first = ends.partition_point(|&end| end <= stay.from);
    for window in (first..starts.len()).take_while(|&window| starts[window] <= stay.to) {
        let inside = stay.to.min(ends[window]) - stay.from.max(starts[window]);
        let sums = &mut sums[cell(window)];
        sums[1] += age(ends[window]) - age(starts[window]);
        sums[2] += i128::from(inside.max(0));
    }
}

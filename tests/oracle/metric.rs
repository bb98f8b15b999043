//! The five metrics of a window and a group (definitions, sections 4 and 8).
//!
//! Load is asked at every instant at which any item changes; finished items are looked for anew for every row.

use std::collections::BTreeSet;

use crate::event::{Event, clean};
use crate::history::{History, Step, histories};
use crate::model::Model;
use crate::number;
use crate::record::{Record, record};
use crate::window::{Window, Windows, windows};

/// What flow distribution shares out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Share {
    /// Velocity.
    #[default]
    Velocity,
    /// The load integral.
    Load,
}

/// How to reduce many flow times to a few numbers, and what to share out.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Which percentiles of flow time.
    pub percentiles: Vec<f64>,
    /// Linear (type 7) in place of the inverted distribution function.
    pub linear: bool,
    /// What flow distribution shares out.
    pub distribution_of: Share,
}

impl Default for Options {
    fn default() -> Options {
        Options { percentiles: vec![50.0, 85.0, 95.0], linear: false, distribution_of: Share::Velocity }
    }
}

/// One window and one group. Lengths in µs; `None` is null.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The window, cut at `as_of`.
    pub window: Window,
    /// The values of the group's fields, in the order asked for.
    pub group: Vec<Option<String>>,
    /// Items finished in the window.
    pub velocity: u64,
    /// Those of them whose flow time is defined.
    pub flow_time_n: u64,
    /// Each percentile asked for, and its value.
    pub percentiles: Vec<(f64, Option<i64>)>,
    /// The mean flow time.
    pub flow_time_mean: Option<i64>,
    /// Sum of active time.
    pub active: i128,
    /// Sum of waiting time.
    pub waiting: i128,
    /// Sum of paused time.
    pub paused: i128,
    /// Sum of flow time.
    pub flow_time_sum: i128,
    /// Active over flow time.
    pub efficiency: Option<f64>,
    /// Load just before the window.
    pub load_start: u64,
    /// Load just before its end.
    pub load_end: u64,
    /// The greatest load at any of its instants.
    pub load_max: u64,
    /// The sum of load over time, item·µs.
    pub load_integral: i128,
    /// The integral over the window's length.
    pub load_avg: Option<f64>,
    /// The share among the rows of the window that differ only in kind.
    pub distribution: Option<f64>,
}

/// The values of a group's fields.
pub type Group = Vec<Option<String>>;

/// Every window and every group, in order of window, then of the group's values (byte order, null last).
pub fn metrics(
    events: &[Event],
    model: &Model,
    as_of: Option<i64>,
    asked: &Windows,
    by: &[&str],
    options: &Options,
) -> Result<Vec<Row>, String> {
    if let Some(percent) = options.percentiles.iter().find(|percent| !(0.0..=100.0).contains(*percent)) {
        return Err(format!("percentile {percent} is not between 0 and 100"));
    }
    let clean = clean(events, as_of);
    let histories = histories(&clean, model)?;
    let Some(as_of) = clean.as_of else { return Ok(Vec::new()) };
    let first = clean.events.first().map(|event| event.at);
    let windows = windows(asked, model, first, as_of)?;
    let groups = groups(&histories, by);
    let mut rows = Vec::new();
    for window in windows {
        for group in &groups {
            rows.push(row(&histories, model, window, by, group, options));
        }
    }
    share_out(&mut rows, by, options.distribution_of);
    Ok(rows)
}

/// Every group that a flow item held over some stretch of time; the one group of everything when no field is asked for.
pub(crate) fn groups(histories: &[History], by: &[&str]) -> Vec<Group> {
    if by.is_empty() {
        return vec![Vec::new()];
    }
    let mut held: BTreeSet<Group> = BTreeSet::new();
    for history in histories {
        let counting = history.pieces().into_iter().filter(|piece| piece.step.counts());
        held.extend(counting.map(|piece| piece.step.group(by)));
    }
    let mut groups: Vec<Group> = held.into_iter().collect();
    groups.sort_by_key(|group| group.iter().map(|value| (value.is_none(), value.clone())).collect::<Vec<_>>());
    groups
}

fn row(histories: &[History], model: &Model, window: Window, by: &[&str], group: &Group, options: &Options) -> Row {
    let done = finished_in(histories, model, window, by, group);
    let sum_of = |part: fn(&Record) -> Option<i64>| done.iter().filter_map(part).map(i128::from).sum::<i128>();
    let flow_times: Vec<i64> = done.iter().filter_map(|record| record.flow_time).collect();
    let method = if options.linear { number::percentile_linear } else { number::percentile_inverted };
    let (active, flow_time_sum) = (sum_of(|record| record.active), sum_of(|record| record.flow_time));
    let load = |instant: i64| load_at(histories, instant, by, group);
    let instants = change_instants(histories, window);
    let load_integral = integral(&instants, window.end, load);
    Row {
        window,
        group: group.clone(),
        velocity: done.len() as u64,
        flow_time_n: flow_times.len() as u64,
        percentiles: options.percentiles.iter().map(|percent| (*percent, method(&flow_times, *percent))).collect(),
        flow_time_mean: number::mean(&flow_times),
        active,
        waiting: sum_of(|record| record.waiting),
        paused: sum_of(|record| record.paused),
        flow_time_sum,
        efficiency: number::ratio(active, flow_time_sum),
        load_start: load(window.start - 1),
        load_end: load(window.end - 1),
        load_max: instants.iter().map(|instant| load(*instant)).max().unwrap_or(0),
        load_integral,
        load_avg: number::ratio(load_integral, i128::from(window.end - window.start)),
        distribution: None,
    }
}

/// The items finished in the window, by their values and kind at `finished`.
pub(crate) fn finished_in(
    histories: &[History],
    model: &Model,
    window: Window,
    by: &[&str],
    group: &Group,
) -> Vec<Record> {
    let belongs = |step: &Step| step.counts() && step.group(by) == *group;
    let mut found = Vec::new();
    for history in histories {
        let Some(record) = record(history, model, &BTreeSet::new()) else { continue };
        let Some(finished) = record.finished else { continue };
        let inside = (window.start..window.end).contains(&finished);
        if inside && history.at(finished).is_some_and(belongs) {
            found.push(record);
        }
    }
    found
}

/// The number of items in load in the group at an instant, by their values at that instant.
pub fn load_at(histories: &[History], instant: i64, by: &[&str], group: &[Option<String>]) -> u64 {
    let in_group = |step: &Step| step.in_load() && step.group(by) == group;
    histories.iter().filter(|history| history.at(instant).is_some_and(in_group)).count() as u64
}

/// The window's start and every instant inside it at which any item changes.
pub(crate) fn change_instants(histories: &[History], window: Window) -> Vec<i64> {
    let changes = histories.iter().flat_map(|history| history.steps.iter().map(|step| step.at));
    let inside = changes.filter(|at| (window.start..window.end).contains(at));
    let instants: BTreeSet<i64> = inside.chain([window.start]).collect();
    instants.into_iter().collect()
}

/// Between two neighbouring instants of change the load is what it is at the first.
pub(crate) fn integral(instants: &[i64], end: i64, load: impl Fn(i64) -> u64) -> i128 {
    let mut sum = 0;
    for (i, instant) in instants.iter().enumerate() {
        let until = instants.get(i + 1).copied().unwrap_or(end);
        sum += i128::from(load(*instant)) * i128::from(until - instant);
    }
    sum
}

/// Each row's share among the rows of its window with the same values in all fields but `kind`.
fn share_out(rows: &mut [Row], by: &[&str], of: Share) {
    let Some(kind_place) = by.iter().position(|field| *field == "kind") else { return };
    let amount = |row: &Row| match of {
        Share::Velocity => i128::from(row.velocity),
        Share::Load => row.load_integral,
    };
    let others = |row: &Row| {
        let mut group = row.group.clone();
        group.remove(kind_place);
        (row.window.start, row.window.end, group)
    };
    let before = rows.to_vec();
    for row in rows {
        let whole = before.iter().filter(|other| others(other) == others(row)).map(amount).sum();
        row.distribution = number::ratio(amount(row), whole);
    }
}

//! Blocked work: what was held up, by its flag or its state, when and for how long.

use super::rows::{add_groups, add_windows, check_rows, dense};
use crate::error::Result;
use crate::flow::{
    BLOCKED, BLOCKED_BY_FLAG, BLOCKED_BY_STATE, FlowRecords, Groups, Rulers, Stretch, Timelines, phase_shown,
};
use crate::metric::{Grid, load_changes, load_of_cells, load_of_changes};
use crate::model::NULL_CODE;
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

const TAKEN: [&str; 11] = [
    "window_start",
    "window_end",
    "partial",
    "blocked_start",
    "blocked_end",
    "blocked_max",
    "blocked_integral",
    "blocked_avg",
    "blocked_share",
    "began",
    "ended",
];

/// The blocked part of the load in each window.
///
/// An item is blocked while its flag says so or its state is one of the model's `blocked_states`, both at once counting once; an item that
/// is done, cancelled or removed is not. Columns: `window_start, window_end, partial`, the group's fields; `blocked_start, blocked_end,
/// blocked_max, blocked_integral, blocked_avg` as those of
/// [`load`](crate::load), of items in load that are blocked; `blocked_share` = blocked_integral / load_integral (null without load);
/// `began, ended` (how often an item became blocked load of the group, or ceased to be). Source: definitions §3; tests/cases, rulings 37
/// and 41.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Windows, blocked, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(4), "blocked", Some("true"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(10)))?;
/// let windows = Windows::list(&[(Instant(0), Instant(10))], Instant(10))?;
/// let table = blocked(&timelines, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().ends_with(",0,1,1,6,0.6,0.6,1,0\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups are more rows than a table may have; [`Error::Overflow`](crate::Error::Overflow).
pub fn blocked(timelines: &Timelines, windows: &Windows, groups: &Groups) -> Result<Table> {
    let grid = Grid::new(windows, groups, &timelines.receipt)?;
    let changes = load_changes(timelines, groups, |flags| flags & BLOCKED != 0);
    let held_up = load_of_changes(&grid, &changes);
    let loads = load_of_cells(timelines, &grid);
    let mut turns = vec![[0_i64; 2]; grid.n_cells()];
    for group in 0..changes.n_groups() {
        for change in changes.of(group) {
            if let Some(window) = grid.window_of(change.at()) {
                turns[window * groups.len() + group][usize::from(!change.enters())] += 1;
            }
        }
    }
    let rows = dense(&grid, 1);
    let length = |row: &(usize, usize)| windows.ends()[row.0] - windows.starts()[row.0];
    let mut table = TableBuilder::new(timelines.receipt.clone().with("by", groups.fields().join(", ")));
    add_windows(&mut table, windows, &rows, true);
    add_groups(&mut table, groups, rows.iter().map(|row| row.1), &TAKEN);
    table.ints("blocked_start", held_up.iter().map(|cell| cell.start));
    table.ints("blocked_end", held_up.iter().map(|cell| cell.end));
    table.ints("blocked_max", held_up.iter().map(|cell| cell.max));
    table.int_sums("blocked_integral", held_up.iter().map(|cell| cell.integral));
    let average = held_up.iter().zip(&rows).map(|(cell, row)| Some(cell.integral as f64 / length(row) as f64));
    table.floats("blocked_avg", average);
    let share = |(part, whole): (i128, i128)| (whole > 0).then(|| part as f64 / whole as f64);
    table.floats("blocked_share", held_up.iter().zip(&loads).map(|(part, load)| share((part.integral, load.integral))));
    table.ints("began", turns.iter().map(|turns| turns[0]));
    table.ints("ended", turns.iter().map(|turns| turns[1]));
    table.finish()
}

/// An unbroken stretch in which an item is blocked.
struct Episode {
    item: usize,
    first: Stretch,
    to: i64,
    by: u8,
    /// The code of its reason.
    reason: u32,
    working: i64,
}

/// One row for each unbroken stretch in which an item was blocked, in byte order of `item`, then of time.
///
/// Columns: `item`; `state, phase` when it began; `began`; `ended` (null if it runs at `as_of`); `blocked` (duration, up to `as_of`); `by`
/// (`flag`, `state` or `both`); `reason` (the first text that the field `blocked_reason` held meanwhile; null if the source has none); with
/// calendars `blocked_working`. Source: definitions §3; tests/cases, rulings 37 and 42.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, Ruler, episodes, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(4), "blocked", Some("true"), None)?;
/// log.push("A", Instant(4), "blocked_reason", Some("no licence"), None)?;
/// log.push("A", Instant(9), "blocked", None, None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(10)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// assert!(episodes(&timelines, &records)?.to_csv().ends_with(",5,flag,no licence\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if there are more episodes than a table may have rows.
pub fn episodes(timelines: &Timelines, records: &FlowRecords) -> Result<Table> {
    records.check_are_of(timelines)?;
    let rulers = Rulers::working(timelines, &records.ruler)?;
    let mut ruler = rulers.as_ref().map(Rulers::item);
    let reason = timelines.log.field_code("blocked_reason");
    let reasons = reason.map(|field| &timelines.log.columns().fields[usize::from(field)].values);
    let mut course = Vec::new();
    let mut episodes: Vec<Episode> = Vec::new();
    for item in 0..timelines.n_items() {
        timelines.course(item, &mut course);
        let first = episodes.len();
        for stretch in course.iter().filter(|stretch| stretch.is_blocked()) {
            match episodes[first..].last_mut() {
                Some(running) if running.to == stretch.from => {
                    running.to = stretch.to;
                    running.by |= stretch.blocked_by();
                }
                _ => episodes.push(Episode {
                    item,
                    first: *stretch,
                    to: stretch.to,
                    by: stretch.blocked_by(),
                    reason: NULL_CODE,
                    working: 0,
                }),
            }
        }
        if let Some(field) = reason.filter(|_| first < episodes.len()) {
            find_reasons(timelines, item, field, &mut episodes[first..]);
        }
        if let Some(ruler) = ruler.as_mut().filter(|_| first < episodes.len()) {
            ruler.set(timelines, item);
            for episode in &mut episodes[first..] {
                episode.working = ruler.span(episode.first.from, episode.to);
            }
        }
    }
    check_rows(episodes.len())?;
    let as_of = timelines.observed.as_of.0;
    let mut table = TableBuilder::new(records.receipt.clone());
    table.texts("item", episodes.iter().map(|episode| Some(timelines.name(episode.item))));
    table.texts("state", episodes.iter().map(|episode| timelines.state_name(episode.first.state)));
    table.texts("phase", episodes.iter().map(|episode| phase_shown(episode.first.phase)));
    table.instants("began", episodes.iter().map(|episode| Some(episode.first.from)));
    table.instants("ended", episodes.iter().map(|episode| Some(episode.to).filter(|to| *to < as_of)));
    table.durations("blocked", episodes.iter().map(|episode| Some(episode.to - episode.first.from)));
    table.texts("by", episodes.iter().map(|episode| Some(by(episode.by))));
    table.texts("reason", episodes.iter().map(|episode| reasons.and_then(|texts| texts.get(episode.reason))));
    if rulers.is_some() {
        table.durations("blocked_working", episodes.iter().map(|episode| Some(episode.working)));
    }
    table.finish()
}

const fn by(flags: u8) -> &'static str {
    match flags {
        BLOCKED_BY_FLAG => "flag",
        BLOCKED_BY_STATE => "state",
        _ => "both",
    }
}

/// Gives each episode of one item, which stand in order, the first reason that holds at an instant of it.
fn find_reasons(timelines: &Timelines, item: usize, field: u8, episodes: &mut [Episode]) {
    let mut reasons: Vec<(i64, u32)> = Vec::new();
    for (at, _, reason) in timelines.attribute_events(item).filter(|(_, known, _)| *known == field) {
        // Of several at one instant the last one holds.
        reasons.pop_if(|last| last.0 == at);
        reasons.push((at, reason));
    }
    let mut next = 0;
    for episode in episodes {
        while reasons.get(next + 1).is_some_and(|reason| reason.0 <= episode.first.from) {
            next += 1;
        }
        let held = reasons[next.min(reasons.len())..].iter().take_while(|reason| reason.0 < episode.to);
        episode.reason = held.map(|reason| reason.1).find(|value| *value != NULL_CODE).unwrap_or(NULL_CODE);
    }
}

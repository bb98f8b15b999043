//! Flow load: how many items are in progress, unfinished ones too.

use super::cells::Grid;
use crate::error::Result;
use crate::flow::{Groups, Item, NO_GROUP, Now, StepRun, Timelines};
use crate::kernel::sweep::{ByGroup, Change, Load, sweep};
use crate::kernel::{chunk, merge, replay};
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

/// The load in each window, by the items' group at each instant.
///
/// An item is load while it is in active or waiting, not removed, and of a kind that counts. Columns: `window_start, window_end,
/// partial`, the group's fields; `load_start` (just before the window), `load_end` (just before its end), `load_max` (changes at one instant
/// taken together), `load_integral` (item·µs, exact), `load_avg` (the integral / the window's length). Source:
/// definitions §4; Little 1961.
///
/// ```
/// use streamgauge::{EventLog, Every, FlowModel, Groups, Instant, Windows, load, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(999_999), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let windows = Windows::every(Every::Day, model.cut(), timelines.observed(), None, None)?;
/// let table = load(&timelines, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().ends_with(",0,0,1,999999,0.999999\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::Overflow`](crate::Error::Overflow) if an integral does not fit in 64 bits; [`Error::TooMany`](crate::Error::TooMany) if
/// windows × groups are more rows than a table may have.
pub fn load(timelines: &Timelines, windows: &Windows, groups: &Groups) -> Result<Table> {
    let grid = Grid::new(windows, groups, &timelines.receipt)?;
    let mut table = grid.table(timelines.receipt.clone());
    add_columns(&mut table, &of_cells(timelines, &grid), &grid);
    table.finish()
}

/// The load of every cell. What enters and leaves is the same for all windows, so the groups keep it, if they are of these very timelines.
pub(crate) fn of_cells(timelines: &Timelines, grid: &Grid<'_>) -> Vec<Load> {
    let kept = &grid.groups.in_load;
    let found = || changes_by_group(timelines, grid.groups, |_| true);
    if !grid.groups.are_of(timelines) {
        return of_changes(grid, &found());
    }
    // Found outside of the cell: a thread of the pool that waits for it might be the one that is to help.
    match kept.get() {
        Some(changes) => of_changes(grid, changes),
        None => {
            let changes = found();
            of_changes(grid, kept.get_or_init(|| changes))
        }
    }
}

/// The level of changes by group, over every cell.
pub(crate) fn of_changes(grid: &Grid<'_>, changes: &ByGroup) -> Vec<Load> {
    let by_group = chunk::map_each(grid.groups.len(), |group| {
        sweep(changes.of(group), grid.windows.starts(), grid.windows.ends()).collect::<Vec<_>>()
    });
    let windows = 0..grid.windows.len();
    windows.flat_map(|window| by_group.iter().map(move |loads| loads[window])).collect()
}

pub(crate) fn add_columns(table: &mut TableBuilder, loads: &[Load], grid: &Grid<'_>) {
    let n_groups = grid.groups.len();
    let lengths: Vec<i64> =
        grid.windows.starts().iter().zip(grid.windows.ends()).map(|(start, end)| end - start).collect();
    table.ints("load_start", loads.iter().map(|load| load.start));
    table.ints("load_end", loads.iter().map(|load| load.end));
    table.ints("load_max", loads.iter().map(|load| load.max));
    table.int_sums("load_integral", loads.iter().map(|load| load.integral));
    let average = |(cell, load): (usize, &Load)| Some(load.integral as f64 / lengths[cell / n_groups] as f64);
    table.floats("load_avg", loads.iter().enumerate().map(average));
}

/// Entries and exits of each group, in order of time, of items while they are in load and their flags are such.
pub(crate) fn changes_by_group(timelines: &Timelines, groups: &Groups, is_such: impl Fn(u8) -> bool + Sync) -> ByGroup {
    let in_load = std::array::from_fn(|aspect| is_load_now(Now::of_aspect(aspect), &is_such));
    let turns = timelines.map_variants(|steps| turns_of(steps, &in_load));
    // Each part has a place for each group: it is worth its while where it has as many items.
    let parts = chunk::map_few(timelines.n_items(), chunk::SMALLEST.max(groups.len()), |items| {
        // Most items enter and leave once.
        let about = 2 * items.len() / groups.len().max(1);
        let mut part: Vec<Vec<Change>> = (0..groups.len()).map(|_| Vec::with_capacity(about)).collect();
        let mut found = Vec::new();
        timelines.each(items, |number, item| {
            // Most items are in one group for good.
            if let (_, &[group]) = groups.runs_of(number) {
                if group != NO_GROUP {
                    let part = &mut part[group as usize];
                    match item.variant() {
                        Some(variant) => add_turns(item, turns[variant], part),
                        None => {
                            let n = changes_in_group(item.steps(), &in_load, &mut found);
                            part.extend_from_slice(&found[..n]);
                        }
                    }
                }
                return;
            }
            item_changes(timelines, groups, number, &is_such, |group, change| {
                part[group as usize].push(change);
            });
        });
        part
    });
    ByGroup::new(&parts, groups.len())
}

/// As [`item_changes`], of an item that is in one group for good: they stand in the first places of `found`, so many as is said. Whether a step is
/// such a change is no decision, as it would be a coin toss: each is written down, and stays if it is one. `in_load` says by [`Now::aspect`] whether an
/// item is.
fn changes_in_group(steps: StepRun<'_>, in_load: &[bool; Now::N_ASPECTS], found: &mut Vec<Change>) -> usize {
    if found.len() < steps.at.len() {
        found.resize(steps.at.len(), Change::default());
    }
    let (mut n, mut is_load) = (0, false);
    steps.each_step(|step, at, now| {
        let next = in_load[now.aspect()];
        // A step of length zero holds at no instant.
        let holds = steps.at.get(step + 1) != Some(&at);
        found[n] = Change::new(at, next);
        n += usize::from(holds & (next != is_load));
        is_load = if holds { next } else { is_load };
    });
    n
}

/// The steps at which all items of a variant enter and leave by turns, as bits. None of its steps is of length zero.
fn turns_of(numbered: StepRun<'_>, in_load: &[bool; Now::N_ASPECTS]) -> u32 {
    let (mut turns, mut is_load) = (0, false);
    numbered.each_step(|step, _, now| {
        let next = in_load[now.aspect()];
        turns |= u32::from(next != is_load) << step;
        is_load = next;
    });
    turns
}

/// Adds the changes of an item at such steps.
#[inline]
fn add_turns(item: Item<'_>, mut turns: u32, changes: &mut Vec<Change>) {
    let at = item.at((u32::BITS - turns.leading_zeros()) as usize);
    let mut enters = true;
    while turns != 0 {
        changes.push(Change::new(at[turns.trailing_zeros() as usize], enters));
        (turns, enters) = (turns & (turns - 1), !enters);
    }
}

fn is_load_now(now: Now, is_such: impl Fn(u8) -> bool) -> bool {
    replay::is_load(now.phase()) & !now.is_removed() & is_such(now.flags())
}

/// The instants at which one item becomes load of a group, or ceases to be.
pub(crate) fn item_changes(
    timelines: &Timelines,
    groups: &Groups,
    item: usize,
    is_such: impl Fn(u8) -> bool,
    mut change: impl FnMut(u32, Change),
) {
    let steps = timelines.steps(item);
    let (group_at, group) = groups.runs_of(item);
    let mut current = NO_GROUP;
    merge::merge(steps.at, group_at, |at, step, run| {
        let next = if is_load_now(steps.now.at(step), &is_such) { group[run] } else { NO_GROUP };
        if next != current {
            if current != NO_GROUP {
                change(current, Change::new(at, false));
            }
            if next != NO_GROUP {
                change(next, Change::new(at, true));
            }
            current = next;
        }
    });
}

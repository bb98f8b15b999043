//! Cumulative flow: how many items stand where, over time.

use std::ops::Range;

use super::rows::{add_groups, check_rows};
use crate::error::Result;
use crate::flow::{Groups, Holds, NO_GROUP, Now, OUT_OF_SIGHT, Pairs, Timelines, phase_shown};
use crate::kernel::chunk;
use crate::kernel::levels::{Edges, Levels, combined};
use crate::metric::Grid;
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

/// The number of items in each state at the windows' edges: the bands of a cumulative flow diagram.
///
/// Columns: `at` (the first window's start, then every edge in order), the group's fields, `state, phase`, `n` (items just before `at`, by
/// their group then; removed ones are nowhere). States stand in workflow order; a state has no rows before an item was first in it. A backward
/// move makes a band dip: [`counters`](crate::counters) are monotone. Source: Vacanti, *Actionable Agile Metrics*; tests/cases, ruling 43.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Windows, cfd, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("B", Instant(5), "state", Some("Doing"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(10)))?;
/// let windows = Windows::list(&[(Instant(1), Instant(10))], Instant(10))?;
/// let table = cfd(&timelines, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().contains("Z,Doing,active,1\n") && table.to_csv().ends_with("Z,Doing,active,2\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if edges × groups × states are more rows than a table may have.
pub fn cfd(timelines: &Timelines, windows: &Windows, groups: &Groups) -> Result<Table> {
    Grid::new(windows, groups, &timelines.receipt)?;
    let edges = Edges::of_windows(windows.starts(), windows.ends());
    let pairs = timelines.pairs();
    let n_channels = groups.len() * pairs.len();
    check_rows(edges.at().len() * n_channels)?;
    let numbers = timelines.of_variants(|now| pairs.of_step(now) as u32);
    let parts = chunk::map_few(timelines.n_items(), chunk::SMALLEST, |items| {
        let mut levels = Levels::<i32>::new(edges.at().len(), n_channels);
        timelines.each(items, |number, item| {
            // Most items are in one group for good, and never hidden.
            if let (true, (_, &[group])) = (item.is_plain(), groups.runs_of(number)) {
                let channels = group as usize * pairs.len()..(group as usize + 1) * pairs.len();
                let mut enter = entering(&mut levels, &edges, channels);
                return match item.variant().map(|variant| numbers.of(variant)) {
                    Some(numbers) => {
                        item.at(numbers.len())
                            .iter()
                            .zip(numbers)
                            .for_each(|(at, number)| enter(*at, *number as usize));
                    }
                    None => item.steps().each_held(|at, now| enter(at, pairs.of_step(now))),
                };
            }
            each_move(timelines, groups, pairs, number, |at, from, to| {
                let edge = edges.after(at);
                for (channel, by) in [(from, -1), (to, 1)] {
                    if channel != NOWHERE {
                        levels.insert(edge, channel, by);
                    }
                }
            });
        });
        levels
    });
    let n = combined(parts).map(Levels::finalize).unwrap_or_default();
    let rows = rows(&edges, groups, pairs);
    let states: Vec<_> = pairs.list.iter().map(|pair| timelines.state_name(pair.0)).collect();
    let phases: Vec<_> = pairs.list.iter().map(|pair| phase_shown(pair.1)).collect();
    let place = |row: &Row| row.edge as usize * n_channels + row.group as usize * pairs.len() + row.pair as usize;
    let receipt = timelines.receipt.clone().with("by", groups.fields().join(", "));
    // There are many rows, and the columns have nothing to do with each other.
    let columns = chunk::map_each(COLUMNS.len() + 1, |column| {
        let mut table = TableBuilder::new(receipt.clone());
        match column {
            0 => table.instants("at", rows.iter().map(|row| Some(edges.at()[row.edge as usize]))),
            1 => add_groups(&mut table, groups, rows.iter().map(|row| row.group as usize), &COLUMNS),
            2 => table.words("state", &states, rows.iter().map(|row| row.pair)),
            3 => table.words("phase", &phases, rows.iter().map(|row| row.pair)),
            _ => table.ints("n", rows.iter().map(|row| i64::from(n[place(row)]))),
        }
        table
    });
    TableBuilder::joined(columns, receipt).finish()
}

/// The columns beside the fields of a group, which stand behind the first.
const COLUMNS: [&str; 4] = ["at", "state", "phase", "n"];

/// One row of the table.
struct Row {
    edge: u32,
    group: u32,
    pair: u32,
}

/// The rows in order: a state has none before an item was first in it.
fn rows(edges: &Edges, groups: &Groups, pairs: &Pairs) -> Vec<Row> {
    let mut rows = Vec::with_capacity(edges.at().len() * groups.len() * pairs.len());
    for (edge, at) in (0..).zip(edges.at()) {
        let is_shown = |&pair: &u32| pairs.since[pair as usize] < *at && pairs.list[pair as usize].1 != OUT_OF_SIGHT;
        let shown: Vec<u32> = (0..pairs.len() as u32).filter(is_shown).collect();
        for group in 0..groups.len() as u32 {
            rows.extend(shown.iter().map(|&pair| Row { edge, group, pair }));
        }
    }
    rows
}

/// The channel of an item that is in none.
const NOWHERE: usize = usize::MAX;

/// Adds the moves of an item whose steps each alone say in which of some channels it is, of which it is given one after the other. The item counts at
/// all times and is never hidden, so that it has a group and its pairs have numbers.
#[inline]
fn entering(levels: &mut Levels<i32>, edges: &Edges, channels: Range<usize>) -> impl FnMut(i64, usize) {
    let mut current = NOWHERE;
    move |at, next| {
        if let Some(sums) = levels.at_edge(edges.after(at), channels.clone()) {
            if current != NOWHERE {
                sums[current] -= 1;
            }
            sums[next] += 1;
        }
        current = next;
    }
}

/// Visits the instants at which an item leaves one channel, of a group and a pair, for another; it is in none before its first event, out of sight
/// and while it does not count.
fn each_move(
    timelines: &Timelines,
    groups: &Groups,
    pairs: &Pairs,
    item: usize,
    mut visit: impl FnMut(i64, usize, usize),
) {
    let steps = timelines.steps(item);
    let channel = |group: u32, state: u32, now: Now| match group != NO_GROUP && !now.is_removed() {
        true => group as usize * pairs.len() + pairs.number(state, now.phase()),
        false => NOWHERE,
    };
    let mut current = NOWHERE;
    let mut turn = |at: i64, next: usize| {
        if next != current {
            visit(at, current, next);
            current = next;
        }
    };
    // Each change of the group within a stretch is a move, too.
    let (group_at, group) = groups.runs_of(item);
    let mut run = 0;
    steps.each(timelines.observed.as_of.0, |Holds { from, to, state, now }| {
        while group_at.get(run + 1).is_some_and(|&next| next <= from) {
            run += 1;
        }
        if from < to {
            turn(from, channel(group[run], state, now));
        }
        while let Some(&at) = group_at.get(run + 1).filter(|at| **at < to) {
            run += 1;
            turn(at, channel(group[run], state, now));
        }
    });
}

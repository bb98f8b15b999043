//! Transitions: which moves between states are made, how often, and what the backward ones cost.

use std::ops::Range;

use hashbrown::HashMap;

use super::rows::{add_groups, add_windows, check_rows};
use super::setbacks::{Move, Moves};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, Rulers, Timelines, WORKING};
use crate::kernel::chunk;
use crate::metric::Grid;
use crate::model::NO_PLACE;
use crate::table::{Table, TableBuilder};
use crate::time::Windows;

const TAKEN: [&str; 8] =
    ["window_start", "window_end", "from_state", "to_state", "direction", "moves", "items", "lost"];

/// Window, group, from, to, backward.
type Key = (usize, usize, u32, u32, bool);

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    moves: i64,
    items: i64,
    /// The last item that was counted, and one more.
    last: usize,
    lost: [i128; 2],
}

/// The moves made in each window, by pair of states; only pairs that occur.
///
/// Columns: `window_start, window_end`, the group's fields at the move; `from_state, to_state`; `direction` (`backward` to a state that
/// stands before the last listed one, also from one that the model does not list; else `unplaced` where it does not list one of them, or
/// `forward`); `moves`, `items`; `lost` (duration: the time, under way and in sight, that an item was set back by that move, until it was
/// as far as it had been, or went back again, or up to `as_of`); with calendars `lost_working`. Order: window, group, workflow order of
/// `from_state`, then of `to_state`, `direction`. Source: tests/cases, ruling 51.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Ruler, Windows, records, timelines, transitions};
///
/// let mut log = EventLog::builder();
/// for (at, state) in [(0, "Doing"), (4, "Review"), (6, "Doing"), (9, "Review")] {
///     log.push("A", Instant(at), "state", Some(state), None)?;
/// }
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\", \"Review\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(20)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::list(&[(Instant(0), Instant(20))], Instant(20))?;
/// let table = transitions(&timelines, &records, &windows, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().contains("Doing,Review,forward,2,1,0\n") && table.to_csv().contains("Review,Doing,backward,1,1,3\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if there are more pairs than a table may have rows; [`Error::Overflow`](crate::Error::Overflow).
pub fn transitions(timelines: &Timelines, records: &FlowRecords, windows: &Windows, groups: &Groups) -> Result<Table> {
    records.check_are_of(timelines)?;
    let grid = Grid::new(windows, groups, &records.receipt)?;
    let rulers = Rulers::working(timelines, &records.ruler)?;
    let parts =
        chunk::map_few(timelines.n_items(), chunk::SMALLEST, |items| counted(timelines, &grid, rulers.as_ref(), items));
    let cells = parts.into_iter().reduce(combined).unwrap_or_default();
    check_rows(cells.len())?;
    let mut cells: Vec<(Key, Sums)> = cells.into_iter().collect();
    let order = |key: &Key| (key.0, key.1, timelines.rank(key.2), timelines.rank(key.3), !key.4);
    cells.sort_by_cached_key(|(key, _)| order(key));
    let rows: Vec<_> = cells.iter().map(|(key, _)| (key.0, key.1)).collect();
    let mut table = TableBuilder::new(records.receipt.clone().with("by", groups.fields().join(", ")));
    add_windows(&mut table, windows, &rows, false);
    add_groups(&mut table, groups, rows.iter().map(|row| row.1), &TAKEN);
    table.texts("from_state", cells.iter().map(|(key, _)| timelines.state_name(key.2)));
    table.texts("to_state", cells.iter().map(|(key, _)| timelines.state_name(key.3)));
    table.texts("direction", cells.iter().map(|(key, _)| Some(direction(timelines, key))));
    table.ints("moves", cells.iter().map(|(_, sums)| sums.moves));
    table.ints("items", cells.iter().map(|(_, sums)| sums.items));
    table.duration_sums("lost", cells.iter().map(|(_, sums)| sums.lost[0]));
    if rulers.is_some() {
        table.duration_sums(&format!("lost{WORKING}"), cells.iter().map(|(_, sums)| sums.lost[1]));
    }
    table.finish()
}

fn direction(timelines: &Timelines, key: &Key) -> &'static str {
    let is_placed = |state| timelines.place_of(state) != NO_PLACE;
    match key.4 {
        true => "backward",
        false if is_placed(key.2) && is_placed(key.3) => "forward",
        false => "unplaced",
    }
}

/// Two parts of the items have none in common.
fn combined(mut whole: HashMap<Key, Sums>, part: HashMap<Key, Sums>) -> HashMap<Key, Sums> {
    for (key, more) in part {
        let sums = whole.entry(key).or_default();
        sums.moves += more.moves;
        sums.items += more.items;
        sums.lost.iter_mut().zip(more.lost).for_each(|(lost, more)| *lost += more);
    }
    whole
}

fn counted(
    timelines: &Timelines,
    grid: &Grid<'_>,
    rulers: Option<&Rulers<'_>>,
    items: Range<usize>,
) -> HashMap<Key, Sums> {
    let mut cells: HashMap<Key, Sums> = HashMap::new();
    let mut moves = Moves::default();
    let mut ruler = rulers.map(Rulers::item);
    for item in items {
        moves.read(timelines, item);
        if let Some(ruler) = ruler.as_mut().filter(|_| !moves.setbacks.is_empty()) {
            ruler.set(timelines, item);
        }
        let keys: Vec<Option<Key>> = moves.moves.iter().map(|step| key(step, item, grid)).collect();
        for key in keys.iter().flatten() {
            let sums = cells.entry(*key).or_default();
            sums.moves += 1;
            sums.items += i64::from(sums.last != item + 1);
            sums.last = item + 1;
        }
        for setback in &moves.setbacks {
            if let Some(key) = setback.by.and_then(|by| keys[by]) {
                let sums = cells.entry(key).or_default();
                sums.lost[0] += i128::from(setback.to - setback.from);
                sums.lost[1] += ruler.as_ref().map_or(0, |ruler| i128::from(ruler.span(setback.from, setback.to)));
            }
        }
    }
    cells
}

fn key(step: &Move, item: usize, grid: &Grid<'_>) -> Option<Key> {
    let window = grid.window_of(step.at)?;
    let group = grid.groups.at(item, step.at)?;
    Some((window, group as usize, step.from, step.to, step.is_backward))
}

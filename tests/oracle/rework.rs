//! Rework: items that were set back, and the moves that set them back.

use std::collections::BTreeSet;

use crate::asked::{Asked, Reading, put, put_length, put_some};
use crate::event::STATE;
use crate::history::{History, Piece};
use crate::metric::Group;
use crate::model::{Model, Phase};
use crate::number::ratio;
use crate::table::Cells;
use crate::window::Window;

/// What the places of an item have been, up to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Places {
    /// Where it is: the place of the last listed state it moved to.
    now: Option<usize>,
    /// The furthest it has been.
    furthest: Option<usize>,
    /// Which step made the last backward move.
    backward: Option<usize>,
}

/// The places after each step of an item.
fn places(history: &History, model: &Model) -> Vec<Places> {
    let mut after = Vec::new();
    let mut places = Places::default();
    let mut raw_before: Option<&str> = None;
    for (i, step) in history.steps.iter().enumerate() {
        let raw = step.value(STATE);
        let moved = raw != raw_before && step.decided != Phase::Ignored;
        raw_before = raw;
        if let Some(place) = raw.and_then(|state| model.place(state)).filter(|_| moved) {
            if places.now.is_some_and(|before| place < before) {
                places.backward = Some(i);
            }
            places.now = Some(place);
            places.furthest = places.furthest.max(Some(place));
        }
        after.push(places);
    }
    after
}

/// The places at a piece, if the item is set back during it.
fn set_back(history: &History, model: &Model, piece: &Piece) -> Option<Places> {
    let step = history.steps.iter().rposition(|step| step.at <= piece.start)?;
    let places = *places(history, model).get(step)?;
    let phase = matches!(piece.step.phase, Phase::New | Phase::Active | Phase::Waiting);
    (places.now < places.furthest && phase && !piece.step.removed()).then_some(places)
}

/// One row per window and group.
pub fn rework(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            rows.push(row(asked, *window, group));
        }
    }
    rows
}

fn row(asked: &Asked, window: Window, group: &Group) -> Cells {
    let finished = asked.finished(window, group);
    let reworked = finished.iter().filter(|(_, record)| record.n_reopened + record.n_backward > 0).count();
    let mut cells = asked.line(Some(window), group);
    put(&mut cells, "partial", window.partial);
    put(&mut cells, "finished", finished.len());
    put(&mut cells, "reworked", reworked);
    put(&mut cells, "reopened", finished.iter().map(|(_, record)| record.n_reopened).sum::<u64>());
    put(&mut cells, "backward", finished.iter().map(|(_, record)| record.n_backward).sum::<u64>());
    put_some(&mut cells, "share", ratio(reworked as i128, finished.len() as i128));
    for reading in asked.readings() {
        let (mut lost, mut flow_time_sum) = (0, 0);
        for (history, record) in asked.timed(window, group) {
            let (Some(from), Some(to)) = (record.started, record.finished) else { continue };
            let back = |piece: &Piece| set_back(history, asked.model, piece).is_some();
            lost += i128::from(asked.time(reading, history, from, to, back));
            flow_time_sum += i128::from(asked.time(reading, history, from, to, |_| true));
        }
        put_length(&mut cells, "lost", reading, lost);
        put_length(&mut cells, "flow_time_sum", reading, flow_time_sum);
        if reading == Reading::Elapsed {
            put_some(&mut cells, "lost_share", ratio(lost, flow_time_sum));
        }
    }
    cells
}

/// One move of an item from a state to another.
#[derive(Debug, Clone)]
struct Move<'a> {
    history: &'a History,
    /// Which step made it.
    step: usize,
    from: Option<String>,
    to: Option<String>,
    direction: &'static str,
}

/// All moves, steps of length zero included.
fn moves<'a>(asked: &'a Asked) -> Vec<Move<'a>> {
    let mut found = Vec::new();
    for history in &asked.histories {
        let places = places(history, asked.model);
        for (step, pair) in history.steps.windows(2).enumerate().map(|(i, pair)| (i + 1, pair)) {
            let (from, to) = (pair[0].state.clone(), pair[1].state.clone());
            if from == to || from.is_none() || to.is_none() {
                continue;
            }
            let placed = |state: &Option<String>| state.as_ref().is_some_and(|name| asked.model.place(name).is_some());
            let direction = match () {
                () if places[step].backward == Some(step) => "backward",
                () if !placed(&from) || !placed(&to) => "unplaced",
                () => "forward",
            };
            found.push(Move { history, step, from, to, direction });
        }
    }
    found
}

/// The time set back that belongs to a backward move: until the next one.
fn lost(asked: &Asked, one: &Move, reading: Reading) -> i64 {
    let mine = |piece: &Piece| {
        set_back(one.history, asked.model, piece).is_some_and(|places| places.backward == Some(one.step))
    };
    asked.time(reading, one.history, one.history.steps[one.step].at, asked.as_of, mine)
}

/// One row per window, group and pair of states with any moves between them.
pub fn transitions(asked: &Asked) -> Vec<Cells> {
    let all = moves(asked);
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            let inside = |one: &&Move| {
                let at = one.history.steps[one.step].at;
                (window.start..window.end).contains(&at) && asked.belongs_at(one.history, at, group)
            };
            let here: Vec<&Move> = all.iter().filter(inside).collect();
            let key = |one: &&Move| (one.from.clone(), one.to.clone(), one.direction);
            let kinds: BTreeSet<_> = here.iter().map(key).collect();
            let mut kinds: Vec<_> = kinds.into_iter().collect();
            let order = |state: &Option<String>| asked.order_of_state(state);
            kinds.sort_by_key(|(from, to, direction)| (order(from), order(to), *direction));
            for kind in kinds {
                let these: Vec<&Move> = here.iter().copied().filter(|one| key(one) == kind).collect();
                let mut cells = asked.line(Some(*window), group);
                put_some(&mut cells, "from_state", kind.0.as_ref());
                put_some(&mut cells, "to_state", kind.1.as_ref());
                put(&mut cells, "direction", kind.2);
                put(&mut cells, "moves", these.len());
                let items: BTreeSet<&str> = these.iter().map(|one| one.history.item.as_str()).collect();
                put(&mut cells, "items", items.len());
                for reading in asked.readings() {
                    let sum: i128 = these.iter().map(|one| i128::from(lost(asked, one, reading))).sum();
                    put_length(&mut cells, "lost", reading, sum);
                }
                rows.push(cells);
            }
        }
    }
    rows
}

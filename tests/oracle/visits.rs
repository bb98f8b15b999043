//! Visits: where each item was, and for how long.

use crate::asked::{Asked, Pair, Stretch, put, put_length, put_pair, put_some, stretches};
use crate::event::write_instant;
use crate::history::{History, Step};
use crate::table::Cells;

/// One visit of an item to a state, in one phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The effective state and the phase shown.
    pub pair: Pair,
    /// Where it begins.
    pub entered: i64,
    /// Where it ends; `as_of` while it runs.
    pub end: i64,
    /// Which visit of the item to this state it is, from 1.
    pub pass: u64,
}

/// Where a step leaves the item.
pub fn pair(step: &Step) -> Pair {
    (step.state.clone(), step.shown())
}

/// The visits of an item, in order.
pub fn visits_of(history: &History) -> Vec<Visit> {
    let mut found: Vec<Visit> = Vec::new();
    for Stretch { start, end, what } in stretches(history, |step| Some(pair(step))) {
        let before = found.iter().filter(|visit| visit.pair.0 == what.0).count() as u64;
        found.push(Visit { pair: what, entered: start, end, pass: before + 1 });
    }
    found
}

/// One row per visit, by item, then by its beginning.
pub fn visits(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    for history in &asked.histories {
        for visit in visits_of(history) {
            let mut cells = Cells::new();
            put(&mut cells, "item", &history.item);
            put_pair(&mut cells, &visit.pair);
            put(&mut cells, "entered", write_instant(visit.entered));
            put_some(&mut cells, "left", (visit.end < asked.as_of).then(|| write_instant(visit.end)));
            put(&mut cells, "pass", visit.pass);
            for reading in asked.readings() {
                let residence = asked.time(reading, history, visit.entered, visit.end, |_| true);
                let blocked = asked.time(reading, history, visit.entered, visit.end, |piece| piece.step.blocked());
                put_length(&mut cells, "residence", reading, residence);
                put_length(&mut cells, "blocked", reading, blocked);
            }
            rows.push(cells);
        }
    }
    rows
}

//! A question of a table, with everything that its answer is made from; and what the tables have in common.

use std::collections::BTreeSet;

use crate::calendar::Calendars;
use crate::event::{Clean, Event, clean, write_instant};
use crate::history::{History, Piece, Step, histories};
use crate::metric::{Group, Options, groups};
use crate::model::{Model, Phase};
use crate::record::{Outcome, Record, record};
use crate::table::Cells;
use crate::window::{Window, Windows, windows};

/// A question, prepared.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The model.
    pub model: &'a Model,
    /// The rows of the log that exist for the answer.
    pub clean: Clean,
    /// One per item, in byte order.
    pub histories: Vec<History>,
    /// The instant of the answer.
    pub as_of: i64,
    /// Cut at `as_of`; none when none were asked for.
    pub windows: Vec<Window>,
    /// The group's fields.
    pub by: Vec<&'a str>,
    /// Every group that a flow item held.
    pub groups: Vec<Group>,
    /// Percentiles and their method.
    pub options: Options,
    /// What working time is measured with.
    pub calendars: Option<Calendars>,
}

/// A state and a phase that is shown; both may be null.
pub type Pair = (Option<String>, Option<Phase>);

/// How time is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// On the wall clock.
    Elapsed,
    /// By the calendar.
    Working,
}

impl Reading {
    /// What a column's name ends in.
    pub fn suffix(self) -> &'static str {
        match self {
            Reading::Elapsed => "",
            Reading::Working => "_working",
        }
    }
}

impl<'a> Asked<'a> {
    /// Prepares a question; `None` when the log is empty and nothing says when it is asked.
    pub fn new(
        events: &[Event],
        model: &'a Model,
        as_of: Option<i64>,
        asked: Option<&Windows>,
        by: &[&'a str],
        options: &Options,
        calendars: Option<Calendars>,
    ) -> Result<Option<Asked<'a>>, String> {
        let clean = clean(events, as_of);
        let histories = histories(&clean, model)?;
        let Some(as_of) = clean.as_of else { return Ok(None) };
        let first = clean.events.first().map(|event| event.at);
        let windows = asked.map_or(Ok(Vec::new()), |asked| windows(asked, model, first, as_of))?;
        let groups = groups(&histories, by);
        let (by, options) = (by.to_vec(), options.clone());
        let asked = Asked { model, clean, histories, as_of, windows, by, groups, options, calendars };
        for step in asked.histories.iter().flat_map(|history| &history.steps) {
            asked.span(Reading::Working, step, 0, 0)?;
        }
        Ok(Some(asked))
    }

    /// Elapsed, and working where there is a calendar.
    pub fn readings(&self) -> Vec<Reading> {
        let working = self.calendars.as_ref().map(|_| Reading::Working);
        [Reading::Elapsed].into_iter().chain(working).collect()
    }

    fn span(&self, reading: Reading, step: &Step, from: i64, to: i64) -> Result<i64, String> {
        match &self.calendars {
            Some(calendars) if reading == Reading::Working => {
                let value = calendars.field.as_deref().and_then(|field| step.value(field));
                Ok(calendars.of(value)?.working(from, to))
            }
            _ => Ok(to - from),
        }
    }

    /// The time in `[from, to)` during which something holds of an item, each moment measured by its own calendar.
    pub fn time(&self, reading: Reading, history: &History, from: i64, to: i64, holds: impl Fn(&Piece) -> bool) -> i64 {
        let mut sum = 0;
        for piece in history.pieces() {
            let (start, end) = (piece.start.max(from), piece.end.min(to));
            if start < end && holds(&piece) {
                sum += self.span(reading, piece.step, start, end).unwrap_or_default();
            }
        }
        sum
    }

    /// What is known of an item at `as_of`.
    pub fn record(&self, history: &History) -> Option<Record> {
        record(history, self.model, &BTreeSet::new())
    }

    /// What was known of an item just after an instant; `None` before it arrived.
    pub fn record_at(&self, history: &History, instant: i64) -> Option<Record> {
        record(&history.until(instant), self.model, &BTreeSet::new())
    }

    /// Whether an item is a flow item in the group at an instant.
    pub fn belongs_at(&self, history: &History, instant: i64, group: &Group) -> bool {
        history.at(instant).is_some_and(|step| step.belongs(&self.by, group))
    }

    /// The items finished in the window, in the group at `finished`, whose flow time is defined.
    pub fn timed(&self, window: Window, group: &Group) -> Vec<(&History, Record)> {
        let mut found = self.finished(window, group);
        found.retain(|(_, record)| record.flow_time.is_some());
        found
    }

    /// The items finished in the window, in the group at `finished`.
    pub fn finished(&self, window: Window, group: &Group) -> Vec<(&History, Record)> {
        let mut found = Vec::new();
        for history in &self.histories {
            let Some(record) = self.record(history) else { continue };
            let inside = |at: i64| (window.start..window.end).contains(&at) && self.belongs_at(history, at, group);
            if record.outcome == Outcome::Done && record.finished.is_some_and(inside) {
                found.push((history, record));
            }
        }
        found
    }

    /// The first window's start, and every window's start and end: distinct, in order.
    pub fn boundaries(&self) -> Vec<i64> {
        let ends = self.windows.iter().flat_map(|window| [window.start, window.end]);
        ends.collect::<BTreeSet<i64>>().into_iter().collect()
    }

    /// Null first, then the workflow's order, then states without a place in byte order.
    pub fn order_of_state(&self, state: &Option<String>) -> (u8, usize, Option<String>) {
        let place = state.as_deref().and_then(|state| self.model.place(state));
        match (state, place) {
            (None, _) => (0, 0, None),
            (Some(_), Some(place)) => (1, place, None),
            (Some(state), None) => (2, 0, Some(state.clone())),
        }
    }

    /// Sorts pairs: by state, then by phase, null last.
    pub fn sort_pairs(&self, pairs: BTreeSet<Pair>) -> Vec<Pair> {
        let mut sorted: Vec<Pair> = pairs.into_iter().collect();
        sorted.sort_by_key(|(state, phase)| (self.order_of_state(state), phase.is_none(), *phase));
        sorted
    }

    /// The first cells of a row of a window and a group.
    pub fn line(&self, window: Option<Window>, group: &Group) -> Cells {
        let mut cells = Cells::new();
        for (field, value) in self.by.iter().zip(group) {
            cells.insert((*field).to_owned(), value.clone().unwrap_or_default());
        }
        if let Some(window) = window {
            put(&mut cells, "window_start", write_instant(window.start));
            put(&mut cells, "window_end", write_instant(window.end));
        }
        cells
    }
}

/// Sets a cell.
pub fn put(cells: &mut Cells, column: &str, value: impl ToString) {
    cells.insert(column.to_owned(), value.to_string());
}

/// Sets a cell that may be null.
pub fn put_some(cells: &mut Cells, column: &str, value: Option<impl ToString>) {
    cells.insert(column.to_owned(), value.map_or(String::new(), |value| value.to_string()));
}

/// Sets the cell of a length in one reading.
pub fn put_length(cells: &mut Cells, column: &str, reading: Reading, length: impl ToString) {
    cells.insert(format!("{column}{}", reading.suffix()), length.to_string());
}

/// Sets the cells of a state and a phase.
pub fn put_pair(cells: &mut Cells, (state, phase): &Pair) {
    put_some(cells, "state", state.as_ref());
    put_some(cells, "phase", phase.map(Phase::name));
}

/// A longest stretch of positive length in which what `of` tells of an item stays the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch<T> {
    /// Where it begins.
    pub start: i64,
    /// Where it ends; `as_of` while it runs.
    pub end: i64,
    /// What holds in it.
    pub what: T,
}

/// The stretches of an item, without those in which `of` tells nothing.
pub fn stretches<T: PartialEq>(history: &History, of: impl Fn(&Step) -> Option<T>) -> Vec<Stretch<T>> {
    let mut all: Vec<Stretch<T>> = Vec::new();
    for piece in history.pieces() {
        let Some(what) = of(piece.step) else { continue };
        match all.last_mut() {
            Some(last) if last.end == piece.start && last.what == what => last.end = piece.end,
            _ => all.push(Stretch { start: piece.start, end: piece.end, what }),
        }
    }
    all
}

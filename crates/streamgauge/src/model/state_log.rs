//! Rows of the state log become events, once all are there: those beside events of the long form, or that tell when they became known.
//!
//! Of the attributes only those are events that differ from the item's value before them, in time; a row that repeats an earlier one
//! is dropped whole. So neither the order of the rows nor their division into files matters.

use std::collections::{HashMap, HashSet};

use super::codes::Codes;
use super::dictionary::NULL_CODE;
use super::event_log::{Events, NO_KNOWN_AT};
use super::names::Names;
use super::state_rows::{ABSENT, StateRows};
use super::{Finding, FindingCode, Tally};
use crate::time::Instant;

/// Rows and events of the long form as one source: entries below the number of events are events, the others rows.
struct Source<'a> {
    items: &'a Names,
    events: &'a Events,
    /// Without their items, which stand beside them.
    rows: StateRows,
    item: Vec<u32>,
}

/// `rows` among the events of the long form, as events of `state_field` and of their attributes. The finding counts rows that
/// were dropped.
pub(super) fn settle(
    items: &Names,
    events: &Events,
    mut rows: StateRows,
    state_field: u8,
) -> (Events, Option<Finding>) {
    let n_rows = rows.len();
    let item = std::mem::take(&mut rows.item).into_each();
    let mut source = Source { items, events, rows, item };
    source.rows.attributes.iter_mut().for_each(|(_, values)| values.fill_absent(n_rows));
    let entries = source.entries();
    let in_time = source.in_time(&entries);
    let (repeats, finding) = source.repetitions(&in_time);
    source.prune(&in_time, &repeats);
    drop(in_time);
    (source.merged(&entries, &repeats, state_field), finding)
}

impl Source<'_> {
    fn n_events(&self) -> usize {
        self.events.item.len()
    }

    /// The row of an entry, or the event that it is.
    fn row(&self, entry: u32) -> Result<usize, usize> {
        let entry = entry as usize;
        entry.checked_sub(self.n_events()).ok_or(entry)
    }

    fn item_and_at(&self, entry: u32) -> (u32, i64) {
        match self.row(entry) {
            Ok(row) => (self.item[row], self.rows.instants()[row]),
            Err(event) => (self.events.item[event], self.events.at[event]),
        }
    }

    /// All entries, in the order of the source.
    fn entries(&self) -> Vec<u32> {
        let (n_rows, n_events) = (self.item.len(), self.n_events());
        let mut entries = Vec::with_capacity(n_rows + n_events);
        let (mut row, mut event) = (0, 0);
        for &(to_row, to_event) in self.rows.joints.iter().chain([&(n_rows, n_events)]) {
            entries.extend((n_events + row) as u32..(n_events + to_row) as u32);
            entries.extend(event as u32..to_event as u32);
            (row, event) = (to_row, to_event);
        }
        entries
    }

    /// The entries with each item's in order of time; as they are, if they already are.
    fn in_time(&self, entries: &[u32]) -> Vec<u32> {
        let mut last = vec![i64::MIN; self.items.len()];
        let in_order = entries.iter().all(|&entry| {
            let (item, at) = self.item_and_at(entry);
            std::mem::replace(&mut last[item as usize], at) <= at
        });
        let mut order = entries.to_vec();
        if !in_order {
            order.sort_by_key(|&entry| self.item_and_at(entry));
        }
        order
    }

    /// The rows that repeat an earlier row of their item and instant exactly.
    fn repetitions(&self, in_time: &[u32]) -> (HashSet<usize>, Option<Finding>) {
        let mut last_row: Vec<Option<u32>> = vec![None; self.items.len()];
        let mut together: HashMap<u32, (Option<i64>, HashSet<Vec<i64>>)> = HashMap::new();
        let mut repeats = HashSet::new();
        let mut tally = Tally::default();
        for row in in_time.iter().filter_map(|&entry| self.row(entry).ok()) {
            let (item, at) = (self.item[row], self.rows.instants()[row]);
            let last = last_row[item as usize].replace(row as u32).map(|last| last as usize);
            let Some(last) = last.filter(|&last| self.rows.instants()[last] == at) else { continue };
            let (instant, told) = together.entry(item).or_default();
            if *instant != Some(at) {
                (*instant, *told) = (Some(at), HashSet::from([self.rows.told(last)]));
            }
            if !told.insert(self.rows.told(row)) {
                repeats.insert(row);
                tally.insert(self.items.text(item), 1);
            }
        }
        (repeats, tally.finalize(FindingCode::DuplicateEvent))
    }

    /// Makes those attributes absent that are no events: where the value is as before, in rows that repeat, and where the instant is implausible.
    fn prune(&mut self, in_time: &[u32], repeats: &HashSet<usize>) {
        let n_items = self.items.len();
        let mut before: Vec<Vec<u32>> = self.rows.attributes.iter().map(|_| vec![NULL_CODE; n_items]).collect();
        for &entry in in_time {
            let (item, at) = self.item_and_at(entry);
            match self.row(entry) {
                Err(event) => {
                    let field = self.events.field[event];
                    let place = self.rows.attributes.iter().position(|(known, _)| *known == field);
                    if let Some(place) = place.filter(|_| Instant(at).is_plausible()) {
                        before[place][item as usize] = self.events.value[event];
                    }
                }
                Ok(row) => {
                    let counts = Instant(at).is_plausible() && !repeats.contains(&row);
                    for ((_, values), before) in self.rows.attributes.iter_mut().zip(&mut before) {
                        let (value, before) = (values.get(row), &mut before[item as usize]);
                        if !counts || value == *before {
                            values.set(row, ABSENT);
                        } else if value != ABSENT {
                            *before = value;
                        }
                    }
                }
            }
        }
    }

    /// Events and rows as events, in the order of the source.
    fn merged(&self, entries: &[u32], repeats: &HashSet<usize>, state_field: u8) -> Events {
        let present = |values: &Codes| (0..values.len()).filter(|&row| values.get(row) != ABSENT).count();
        let n = entries.len() + self.rows.attributes.iter().map(|(_, values)| present(values)).sum::<usize>();
        let mut merged = Events::with_capacity(n, !self.rows.known_at.is_empty() || self.events.known_at.is_some());
        for &entry in entries {
            match self.row(entry) {
                Err(event) => {
                    let known_at = self.events.known_at.as_ref().map_or(NO_KNOWN_AT, |known| known[event]);
                    let (field, value) = (self.events.field[event], self.events.value[event]);
                    merged.push(self.events.item[event], self.events.at[event], field, value, known_at);
                }
                Ok(row) if repeats.contains(&row) => {}
                Ok(row) => {
                    let (item, at) = self.item_and_at(entry);
                    let known_at = self.rows.known_at(row);
                    merged.push(item, at, state_field, self.rows.state.get(row), known_at);
                    for (field, values) in self.rows.attributes.iter().filter(|(_, values)| values.get(row) != ABSENT) {
                        merged.push(item, at, *field, values.get(row), known_at);
                    }
                }
            }
        }
        merged
    }
}

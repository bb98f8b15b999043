//! Rows to instants: what an item's rows set at each, in order of time, for the [walker](super::history) to take.
//!
//! The one walk has two drives: events one by one, and rows of the state log, which are read side by side and never become events.

use std::collections::HashSet;
use std::ops::Range;

use super::history::{Change, Source, Walker};
use crate::model::{Events, FindingCode, NO_KNOWN_AT, OrderedRows, RowBlock, Told};
use crate::time::Instant;

/// Instants with more changes than this look for repetitions by hash.
const MANY_CHANGES: usize = 16;

impl Walker<'_> {
    /// Walks some items, whose rows stand in order of time.
    pub(super) fn items(&mut self, items: Range<usize>) {
        let walk = self.walk;
        match &walk.source {
            Source::Rows(log) => self.items_of_rows(log, items),
            Source::Events(events, by_item) => {
                let mut rows = std::mem::take(&mut self.event_rows);
                for item in items {
                    by_item.copy_rows(item, &mut rows);
                    self.begin(item as u32, 0);
                    self.events(events, &rows);
                    self.end(item as u32);
                }
                self.event_rows = rows;
            }
        }
    }

    fn items_of_rows(&mut self, log: &OrderedRows, items: Range<usize>) {
        let mut block = std::mem::take(&mut self.block);
        log.copy(items.clone(), &mut block);
        let mut place = 0;
        for item in items {
            let rows = log.of_item(item);
            block.turn_to(place, rows.start);
            let places = place..place + rows.len();
            place = places.end;
            let Err(new) = self.as_others(item as u32, log, &block, places.clone()) else { continue };
            self.begin(item as u32, rows.start);
            self.rows(log, &block, places.clone());
            if let Some(new) = new.filter(|_| self.n_plain + 1 == places.len()) {
                self.remember_variant(new, &block.state[places.start + 1..places.end]);
            }
            self.end(item as u32);
        }
        self.block = block;
    }

    fn events(&mut self, events: &Events, rows: &[u32]) {
        let mut changes = std::mem::take(&mut self.changes);
        let at = |row: &u32| events.at[*row as usize];
        for instant in rows.chunk_by(|a, b| at(a) == at(b)) {
            changes.clear();
            changes.extend(instant.iter().map(|&row| {
                let row = row as usize;
                let known_at = events.known_at.as_ref().map_or(NO_KNOWN_AT, |known| known[row]);
                Change { field: events.field[row], value: events.value[row], known_at }
            }));
            self.instant(at(&instant[0]), instant.len(), &mut changes);
        }
        self.changes = changes;
    }

    /// Rows of the state log set the state, and those attributes that are not as they were. Most set nothing but the state.
    pub(super) fn rows(&mut self, log: &OrderedRows, block: &RowBlock, rows: Range<usize>) {
        let mut told = std::mem::take(&mut self.told);
        told.clear(log);
        let at = &block.at[..rows.end];
        let mut row = rows.start;
        // Whether the item's row before was plausible, so that what is as it was there is known.
        let mut is_known = false;
        while row < at.len() {
            if is_known {
                row = self.plain_rows(block, row..at.len());
                if row == at.len() {
                    break;
                }
            }
            let is_alone = at.get(row + 1) != Some(&at[row]);
            if is_alone && is_known && !block.is_other[row] {
                if self.is_seen(at[row], 1) {
                    self.only_state(at[row], block.state[row]);
                    self.remember();
                }
                row += 1;
            } else if is_alone && self.walk.seen.contains(&at[row]) {
                match self.is_new_item {
                    true => self.first_row(log, block, row, &mut told),
                    false => self.row_alone(log, block, row, &mut told),
                }
                is_known = true;
                row += 1;
            } else {
                is_known = Instant(at[row]).is_plausible();
                row = self.rows_of_instant(log, block, row..at.len(), &mut told);
            }
        }
        self.told = told;
    }

    /// Takes all rows of the instant of the first of them; gives the row behind.
    fn rows_of_instant(&mut self, log: &OrderedRows, block: &RowBlock, rows: Range<usize>, told: &mut Told) -> usize {
        let mut changes = std::mem::take(&mut self.changes);
        let change = |field, value| Change { field, value, known_at: NO_KNOWN_AT };
        changes.clear();
        let at = block.at[rows.start];
        let together = rows.clone().take_while(|row| block.at[*row] == at);
        let n = together.clone().count();
        for row in together {
            changes.push(change(log.state_field, block.state[row]));
            told.changes(log, block, row, |field, value| changes.push(change(field, value)));
        }
        self.instant(at, n, &mut changes);
        self.changes = changes;
        rows.start + n
    }

    /// Drops what repeats an earlier change of the instant exactly.
    fn keep_first_of_each(&mut self, changes: &mut Vec<Change>) {
        let n = changes.len();
        if n <= MANY_CHANGES {
            let mut kept = 0;
            for i in 0..n {
                let change = changes[i];
                if !changes[..kept].contains(&change) {
                    changes[kept] = change;
                    kept += 1;
                }
            }
            changes.truncate(kept);
        } else {
            let mut seen = HashSet::with_capacity(n);
            changes.retain(|change| seen.insert(*change));
        }
        self.part.oddities.insert_many(FindingCode::DuplicateEvent, self.name, (n - changes.len()) as u64);
    }

    /// Takes what `n` rows of one instant set, if it counts, as one step or more.
    fn instant(&mut self, at: i64, n: usize, changes: &mut Vec<Change>) {
        if n > 1 {
            self.keep_first_of_each(changes);
        }
        if !self.is_seen(at, changes.len()) {
            return;
        }
        match *changes.as_slice() {
            [change] => self.single(at, change),
            ref several => self.steps(at, several),
        }
    }

    /// Whether what happened at an instant counts; it is told if not.
    #[inline]
    fn is_seen(&mut self, at: i64, n: usize) -> bool {
        let is_seen = self.walk.seen.contains(&at);
        if !is_seen {
            let is_late = Instant(at).is_plausible();
            let code = if is_late { FindingCode::AfterAsOf } else { FindingCode::ImplausibleTime };
            self.part.oddities.insert_many(code, self.name, n as u64);
        }
        is_seen
    }
}

//! One item's rows become steps: repetitions dropped, instants divided into steps, phase and kind decided at each.

use std::collections::HashSet;

use super::fingerprint::Fingerprint;
use super::steps::{BLOCKED_BY_FLAG, BLOCKED_BY_STATE, FieldSet, Flag, Part, REMOVED, SKIPPED};
use crate::kernel::replay::{ACTIVE, IGNORED, NEW, WAITING};
use crate::model::{
    Compiled, Dictionary, Events, FindingCode, Kind, NO_KIND, NO_KNOWN_AT, NULL_CODE, OnUnknown, OrderedRows, Told,
    UNKNOWN,
};
use crate::time::Instant;

/// An item that was in a state for less than this has sped through it: 60 s.
const SPEEDING_US: i64 = 60_000_000;

/// Instants with more changes than this look for repetitions by hash.
const MANY_CHANGES: usize = 16;

/// What the walk needs to know of the question and the log.
pub(super) struct Walk<'a> {
    pub(super) items: &'a Dictionary,
    pub(super) n_fields: usize,
    pub(super) source: Source<'a>,
    pub(super) compiled: &'a Compiled,
    pub(super) fingerprint: &'a Fingerprint,
    pub(super) as_of: i64,
    pub(super) on_unknown: OnUnknown,
    pub(super) lists_types: bool,
    pub(super) has_new: bool,
    pub(super) state: Option<u8>,
    pub(super) r#type: Option<u8>,
    pub(super) blocked: Option<Flag>,
    pub(super) removed: Option<Flag>,
}

/// What a log holds of its items.
pub(super) enum Source<'a> {
    Events(&'a Events),
    Rows(&'a OrderedRows),
}

/// What an event sets, and when that became known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Change {
    field: u8,
    value: u32,
    known_at: i64,
}

/// The item that is being walked.
pub(super) struct Walker<'a> {
    walk: &'a Walk<'a>,
    part: Part,
    values: Vec<u32>,
    /// What one instant sets, used again for each.
    changes: Vec<Change>,
    /// What the item's rows have said of its attributes, where the log is one of rows.
    told: Option<Told>,
    name: &'a str,
    name_hash: u64,
    phase_index: u32,
    kind_index: u32,
    phase: u8,
    state_since: i64,
    has_had_state: bool,
    is_new_item: bool,
    /// Whether the state, or the type, is one that the model does not know.
    has_unknown_state: bool,
    has_unknown_type: bool,
    was_typeless: bool,
    was_no_flow_item: bool,
}

impl<'a> Walker<'a> {
    /// A walker that will meet so many items and rows.
    pub(super) fn new(walk: &'a Walk<'a>, n_items: usize, n_rows: usize) -> Self {
        Self {
            walk,
            part: Part::with_capacity(n_items, n_rows),
            values: vec![NULL_CODE; walk.n_fields],
            changes: Vec::new(),
            told: match walk.source {
                Source::Events(_) => None,
                Source::Rows(rows) => Some(Told::new(rows)),
            },
            name: "",
            name_hash: 0,
            phase_index: 0,
            kind_index: 0,
            phase: NEW,
            state_since: 0,
            has_had_state: false,
            is_new_item: true,
            has_unknown_state: false,
            has_unknown_type: false,
            was_typeless: false,
            was_no_flow_item: false,
        }
    }

    pub(super) fn finish(self) -> Part {
        self.part
    }

    /// Walks one item's rows, which stand in order of time.
    pub(super) fn item(&mut self, code: u32, rows: &[u32]) {
        self.begin(code);
        let mut changes = std::mem::take(&mut self.changes);
        let mut rest = rows;
        while let Some(&first) = rest.first() {
            let at = self.at(first);
            let n = rest.iter().take_while(|&&row| self.at(row) == at).count();
            let (instant, later) = rest.split_at(n);
            changes.clear();
            instant.iter().for_each(|&row| self.add_changes(row as usize, &mut changes));
            if n > 1 {
                self.keep_first_of_each(&mut changes);
            }
            self.instant(at, &changes);
            rest = later;
        }
        self.changes = changes;
        self.end(code);
    }

    fn at(&self, row: u32) -> i64 {
        match self.walk.source {
            Source::Events(events) => events.at[row as usize],
            Source::Rows(rows) => rows.at[row as usize],
        }
    }

    /// What a row sets: one field of an event; of the state log the state, and those attributes that are not as they were.
    #[inline]
    fn add_changes(&mut self, row: usize, changes: &mut Vec<Change>) {
        match self.walk.source {
            Source::Events(events) => {
                let known_at = events.known_at.as_ref().map_or(NO_KNOWN_AT, |known| known[row]);
                changes.push(Change { field: events.field[row], value: events.value[row], known_at });
            }
            Source::Rows(rows) => {
                let change = |field, value| Change { field, value, known_at: NO_KNOWN_AT };
                changes.push(change(rows.state_field, rows.state.get(row)));
                if let Some(told) = &mut self.told {
                    told.changes(rows, row, |field, value| changes.push(change(field, value)));
                }
            }
        }
    }

    fn begin(&mut self, code: u32) {
        self.name = self.walk.items.text(code);
        self.told.iter_mut().for_each(Told::clear);
        self.name_hash = Fingerprint::item(self.name);
        self.values.fill(NULL_CODE);
        self.phase_index = self.walk.compiled.phase.start;
        self.kind_index = self.walk.compiled.kind.start;
        self.phase = NEW;
        self.has_had_state = false;
        self.is_new_item = true;
        self.has_unknown_state = false;
        self.has_unknown_type = false;
        self.was_typeless = false;
        self.was_no_flow_item = false;
    }

    fn end(&mut self, code: u32) {
        let is_there = !self.is_new_item;
        let part = &mut self.part;
        if is_there {
            part.items.push(code);
            part.step_ends.push(part.steps.at.len() as u32);
            part.attribute_ends.push(part.attributes.at.len() as u32);
        }
        if self.was_typeless {
            part.oddities.insert(FindingCode::NoType, self.name);
        }
        if self.was_no_flow_item {
            part.oddities.insert(FindingCode::IgnoredType, self.name);
        }
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

    /// Takes what one instant sets, if it counts, as one step or more.
    fn instant(&mut self, at: i64, changes: &[Change]) {
        let n = changes.len() as u64;
        if !Instant(at).is_plausible() {
            return self.part.oddities.insert_many(FindingCode::ImplausibleTime, self.name, n);
        }
        if at >= self.walk.as_of {
            return self.part.oddities.insert_many(FindingCode::AfterAsOf, self.name, n);
        }
        if let &[Change { field, value, .. }] = changes {
            self.event(at, 0, field, value);
            self.step(at, self.walk.state == Some(field), self.walk.r#type == Some(field));
        } else {
            self.steps(at, changes);
        }
        let has_no_type = || self.walk.r#type.is_none_or(|f| self.values[usize::from(f)] == NULL_CODE);
        self.was_typeless |= self.walk.lists_types && self.part.steps.kind.last() == Some(&NO_KIND) && has_no_type();
    }

    /// Takes several changes of one instant: a field that comes again begins a new step.
    fn steps(&mut self, at: i64, changes: &[Change]) {
        let mut in_step = FieldSet::default();
        let mut in_instant = FieldSet::default();
        let mut steps = 0;
        for &Change { field, value, .. } in changes {
            if in_instant.contains(field) {
                self.part.oddities.insert(FindingCode::SameInstant, self.name);
            }
            if in_step.contains(field) {
                self.step_of(at, &in_step);
                in_step = FieldSet::default();
                steps += 1;
            }
            in_step.insert(field);
            in_instant.insert(field);
            self.event(at, steps, field, value);
        }
        self.step_of(at, &in_step);
    }

    fn step_of(&mut self, at: i64, fields: &FieldSet) {
        let is_in = |field: Option<u8>| field.is_some_and(|field| fields.contains(field));
        self.step(at, is_in(self.walk.state), is_in(self.walk.r#type));
    }

    /// Applies one event.
    fn event(&mut self, at: i64, step: u64, field: u8, value: u32) {
        let walk = self.walk;
        self.part.fingerprint =
            self.part.fingerprint.wrapping_add(walk.fingerprint.event(self.name_hash, at, step, field, value));
        let before = std::mem::replace(&mut self.values[usize::from(field)], value);
        if walk.state == Some(field) {
            self.state_event(at, before, value);
        } else {
            let attributes = &mut self.part.attributes;
            attributes.at.push(at);
            attributes.field.push(field);
            attributes.value.push(value);
            let is_odd = |flag: Option<Flag>| flag.is_some_and(|flag| flag.field == field && !flag.is_readable(value));
            if is_odd(walk.blocked) || is_odd(walk.removed) {
                self.part.oddities.insert(FindingCode::UnreadFlag, self.name);
            }
        }
        self.phase_index = walk.compiled.phase.moved(self.phase_index, field, before, value);
        self.kind_index = walk.compiled.kind.moved(self.kind_index, field, before, value);
    }

    fn state_event(&mut self, at: i64, before: u32, after: u32) {
        if before == after {
            // A null sets no state, so it repeats none.
            let n = u64::from(after != NULL_CODE);
            return self.part.oddities.insert_many(FindingCode::RepeatedState, self.name, n);
        }
        if before != NULL_CODE && (1..SPEEDING_US).contains(&(at - self.state_since)) {
            self.part.oddities.insert(FindingCode::Speeding, self.name);
        }
        self.state_since = at;
    }

    /// Ends a step: decides phase and kind, and writes it down if anything is new.
    fn step(&mut self, at: i64, sets_state: bool, sets_type: bool) {
        let kind = self.kind(sets_type);
        let phase = self.phase(sets_state);
        let state = self.walk.state.map_or(NULL_CODE, |field| self.values[usize::from(field)]);
        if state != NULL_CODE && !self.has_had_state {
            self.has_had_state = true;
            if self.walk.has_new && !matches!(phase, NEW | IGNORED) {
                self.part.oddities.insert(FindingCode::NoCreation, self.name);
            }
        }
        if phase != IGNORED {
            self.phase = phase;
        }
        self.was_no_flow_item |= kind == Kind::Ignored as u8;
        let removed = if self.is_true(self.walk.removed) { REMOVED } else { 0 };
        let skipped = if phase == IGNORED { SKIPPED } else { 0 };
        // What is delivered, void or out of sight is not held up by anything.
        let blocked = match self.phase {
            NEW | ACTIVE | WAITING if removed == 0 => self.blocked(state),
            _ => 0,
        };
        let now = (self.phase, kind, state, blocked | removed | skipped);
        if self.is_new_item || self.part.steps.last() != Some(now) {
            self.part.steps.push(at, now);
        }
        self.is_new_item = false;
    }

    fn is_true(&self, flag: Option<Flag>) -> bool {
        flag.is_some_and(|flag| Some(self.values[usize::from(flag.field)]) == flag.yes)
    }

    /// What blocks the item now: its flag, its state, both or nothing.
    fn blocked(&self, state: u32) -> u8 {
        let by_flag = if self.is_true(self.walk.blocked) { BLOCKED_BY_FLAG } else { 0 };
        let by_state = if self.walk.compiled.blocks.contains(&state) { BLOCKED_BY_STATE } else { 0 };
        by_flag | by_state
    }

    /// The phase now. An unknown state counts where it is set, or where a rule ceases to decide.
    fn phase(&mut self, is_set: bool) -> u8 {
        let byte = self.walk.compiled.phase.byte(self.phase_index);
        let was_unknown = std::mem::replace(&mut self.has_unknown_state, byte == UNKNOWN);
        if byte != UNKNOWN {
            return byte;
        }
        if (is_set || !was_unknown)
            && let Some(field) = self.walk.state
        {
            *self.part.unknown_states.entry(self.values[usize::from(field)]).or_default() += 1;
            self.unknown();
        }
        if self.walk.on_unknown == OnUnknown::Waiting { WAITING } else { IGNORED }
    }

    /// The kind now; unknown types count as unknown states do.
    fn kind(&mut self, is_set: bool) -> u8 {
        let byte = self.walk.compiled.kind.byte(self.kind_index);
        let was_unknown = std::mem::replace(&mut self.has_unknown_type, byte == UNKNOWN);
        if byte != UNKNOWN {
            return byte;
        }
        if (is_set || !was_unknown)
            && let Some(field) = self.walk.r#type
        {
            *self.part.unknown_types.entry(self.values[usize::from(field)]).or_default() += 1;
            self.unknown();
        }
        if self.walk.on_unknown == OnUnknown::Waiting { NO_KIND } else { Kind::Ignored as u8 }
    }

    fn unknown(&mut self) {
        self.part.oddities.insert(FindingCode::UnknownValue, self.name);
    }
}

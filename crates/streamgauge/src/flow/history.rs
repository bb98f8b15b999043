//! One item's rows become steps: repetitions dropped, instants divided into steps, phase and kind decided at each.

use std::collections::{HashMap, HashSet};

use super::fingerprint::Fingerprint;
use super::oddities::Oddities;
use crate::kernel::replay::{IGNORED, NEW, WAITING};
use crate::model::{Columns, Compiled, FindingCode, Kind, NO_KIND, NULL_CODE, OnUnknown, UNKNOWN};
use crate::time::Instant;

/// An item that was in a state for less than this has sped through it: 60 s.
const SPEEDING_US: i64 = 60_000_000;

/// Instants with more rows than this look for repetitions by hash.
const MANY_ROWS: usize = 16;

/// What the walk needs to know of the question and the log.
pub(super) struct Walk<'a> {
    pub(super) columns: &'a Columns,
    pub(super) compiled: &'a Compiled,
    pub(super) fingerprint: &'a Fingerprint,
    pub(super) as_of: i64,
    pub(super) on_unknown: OnUnknown,
    pub(super) lists_types: bool,
    pub(super) has_new: bool,
    pub(super) state: Option<u8>,
    pub(super) r#type: Option<u8>,
    /// The field `blocked` or `removed`, with the code of `true`.
    pub(super) blocked: Option<(u8, u32)>,
    pub(super) removed: Option<(u8, u32)>,
}

/// Steps and attribute events of some items, one after the other.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Per item with an event before `as_of`: its code, and where its steps and attribute events end.
    pub(super) items: Vec<u32>,
    pub(super) step_ends: Vec<u32>,
    pub(super) attribute_ends: Vec<u32>,
    pub(super) steps: Steps,
    pub(super) attributes: Attributes,
    pub(super) oddities: Oddities,
    pub(super) unknown_states: HashMap<u32, u64>,
    pub(super) unknown_types: HashMap<u32, u64>,
    pub(super) fingerprint: u128,
}

/// What holds from an instant on, as columns.
#[derive(Debug, Default, Clone)]
pub(crate) struct Steps {
    pub(crate) at: Vec<i64>,
    pub(crate) phase: Vec<u8>,
    pub(crate) kind: Vec<u8>,
    pub(crate) state: Vec<u32>,
    /// [`BLOCKED`], [`REMOVED`] and [`SKIPPED`].
    pub(crate) flags: Vec<u8>,
}

/// The item is blocked.
pub(crate) const BLOCKED: u8 = 1;
/// The item is out of sight.
pub(crate) const REMOVED: u8 = 2;
/// The state is one that the model ignores: it has no place in the workflow.
pub(crate) const SKIPPED: u8 = 4;

/// Events of all fields but the state, as columns.
#[derive(Debug, Default, Clone)]
pub(crate) struct Attributes {
    pub(crate) at: Vec<i64>,
    pub(crate) field: Vec<u8>,
    pub(crate) value: Vec<u32>,
}

impl Part {
    pub(super) fn with_capacity(n_items: usize, n_steps: usize) -> Self {
        let steps = Steps {
            at: Vec::with_capacity(n_steps),
            phase: Vec::with_capacity(n_steps),
            kind: Vec::with_capacity(n_steps),
            state: Vec::with_capacity(n_steps),
            flags: Vec::with_capacity(n_steps),
        };
        Self {
            items: Vec::with_capacity(n_items),
            step_ends: Vec::with_capacity(n_items),
            attribute_ends: Vec::with_capacity(n_items),
            steps,
            ..Self::default()
        }
    }
}

/// The item that is being walked.
pub(super) struct Walker<'a> {
    walk: &'a Walk<'a>,
    part: Part,
    values: Vec<u32>,
    /// The rows of one instant, used again for each.
    kept: Vec<u32>,
    name: &'a str,
    name_hash: u64,
    phase_index: u32,
    kind_index: u32,
    phase: u8,
    state_since: i64,
    has_had_state: bool,
    is_new_item: bool,
    was_typeless: bool,
    was_no_flow_item: bool,
}

impl<'a> Walker<'a> {
    /// A walker that will meet so many items and rows.
    pub(super) fn new(walk: &'a Walk<'a>, n_items: usize, n_rows: usize) -> Self {
        Self {
            walk,
            part: Part::with_capacity(n_items, n_rows),
            values: vec![NULL_CODE; walk.columns.fields.len()],
            kept: Vec::new(),
            name: "",
            name_hash: 0,
            phase_index: 0,
            kind_index: 0,
            phase: NEW,
            state_since: 0,
            has_had_state: false,
            is_new_item: true,
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
        let at = |row: &u32| self.walk.columns.at[*row as usize];
        for instant in rows.chunk_by(|a, b| at(a) == at(b)) {
            let at = at(&instant[0]);
            if instant.len() == 1 {
                self.instant(at, instant);
            } else {
                let mut kept = std::mem::take(&mut self.kept);
                self.keep_first_of_each(instant, &mut kept);
                self.instant(at, &kept);
                self.kept = kept;
            }
        }
        self.end(code);
    }

    fn begin(&mut self, code: u32) {
        self.name = self.walk.columns.items.text(code);
        self.name_hash = Fingerprint::item(self.name);
        self.values.fill(NULL_CODE);
        self.phase_index = self.walk.compiled.phase.start;
        self.kind_index = self.walk.compiled.kind.start;
        self.phase = NEW;
        self.has_had_state = false;
        self.is_new_item = true;
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

    /// Puts the rows of one instant that do not repeat an earlier one exactly into `kept`.
    fn keep_first_of_each(&mut self, rows: &[u32], kept: &mut Vec<u32>) {
        kept.clear();
        let columns = self.walk.columns;
        let event = |row: u32| {
            let row = row as usize;
            (columns.field[row], columns.value[row], columns.known_at.as_ref().map(|known| known[row]))
        };
        if rows.len() <= MANY_ROWS {
            for &row in rows {
                if !kept.iter().any(|&known| event(known) == event(row)) {
                    kept.push(row);
                }
            }
        } else {
            let mut seen = HashSet::with_capacity(rows.len());
            kept.extend(rows.iter().filter(|row| seen.insert(event(**row))));
        }
        let dropped = (rows.len() - kept.len()) as u64;
        self.part.oddities.insert_many(FindingCode::DuplicateEvent, self.name, dropped);
    }

    /// Takes the rows of one instant, if it counts, as one step or more.
    fn instant(&mut self, at: i64, rows: &[u32]) {
        let n = rows.len() as u64;
        if !Instant(at).is_plausible() {
            return self.part.oddities.insert_many(FindingCode::ImplausibleTime, self.name, n);
        }
        if at >= self.walk.as_of {
            return self.part.oddities.insert_many(FindingCode::AfterAsOf, self.name, n);
        }
        if let [row] = rows {
            let row = *row as usize;
            let asks = self.event(at, 0, self.walk.columns.field[row], self.walk.columns.value[row]);
            self.step(at, asks);
        } else {
            self.steps(at, rows);
        }
        self.was_typeless |=
            self.walk.lists_types && self.walk.r#type.is_none_or(|f| self.values[usize::from(f)] == NULL_CODE);
    }

    /// Takes several rows of one instant: a field that comes again begins a new step.
    fn steps(&mut self, at: i64, rows: &[u32]) {
        let mut in_step = FieldSet::default();
        let mut in_instant = FieldSet::default();
        let mut steps = 0;
        let mut asks = false;
        for &row in rows {
            let field = self.walk.columns.field[row as usize];
            if in_instant.contains(field) {
                self.part.oddities.insert(FindingCode::SameInstant, self.name);
            }
            if in_step.contains(field) {
                self.step(at, asks);
                in_step = FieldSet::default();
                asks = false;
                steps += 1;
            }
            in_step.insert(field);
            in_instant.insert(field);
            asks |= self.event(at, steps, field, self.walk.columns.value[row as usize]);
        }
        self.step(at, asks);
    }

    /// Applies one event; tells whether the tables have to be asked again.
    fn event(&mut self, at: i64, step: u64, field: u8, value: u32) -> bool {
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
        }
        self.phase_index = walk.compiled.phase.moved(self.phase_index, field, before, value);
        self.kind_index = walk.compiled.kind.moved(self.kind_index, field, before, value);
        walk.compiled.phase.depends_on(field) || walk.compiled.kind.depends_on(field)
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
    fn step(&mut self, at: i64, asks: bool) {
        let kind = self.kind(asks);
        let phase = self.phase(asks);
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
        let is_true = |flag: Option<(u8, u32)>| flag.is_some_and(|(field, yes)| self.values[usize::from(field)] == yes);
        let blocked = if is_true(self.walk.blocked) { BLOCKED } else { 0 };
        let removed = if is_true(self.walk.removed) { REMOVED } else { 0 };
        let skipped = if phase == IGNORED { SKIPPED } else { 0 };
        let now = (self.phase, kind, state, blocked | removed | skipped);
        if self.is_new_item || self.part.steps.last() != Some(now) {
            self.part.steps.push(at, now);
        }
        self.is_new_item = false;
    }

    fn phase(&mut self, asks: bool) -> u8 {
        let byte = self.walk.compiled.phase.byte(self.phase_index);
        if byte != UNKNOWN {
            return byte;
        }
        if asks && let Some(field) = self.walk.state {
            *self.part.unknown_states.entry(self.values[usize::from(field)]).or_default() += 1;
            self.unknown();
        }
        if self.walk.on_unknown == OnUnknown::Waiting { WAITING } else { IGNORED }
    }

    fn kind(&mut self, asks: bool) -> u8 {
        let byte = self.walk.compiled.kind.byte(self.kind_index);
        if byte != UNKNOWN {
            return byte;
        }
        if asks && let Some(field) = self.walk.r#type {
            *self.part.unknown_types.entry(self.values[usize::from(field)]).or_default() += 1;
            self.unknown();
        }
        if self.walk.on_unknown == OnUnknown::Waiting { NO_KIND } else { Kind::Ignored as u8 }
    }

    fn unknown(&mut self) {
        self.part.oddities.insert(FindingCode::UnknownValue, self.name);
    }
}

type Now = (u8, u8, u32, u8);

impl Steps {
    fn last(&self) -> Option<Now> {
        let i = self.at.len().checked_sub(1)?;
        Some((self.phase[i], self.kind[i], self.state[i], self.flags[i]))
    }

    fn push(&mut self, at: i64, (phase, kind, state, flags): Now) {
        self.at.push(at);
        self.phase.push(phase);
        self.kind.push(kind);
        self.state.push(state);
        self.flags.push(flags);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.at.append(&mut other.at);
        self.phase.append(&mut other.phase);
        self.kind.append(&mut other.kind);
        self.state.append(&mut other.state);
        self.flags.append(&mut other.flags);
    }
}

impl Attributes {
    pub(super) fn append(&mut self, mut other: Self) {
        self.at.append(&mut other.at);
        self.field.append(&mut other.field);
        self.value.append(&mut other.value);
    }
}

/// A set of field codes.
#[derive(Default)]
struct FieldSet([u64; 4]);

impl FieldSet {
    const fn contains(&self, field: u8) -> bool {
        self.0[field as usize / 64] >> (field % 64) & 1 == 1
    }

    const fn insert(&mut self, field: u8) {
        self.0[field as usize / 64] |= 1 << (field % 64);
    }
}

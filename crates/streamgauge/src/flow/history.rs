//! One item's instants become steps: each instant is divided into steps, whose [end](super::deciding) decides phase and kind.

use std::ops::Range;

use super::alike::Alike;
use super::beginnings::Beginnings;
use super::fingerprint::Fingerprint;
use super::now::{BLOCKED_BY_FLAG, Now, Nows, REMOVED};
use super::piece::{Piece, Traits};
use super::plain::Plain;
use super::steps::{FieldSet, Flag, Part};
use super::variants::Variants;
use crate::kernel::group::Runs as RowsOf;
use crate::kernel::replay::NEW;
use crate::model::{Compiled, Events, FindingCode, NO_KIND, NULL_CODE, Names, OnUnknown, OrderedRows, RowBlock, Told};

/// An item that was in a state for less than this has sped through it: 60 s.
pub(super) const SPEEDING_US: i64 = 60_000_000;

/// What the walk needs to know of the question and the log.
pub(super) struct Walk<'a> {
    pub(super) items: &'a Names,
    pub(super) n_fields: usize,
    pub(super) source: Source<'a>,
    pub(super) compiled: &'a Compiled,
    pub(super) fingerprint: &'a Fingerprint,
    /// What each state does, by its code + 1; that of no state first.
    pub(super) states: Vec<StateSet>,
    /// Instants that count: plausible ones before `as_of`.
    pub(super) seen: Range<i64>,
    pub(super) on_unknown: OnUnknown,
    pub(super) lists_types: bool,
    pub(super) has_new: bool,
    pub(super) state: Option<u8>,
    pub(super) r#type: Option<u8>,
    pub(super) blocked: Option<Flag>,
    pub(super) removed: Option<Flag>,
    /// The fields of both.
    pub(super) flags: FieldSet,
}

/// What it means that an item is in a state.
#[derive(Clone, Copy, Default)]
pub(super) struct StateSet {
    pub(super) hash: u64,
    /// What it adds to the indices of phase and kind.
    pub(super) phase: u32,
    pub(super) kind: u32,
    pub(super) blocks: bool,
}

impl StateSet {
    pub(super) fn new(field: u8, state: u32, compiled: &Compiled, fingerprint: &Fingerprint) -> Self {
        Self {
            hash: fingerprint.change(field, state),
            phase: compiled.phase.offset(field, state),
            kind: compiled.kind.offset(field, state),
            blocks: compiled.blocks.contains(&state),
        }
    }
}

impl Walk<'_> {
    /// How many rows or events some items have.
    pub(super) fn n_rows(&self, items: Range<usize>) -> usize {
        match &self.source {
            Source::Rows(log) => items.map(|item| log.of_item(item).len()).sum(),
            Source::Events(_, by_item) => by_item.n_rows(items),
        }
    }

    /// What a state does, or none.
    #[inline]
    pub(super) fn set(&self, state: u32) -> &StateSet {
        &self.states[state.wrapping_add(1) as usize]
    }
}

/// What a log holds of its items.
pub(super) enum Source<'a> {
    /// Events, and which are each item's, in order of time.
    Events(&'a Events, RowsOf),
    Rows(&'a OrderedRows),
}

/// What an event sets, and when that became known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Change {
    pub(super) field: u8,
    pub(super) value: u32,
    pub(super) known_at: i64,
}

/// The item that is being walked.
pub(super) struct Walker<'a> {
    pub(super) walk: &'a Walk<'a>,
    pub(super) part: Part,
    pub(super) state: u32,
    /// Of the other fields.
    pub(super) values: Vec<u32>,
    /// What the item's flags say: bits of [`BLOCKED_BY_FLAG`] and [`REMOVED`].
    pub(super) flags: u8,
    /// What one instant sets, used again for each.
    pub(super) changes: Vec<Change>,
    /// What the item's rows have said of its attributes, where the log is one of rows.
    pub(super) told: Told,
    /// The cells of the rows of the items at hand, where the log is one of rows.
    pub(super) block: RowBlock,
    /// The numbers of the item's events, where it is one of events.
    pub(super) event_rows: Vec<u32>,
    pub(super) plain: Plain,
    pub(super) beginnings: Beginnings,
    /// How the item began, if others began so before it and nothing was set since but the state.
    pub(super) beginning: Option<u16>,
    pub(super) variants: Variants,
    /// How many of its rows set nothing but a state of which it was known what it leads to.
    pub(super) n_plain: usize,
    pub(super) name: &'a str,
    pub(super) name_hash: u64,
    pub(super) phase_index: u32,
    pub(super) kind_index: u32,
    pub(super) phase: u8,
    pub(super) state_since: i64,
    pub(super) has_had_state: bool,
    pub(super) is_new_item: bool,
    /// What its last step says.
    pub(super) now: Now,
    /// Where its steps' instants begin, and its steps.
    at_start: usize,
    pub(super) now_start: usize,
    /// Where the log is one of rows: the instants of all rows, and the number of its first, as long as its steps' instants are those
    /// of its rows.
    pub(super) shared: Option<(&'a [i64], usize)>,
    /// Whether the state, or the type, is one that the model does not know.
    pub(super) has_unknown_state: bool,
    pub(super) has_unknown_type: bool,
    pub(super) was_typeless: bool,
    pub(super) traits: Traits,
}

impl<'a> Walker<'a> {
    /// A walker that will meet so many items and rows.
    pub(super) fn new(walk: &'a Walk<'a>, n_items: usize, n_rows: usize) -> Self {
        // Only rows are walked as others were before.
        let (n_own, n_alike, n_fields) = match walk.source {
            Source::Rows(log) => (0, Alike::most(n_items), log.attributes.len()),
            Source::Events(..) => (n_rows, 0, 0),
        };
        let n_attributes = (n_items * (walk.n_fields + 1)).min(n_rows);
        let nows = Nows::with_capacity(walk.states.len() - 1, n_rows);
        Self {
            walk,
            part: Part::new(Piece::with_capacity(n_items, n_attributes, nows, n_own)),
            state: NULL_CODE,
            values: vec![NULL_CODE; walk.n_fields],
            flags: 0,
            changes: Vec::new(),
            told: Told::default(),
            block: RowBlock::default(),
            event_rows: Vec::new(),
            plain: Plain::default(),
            beginnings: Beginnings::new(n_alike, n_fields),
            beginning: None,
            variants: Variants::new(n_alike),
            n_plain: 0,
            name: "",
            name_hash: 0,
            phase_index: 0,
            kind_index: 0,
            phase: NEW,
            state_since: 0,
            has_had_state: false,
            is_new_item: true,
            now: Now::new(NULL_CODE, NEW, NO_KIND, 0),
            at_start: 0,
            now_start: 0,
            shared: None,
            has_unknown_state: false,
            has_unknown_type: false,
            was_typeless: false,
            traits: Traits::default(),
        }
    }

    pub(super) fn finish(self) -> Part {
        self.part
    }

    /// Turns to an item whose rows, put by item, begin at that place.
    pub(super) fn begin(&mut self, code: u32, first: usize) {
        self.name = self.walk.items.text(code);
        self.name_hash = Fingerprint::item(self.name);
        self.state = NULL_CODE;
        self.values.fill(NULL_CODE);
        self.flags = 0;
        self.phase_index = self.walk.compiled.phase.start;
        self.kind_index = self.walk.compiled.kind.start;
        self.phase = NEW;
        self.has_had_state = false;
        self.is_new_item = true;
        self.has_unknown_state = false;
        self.has_unknown_type = false;
        self.was_typeless = false;
        (self.beginning, self.n_plain) = (None, 0);
        self.traits = Traits::default();
        (self.at_start, self.now_start) = (self.part.piece.steps.at.len(), self.part.piece.steps.now.len());
        self.shared = match self.walk.source {
            Source::Rows(log) => Some((&log.at[..], first)),
            Source::Events(..) => None,
        };
    }

    /// Ends an item.
    pub(super) fn end(&mut self, code: u32) {
        let is_there = !self.is_new_item;
        let part = &mut self.part;
        if is_there {
            self.traits.shares_instants = self.shared.is_some();
            let at_start = self.shared.map_or(self.at_start, |(_, first)| first);
            part.piece.push_item(code, at_start, self.traits, self.beginning, None);
        }
        self.tell_types(self.name, self.was_typeless, self.traits);
    }

    /// Tells what is odd about the types of an item.
    pub(super) fn tell_types(&mut self, name: &str, was_typeless: bool, traits: Traits) {
        if was_typeless {
            self.part.oddities.insert(FindingCode::NoType, name);
        }
        if traits.was_no_flow_item {
            self.part.oddities.insert(FindingCode::IgnoredType, name);
        }
    }

    /// Takes a change that is the only one of its instant.
    pub(super) fn single(&mut self, at: i64, Change { field, value, .. }: Change) {
        if self.walk.state == Some(field) {
            return self.only_state(at, value);
        }
        self.event(at, 0, field, value);
        self.step(at, false, self.walk.r#type == Some(field));
        self.look_for_type();
    }

    /// Takes a state that is the only change of its instant.
    #[inline(always)]
    pub(super) fn only_state(&mut self, at: i64, state: u32) {
        self.state_event(at, 0, state);
        self.step(at, true, false);
        self.look_for_type();
    }

    /// Takes a row that is the only one of its instant.
    pub(super) fn row_alone(&mut self, log: &OrderedRows, block: &RowBlock, row: usize, told: &mut Told) {
        let at = block.at[row];
        let mut sets_type = false;
        self.state_event(at, 0, block.state[row]);
        told.changes(log, block, row, |field, value| {
            sets_type |= self.walk.r#type == Some(field);
            self.attribute_event(at, 0, field, value);
        });
        self.step(at, true, sets_type);
        self.look_for_type();
    }

    /// Takes several changes of one instant: a field that comes again begins a new step.
    pub(super) fn steps(&mut self, at: i64, changes: &[Change]) {
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
        self.look_for_type();
    }

    /// After all that happened at an instant.
    #[inline(always)]
    fn look_for_type(&mut self) {
        if self.now.kind() == NO_KIND && self.walk.lists_types {
            self.was_typeless |= self.walk.r#type.is_none_or(|field| self.values[usize::from(field)] == NULL_CODE);
        }
    }

    fn step_of(&mut self, at: i64, fields: &FieldSet) {
        let is_in = |field: Option<u8>| field.is_some_and(|field| fields.contains(field));
        self.step(at, is_in(self.walk.state), is_in(self.walk.r#type));
    }

    /// Applies one event.
    fn event(&mut self, at: i64, step: u64, field: u8, value: u32) {
        if self.walk.state == Some(field) {
            self.state_event(at, step, value);
        } else {
            self.attribute_event(at, step, field, value);
        }
    }

    fn attribute_event(&mut self, at: i64, step: u64, field: u8, value: u32) {
        let walk = self.walk;
        self.fingerprint(at, step, walk.fingerprint.change(field, value));
        let before = std::mem::replace(&mut self.values[usize::from(field)], value);
        if !self.is_new_item {
            self.set_late(at);
        }
        let attributes = &mut self.part.piece.attributes;
        attributes.field.push(field);
        attributes.value.push(value);
        self.phase_index = walk.compiled.phase.moved(self.phase_index, field, before, value);
        self.kind_index = walk.compiled.kind.moved(self.kind_index, field, before, value);
        if walk.flags.contains(field) {
            self.flag(field, value);
        }
    }

    /// Reads a flag.
    fn flag(&mut self, field: u8, value: u32) {
        for (flag, bit) in [(self.walk.blocked, BLOCKED_BY_FLAG), (self.walk.removed, REMOVED)] {
            if let Some(flag) = flag.filter(|flag| flag.field == field) {
                self.flags = if Some(value) == flag.yes { self.flags | bit } else { self.flags & !bit };
                if !flag.is_readable(value) {
                    self.part.oddities.insert(FindingCode::UnreadFlag, self.name);
                }
            }
        }
    }

    /// Notes the instant of an attribute event behind the first step; of the first one also those of the events before it.
    fn set_late(&mut self, at: i64) {
        if !std::mem::replace(&mut self.traits.is_set_late, true) {
            let first_at = self.first_at();
            let part = &mut self.part;
            if let Some(beginning) = self.beginning.take() {
                part.piece.copy_beginning(beginning);
            }
            part.piece.late.push((part.piece.n_items as u32, part.piece.attributes.at.len() as u32));
            let n_before = part.piece.attributes.field.len() - part.piece.next_attribute();
            part.piece.attributes.at.extend(std::iter::repeat_n(first_at, n_before));
        }
        self.part.piece.attributes.at.push(at);
    }

    /// The instant of the first step.
    fn first_at(&self) -> i64 {
        self.shared.map_or_else(|| self.part.piece.steps.at[self.at_start], |(all, first)| all[first])
    }

    #[inline(always)]
    fn state_event(&mut self, at: i64, step: u64, state: u32) {
        let walk = self.walk;
        let before = std::mem::replace(&mut self.state, state);
        let (from, to) = (walk.set(before), walk.set(state));
        self.fingerprint(at, step, to.hash);
        self.phase_index = self.phase_index - from.phase + to.phase;
        self.kind_index = self.kind_index - from.kind + to.kind;
        if before == state {
            // A null sets no state, so it repeats none.
            if state != NULL_CODE {
                self.part.oddities.insert(FindingCode::RepeatedState, self.name);
            }
            return;
        }
        if before != NULL_CODE && (1..SPEEDING_US).contains(&(at - self.state_since)) {
            self.part.oddities.insert(FindingCode::Speeding, self.name);
        }
        self.state_since = at;
    }

    #[inline(always)]
    fn fingerprint(&mut self, at: i64, step: u64, change: u64) {
        let event = Fingerprint::event(self.name_hash, at, step, change);
        self.part.fingerprint = self.part.fingerprint.wrapping_add(event);
    }
}

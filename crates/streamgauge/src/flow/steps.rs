//! Steps and attribute events as columns: what walking the items leaves behind.

use std::collections::HashMap;
use std::ops::Range;

use arrow_buffer::ScalarBuffer;

use super::now::{Now, NowRun, Nows, SKIPPED};
use super::oddities::Oddities;
use crate::model::{Codes, NULL_CODE};

/// Steps and attribute events of some items, one after the other.
#[derive(Debug)]
pub(super) struct Part {
    /// The code of the first item with an event before `as_of`, and how many there are; and the codes of all, where some between them are not.
    first_code: u32,
    pub(super) n_items: usize,
    codes: Vec<u32>,
    /// Per item: where its instants begin, and where its steps and attribute events end.
    pub(super) at_starts: Vec<u32>,
    pub(super) step_ends: Vec<u32>,
    pub(super) attribute_ends: Vec<u32>,
    /// Packed.
    pub(super) traits: Vec<u8>,
    /// Of items that are set late, their places here and where the instants of their attribute events begin.
    pub(super) late: Vec<(u32, u32)>,
    pub(super) steps: Steps,
    pub(super) attributes: Attributes,
    pub(super) oddities: Oddities,
    pub(super) unknown_states: HashMap<u32, u64>,
    pub(super) unknown_types: HashMap<u32, u64>,
    pub(super) fingerprint: u128,
}

/// What was seen when an item was walked, so that nobody has to look for it again. Mostly it is nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    /// Its kind changed.
    pub(super) changes_kind: bool,
    /// Another field than the state was set after its first step.
    pub(super) is_set_late: bool,
    /// It was of a kind that does not count.
    pub(super) was_no_flow_item: bool,
    /// It was out of sight, or in a state that the model ignores.
    pub(super) was_hidden: bool,
    /// Its steps' instants are those of its first rows, in the log.
    pub(super) shares_instants: bool,
}

impl Traits {
    pub(super) const fn packed(self) -> u8 {
        let Self { changes_kind, is_set_late, was_no_flow_item, was_hidden, shares_instants } = self;
        changes_kind as u8
            | (is_set_late as u8) << 1
            | (was_no_flow_item as u8) << 2
            | (was_hidden as u8) << 3
            | (shares_instants as u8) << 4
    }

    const fn unpacked(packed: u8) -> Self {
        Self {
            changes_kind: packed & 1 != 0,
            is_set_late: packed & 1 << 1 != 0,
            was_no_flow_item: packed & 1 << 2 != 0,
            was_hidden: packed & 1 << 3 != 0,
            shares_instants: packed & 1 << 4 != 0,
        }
    }
}

/// What holds from an instant on, as columns.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    /// Of items that do not share the log's.
    pub(super) at: Vec<i64>,
    pub(super) now: Nows,
}

/// Events of all fields but the state, as columns.
#[derive(Debug, Default, Clone)]
pub(super) struct Attributes {
    /// Of items that are set late; those of the others are all at the item's first instant.
    pub(super) at: Vec<i64>,
    pub(super) field: Vec<u8>,
    pub(super) value: Codes,
}

impl Part {
    /// Room for so many items, attribute events and steps, of which so many have instants of their own.
    pub(super) fn with_capacity(n_items: usize, n_attributes: usize, now: Nows, n_own: usize) -> Self {
        let steps = Steps { at: Vec::with_capacity(n_own), now };
        Self {
            first_code: 0,
            n_items: 0,
            codes: Vec::new(),
            at_starts: Vec::with_capacity(n_items),
            step_ends: Vec::with_capacity(n_items),
            attribute_ends: Vec::with_capacity(n_items),
            traits: Vec::with_capacity(n_items),
            steps,
            attributes: Attributes {
                at: Vec::new(),
                field: Vec::with_capacity(n_attributes),
                value: Codes::with_capacity(n_attributes),
            },
            late: Vec::new(),
            oddities: Oddities::default(),
            unknown_states: HashMap::new(),
            unknown_types: HashMap::new(),
            fingerprint: 0,
        }
    }

    /// Puts an item behind, whose code is larger than those before it.
    pub(super) fn push_item(&mut self, code: u32) {
        let next = self.first_code + self.n_items as u32;
        if self.n_items == 0 {
            self.first_code = code;
        } else if !self.codes.is_empty() || code != next {
            if self.codes.is_empty() {
                self.codes.extend(self.first_code..next);
            }
            self.codes.push(code);
        }
        self.n_items += 1;
    }
}

/// What parts leave behind, and what they found beside it.
#[derive(Debug, Default)]
pub(super) struct Whole {
    pub(super) runs: Runs,
    pub(super) oddities: Oddities,
    pub(super) unknown_states: HashMap<u32, u64>,
    pub(super) unknown_types: HashMap<u32, u64>,
    pub(super) fingerprint: u128,
}

impl Whole {
    /// The parts one after the other. Their columns stay where they are: copying them would cost as much as walking.
    pub(super) fn joined(parts: Vec<Part>, shared_at: ScalarBuffer<i64>) -> Self {
        let mut whole = Self { runs: Runs { shared_at, ..Runs::default() }, ..Self::default() };
        for part in parts {
            whole.oddities.combine(&part.oddities);
            for (known, more) in
                [(&mut whole.unknown_states, &part.unknown_states), (&mut whole.unknown_types, &part.unknown_types)]
            {
                more.iter().for_each(|(value, n)| *known.entry(*value).or_default() += n);
            }
            whole.fingerprint = whole.fingerprint.wrapping_add(part.fingerprint);
            whole.runs.push(part);
        }
        whole
    }
}

/// After how many items it is noted anew in which piece they are.
const NEAR: usize = 256;

/// Each item's steps and attribute events, in pieces of many items.
#[derive(Debug, Default, Clone)]
pub(super) struct Runs {
    /// Of each piece, the number of its first item.
    first: Vec<usize>,
    /// Of every so many items, the piece of the first of them.
    near: Vec<u32>,
    pieces: Vec<Piece>,
    n_items: usize,
    /// The log's instants; empty where none are shared.
    shared_at: ScalarBuffer<i64>,
}

#[derive(Debug, Clone)]
struct Piece {
    /// The code of the first item, and those of all, where some between them are no items of the timelines.
    first_code: u32,
    codes: Vec<u32>,
    at_starts: Vec<u32>,
    step_ends: Vec<u32>,
    attribute_ends: Vec<u32>,
    traits: Vec<u8>,
    late: Vec<(u32, u32)>,
    steps: Steps,
    attributes: Attributes,
}

impl Runs {
    fn push(&mut self, part: Part) {
        let Part {
            first_code,
            n_items,
            codes,
            at_starts,
            step_ends,
            attribute_ends,
            traits,
            late,
            steps,
            attributes,
            ..
        } = part;
        self.first.push(self.n_items);
        self.n_items += n_items;
        self.near.resize(self.n_items.div_ceil(NEAR), self.pieces.len() as u32);
        self.pieces.push(Piece {
            first_code,
            codes,
            at_starts,
            step_ends,
            attribute_ends,
            traits,
            late,
            steps,
            attributes,
        });
    }

    /// How many items there are.
    pub(super) const fn n_items(&self) -> usize {
        self.n_items
    }

    /// An item's code.
    pub(super) fn code(&self, item: usize) -> u32 {
        let (piece, item) = self.piece_of(item);
        piece.codes.get(item).copied().unwrap_or(piece.first_code + item as u32)
    }

    /// What was seen of an item.
    pub(super) fn traits(&self, item: usize) -> Traits {
        let (piece, item) = self.piece_of(item);
        Traits::unpacked(piece.traits[item])
    }

    /// An item's steps.
    pub(super) fn steps(&self, item: usize) -> StepRun<'_> {
        let (Piece { at_starts, step_ends, steps, traits, .. }, item) = self.piece_of(item);
        let now = steps.now.run(range(step_ends, item));
        let all_at = if Traits::unpacked(traits[item]).shares_instants { &self.shared_at[..] } else { &steps.at };
        let start = at_starts[item] as usize;
        StepRun { at: &all_at[start..start + now.len()], now }
    }

    /// An item's attribute events.
    pub(super) fn attributes(&self, item: usize) -> AttributeRun<'_> {
        let (Piece { attribute_ends, attributes, traits, late, .. }, item) = self.piece_of(item);
        let range = range(attribute_ends, item);
        let start = || late[late.partition_point(|(late, _)| (*late as usize) < item)].1 as usize;
        let is_late = Traits::unpacked(traits[item]).is_set_late;
        let at = if is_late { &attributes.at[start()..][..range.len()] } else { &[] };
        AttributeRun { at, field: &attributes.field[range.clone()], values: &attributes.value, start: range.start }
    }

    fn piece_of(&self, item: usize) -> (&Piece, usize) {
        let mut piece = self.near[item / NEAR] as usize;
        // A piece without items has the first of the next one: the last of them that begins there holds it.
        while self.first.get(piece + 1).is_some_and(|&first| first <= item) {
            piece += 1;
        }
        (&self.pieces[piece], item - self.first[piece])
    }
}

fn range(ends: &[u32], item: usize) -> Range<usize> {
    let start = if item == 0 { 0 } else { ends[item - 1] };
    start as usize..ends[item] as usize
}

/// One item's steps: what holds from each instant on. There is at least one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepRun<'a> {
    pub(crate) at: &'a [i64],
    pub(crate) now: NowRun<'a>,
}

/// What holds for an item over a stretch of time, which may be of length zero.
#[derive(Clone, Copy)]
pub(crate) struct Holds {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// The state last set by a move that the model does not ignore.
    pub(crate) state: u32,
    pub(crate) now: Now,
}

impl StepRun<'_> {
    /// Visits the steps of positive length.
    #[inline]
    pub(crate) fn each_held(self, mut visit: impl FnMut(i64, Now)) {
        for (step, (&at, now)) in self.at.iter().zip(self.now.iter()).enumerate() {
            if self.at.get(step + 1) != Some(&at) {
                visit(at, now);
            }
        }
    }

    /// Visits what holds from each step up to the next, or up to `as_of`.
    #[inline]
    pub(crate) fn each(self, as_of: i64, mut visit: impl FnMut(Holds)) {
        let (mut state, mut set) = (NULL_CODE, None);
        let until = |step: usize| self.at.get(step).copied().unwrap_or(as_of);
        for (step, (&from, now)) in self.at.iter().zip(self.now.iter()).enumerate() {
            // A move that the model ignores leaves no trace, also where it ceases to.
            let is_move = set != Some(now.state());
            state = if is_move && now.flags() & SKIPPED == 0 { now.state() } else { state };
            set = Some(now.state());
            visit(Holds { from, to: until(step + 1), state, now });
        }
    }
}

/// One item's events of all fields but the state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttributeRun<'a> {
    /// None of an item that is set at its first instant only.
    at: &'a [i64],
    pub(crate) field: &'a [u8],
    /// Of many items, and where this one's begin.
    values: &'a Codes,
    start: usize,
}

impl AttributeRun<'_> {
    #[inline]
    pub(super) fn value(self, event: usize) -> u32 {
        self.values.get(self.start + event)
    }

    /// The instant of an event of the item with such steps.
    pub(super) fn at(self, event: usize, steps: StepRun<'_>) -> i64 {
        if self.at.is_empty() { steps.at[0] } else { self.at[event] }
    }
}

/// A set of field codes.
#[derive(Default)]
pub(super) struct FieldSet([u64; 4]);

impl FieldSet {
    pub(super) const fn contains(&self, field: u8) -> bool {
        self.0[field as usize / 64] >> (field % 64) & 1 == 1
    }

    pub(super) const fn insert(&mut self, field: u8) {
        self.0[field as usize / 64] |= 1 << (field % 64);
    }
}

/// A field that is `true` or not, with the codes of the texts that say so; null says `false`.
#[derive(Clone, Copy)]
pub(super) struct Flag {
    pub(super) field: u8,
    pub(super) yes: Option<u32>,
    pub(super) no: Option<u32>,
}

impl Flag {
    pub(super) fn is_readable(self, value: u32) -> bool {
        value == NULL_CODE || Some(value) == self.yes || Some(value) == self.no
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between them may be items that are not in the timelines.
    #[test]
    fn every_item_has_its_code() {
        let lists: [&[u32]; 6] = [&[], &[3], &[4, 5, 6], &[8, 10], &[11, 12, 15, 16], &[17]];
        let mut runs = Runs::default();
        for codes in lists {
            let mut part = Part::with_capacity(0, 0, Nows::with_capacity(0, 0), 0);
            codes.iter().for_each(|code| part.push_item(*code));
            runs.push(part);
        }
        let all = lists.concat();
        assert_eq!(runs.n_items(), all.len());
        assert_eq!((0..all.len()).map(|item| runs.code(item)).collect::<Vec<_>>(), all);
    }

    #[test]
    fn traits_are_packed_and_unpacked() {
        for packed in 0..1 << 5 {
            assert_eq!(Traits::unpacked(packed).packed(), packed);
        }
        let late = Traits { is_set_late: true, ..Traits::default() };
        assert!(Traits::unpacked(late.packed()).is_set_late && !Traits::unpacked(late.packed()).changes_kind);
    }
}

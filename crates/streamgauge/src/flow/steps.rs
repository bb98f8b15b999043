//! What walking the items leaves behind: their steps and attribute events, in [pieces](super::piece), and what is odd about them.

use std::collections::HashMap;
use std::ops::Range;

use arrow_buffer::ScalarBuffer;

use super::now::{Now, NowRun, SKIPPED};
use super::oddities::Oddities;
use super::piece::{Item, Piece};
use crate::kernel::chunk;
use crate::model::{Codes, NULL_CODE};

/// What walking some items leaves behind.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) piece: Piece,
    pub(super) oddities: Oddities,
    pub(super) unknown_states: HashMap<u32, u64>,
    pub(super) unknown_types: HashMap<u32, u64>,
    pub(super) fingerprint: u128,
}

impl Part {
    pub(super) fn new(piece: Piece) -> Self {
        Self {
            piece,
            oddities: Oddities::default(),
            unknown_states: HashMap::new(),
            unknown_types: HashMap::new(),
            fingerprint: 0,
        }
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
            whole.runs.push(part.piece);
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
    n_beginnings: usize,
    n_variants: usize,
    /// The log's instants; empty where none are shared.
    shared_at: ScalarBuffer<i64>,
}

impl Runs {
    fn push(&mut self, mut piece: Piece) {
        self.first.push(self.n_items);
        self.n_items += piece.n_items;
        piece.first_beginning = self.n_beginnings;
        self.n_beginnings += piece.n_beginnings();
        piece.first_variant = self.n_variants;
        self.n_variants += piece.n_variants();
        self.near.resize(self.n_items.div_ceil(NEAR), self.pieces.len() as u32);
        self.pieces.push(piece);
    }

    /// How many items there are.
    pub(super) const fn n_items(&self) -> usize {
        self.n_items
    }

    /// How many beginnings items share.
    pub(super) const fn n_beginnings(&self) -> usize {
        self.n_beginnings
    }

    /// What was set of each.
    pub(super) fn beginnings(&self) -> impl Iterator<Item = AttributeRun<'_>> {
        self.pieces.iter().flat_map(Piece::beginnings)
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// What `of` gives of the steps of each variant that items share, which have their numbers in place of instants.
    pub(super) fn map_variants<R: Send>(&self, of: impl Fn(StepRun<'_>) -> R + Sync + Send) -> Vec<R> {
        let parts =
            chunk::map_each(self.pieces.len(), |piece| self.pieces[piece].variants().map(&of).collect::<Vec<_>>());
        parts.into_iter().flatten().collect()
    }

    /// An item.
    #[inline]
    pub(super) fn item(&self, item: usize) -> Item<'_> {
        let piece = self.number_of_piece(item);
        self.pieces[piece].item(item - self.first[piece], &self.shared_at)
    }

    /// Visits some items, in order, with their numbers.
    #[inline(always)]
    pub(super) fn each<'a>(&'a self, items: Range<usize>, mut visit: impl FnMut(usize, Item<'a>)) {
        let mut item = items.start;
        while item < items.end {
            let piece = self.number_of_piece(item);
            let (piece, first) = (&self.pieces[piece], self.first[piece]);
            let places = item - first..piece.n_items.min(items.end - first);
            piece.each(places, &self.shared_at, |of| {
                visit(item, of);
                item += 1;
            });
        }
    }

    /// Which piece holds an item.
    #[inline]
    fn number_of_piece(&self, item: usize) -> usize {
        let mut piece = self.near[item / NEAR] as usize;
        // A piece without items has the first of the next one: the last of them that begins there holds it.
        while self.first.get(piece + 1).is_some_and(|&first| first <= item) {
            piece += 1;
        }
        piece
    }
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
    /// Visits the steps, with their numbers and instants.
    #[inline(always)]
    pub(crate) fn each_step(self, mut visit: impl FnMut(usize, i64, Now)) {
        let at = self.at.iter().enumerate();
        // What is the same for all steps is asked once.
        match self.now {
            NowRun::Short(all) => at.zip(all).for_each(|((step, &at), &now)| visit(step, at, Now::of_short(now))),
            NowRun::Long(all) => at.zip(all).for_each(|((step, &at), &now)| visit(step, at, now)),
        }
    }

    /// Visits the steps of positive length.
    #[inline(always)]
    pub(crate) fn each_held(self, mut visit: impl FnMut(i64, Now)) {
        self.each_step(|step, at, now| {
            if self.at.get(step + 1) != Some(&at) {
                visit(at, now);
            }
        });
    }

    /// Visits what holds from each step up to the next, or up to `as_of`.
    #[inline]
    pub(crate) fn each(self, as_of: i64, mut visit: impl FnMut(Holds)) {
        let (mut state, mut set) = (NULL_CODE, None);
        let until = |step: usize| self.at.get(step).copied().unwrap_or(as_of);
        self.each_step(|step, from, now| {
            // A move that the model ignores leaves no trace, also where it ceases to.
            let is_move = set != Some(now.state());
            state = if is_move && now.flags() & SKIPPED == 0 { now.state() } else { state };
            set = Some(now.state());
            visit(Holds { from, to: until(step + 1), state, now });
        });
    }
}

/// One item's events of all fields but the state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttributeRun<'a> {
    /// None of an item that is set at its first instant only.
    pub(super) at: &'a [i64],
    pub(crate) field: &'a [u8],
    /// Of many items, and where this one's begin.
    pub(super) values: &'a Codes,
    pub(super) start: usize,
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
    use super::super::now::Nows;
    use super::super::piece::Traits;
    use super::*;

    /// Between them may be items that are not in the timelines.
    #[test]
    fn every_item_has_its_code() {
        let lists: [&[u32]; 6] = [&[], &[3], &[4, 5, 6], &[8, 10], &[11, 12, 15, 16], &[17]];
        let mut runs = Runs::default();
        for codes in lists {
            let mut piece = Piece::with_capacity(0, 0, Nows::with_capacity(0, 0), 0);
            let traits = |code: u32| Traits { was_hidden: code.is_multiple_of(2), ..Traits::default() };
            codes.iter().for_each(|code| piece.push_item(*code, 0, traits(*code), None, None));
            runs.push(piece);
        }
        let all = lists.concat();
        assert_eq!(runs.n_items(), all.len());
        assert_eq!((0..all.len()).map(|item| runs.item(item).code()).collect::<Vec<_>>(), all);
        for (from, to) in (0..=all.len()).flat_map(|from| (from..=all.len()).map(move |to| (from, to))) {
            let mut visited = Vec::new();
            runs.each(from..to, |number, item| visited.push((number, item.code(), item.traits().was_hidden)));
            let expected = (from..to).map(|number| (number, all[number], all[number].is_multiple_of(2)));
            assert_eq!(visited, expected.collect::<Vec<_>>());
        }
    }
}

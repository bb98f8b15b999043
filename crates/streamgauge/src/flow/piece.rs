//! Steps and attribute events of some items, one after the other, as columns. Items that [begin alike](super::beginnings) share their
//! events, those of one [variant](super::variants) their steps.

use std::ops::Range;

use super::now::{Now, NowRun, Nows};
use super::steps::{AttributeRun, StepRun};
use crate::model::Codes;

/// Many items, and what holds for them.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// The code of the first item with an event before `as_of`, and how many there are; and the codes of all, where some between them are not.
    first_code: u32,
    pub(super) n_items: usize,
    codes: Vec<u32>,
    /// Per item, and one more for the end.
    starts: Vec<Starts>,
    /// Packed.
    traits: Vec<u8>,
    /// Of items that are set late, their places here and where the instants of their attribute events begin.
    pub(super) late: Vec<(u32, u32)>,
    pub(super) steps: Steps,
    pub(super) attributes: Attributes,
    /// Where the attribute events stand that items share which begin alike.
    beginnings: Vec<Range<u32>>,
    /// The number of the first of them among those of all pieces.
    pub(super) first_beginning: usize,
    /// Where the steps stand that items share which are of one variant; and the number of the first.
    variants: Vec<Range<u32>>,
    pub(super) first_variant: usize,
}

/// Where an item's instants, steps and attribute events begin.
#[derive(Debug, Clone, Copy, Default)]
struct Starts {
    at: u32,
    step: u32,
    /// Of its own ones.
    attribute: u32,
    /// Which beginning it shares, or [`NONE`].
    beginning: u16,
    /// Which variant it is of, or [`NONE`]: then its steps are those of the variant.
    variant: u16,
}

/// Mostly no more beginnings and variants are shared than so many, and not more items are set late.
const FEW: usize = 256;

/// The number of no beginning, and of no variant.
const NONE: u16 = u16::MAX;

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

impl Steps {
    /// What holds at some of them.
    #[inline]
    fn run(&self, steps: &Range<u32>) -> NowRun<'_> {
        self.now.run(steps.start as usize..steps.end as usize)
    }
}

impl Attributes {
    /// Some events of an item, that have such instants if it is set late.
    fn run<'a>(&'a self, at: &'a [i64], events: &Range<u32>) -> AttributeRun<'a> {
        let start = events.start as usize;
        AttributeRun { at, field: &self.field[start..events.end as usize], values: &self.value, start }
    }
}

impl Piece {
    /// Room for so many items, attribute events and steps, of which so many have instants of their own.
    pub(super) fn with_capacity(n_items: usize, n_attributes: usize, now: Nows, n_own: usize) -> Self {
        let steps = Steps { at: Vec::with_capacity(n_own), now };
        let mut starts = Vec::with_capacity(n_items + 1);
        starts.push(Starts::default());
        Self {
            first_code: 0,
            n_items: 0,
            codes: Vec::new(),
            starts,
            traits: Vec::with_capacity(n_items),
            steps,
            attributes: Attributes {
                at: Vec::with_capacity(FEW),
                field: Vec::with_capacity(n_attributes),
                value: Codes::with_capacity(n_attributes),
            },
            late: Vec::with_capacity(FEW),
            beginnings: Vec::with_capacity(FEW),
            first_beginning: 0,
            variants: Vec::with_capacity(FEW),
            first_variant: 0,
        }
    }

    /// Lets items share some attribute events, which are those of another one's beginning; gives that its number.
    pub(super) fn push_beginning(&mut self, events: Range<u32>) -> u16 {
        self.beginnings.push(events);
        self.beginnings.len() as u16 - 1
    }

    /// Lets items share some steps, which are those of another one; gives their variant its number.
    pub(super) fn push_variant(&mut self, steps: Range<u32>) -> u16 {
        self.variants.push(steps);
        self.variants.len() as u16 - 1
    }

    /// Gives the item at hand attribute events of its own in place of those that it shared.
    pub(super) fn copy_beginning(&mut self, beginning: u16) {
        let Attributes { field, value, .. } = &mut self.attributes;
        for event in self.beginnings[beginning as usize].clone() {
            field.push(field[event as usize]);
            value.push(value.get(event as usize));
        }
    }

    /// How many beginnings are shared.
    pub(super) fn n_beginnings(&self) -> usize {
        self.beginnings.len()
    }

    /// What was set of each.
    pub(super) fn beginnings(&self) -> impl Iterator<Item = AttributeRun<'_>> {
        self.beginnings.iter().map(|events| self.attributes.run(&[], events))
    }

    /// How many variants items share.
    pub(super) fn n_variants(&self) -> usize {
        self.variants.len()
    }

    /// The steps of each, numbered.
    pub(super) fn variants(&self) -> impl ExactSizeIterator<Item = StepRun<'_>> {
        self.variants.iter().map(|steps| StepRun { at: &[], now: self.steps.run(steps) }.numbered())
    }

    /// Puts an item behind, whose code is larger than those before it, and whose instants begin at that place: its are the steps and attribute
    /// events behind those of the item before, and the steps of its variant and the events of its beginning, if it shares them.
    pub(super) fn push_item(
        &mut self,
        code: u32,
        at_start: usize,
        traits: Traits,
        beginning: Option<u16>,
        variant: Option<u16>,
    ) {
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
        if let Some(start) = self.starts.last_mut() {
            start.at = at_start as u32;
            (start.beginning, start.variant) = (beginning.unwrap_or(NONE), variant.unwrap_or(NONE));
        }
        let (step, attribute) = (self.steps.now.len() as u32, self.attributes.field.len() as u32);
        self.starts.push(Starts { at: 0, step, attribute, beginning: NONE, variant: NONE });
        self.traits.push(traits.packed());
    }

    /// Where the attribute events of the next item begin.
    pub(super) fn next_attribute(&self) -> usize {
        self.starts.last().map_or(0, |start| start.attribute as usize)
    }

    /// An item; `shared_at` are the log's instants.
    #[inline]
    pub(super) fn item<'a>(&'a self, place: usize, shared_at: &'a [i64]) -> Item<'a> {
        let (from, to, traits) = (self.starts[place], self.starts[place + 1], self.traits[place]);
        Item { piece: self, place, from, to, traits, shared_at }
    }

    /// Visits some items, in order.
    #[inline(always)]
    pub(super) fn each<'a>(&'a self, places: Range<usize>, shared_at: &'a [i64], mut visit: impl FnMut(Item<'a>)) {
        let mut from = self.starts[places.start];
        let ends = self.starts[places.start + 1..=places.end].iter().zip(&self.traits[places.clone()]);
        for (place, (&to, &traits)) in places.zip(ends) {
            visit(Item { piece: self, place, from, to, traits, shared_at });
            from = to;
        }
    }
}

/// One item of a piece.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    piece: &'a Piece,
    place: usize,
    from: Starts,
    to: Starts,
    traits: u8,
    shared_at: &'a [i64],
}

impl<'a> Item<'a> {
    /// Its code.
    pub(super) fn code(self) -> u32 {
        let Piece { codes, first_code, .. } = self.piece;
        codes.get(self.place).copied().unwrap_or(first_code + self.place as u32)
    }

    /// What was seen of it.
    #[inline]
    pub(super) const fn traits(self) -> Traits {
        Traits::unpacked(self.traits)
    }

    /// Where its steps stand: those of its variant, or its own.
    #[inline]
    fn places(self) -> Range<u32> {
        self.piece.variants.get(usize::from(self.from.variant)).cloned().unwrap_or(self.from.step..self.to.step)
    }

    /// Its steps.
    #[inline]
    pub(crate) fn steps(self) -> StepRun<'a> {
        let now = self.piece.steps.run(&self.places());
        StepRun { at: self.at(now.len()), now }
    }

    /// What holds from its first step on.
    #[inline]
    pub(super) fn first(self) -> Now {
        self.piece.steps.now.at(self.places().start as usize)
    }

    /// What holds from its last step on.
    #[inline]
    pub(super) fn last(self) -> Now {
        self.piece.steps.now.at(self.places().end as usize - 1)
    }

    /// Whether it counts at all times and is never out of sight nor in a state that the model ignores: then each step alone says where the item is.
    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        let Traits { was_hidden, was_no_flow_item, .. } = self.traits();
        !was_hidden && !was_no_flow_item
    }

    /// The number of its beginning, if it shares that with others and nothing was set since but the state.
    #[inline]
    pub(super) fn beginning(self) -> Option<usize> {
        let number = self.from.beginning;
        (number != NONE).then(|| self.piece.first_beginning + usize::from(number))
    }

    /// The number of its variant, if it shares that with others; its instants ascend.
    #[inline]
    pub(crate) fn variant(self) -> Option<usize> {
        let number = self.from.variant;
        (number != NONE).then(|| self.piece.first_variant + usize::from(number))
    }

    /// The instants of its steps, of which there are so many.
    #[inline]
    pub(crate) fn at(self, n: usize) -> &'a [i64] {
        let all = if self.traits().shares_instants { self.shared_at } else { &self.piece.steps.at };
        &all[self.from.at as usize..][..n]
    }

    /// Its attribute events.
    #[inline]
    pub(super) fn attributes(self) -> AttributeRun<'a> {
        let Piece { attributes, late, beginnings, .. } = self.piece;
        let shared = beginnings.get(usize::from(self.from.beginning)).cloned();
        let events = shared.unwrap_or(self.from.attribute..self.to.attribute);
        let start = || late[late.partition_point(|(late, _)| (*late as usize) < self.place)].1 as usize;
        let at = if self.traits().is_set_late { &attributes.at[start()..][..events.len()] } else { &[] };
        attributes.run(at, &events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_are_packed_and_unpacked() {
        for packed in 0..1 << 5 {
            assert_eq!(Traits::unpacked(packed).packed(), packed);
        }
        let late = Traits { is_set_late: true, ..Traits::default() };
        assert!(Traits::unpacked(late.packed()).is_set_late && !Traits::unpacked(late.packed()).changes_kind);
    }
}

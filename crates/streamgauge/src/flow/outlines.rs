//! Outlines: what the clock says of a [variant](super::variants), whatever the instants of its steps are.
//!
//! The one replay says it, once for all items of the variant, of steps that have their numbers in place of instants. A span from one to another is
//! then the set of the stretches between them, and what was spent on work, on waiting and on nothing are sets, too: each item adds up its own lengths.

use super::facts::{Column, ItemFacts};
use super::piece::Item;
use super::steps::StepRun;
use super::variants::MOST_STEPS;
use crate::kernel::replay::{ItemState, Spent};
use crate::model::Outcome;
use crate::table::NULL;

/// What holds of all items of a variant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline {
    /// Of each stretch, the first in the lowest bits: what it was spent on, or [`NOTHING`].
    spent_on: u64,
    /// Whether it is defined what was spent.
    is_spent: bool,
    n_steps: u8,
    /// The steps at which its clock started, finished and was cancelled, or [`NEVER`].
    moments: [u8; MOMENTS.len()],
    counts: [u8; 2],
    outcome: Outcome,
}

const MOMENTS: [Column; 3] = [Column::Started, Column::Finished, Column::CancelledAt];
const SPENT: [Column; 3] = [Column::Active, Column::Waiting, Column::Paused];

/// What a stretch is spent on that does not count; those that do are the places of [`SPENT`].
const NOTHING: u64 = 3;
const BITS: u32 = 2;

/// No step.
const NEVER: u8 = u8::MAX;

const _: () = assert!(MOST_STEPS <= (u64::BITS / BITS) as usize && MOST_STEPS < NEVER as usize);

impl Outline {
    /// The outline of steps with their numbers in place of instants; `replay` replays them up to such a number.
    pub(super) fn new(steps: StepRun<'_>, replay: impl Fn(StepRun<'_>, i64, fn(i64, i64) -> i64) -> ItemState) -> Self {
        let n = steps.at.len();
        let facts = ItemFacts::of(&replay(steps, n as i64, stretches));
        let spent = SPENT.map(|column| facts.number(column));
        let is_spent = spent[0] != NULL;
        let on = |stretch: usize| spent.iter().zip(0..).find_map(|(set, on)| (set >> stretch & 1 == 1).then_some(on));
        let spent_on =
            (0..n).filter(|_| is_spent).map(|stretch| on(stretch).unwrap_or(NOTHING) << (BITS * stretch as u32));
        Self {
            spent_on: spent_on.fold(0, |all, stretch| all | stretch),
            is_spent,
            n_steps: n as u8,
            moments: MOMENTS.map(|column| u8::try_from(facts.number(column)).unwrap_or(NEVER)),
            // Not more than there are steps.
            counts: facts.counts.map(|n| n as u8),
            outcome: facts.outcome,
        }
    }

    /// What the clock says of one item of the variant.
    #[inline]
    pub(super) fn of(&self, item: Item<'_>, as_of: i64) -> ItemFacts {
        let at = item.at(usize::from(self.n_steps));
        let instant = |moment: u8| at.get(usize::from(moment)).copied().unwrap_or(NULL);
        let (mut sums, mut spent_on, mut since) = ([0; 1 << BITS], self.spent_on, at[0]);
        let mut spend = |until: i64| {
            sums[(spent_on & NOTHING) as usize] += until - since;
            (spent_on, since) = (spent_on >> BITS, until);
        };
        at[1..].iter().for_each(|until| spend(*until));
        spend(as_of);
        let [active, waiting, paused, _] = sums;
        let spent = self.is_spent.then_some(Spent { active, waiting, paused });
        let [started, finished, cancelled_at] = self.moments.map(instant);
        ItemFacts::new([at[0], started, finished, cancelled_at], spent, self.counts.map(u32::from), self.outcome)
    }
}

/// The stretches from one step to another, as bits.
const fn stretches(from: i64, to: i64) -> i64 {
    (1 << to) - (1 << from)
}

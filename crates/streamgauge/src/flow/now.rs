//! What holds for an item from a step on, in one word: there are as many of them as there are steps.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::model::{Kind, NO_KIND, NULL_CODE, Phase};

/// ```text
/// state + 1, 0 for none (22 bits) │ kind (3) │ phase (3) │ flags (4)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now(u32);

/// The item is blocked, by its flag, by its state, or by both.
pub(crate) const BLOCKED: u8 = BLOCKED_BY_FLAG | BLOCKED_BY_STATE;
pub(crate) const BLOCKED_BY_FLAG: u8 = 1;
pub(crate) const BLOCKED_BY_STATE: u8 = 8;
/// The item is out of sight.
pub(crate) const REMOVED: u8 = 2;
/// The state is one that the model ignores: it has no place in the workflow.
pub(crate) const SKIPPED: u8 = 4;

/// What never holds: there is no such phase.
pub(super) const NOT_KNOWN: Now = Now(u32::MAX);

const PHASE: u32 = 4;
const KIND: u32 = 7;
const STATE: u32 = 10;
/// Where the state begins in [`Now::standing`].
const STANDING: u32 = 3;
/// Of a phase and of a kind.
const THREE_BITS: u32 = 0b111;
/// No kind, in three bits.
const NO_KIND_SHORT: u32 = NO_KIND as u32 & THREE_BITS;
const FLAGS: u32 = (1 << PHASE) - 1;

/// As [`Now::standing`] has them.
#[inline]
pub(super) const fn standing(state: u32, phase: u8) -> usize {
    (state.wrapping_add(1) << STANDING) as usize | phase as usize
}

/// How many numbers [`Now::standing`] has.
pub(super) const fn n_standings(n_states: usize) -> usize {
    (n_states + 1) << STANDING
}

/// How many states are told apart.
const MOST_STATES: usize = (1 << (u32::BITS - STATE)) - 1;

const _: () = assert!((Phase::Ignored as u32) < THREE_BITS && Kind::ALL.len() as u32 <= NO_KIND_SHORT);
const _: () = assert!((BLOCKED | REMOVED | SKIPPED) as u32 <= FLAGS);

impl Now {
    /// Refuses more states than there is room for.
    pub(super) const fn check_has_room(n_states: usize) -> Result<()> {
        match n_states <= MOST_STATES {
            true => Ok(()),
            false => Err(Error::TooMany { what: "distinct states", limit: MOST_STATES as u64 }),
        }
    }

    #[inline]
    pub(super) const fn new(state: u32, phase: u8, kind: u8, flags: u8) -> Self {
        let kind = kind as u32 & THREE_BITS;
        Self(state.wrapping_add(1) << STATE | kind << KIND | (phase as u32) << PHASE | flags as u32)
    }

    /// What is kept in half a word.
    #[inline]
    pub(super) const fn of_short(now: u16) -> Self {
        Self(now as u32)
    }

    /// The state's code, or that of none.
    #[inline]
    pub(crate) const fn state(self) -> u32 {
        (self.0 >> STATE).wrapping_sub(1)
    }

    #[inline]
    pub(crate) const fn phase(self) -> u8 {
        (self.0 >> PHASE & THREE_BITS) as u8
    }

    /// The kind's byte, or [`NO_KIND`].
    #[inline]
    pub(crate) const fn kind(self) -> u8 {
        let kind = self.0 >> KIND & THREE_BITS;
        if kind == NO_KIND_SHORT { NO_KIND } else { kind as u8 }
    }

    /// State and phase as one number, below [`n_standings`].
    #[inline]
    pub(super) const fn standing(self) -> usize {
        (self.0 >> STATE << STANDING | self.0 >> PHASE & THREE_BITS) as usize
    }

    /// Whether the item is of the same kind in both.
    #[inline]
    pub(super) const fn is_of_kind_of(self, other: Self) -> bool {
        (self.0 ^ other.0) >> KIND & THREE_BITS == 0
    }

    /// Whether the item is of a kind that counts.
    #[inline]
    pub(crate) fn counts(self) -> bool {
        self.kind() != Kind::Ignored as u8
    }

    /// Phase and flags as one number, below [`Self::N_ASPECTS`].
    #[inline]
    pub(crate) const fn aspect(self) -> usize {
        (self.0 as usize) % Self::N_ASPECTS
    }

    pub(crate) const N_ASPECTS: usize = 1 << KIND;

    /// Whatever has that aspect.
    pub(crate) const fn of_aspect(aspect: usize) -> Self {
        Self(aspect as u32)
    }

    /// Bits of [`BLOCKED`], [`REMOVED`] and [`SKIPPED`].
    #[inline]
    pub(crate) const fn flags(self) -> u8 {
        (self.0 & FLAGS) as u8
    }

    /// Whether the item is out of sight.
    #[inline]
    pub(crate) const fn is_removed(self) -> bool {
        self.flags() & REMOVED != 0
    }
}

/// What holds at many steps, in half words where the states leave room.
#[derive(Debug, Clone)]
pub(super) enum Nows {
    Short(Vec<u16>),
    Long(Vec<Now>),
}

/// How many states are told apart in half a word.
const MOST_SHORT: usize = (1 << (u16::BITS - STATE)) - 1;

impl Nows {
    /// Room for so many steps of items that know so many states.
    pub(super) fn with_capacity(n_states: usize, n: usize) -> Self {
        match n_states <= MOST_SHORT {
            true => Self::Short(Vec::with_capacity(n)),
            false => Self::Long(Vec::with_capacity(n)),
        }
    }

    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Short(all) => all.len(),
            Self::Long(all) => all.len(),
        }
    }

    pub(super) fn push(&mut self, now: Now) {
        match self {
            Self::Short(all) => all.push(now.0 as u16),
            Self::Long(all) => all.push(now),
        }
    }

    #[inline]
    pub(super) fn extend(&mut self, more: impl Iterator<Item = Now>) {
        match self {
            Self::Short(all) => all.extend(more.map(|now| now.0 as u16)),
            Self::Long(all) => all.extend(more),
        }
    }

    #[inline]
    pub(super) fn at(&self, step: usize) -> Now {
        match self {
            Self::Short(all) => Now::of_short(all[step]),
            Self::Long(all) => all[step],
        }
    }

    #[inline]
    pub(super) fn run(&self, steps: Range<usize>) -> NowRun<'_> {
        match self {
            Self::Short(all) => NowRun::Short(&all[steps]),
            Self::Long(all) => NowRun::Long(&all[steps]),
        }
    }
}

/// What holds at some steps that follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NowRun<'a> {
    Short(&'a [u16]),
    Long(&'a [Now]),
}

impl NowRun<'_> {
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Short(run) => run.len(),
            Self::Long(run) => run.len(),
        }
    }

    #[inline]
    pub(crate) fn at(self, step: usize) -> Now {
        match self {
            Self::Short(run) => Now::of_short(run[step]),
            Self::Long(run) => run[step],
        }
    }
}

const _: () = assert!(NULL_CODE == u32::MAX, "no state is one before the first");

#[cfg(test)]
mod tests {
    use super::*;

    /// As many states as there is room for in half a word, and one more.
    #[test]
    fn steps_are_as_narrow_as_the_states_allow() {
        for n_states in [0, 1, MOST_SHORT, MOST_SHORT + 1] {
            let all: Vec<_> = (0..n_states as u32)
                .chain([NULL_CODE])
                .map(|state| Now::new(state, Phase::Ignored as u8, NO_KIND, FLAGS as u8))
                .collect();
            let mut nows = Nows::with_capacity(n_states, 2 * all.len());
            all.iter().for_each(|now| nows.push(*now));
            nows.extend(all.iter().copied());
            assert_eq!(matches!(nows, Nows::Short(_)), n_states <= MOST_SHORT);
            assert_eq!(nows.len(), 2 * all.len());
            let run = nows.run(all.len()..nows.len());
            assert!((0..run.len()).map(|step| run.at(step)).eq(all.iter().copied()));
        }
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let kinds = Kind::ALL.iter().map(|kind| *kind as u8).chain([NO_KIND]);
        for kind in kinds {
            for phase in 0..=Phase::Ignored as u8 {
                for flags in 0..=FLAGS as u8 {
                    for state in [NULL_CODE, 0, 1, MOST_STATES as u32 - 1] {
                        let now = Now::new(state, phase, kind, flags);
                        assert_eq!((now.state(), now.phase(), now.kind(), now.flags()), (state, phase, kind, flags));
                        assert_eq!(now.standing(), standing(state, phase));
                    }
                }
            }
        }
        assert!(Now::check_has_room(MOST_STATES).is_ok() && Now::check_has_room(MOST_STATES + 1).is_err());
    }
}

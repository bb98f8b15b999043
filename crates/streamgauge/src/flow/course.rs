//! Courses: where an item is over time, as stretches of positive length that together are `[arrived, as_of)`.
//!
//! ```text
//! steps     │Open│Doing│Doing, blocked│Doing│Parked (ignored)│Done
//! stretches ├Open┼Doing┼Doing, blocked┼Doing ────────────────┼Done ──> as_of
//! visits    ├Open┼Doing ─────────────────────────────────────┼Done ──> as_of
//! ```
//!
//! A step of length zero holds at no instant and leaves nothing here. A state that the model ignores leaves no trace.

use super::now::{BLOCKED, Now, n_standings, standing};
use super::piece::Item;
use super::steps::Holds;
use super::{Groups, NO_GROUP, Timelines};
use crate::kernel::chunk;
use crate::model::{NO_PLACE, NULL_CODE, Phase};

/// The phase that is shown of an item that is out of sight.
pub(crate) const OUT_OF_SIGHT: u8 = Phase::Ignored as u8;

/// The bit of a stretch in which the item is no flow item.
const NOT_COUNTED: u8 = 64;

/// A stretch in which nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) state: u32,
    /// The phase, or [`OUT_OF_SIGHT`].
    pub(crate) phase: u8,
    /// Bits of [`BLOCKED`], and whether the item counts.
    flags: u8,
    /// Number of the visit within the item, from 0.
    pub(crate) visit: u32,
}

impl Stretch {
    /// Its length.
    pub(crate) const fn length(&self) -> i64 {
        self.to - self.from
    }

    /// Whether the item is blocked.
    pub(crate) const fn is_blocked(&self) -> bool {
        self.flags & BLOCKED != 0
    }

    /// What blocks it: bits of [`BLOCKED`].
    pub(crate) const fn blocked_by(&self) -> u8 {
        self.flags & BLOCKED
    }

    /// Whether the item is of a kind that counts.
    pub(crate) const fn counts(&self) -> bool {
        self.flags & NOT_COUNTED == 0
    }

    /// The part of it inside `[from, to)`, if there is one.
    pub(crate) fn within(&self, from: i64, to: i64) -> Option<Self> {
        let (from, to) = (self.from.max(from), self.to.min(to));
        (from < to).then_some(Self { from, to, ..*self })
    }
}

impl Timelines {
    /// Puts an item's stretches into `course`, in order of time.
    pub(crate) fn course(&self, item: usize, course: &mut Vec<Stretch>) {
        course.clear();
        self.each_stretch(item, |stretch| push(course, stretch));
    }

    /// Visits what holds from each step of an item to the next, where that is not at once, in order of time; visits are not numbered.
    fn each_stretch(&self, item: usize, mut visit: impl FnMut(Stretch)) {
        self.steps(item).each(self.observed.as_of.0, |Holds { from, to, state, now }| {
            if from < to {
                let phase = if now.is_removed() { OUT_OF_SIGHT } else { now.phase() };
                let flags = now.flags() & BLOCKED | if now.counts() { 0 } else { NOT_COUNTED };
                visit(Stretch { from, to, state, phase, flags, visit: 0 });
            }
        });
    }
}

/// Puts a stretch behind the others: as more of the last one if nothing changed, else numbered by its visit.
fn push(course: &mut Vec<Stretch>, mut next: Stretch) {
    if let Some(last) = course.last_mut() {
        let is_same_visit = (last.state, last.phase) == (next.state, next.phase);
        if is_same_visit && last.flags == next.flags {
            last.to = next.to;
            return;
        }
        next.visit = last.visit + u32::from(!is_same_visit);
    }
    course.push(next);
}

/// Counts the visits of an item to each state.
pub(crate) struct Passes {
    /// By state code + 1: visits so far.
    n: Vec<u32>,
    visit: u32,
}

impl Passes {
    pub(crate) fn new(timelines: &Timelines) -> Self {
        Self { n: vec![0; timelines.states().map_or(0, |states| states.len()) + 1], visit: u32::MAX }
    }

    /// Puts which visit to its state each stretch belongs to, from 1, into `passes`.
    pub(crate) fn number(&mut self, course: &[Stretch], passes: &mut Vec<u32>) {
        passes.clear();
        let place = |stretch: &Stretch| stretch.state.wrapping_add(1) as usize;
        course.iter().for_each(|stretch| self.n[place(stretch)] = 0);
        self.visit = u32::MAX;
        for stretch in course {
            let n = &mut self.n[place(stretch)];
            *n += u32::from(stretch.visit != self.visit);
            self.visit = stretch.visit;
            passes.push(*n);
        }
    }
}

/// Visits the parts of an item's stretches in which it holds one group, each with its place in the course.
pub(crate) fn held(course: &[Stretch], groups: &Groups, item: usize, mut visit: impl FnMut(usize, u32, Stretch)) {
    let (at, group) = groups.runs_of(item);
    let mut run = 0;
    for (place, stretch) in course.iter().enumerate() {
        while at.get(run + 1).is_some_and(|&next| next <= stretch.from) {
            run += 1;
        }
        for i in run..at.len() {
            let to = at.get(i + 1).copied().unwrap_or(i64::MAX);
            if group[i] != NO_GROUP
                && let Some(part) = stretch.within(at[i], to)
            {
                visit(place, group[i], part);
            }
            if to >= stretch.to {
                break;
            }
        }
    }
}

/// The pairs of state and phase that items which count at some time are ever in, in order: no state first, workflow order, states without a
/// place in byte order; then phases, out of sight last.
#[derive(Debug, Clone)]
pub(crate) struct Pairs {
    pub(crate) list: Vec<(u32, u8)>,
    /// By pair: the first instant at which an item that counts was there.
    pub(crate) since: Vec<i64>,
    number: Vec<u32>,
}

impl Pairs {
    fn new(timelines: &Timelines) -> Self {
        let n_states = timelines.states().map_or(0, |states| states.len());
        let n_keys = n_standings(n_states);
        let keys = timelines.of_variants(|now| now.standing() as u32);
        let parts = chunk::map_few(timelines.n_items(), chunk::SMALLEST, |items| {
            let mut met = Met { is_there: vec![false; n_keys], first: vec![i64::MAX; n_keys] };
            timelines.each(items, |number, item| match item.variant().filter(|_| item.is_plain()) {
                Some(variant) => {
                    let keys = keys.of(variant);
                    keys.iter().zip(item.at(keys.len())).for_each(|(key, at)| met.meet(*key as usize, *at));
                }
                None => met.add(timelines, number, item),
            });
            met
        });
        let first = |key: usize| parts.iter().map(|part| part.first[key]).min().unwrap_or(i64::MAX);
        let is_there = |key: &usize| parts.iter().any(|part| part.is_there[*key] || part.first[*key] < i64::MAX);
        let all = std::iter::once(NULL_CODE).chain(0..n_states as u32);
        let all = all.flat_map(|state| (0..=OUT_OF_SIGHT).map(move |phase| (state, phase)));
        let mut list: Vec<_> = all.filter(|(state, phase)| is_there(&standing(*state, *phase))).collect();
        list.sort_by_key(|(state, phase)| (timelines.rank(*state), *phase));
        let keys = || list.iter().map(|(state, phase)| standing(*state, *phase));
        let mut number = vec![u32::MAX; n_keys];
        keys().zip(0..).for_each(|(key, i)| number[key] = i);
        Self { since: keys().map(first).collect(), number, list }
    }

    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    /// The number of a stretch's pair.
    pub(crate) fn of(&self, stretch: &Stretch) -> usize {
        self.number(stretch.state, stretch.phase)
    }

    /// The number of a pair.
    pub(crate) fn number(&self, state: u32, phase: u8) -> usize {
        self.number[standing(state, phase)] as usize
    }

    /// The number of the pair of a step that is not hidden.
    #[inline]
    pub(crate) fn of_step(&self, now: Now) -> usize {
        self.number[now.standing()] as usize
    }
}

/// What some items were met in, by the numbers of state and phase.
struct Met {
    /// Whether an item was there that was hidden, or no flow item, at some time: maybe never while it counted.
    is_there: Vec<bool>,
    /// The first instant at which an item was there that counts then; the last of all instants if none was.
    first: Vec<i64>,
}

impl Met {
    /// An item that counts is there at that instant.
    #[inline]
    fn meet(&mut self, key: usize, at: i64) {
        let first = &mut self.first[key];
        *first = at.min(*first);
    }

    fn add(&mut self, timelines: &Timelines, number: usize, item: Item<'_>) {
        if item.is_plain() {
            item.steps().each_held(|at, now| self.meet(now.standing(), at));
            return;
        }
        let mut is_counted = false;
        timelines.each_stretch(number, |stretch| is_counted |= stretch.counts());
        if !is_counted {
            return;
        }
        timelines.each_stretch(number, |stretch| {
            let key = standing(stretch.state, stretch.phase);
            self.is_there[key] = true;
            if stretch.counts() {
                self.meet(key, stretch.from);
            }
        });
    }
}

impl Timelines {
    /// The pairs of state and phase, found when first asked for.
    pub(crate) fn pairs(&self) -> &Pairs {
        // Found outside of the cell: a thread of the pool that waits for it might be the one that is to help.
        match self.pairs.get() {
            Some(pairs) => pairs,
            None => {
                let pairs = Pairs::new(self);
                self.pairs.get_or_init(|| pairs)
            }
        }
    }

    /// A state's place in the workflow, or [`NO_PLACE`].
    pub(crate) fn place_of(&self, state: u32) -> u32 {
        self.place.get(state as usize).copied().unwrap_or(NO_PLACE)
    }

    /// Where a state stands among states: none first, then by its place in the workflow, then by its name.
    pub(crate) fn rank(&self, state: u32) -> (bool, u32, &str) {
        let name = self.state_name(state).unwrap_or_default();
        match self.place.get(state as usize) {
            None => (false, 0, ""),
            Some(&NO_PLACE) => (true, NO_PLACE, name),
            Some(&place) => (true, place, ""),
        }
    }
}

/// The word of a phase that is shown; none for an item out of sight.
pub(crate) fn phase_shown(phase: u8) -> Option<&'static str> {
    let phases = [Phase::New, Phase::Active, Phase::Waiting, Phase::Done, Phase::Cancelled];
    phases.get(usize::from(phase)).map(|phase| phase.as_str())
}

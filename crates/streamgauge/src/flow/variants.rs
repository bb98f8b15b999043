//! Variants: which steps items take, one after the other, is the same for many, only when they took them differs. (Process mining calls that a
//! trace's variant.) Those steps stand [in the piece](super::piece) once, and what follows from them alone is found once for all items.
//!
//! ```text
//! A  Open│Doing│Done          steps of its own: how it begins, and what its states lead to, is not known yet
//! B  Open│Doing│Done          steps of its own, which are remembered
//! C  Open│Doing│Done          those of B, as of all that come behind: a variant
//! D  Open│Doing│Open│Doing    steps of its own
//! ```

use std::ops::Range;

use super::alike::{Alike, spread};
use super::beginnings::Begun;
use super::fingerprint::Fingerprint;
use super::history::{SPEEDING_US, Walker};
use super::now::Now;
use super::piece::Traits;
use super::plain::rows_fingerprint;
use crate::model::{OrderedRows, RowBlock};

/// How many steps an item of a variant has at most: a bit for each fits into a word, and two bits into two.
pub(super) const MOST_STEPS: usize = u32::BITS as usize;

/// What is remembered.
pub(super) struct Variants {
    /// By the rows of an item.
    known: Alike,
    list: Vec<Variant>,
    /// The states of the rows behind the first of each, one behind the other.
    states: Vec<u32>,
}

/// The rows of an item, each of which is a step.
struct Variant {
    key: Key,
    /// Where its states stand.
    start: u32,
    end: u32,
    /// Where its steps begin in the piece; and its number there, once an item shares them.
    steps_start: u32,
    shared: Option<u16>,
}

/// What a first row led to: what holds, and where the answers for the states that follow stand.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    now: Now,
    answers: u32,
}

impl Variants {
    /// Room for so many.
    pub(super) fn new(n: usize) -> Self {
        Self { known: Alike::new(n), list: Vec::with_capacity(n), states: Vec::with_capacity(n * MOST_STEPS) }
    }

    /// The number of the variant of an item that begins so and then is in such states, which are hashed to that, or else the place where it is to be
    /// found.
    #[inline]
    fn find(&self, key: Key, states: &[u32], hash: u64) -> Result<usize, usize> {
        let hash = spread(spread(hash, key.answers), key.now.state());
        self.known.find(hash, |number| {
            let known = &self.list[number];
            known.key == key && self.states[known.start as usize..known.end as usize] == *states
        })
    }
}

/// A variant that is not known yet, and where it is to be found.
pub(super) struct New {
    place: usize,
    key: Key,
}

impl Walker<'_> {
    /// Walks an item as others were walked before it, where there are such: it begins as they did, and each row behind its first sets a state alone, the
    /// same as theirs. Else, if it may be the first of its variant, tells where that is to be found.
    pub(super) fn as_others(
        &mut self,
        item: u32,
        log: &OrderedRows,
        block: &RowBlock,
        rows: Range<usize>,
    ) -> Result<(), Option<New>> {
        let is_of_use = self.beginnings.known.is_of_use() && self.variants.known.is_of_use();
        if !is_of_use || rows.len() > MOST_STEPS {
            return Err(None);
        }
        let hash = self.hashed_if_apart(block, &rows).ok_or(None)?;
        let Begun { number, answers, now, traits, was_typeless } = self.begun_as(log, block, rows.start).ok_or(None)?;
        let (key, at, states) = (Key { now, answers }, &block.at[rows.clone()], &block.state[rows.start + 1..rows.end]);
        let found = self.variants.find(key, states, hash);
        self.variants.known.count(found.is_ok());
        let has_room = self.variants.known.has_room();
        let variant = found.map_err(|place| has_room.then_some(New { place, key }))?;
        self.beginnings.known.count(true);
        let Variant { steps_start, ref mut shared, .. } = self.variants.list[variant];
        let steps = steps_start..steps_start + rows.len() as u32;
        let variant = *shared.get_or_insert_with(|| self.part.piece.push_variant(steps));
        let beginning = self.share_beginning(number);
        let name = self.walk.items.text(item);
        let name_hash = Fingerprint::item(name);
        let first = self.beginning_fingerprint(number, name_hash, at[0]);
        let others = rows_fingerprint(&self.walk.states, name_hash, &at[1..], states);
        self.part.fingerprint = self.part.fingerprint.wrapping_add(first).wrapping_add(others);
        let traits = Traits { shares_instants: true, ..traits };
        self.part.piece.push_item(item, block.number(rows.start), traits, Some(beginning), Some(variant));
        self.tell_types(name, was_typeless, traits);
        Ok(())
    }

    /// What the states of rows behind the first are hashed to, if all are at instants that count and none of them sets another field or follows too soon.
    #[inline]
    fn hashed_if_apart(&self, block: &RowBlock, rows: &Range<usize>) -> Option<u64> {
        let (&first, at) = block.at[rows.clone()].split_first()?;
        let others = rows.start + 1..rows.end;
        let others = block.state[others.clone()].iter().zip(&block.is_other[others]);
        let (mut since, mut is_odd, mut hash) = (first, first < self.walk.seen.start, 0);
        for (&at, (&state, &is_other)) in at.iter().zip(others) {
            is_odd |= is_other | (at.wrapping_sub(since) < SPEEDING_US);
            (since, hash) = (at, spread(hash, state));
        }
        (!is_odd && since < self.walk.seen.end).then_some(hash)
    }

    /// Remembers the item at hand as the first of its variant: each of its rows was a step, and those behind the first set such states.
    pub(super) fn remember_variant(&mut self, New { place, key }: New, states: &[u32]) {
        let (n_before, n) = (self.now_start, self.part.piece.steps.now.len());
        debug_assert!(n == n_before + 1 + states.len() && self.shared.is_some(), "a step for each row, at its instant");
        let start = self.variants.states.len() as u32;
        self.variants.states.extend_from_slice(states);
        self.variants.list.push(Variant {
            key,
            start,
            end: start + states.len() as u32,
            steps_start: n_before as u32,
            shared: None,
        });
        self.variants.known.remember(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::alike::MOST;
    use super::*;
    use crate::flow::{Timelines, records, records_table, timelines};
    use crate::kernel::chunk;
    use crate::model::{Clock, EventLog, Finding, Finish, FlowModel, Start, WhenBlocked};
    use crate::time::{Instant, Ruler};

    const MINUTE: i64 = SPEEDING_US;
    const STATES: [&str; 8] = ["Open", "Doing", "Ready", "Done", "Void", "Parked", "Held", "Doing|Bug"];
    const MODEL: &str = "blocked_states = [\"Held\"]\n[phases]\nnew = [\"Open\"]\nactive = [\"Doing\", \"Held\"]\nwaiting = [\"Ready\"]\n\
                         done = [\"Done\"]\ncancelled = [\"Void\"]\nignored = [\"Parked\"]\n\
                         [kinds]\nfeature = [\"Story\"]\ndefect = [\"Bug\"]\nignored = [\"Epic\"]\n\
                         [[rule]]\nwhen = { type = [\"Bug\"], state = [\"Ready\"] }\nphase = \"active\"";

    /// An item, its type and whether it is blocked, and the minutes at which it was in which state; behind a bar, of which other type it was then.
    type History<'a> = (&'a str, &'a str, bool, &'a [(i64, &'a str)]);

    /// The timelines of a log of rows, or of the same one as events, which have no variants.
    fn walked(items: &[History<'_>], are_rows: bool) -> (Timelines, Vec<Finding>) {
        let mut log = EventLog::builder();
        for (item, r#type, is_blocked, states) in items {
            for (minute, state) in *states {
                let (state, r#type) = state.split_once('|').unwrap_or((state, r#type));
                let fields = [("type", Some(r#type)), ("blocked", Some(if *is_blocked { "true" } else { "false" }))];
                log.push_state_row(item, Instant(minute * MINUTE), Some(state), fields, None).unwrap();
            }
        }
        match are_rows {
            true => log.push_state_row("~", Instant(0), Some("Open"), [("type", Some("Epic"))], None).unwrap(),
            false => {
                log.push("~", Instant(0), "state", Some("Open"), None).unwrap();
                log.push("~", Instant(0), "type", Some("Epic"), None).unwrap();
            }
        }
        let log = log.finish().unwrap();
        assert_eq!(log.columns().ordered.is_some(), are_rows);
        let model = FlowModel::from_toml(MODEL).unwrap();
        chunk::with_threads(1, || timelines(&log, &model, Some(Instant(10_000 * MINUTE)))).unwrap()
    }

    /// Whether each of some items is of a variant that others share.
    fn shares(items: &[History<'_>]) -> Vec<bool> {
        let (timelines, _) = walked(items, true);
        (0..items.len()).map(|item| timelines.item(item).variant().is_some()).collect()
    }

    /// Who goes as two others went before, the second of whom found all that its steps lead to known, is of their variant.
    #[test]
    fn items_that_go_alike_share_their_steps() {
        let usual = [(1, "Open"), (2, "Doing"), (5, "Done")];
        let usual = ["A", "B"].map(|item| (item, "Story", false, &usual[..]));
        let third = |states| shares(&[usual[0], usual[1], ("C", "Story", false, states)])[2];
        assert!(third(&[(7, "Open"), (9, "Doing"), (20, "Done")]));
        assert!(third(&[(7, "Open"), (8, "Doing"), (9, "Done")]));
        assert!(!third(&[(7, "Open"), (9, "Doing")]), "another variant");
        assert!(!third(&[(7, "Open"), (9, "Doing"), (20, "Done"), (30, "Open")]), "and another one");
        assert!(!third(&[(7, "Open"), (9, "Doing"), (9, "Done")]), "at one instant");
        assert!(!third(&[(7, "Open"), (9, "Doing"), (20, "Done|Bug")]), "of another type later on");
        assert!(!third(&[(-5, "Open"), (9, "Doing"), (20, "Done")]), "at no plausible instant");
        assert!(!third(&[(7, "Open"), (9, "Doing"), (10_000, "Done")]), "after as_of");
        assert_eq!(shares(&[usual[0], usual[1], ("C", "Bug", false, usual[0].3)]), [false; 3], "of another type");
        assert_eq!(shares(&[usual[0], usual[1], ("C", "Story", true, usual[0].3)]), [false; 3], "blocked");
        let one = [(3, "Open")];
        let one = ["A", "B", "C", "D"].map(|item| (item, "Story", false, &one[..]));
        assert_eq!(shares(&one), [false, false, true, true], "one step");
    }

    /// All that is known of items is the same, whether it was found once for a variant or of each item alone.
    #[test]
    fn what_is_found_of_variants_holds_for_their_items() {
        let mut seed = 1_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        // A few ways to go, some steps of which are too soon, repeated, or of as many steps as there may be and one more.
        let ways: Vec<Vec<&str>> = (0..24)
            .map(|way| match way {
                0 | 1 => (0..MOST_STEPS + way).map(|step| STATES[step % 2]).collect(),
                _ => {
                    let behind = (0..random(6)).map(|_| STATES[random(8) as usize]);
                    std::iter::once("Open").chain(behind.collect::<Vec<_>>()).collect()
                }
            })
            .collect();
        let names: Vec<String> = (0..1_200).map(|item| format!("{item:04}")).collect();
        let histories: Vec<_> = names
            .iter()
            .map(|_| {
                let mut minute = random(4_000) as i64;
                let (r#type, is_blocked) = (["Story", "Bug", "Epic"][random(3) as usize], random(4) == 0);
                let states = ways[random(24) as usize].iter().map(|state| {
                    minute += random(90) as i64 / (1 + i64::from(random(20) == 0) * 90);
                    (minute, *state)
                });
                (r#type, is_blocked, states.collect::<Vec<_>>())
            })
            .collect();
        let items = names.iter().zip(&histories);
        let items: Vec<History<'_>> =
            items.map(|(name, (of, is_blocked, states))| (&name[..], *of, *is_blocked, &states[..])).collect();
        let [(rows, odd), (events, odd_events)] = [true, false].map(|are_rows| walked(&items, are_rows));
        let n_shared = (0..items.len()).filter(|item| rows.item(*item).variant().is_some()).count();
        assert!(n_shared > items.len() / 3, "{n_shared}");
        assert!(
            (0..items.len()).any(|item| rows.steps(item).at.len() == MOST_STEPS && rows.item(item).variant().is_some())
        );
        assert_eq!((odd, &rows.receipt), (odd_events, &events.receipt));
        for item in 0..rows.n_items() {
            let (steps, others) = (rows.steps(item), events.steps(item));
            assert_eq!(steps.at, others.at, "{item}");
            assert!((0..steps.at.len()).all(|step| steps.now.at(step) == others.now.at(step)), "{item}");
            assert_eq!(rows.item(item).is_plain(), events.item(item).is_plain(), "{item}");
        }
        for start in [Start::FirstCommit, Start::FirstActive, Start::LastCommit, Start::Created] {
            for finish in [Finish::Last, Finish::First] {
                for blocked in [WhenBlocked::Waiting, WhenBlocked::Active] {
                    let clock = Clock { start, finish, blocked };
                    let of = |timelines| {
                        let (records, odd) = records(timelines, clock, &Ruler::elapsed()).unwrap();
                        (records_table(timelines, &records).unwrap().to_csv(), odd)
                    };
                    assert!(of(&rows) == of(&events), "{clock}");
                }
            }
        }
    }

    /// How many items share steps in each of eight ranges of about so many, of which item `i` goes the way of number `way(i)`.
    fn n_shared(n: usize, way: impl Fn(usize) -> usize) -> usize {
        const N_RANGES: usize = 8;
        let names: Vec<String> = (0..N_RANGES * n).map(|item| format!("{item:06}")).collect();
        // No state follows on itself: a way is told by what it takes of three each.
        let state = |step: u32, way: usize| {
            [["Doing", "Ready", "Held"], ["Done", "Void", "Open"]][step as usize % 2][way / 3_usize.pow(step) % 3]
        };
        let states = |item: usize| {
            let behind = (0..9).map(|step| (i64::from(step) + 1, state(step, way(item % n))));
            std::iter::once((0, "Open")).chain(behind).collect::<Vec<_>>()
        };
        let states: Vec<Vec<(i64, &str)>> = (0..N_RANGES * n).map(states).collect();
        let items = names.iter().zip(&states);
        let items: Vec<History<'_>> = items.map(|(name, states)| (&name[..], "Story", false, &states[..])).collect();
        shares(&items).into_iter().filter(|shares| *shares).count() / N_RANGES
    }

    /// No more are remembered than there is room for, and where hardly any is found again, none is looked for any more.
    #[test]
    fn what_is_hardly_ever_found_is_not_looked_for() {
        // The first items find out what states lead to.
        let often = n_shared(4_000, |item| item % 7);
        assert!(often > 3_900, "{often}");
        // More ways than there is room for, each of them twice: those that are remembered are found again.
        let twice = n_shared(2 * (MOST + 100), |item| item % (MOST + 100));
        assert!((MOST - 100..=MOST).contains(&twice), "{twice}");
        // So many ways that it was looked in vain too often, and then one of them again.
        let last = |n_ways: usize| n_shared(n_ways + 20, |item| if item < n_ways { item } else { 100 });
        assert_eq!((last(2 * MOST - 100), last(2 * MOST + 100)), (20, 0));
    }
}

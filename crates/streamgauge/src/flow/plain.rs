//! The short way of the walk: rows that set nothing but the state.
//!
//! What such a row leads to depends on its state and on what the item's other fields add to phase and kind, which is the same for many items. So
//! it is decided once, [the long way](super::history), and remembered.

use std::ops::Range;

use hashbrown::HashMap;

use super::fingerprint::Fingerprint;
use super::history::{SPEEDING_US, StateSet, Walker};
use super::now::{NOT_KNOWN, Now, SKIPPED};
use crate::model::{NULL_CODE, RowBlock};

/// How many answers are remembered at most; past that, those of further fields are decided each time.
const MOST: usize = 1 << 16;

/// Of so many, where answers begin is found at once.
const N_NEAR: usize = 16;

/// What an item's other fields add to the indices of phase and kind, and its flags.
type Others = (u32, u32, u8);

/// What is remembered.
#[derive(Default)]
pub(super) struct Plain {
    /// Where the answers begin; and of some, where they are found at once.
    starts: HashMap<Others, usize>,
    near: [Option<(Others, usize)>; N_NEAR],
    /// By state, what holds, or [`NOT_KNOWN`].
    answers: Vec<Now>,
}

impl Plain {
    /// Where the answers for so many states begin; none if there is no room for them.
    #[inline]
    fn start(&mut self, others: Others, n_states: usize) -> Option<usize> {
        let near = (others.0 ^ others.1 ^ u32::from(others.2)) as usize % N_NEAR;
        if let Some((known, start)) = self.near[near]
            && known == others
        {
            return Some(start);
        }
        let n_known = self.answers.len();
        let start = match self.starts.get(&others) {
            Some(start) => *start,
            None if n_known + n_states > MOST => return None,
            None => {
                self.answers.resize(n_known + n_states, NOT_KNOWN);
                *self.starts.entry(others).or_insert(n_known)
            }
        };
        self.near[near] = Some((others, start));
        Some(start)
    }
}

impl Walker<'_> {
    /// Takes rows of an item, as many as set nothing but a state of which it is remembered what it leads to; gives the row behind. The row before
    /// them was plausible, and `is_other` says of each whether it has another value in any other field. They stand in order of time: so none is too
    /// early, and once one is too late, all are.
    pub(super) fn plain_rows(&mut self, block: &RowBlock, rows: Range<usize>) -> usize {
        let Some((others, places)) = self.answers() else { return rows.start };
        let (walk, answers) = (self.walk, &self.plain.answers[places.clone()]);
        let before = Before { state: self.state, since: self.state_since, now: self.now };
        let (at, states) = (&block.at[rows.clone()], &block.state[rows.clone()]);
        let n = n_plain((at, states, &block.is_other[rows.clone()]), answers, before, walk.seen.end);
        let (at, states) = (&at[..n], &states[..n]);
        let (Some(&since), Some(&state)) = (at.last(), states.last()) else { return rows.start };
        self.part.piece.steps.now.extend(states.iter().map(|state| answers[*state as usize]));
        let fingerprint = rows_fingerprint(&walk.states, self.name_hash, at, states);
        self.part.fingerprint = self.part.fingerprint.wrapping_add(fingerprint);
        self.n_plain += n;
        self.push_instants(at, self.part.piece.steps.now.len() - n, Some(block.number(rows.start)));
        let set = walk.set(state);
        (self.phase_index, self.kind_index) = (others.0 + set.phase, others.1 + set.kind);
        self.now = self.plain.answers[places.start + state as usize];
        (self.state, self.state_since, self.phase) = (state, since, self.now.phase());
        rows.start + n
    }

    /// What the item's other fields are to phase and kind, and where the answers for them stand; none while there is something about the item that
    /// only the long way knows.
    pub(super) fn answers(&mut self) -> Option<(Others, Range<usize>)> {
        let is_plain = self.state != NULL_CODE && !self.has_unknown_state && !self.has_unknown_type;
        if !is_plain || self.now.flags() & SKIPPED != 0 {
            return None;
        }
        let (n_states, set) = (self.walk.states.len() - 1, self.walk.set(self.state));
        let others = (self.phase_index - set.phase, self.kind_index - set.kind, self.flags);
        let start = self.plain.start(others, n_states)?;
        Some((others, start..start + n_states))
    }

    /// Remembers what the state that was set last led to.
    pub(super) fn remember(&mut self) {
        if let Some((_, places)) = self.answers() {
            self.plain.answers[places.start + self.state as usize] = self.now;
        }
    }
}

/// What held before some rows.
#[derive(Clone, Copy)]
struct Before {
    state: u32,
    since: i64,
    now: Now,
}

/// The fingerprint of rows that set a state each.
// It stands alone, as does the next one: so all that they need for each row has a register.
#[inline(never)]
pub(super) fn rows_fingerprint(sets: &[StateSet], item: u64, at: &[i64], states: &[u32]) -> u128 {
    let events =
        at.iter().zip(states).map(|(&at, &state)| Fingerprint::event(item, at, 0, sets[state as usize + 1].hash));
    events.fold(0, u128::wrapping_add)
}

/// How many rows, with their instants, states and whether another field has another value, are plain.
#[inline(never)]
fn n_plain(
    (at, states, is_other): (&[i64], &[u32], &[bool]),
    answers: &[Now],
    Before { mut state, mut since, now }: Before,
    until: i64,
) -> usize {
    let mut n = 0;
    for ((&at, &next), &is_other) in at.iter().zip(states).zip(is_other) {
        let answer = answers.get(next as usize).copied().unwrap_or(NOT_KNOWN);
        let is_plain = answer != NOT_KNOWN && answer.is_of_kind_of(now) && !is_other && next != state;
        if !is_plain || at - since < SPEEDING_US || at >= until {
            break;
        }
        (state, since) = (next, at);
        n += 1;
    }
    // Rows of one instant go together: the one before is not alone in its own.
    let is_together = n > 0 && at.get(n) == Some(&since);
    n - usize::from(is_together)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::history::Source;
    use crate::flow::timelines::walk;
    use crate::model::{Compiled, EventLog, FlowModel};
    use crate::time::Instant;

    /// Of the rows behind the first of item B, how many are taken the short way, when item A was walked before it.
    fn taken(of_a: &[(i64, &str)], of_b: &[(i64, &str)], type_of_b: &str) -> usize {
        taken_among(0, of_a, of_b, type_of_b)
    }

    /// As [`taken`], in a log with so many states beside those.
    fn taken_among(n_more: usize, of_a: &[(i64, &str)], of_b: &[(i64, &str)], type_of_b: &str) -> usize {
        let mut log = EventLog::builder();
        for (item, of, r#type) in [("A", of_a, "Story"), ("B", of_b, type_of_b)] {
            for &(minute, state) in of {
                let at = Instant(minute * SPEEDING_US);
                log.push_state_row(item, at, Some(state), [("type", Some(r#type))], None).unwrap();
            }
        }
        for more in 0..n_more {
            log.push_state_row("C", Instant(0), Some(&format!("More {more}")), [("type", Some("Story"))], None)
                .unwrap();
        }
        let log = log.finish().unwrap();
        let model = "on_unknown = \"waiting\"\n[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]\ndone = [\"Done\"]\nignored = [\"Parked\"]\n\
                     [kinds]\nfeature = [\"Story\"]\ndefect = [\"Bug\"]\n\
                     [[rule]]\nwhen = { type = [\"Bug\"], state = [\"Done\"] }\nphase = \"cancelled\"";
        let model = FlowModel::from_toml(model).unwrap();
        let (compiled, fingerprint) = (Compiled::new(&model, &log).unwrap(), Fingerprint::new(log.columns()));
        let rows = log.columns().ordered.as_ref().unwrap();
        let source = Source::Rows(rows);
        let walk = walk(&log, &model, (&compiled, &fingerprint), source, Instant(100 * SPEEDING_US)).unwrap();
        let mut walker = Walker::new(&walk, 2, of_a.len() + of_b.len());
        walker.items(0..1);
        let mut block = RowBlock::default();
        rows.copy(1..2, &mut block);
        block.turn_to(0, of_a.len());
        walker.begin(1, of_a.len());
        walker.rows(rows, &block, 0..1);
        let n_before = walker.part.piece.steps.now.len();
        let n = walker.plain_rows(&block, 1..of_b.len()) - 1;
        assert_eq!(walker.part.piece.steps.now.len(), n_before + n, "one step for each row");
        n
    }

    #[test]
    fn not_more_is_remembered_than_there_is_room_for() {
        let plain = [(1, "Open"), (2, "Doing"), (3, "Done")];
        assert_eq!(taken_among(MOST - plain.len(), &plain, &plain, "Story"), 2);
        assert_eq!(taken_among(MOST - plain.len() + 1, &plain, &plain, "Story"), 0);
    }

    #[test]
    fn the_short_way_is_taken_and_left() {
        let plain = [(1, "Open"), (2, "Doing"), (3, "Done")];
        assert_eq!(taken(&plain, &plain, "Story"), 2);
        assert_eq!(taken(&plain, &[(1, "Open"), (5, "Done"), (9, "Doing"), (100, "Done")], "Story"), 2, "after as_of");
        // Nobody has been there yet with that type, in that state, or since less than a minute.
        assert_eq!(taken(&plain, &plain, "Bug"), 0);
        assert_eq!(taken(&plain, &[(1, "Open"), (2, "Doing"), (3, "Else")], "Story"), 1);
        assert_eq!(taken(&plain, &[(1, "Open"), (2, "Doing"), (2, "Done")], "Story"), 0, "at one instant");
        assert_eq!(taken(&plain, &[(1, "Open"), (2, "Doing"), (3, "Doing")], "Story"), 1, "repeated");
        // Rows of one instant go the long way together, whatever the second one is.
        let known = [(1, "Open"), (2, "Doing"), (3, "Done"), (4, "Open"), (5, "Doing")];
        let behind = |rows: [(i64, &'static str); 2]| [&plain[..], &rows].concat();
        assert_eq!(taken(&known, &behind([(4, "Open"), (5, "Doing")]), "Story"), 4);
        assert_eq!(taken(&known, &behind([(4, "Open"), (4, "Doing")]), "Story"), 2);
        assert_eq!(taken(&known, &behind([(4, "Open"), (4, "Else")]), "Story"), 2);
        assert_eq!(taken(&known, &behind([(100, "Open"), (100, "Doing")]), "Story"), 2);
        // What is unknown or leaves no trace takes the long way, each time.
        for odd in ["Odd", "Parked"] {
            let odd = [(1, "Doing"), (2, odd), (3, "Done")];
            assert_eq!(taken(&odd, &odd, "Story"), 0);
        }
    }
}
